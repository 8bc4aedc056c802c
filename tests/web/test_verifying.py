"""Verification for everybody: a word, a colour and a reason; foreign texts and hostile pictures are told so."""

import io
import re
import struct
import zlib

import pytest
from aiohttp import FormData
from PIL import Image

from licenses.wire import verdict_to
from shuniu.codes import qr
from shuniu.codes.code import link_of
from shuniu.codes.drawing import draw
from tests.shuniu_sdk.codes.issuing import mutants
from tests.web.reading import form_token
from web import verifying


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """On a machine that is busy with other tests a process that goes behind all others waits for long; what it may work is bounded as ever."""
    monkeypatch.setattr(qr, "PATIENCE", 200.0)


def _form(token: str = "", code: str = "", picture: bytes = b"", kind: str = "image/png") -> FormData:
    form = FormData()
    form.add_field("token", token)
    form.add_field("code", code)
    form.add_field("picture", picture, filename="p.png", content_type=kind)
    return form


async def _shown(client, **sent):
    token = await form_token(client, "/verify")
    answer = await client.post("/verify", data=_form(token, **sent), headers={"Accept-Language": "zh"})
    return answer.status, await answer.text()


def test_a_good_code_is_valid_by_word_colour_and_reason(house, visit):
    license_ = house.license()

    async def story(client):
        for sent in ({"code": house.code(license_)}, {"code": f"\r\n {house.code(license_)}  \r\n"}, {"picture": draw(house.code(license_))}):
            status, page = await _shown(client, **sent)
            assert status == 200
            assert 'class="verdict valid"' in page
            for text in ("<h1>有效</h1>", "营业执照", "宁夏回族自治区市场监督管理厅", "宁夏枢纽科技有限公司", "长期", "未核对", license_.identifier):
                assert text in page

    visit(story)


def test_a_program_gets_the_same_verdict_as_json_without_a_token(house, visit):
    license_ = house.license()

    async def story(client):
        verdict = (await (await client.post("/verify.json", data={"code": house.code(license_)})).json())["verdict"]
        assert (verdict["outcome"], verdict["reason"], verdict["long_term"], verdict["number"]) == ("valid", "VALID", True, license_.number)
        assert verdict["public"] == [{"name": "KZ_LX", "label": {"zh": "类型", "en": "Kind of enterprise"}, "value": "有限责任公司"}]
        assert verdict["type"]["verified"] is False
        house.revoke(license_)
        verdict = (await (await client.post("/verify.json", data={"code": house.code(license_)})).json())["verdict"]
        assert (verdict["outcome"], verdict["reason"], verdict["status_reason"]) == ("invalid", "REVOKED", "提供虚假材料")

    visit(story)


def test_a_suspended_license_is_invalid_with_the_issuers_words_escaped(house, visit):
    license_ = house.suspend(house.license(), "<b>假</b>")

    async def story(client):
        _, page = await _shown(client, code=house.code(license_))
        assert 'class="verdict invalid"' in page
        assert "证照目前暂停使用" in page
        assert "&lt;b&gt;假&lt;/b&gt;" in page
        assert "<b>假" not in page

    visit(story)


def test_what_cannot_be_known_is_undetermined(house, visit):
    async def story(client):
        _, page = await _shown(client, code=house.code_of_another_hub())
        assert 'class="verdict undetermined"' in page
        assert "<h1>无法判定</h1>" in page
        assert "既不能采信，也不能认定为假" in page

    visit(story)


def test_a_code_signed_past_the_register_is_undetermined_names_the_department_and_repeats_nothing_else(house, visit):
    house.license()
    forged = house.code_of_another_hub("http://hub.example/status/0")

    async def story(client):
        _, page = await _shown(client, code=forged)
        assert 'class="verdict undetermined"' in page
        for text in ("NOT_ISSUED_HERE", "没有签发该证照码的登记", "宁夏回族自治区市场监督管理厅", "签发密钥可能被他人使用"):
            assert text in page
        for text in ("宁夏枢纽科技有限公司", "91640100MA76F8XY1D", "有限责任公司"):
            assert text not in page

    visit(story)


def test_the_photograph_of_a_telephone_is_verified_as_it_is(house, visit):
    """Of 48 million pixels and ten megabytes, as a browser without scripts sends it."""
    page = Image.effect_noise((4032, 3024), 30).resize((8064, 6048))
    page.paste(Image.open(io.BytesIO(draw(house.code(house.license())))).convert("L").resize((2400, 2400)), (3000, 2000))
    photo = io.BytesIO()
    page.save(photo, "JPEG", quality=75)
    assert 9_500_000 < len(photo.getvalue()) < qr.MAX_BYTES

    async def story(client):
        status, shown = await _shown(client, picture=photo.getvalue(), kind="image/jpeg")
        assert (status, 'class="verdict valid"' in shown) == (200, True)

    visit(story)


def test_the_page_offers_the_formats_that_are_read_here(visit, monkeypatch):
    async def story(client):
        for formats in (qr.formats(), tuple(one for one in qr.formats() if one != "HEIC")):
            monkeypatch.setitem(verifying._LIMITS, "picture_formats", list(formats))
            page = await (await client.get("/verify", headers={"Accept-Language": "zh"})).text()
            assert f"照片或截图（{'、'.join(formats)}），不超过 12 MB" in page
            assert ("image/heic" in page, "image/avif" in page) == ("HEIC" in formats, True)

    visit(story)


@pytest.mark.parametrize("text", ["https://evil.example/login", "EL2:ABC", "<script>alert(1)</script>", "11"])
def test_a_foreign_text_is_said_to_be_no_license_code_and_is_not_repeated(visit, text):
    async def story(client):
        for sent in ({"code": text}, {"picture": draw(text)}):
            status, page = await _shown(client, **sent)
            assert status == 200
            assert "<h1>不是证照码</h1>" in page
            assert text not in page.split("<main")[1].replace(' rows="4"', "") or text == "11"
            assert "evil.example" not in page

    visit(story)


def test_the_public_fields_are_the_same_at_every_door(house, visit):
    """The page, its JSON, the rpc, and the SDK's verdict, of which the command prints each part."""
    license_ = house.license()
    verdict = house.licenses.verify_code(house.code(license_))
    answer = verdict_to(verdict, house.licenses.types)

    async def story(client):
        shown = (await (await client.post("/verify.json", data={"code": house.code(license_)})).json())["verdict"]
        _, page = await _shown(client, code=house.code(license_))
        assert verdict.public
        for name, value in verdict.public:
            assert f"<dd>{value}</dd>" in page, name
        of_the_rpc = [{"name": one.name, "label": {"zh": one.label, "en": one.label_en}, "value": one.value} for one in answer.public_fields]
        assert shown["public"] == of_the_rpc
        assert [(one["name"], one["value"]) for one in of_the_rpc] == list(verdict.public)
        assert (answer.license_type_verified, list(answer.warnings)) == (shown["type"]["verified"], shown["warnings"])

    visit(story)


@pytest.mark.parametrize("damage", [lambda code: code[:-1], lambda code: code[:60], lambda code: code.replace("0", "O")])
def test_a_damaged_code_is_amber_unreadable_and_never_invalid(house, visit, damage):
    text = damage(house.code(house.license()))

    async def story(client):
        status, page = await _shown(client, code=text)
        assert (status, 'class="verdict unreadable"' in page, "<h1>无法读取</h1>" in page, "请重新扫描" in page) == (200, True, True, True)
        assert "请勿采信" not in page
        verdict = (await (await client.post("/verify.json", data={"code": text})).json())["verdict"]
        assert (verdict["outcome"], verdict["is_license_code"]) == ("unreadable", True)

    visit(story)


@pytest.mark.parametrize("path", ["/v", "/V"])
def test_the_page_of_a_link_has_the_form_and_one_script_of_ours(visit, path):
    async def story(client):
        answer = await client.get(path)
        page = await answer.text()
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
        assert page.count("<script") == 1
        named = re.findall(r'<script src="(/static/verify\.js\?v=\w+)" defer></script>', page)
        script = await client.get(named[0])
        assert (script.status, script.content_type) == (200, "text/javascript")
        assert "replaceState" in await script.text()

    visit(story)


@pytest.mark.parametrize(("pages", "foreign"), [("https://hub.example", ""), ("https://evil.example", "evil.example"), ("", "")])
def test_a_link_is_judged_whoever_it_names_and_a_foreign_name_is_told(house, visit, pages, foreign):
    license_ = house.license()

    async def story(client):
        link = link_of(license_.signed_bytes, pages)
        for sent in ({"code": link}, {"picture": draw(link)}):
            _, page = await _shown(client, **sent)
            assert 'class="verdict valid"' in page
            assert ('class="advice foreign"' in page, "该链接指向 evil.example，不是本枢纽的地址" in page) == (bool(foreign), bool(foreign))
        verdict = (await (await client.post("/verify.json", data={"code": link})).json())["verdict"]
        assert (verdict["outcome"], verdict["foreign_host"]) == ("valid", foreign)
        assert verdict_to(house.licenses.verify_code(link), house.licenses.types).foreign_host == foreign
        # a damaged link may have been made by whoever wants it opened
        _, page = await _shown(client, code=link[:-40])
        assert ("<h1>无法读取</h1>" in page, "evil.example" in page) == (True, bool(foreign))

    visit(story)


def test_nothing_both_or_no_code_in_the_picture_is_said_beside_the_form(house, visit):
    blank = io.BytesIO()
    Image.new("L", (200, 200), 255).save(blank, "PNG")

    async def story(client):
        for sent, text in (
            ({}, "请粘贴证照码文本"),
            ({"code": "EL1:A", "picture": blank.getvalue()}, "请粘贴证照码文本"),
            ({"picture": blank.getvalue()}, "没有可识别的二维码"),
            ({"picture": b"GIF89a" + bytes(100)}, "文件类型：GIF 图片；此处可读取"),
        ):
            status, page = await _shown(client, **sent)
            assert status == 400
            assert 'role="alert"' in page
            assert text in page

    visit(story)


def test_a_form_that_our_page_did_not_give_out_is_refused(house, visit):
    async def story(client):
        assert (await client.post("/verify", data=_form("", "EL1:A"))).status == 403
        token = await form_token(client, "/verify")
        assert (await client.post("/verify", data=_form(token[:-1] + "0" * (token[-1] != "0") + "1" * (token[-1] == "0"), "x"))).status == 403
        assert (await client.post("/verify", data=_form(token, "x"))).status == 200
        crossed = await client.post("/verify", data=_form(token, "x"), headers={"Sec-Fetch-Site": "cross-site"})
        assert crossed.status == 403
        client.session.cookie_jar.clear()
        assert (await client.post("/verify", data=_form(token, "x"))).status == 403

    visit(story)


def test_what_is_too_large_is_refused_before_it_is_kept(visit):
    async def story(client):
        for data in (_form(picture=bytes(qr.MAX_BYTES + 1)), _form(code="A" * 70_000), {"code": "A" * 70_000}):
            answer = await client.post("/verify.json", data=data)
            assert answer.status == 413
            assert (await answer.json())["error"]["reason"] == "BODY_TOO_LARGE"
        bomb = zlib.compress(b"code=" + b"A" * 50_000_000, 9)
        answer = await client.post(
            "/verify.json", data=bomb, headers={"Content-Encoding": "deflate", "Content-Type": "application/x-www-form-urlencoded"}
        )
        assert answer.status == 413

    visit(story)


def test_a_picture_that_unpacks_to_gigabytes_is_refused_by_its_header(visit):
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1_000_000), 9)) + chunk(b"IEND", b"")

    async def story(client):
        answer = await client.post("/verify.json", data=_form(picture=bomb))
        assert answer.status == 400
        assert (await answer.json())["error"]["reason"] == "PICTURE_TOO_LARGE"

    visit(story)


def test_mutated_forms_are_answered_and_never_crash(house, visit):
    kind = "multipart/form-data; boundary=b0"
    good = (
        b'--b0\r\nContent-Disposition: form-data; name="code"\r\n\r\nEL1:ABC\r\n--b0\r\nContent-Disposition: form-data; name="picture"; '
        b'filename="a"\r\nContent-Type: image/png\r\n\r\n\r\n--b0--\r\n'
    )

    async def story(client):
        assert (await client.post("/verify.json", data=good, headers={"Content-Type": kind})).status == 200
        for body in mutants(good, 300, 1):
            answer = await client.post("/verify.json", data=body, headers={"Content-Type": kind})
            assert answer.status in {200, 400, 413}
        for body in mutants(b"code=EL1%3AABC&token=%E4%BA%BA", 200, 2):
            answer = await client.post("/verify.json", data=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
            assert answer.status in {200, 400}

    visit(story)


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/mixed; boundary=b", "multipart/form-data", "garbage"])
def test_other_kinds_of_body_are_refused(visit, kind):
    async def story(client):
        answer = await client.post("/verify.json", data=bytes(range(200)), headers={"Content-Type": kind})
        assert answer.status in {400, 415}
        assert answer.content_type == "application/json"

    visit(story)
