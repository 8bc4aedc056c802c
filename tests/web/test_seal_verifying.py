"""Verification of seals and stamps for everybody: a file goes up, a report comes back; what was forgotten is told."""

import pytest
from aiohttp import FormData

from hub.unit_of_work import Step
from shuniu import sm2
from tests.catalog.samples import RULER
from tests.seals.office import ORIGINAL, Office
from tests.web.reading import form_token

OTHER = Office()
SEAL = OTHER.seal()
STAMP = OTHER.signature(SEAL)


def _form(token: str = "", seal: bytes = b"", document: bytes = b"", digest: str = "") -> FormData:
    form = FormData()
    form.add_field("token", token)
    form.add_field("seal", seal, filename="seal.esl", content_type="application/octet-stream")
    form.add_field("document", document, filename="paper", content_type="application/octet-stream")
    form.add_field("digest", digest)
    return form


async def _shown(client, language: str = "zh", **sent):
    token = await form_token(client, "/seals")
    answer = await client.post("/seals", data=_form(token, **sent), headers={"Accept-Language": language})
    return answer.status, await answer.text()


async def _facts(client, **sent):
    return (await (await client.post("/seals.json", data=_form(**sent))).json())["report"]


def test_a_stamp_of_a_stranger_is_invalid_step_by_step_and_under_a_trusted_ca_undetermined(house, visit):
    async def story(client):
        status, page = await _shown(client, seal=STAMP, document=ORIGINAL)
        assert status == 200
        assert 'class="verdict invalid"' in page
        for text in ("<h1>无效</h1>", "市场监督管理厅法定名称章", "证书链不能追溯至任何信任锚", "ISSUER_NOT_TRUSTED", "原文杂凑值相符"):
            assert text in page
        house.seals.add_seal_trust(Step(caller=RULER, reason="跨省互认", officer="李明"), "云南 CA", OTHER.ca)
        status, page = await _shown(client, seal=STAMP, digest=sm2.sm3(ORIGINAL).hex())
        assert 'class="verdict undetermined"' in page
        assert "云南 CA" in page
        report = await _facts(client, seal=STAMP, document=ORIGINAL)
        assert (report["outcome"], report["of"], report["reason"]) == ("undetermined", "stamp", "REVOCATION_UNKNOWN")
        assert [trust["title"] for trust in report["trusts"]] == ["云南 CA"]
        assert (await _facts(client, seal=STAMP, document=b"another"))["reason"] == "DATA_HASH"

    visit(story)


def test_a_seal_by_itself_needs_no_document(visit):
    async def story(client):
        report = await _facts(client, seal=SEAL)
        assert (report["of"], report["es_id"], report["sign_time"]) == ("seal", "64010000012345", None)
        status, page = await _shown(client, "en", seal=SEAL)
        assert (status, "The seal by itself" in page) == (200, True)

    visit(story)


def test_a_file_of_another_kind_is_named(visit):
    async def story(client):
        _, page = await _shown(client, seal=b"%PDF-1.7", document=ORIGINAL)
        assert "实际是PDF 文档" in page
        _, page = await _shown(client, "en", seal=SEAL, document=ORIGINAL)
        assert "this is a seal" in page

    visit(story)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "未选择印章或签章文件"),
        ({"seal": STAMP}, "未提供其原文"),
        ({"seal": STAMP, "document": ORIGINAL, "digest": "0" * 64}, "同时提供"),
        ({"seal": STAMP, "digest": "0" * 63}, "64位十六进制"),
    ],
)
def test_what_was_forgotten_is_told(visit, sent, words):
    async def story(client):
        status, page = await _shown(client, **sent)
        assert status == 400
        assert words in page

    visit(story)


def test_what_is_too_large_and_a_form_of_another_site_are_refused(visit):
    async def story(client):
        assert (await client.post("/seals.json", data=_form(seal=bytes((1 << 20) + 1)))).status == 413
        assert (await client.post("/seals.json", data=_form(seal=SEAL, document=bytes((1 << 20) + 1)))).status == 413
        assert (await client.post("/seals", data=_form(seal=SEAL))).status == 403

    visit(story)
