"""What holds for every page: headers, languages, errors, texts."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import web
from hub.errors import ConfigError
from web import auditing
from web.language import LANGUAGES, TEXTS, _preference, load_texts
from web.page import commands, sentence
from web.reasons import BODY_TOO_LARGE, FORM_TYPE, METHOD

ROOM = Path(web.__file__).parent
PAGES = [
    "/",
    "/directory",
    "/verify",
    "/seals",
    "/audit",
    "/login/" + "A" * 43,
    "/nowhere",
    "/health",
    "/trust-list",
    "/log/log.vkey",
    "/keys/release.pem",
    "/static/style.css",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_security_headers(visit, path):
    async def story(client):
        headers = (await client.get(path)).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self'; script-src 'self'; object-src 'none'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Server"] == "shuniu"

    visit(story)


@pytest.mark.parametrize("path", ["/verify", "/seals", "/audit", "/login/" + "A" * 43])
def test_pages_with_forms_are_kept_by_no_cache(visit, path):
    async def story(client):
        assert (await client.get(path)).headers["Cache-Control"] == "no-store"

    visit(story)


@pytest.mark.parametrize("path", ["/", "/directory", "/verify", "/seals", "/nowhere"])
def test_each_page_speaks_both_languages_and_says_which(visit, path):
    async def story(client):
        zh = await (await client.get(path, headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})).text()
        en = await (await client.get(path, headers={"Accept-Language": "en-GB"})).text()
        assert '<html lang="zh-CN">' in zh
        assert '<html lang="en">' in en
        assert "跳到正文" in zh
        assert "Skip to content" in en
        chosen = await client.get(f"{path}?lang=en", headers={"Accept-Language": "zh"})
        assert '<html lang="en">' in await chosen.text()
        assert '<html lang="en">' in await (await client.get(path, headers={"Accept-Language": "zh"})).text()  # remembered

    visit(story)


def test_the_switch_of_language_keeps_the_search(visit):
    async def story(client):
        page = await (await client.get("/directory", params={"q": "人口&x", "share": "conditional"}, headers={"Accept-Language": "zh"})).text()
        assert 'href="/directory?q=%E4%BA%BA%E5%8F%A3%26x&amp;share=conditional&amp;lang=en"' in page

    visit(story)


def test_a_page_that_is_not_there_says_so_in_the_readers_language_with_the_next_step(visit):
    async def story(client):
        answer = await client.get("/nowhere", headers={"Accept-Language": "zh"})
        zh, en = await answer.text(), await (await client.get("/nowhere", headers={"Accept-Language": "en"})).text()
        assert answer.status == 404
        assert "页面不存在" in zh
        assert "请核对网址" in zh
        assert "This page does not exist" in en
        assert "check the address" in en
        assert not re.search("exist|check", zh.split("<main")[1])
        assert not re.search("[一-鿿]", en.split("<main")[1].split("<footer")[0])
        assert (await client.delete("/directory")).status == 405

    visit(story)


def test_an_errors_codes_are_folded_away_on_the_page_and_whole_in_the_json(visit):
    async def story(client):
        page = await (await client.get("/directory?level=x", headers={"Accept-Language": "zh"})).text()
        folded = page[page.index("<details") : page.index("</details>")]
        assert "<details open" not in page
        assert re.findall("<code>(.*?)</code>", folded) == ["INVALID_INPUT", "INVALID_INPUT", "level"]
        assert "INVALID_INPUT" not in page.replace(folded, "")
        error = (await (await client.get("/directory.json?level=x")).json())["error"]
        assert list(error) == ["status", "code", "reason", "field", "message", "next_action", "next_action_zh"]
        assert (error["status"], error["field"], error["next_action_zh"]) == (400, "level", "请从页面列表中选择")

    visit(story)


@pytest.mark.parametrize(("path", "status"), [("/audit", 401), ("/verify", 403), ("/nowhere", 404)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_who_may_not_see_a_page_reads_what_to_do_now(visit, path, status, language):
    async def story(client):
        method = "POST" if status == 403 else "GET"
        data = {"token": "", "code": "EL1:A"} if method == "POST" else None
        answer = await client.request(method, path, data=data, headers={"Accept-Language": language})
        page = (await answer.text()).split("<main")[1].split("<details")[0]
        assert answer.status == status
        assert TEXTS["error.next"][language].strip() in page
        assert bool(re.search("[一-鿿]", page)) is (language == "zh")
        if status == 401:
            assert "<code>shuniu login-link</code>" in page

    visit(story)


def test_an_unknown_error_tells_nothing_of_itself(house, visit):
    def broken(*_args, **_more):
        raise RuntimeError("secret table residents")

    house.catalog.search = broken

    async def story(client):
        answer = await client.get("/directory")
        assert answer.status == 500
        assert "residents" not in await answer.text()
        assert "RuntimeError" not in await answer.text()

    visit(story)


def test_http_has_a_status_of_its_own_for_methods_sizes_and_kinds_of_body():
    assert (METHOD().http, BODY_TOO_LARGE(most=8).http, FORM_TYPE().http) == (405, 413, 415)


def test_a_command_in_a_text_is_set_as_code_and_nothing_else_becomes_markup():
    assert sentence("page_token was not made") == "page_token was not made"
    assert commands("run `a <b>` & <i>") == "run <code>a &lt;b&gt;</code> &amp; &lt;i&gt;"


def test_every_text_has_both_languages_with_the_same_places(tmp_path):
    for key, text in TEXTS.items():
        places = [set(re.findall(r"\{(\w+)\}", text[code])) for code in LANGUAGES]
        assert places[0] == places[1], key
    for wrong in ('[a]\nb = { zh = "x" }', '[a]\nb = { zh = "x", en = " " }', 'a = "x"'):
        (tmp_path / "t.toml").write_text(wrong, encoding="utf-8")
        with pytest.raises(ConfigError):
            load_texts(tmp_path / "t.toml")


def test_every_text_that_a_template_asks_for_is_there_and_every_text_is_asked_for():
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOM / "templates").glob("*.html"))
    asked = set(re.findall(r"""\bt\(["']([\w.]+)["']""", source))
    assert asked - {"record.", "me.", "me.id_", "bulk."} <= set(TEXTS)
    groups = set(re.findall(r"""\bword\(["'](\w+)["']""", source)) | {"share", "record", "me", "bulk"}
    assert {key for key in TEXTS if key.split(".")[0] not in groups} <= asked


def test_no_template_holds_script_style_or_foreign_address():
    for path in (ROOM / "templates").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        # the one kind of script that there is: a file of ours, with nothing between its tags
        text = re.sub(r"""<script src="\{\{ asset\('\w+\.js'\) \}\}" defer></script>""", "", text)
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:|https?://|\| ?safe", text), path.name
        assert not re.search(r"\s[\w-]+=\{\{", text), f"an unquoted attribute in {path.name}"


@given(st.text(max_size=600))
@settings(max_examples=300, deadline=None)
def test_any_header_gives_a_language(header):
    assert _preference(header) in LANGUAGES


def test_weights_of_languages_count():
    assert _preference("fr, en;q=0.3, zh;q=0.9") == "zh"
    assert _preference("zh;q=0.2, en-US;q=0.7") == "en"
    assert _preference("") == "zh"


@pytest.mark.parametrize("typed", ["640104 19900307 0128", "640104-19900307-0128", "案件640104199003070128号"])
def test_an_id_number_typed_into_another_field_is_never_repeated(typed):
    assert auditing._repeatable({"subject": "640104199003070128", "reason": typed, "officer": "王芳"})["reason"] == ""
    assert auditing._repeatable({"subject": "640104199003070128", "officer": "王芳"})["officer"] == "王芳"
