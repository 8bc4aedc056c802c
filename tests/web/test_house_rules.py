"""What holds for every page: headers, languages, errors, texts."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hub.errors
import web
from hub.errors import ConfigError, LimitError, ShuniuError
from web.language import LANGUAGES, TEXTS, _preferred, load_texts
from web.refusals import status_of

ROOM = Path(web.__file__).parent
PAGES = ["/", "/directory", "/verify", "/audit", "/login/" + "A" * 43, "/nowhere", "/health", "/trust-list", "/log/log.vkey", "/static/style.css"]


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_security_headers(visit, path):
    async def story(client):
        headers = (await client.get(path)).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self'; script-src 'none'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Server"] == "shuniu"

    visit(story)


@pytest.mark.parametrize("path", ["/verify", "/audit", "/login/" + "A" * 43])
def test_pages_with_forms_are_kept_by_no_cache(visit, path):
    async def story(client):
        assert (await client.get(path)).headers["Cache-Control"] == "no-store"

    visit(story)


@pytest.mark.parametrize("path", ["/", "/directory", "/verify", "/nowhere"])
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


def test_a_page_that_is_not_there_says_so_in_both_languages_or_as_json(visit):
    async def story(client):
        answer = await client.get("/nowhere")
        page = await answer.text()
        assert answer.status == 404
        assert "页面不存在" in page
        assert "there is no such page" in page
        assert (await (await client.get("/nowhere.json")).json())["error"]["code"] == "NOT_FOUND"
        assert (await client.delete("/directory")).status == 405

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


def test_every_error_class_has_a_status():
    kinds = {one for one in vars(hub.errors).values() if isinstance(one, type) and issubclass(one, ShuniuError) and one is not ShuniuError}
    assert all(400 <= kind.http_status < 600 for kind in kinds)
    assert status_of(LimitError("x")) == 429
    assert status_of(LimitError("x", reason="BODY_TOO_LARGE")) == 413
    assert status_of(ShuniuError("x")) == 500


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
    assert asked - {"record."} <= set(TEXTS)
    groups = set(re.findall(r"""\bword\(["'](\w+)["']""", source)) | {"share", "record"}
    assert {key for key in TEXTS if key.split(".")[0] not in groups} <= asked


def test_no_template_holds_script_style_or_foreign_address():
    for path in (ROOM / "templates").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:|https?://|\| ?safe", text), path.name
        assert not re.search(r"\s[\w-]+=\{\{", text), f"an unquoted attribute in {path.name}"


@given(st.text(max_size=600))
@settings(max_examples=300, deadline=None)
def test_any_header_gives_a_language(header):
    assert _preferred(header) in LANGUAGES


def test_weights_of_languages_count():
    assert _preferred("fr, en;q=0.3, zh;q=0.9") == "zh"
    assert _preferred("zh;q=0.2, en-US;q=0.7") == "en"
    assert _preferred("") == "zh"
