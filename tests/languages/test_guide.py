"""What the guide shows in Go, Java and JavaScript are lines of the programs that the tests run."""

import re

import pytest

from tests.judges import ROOT

SOURCES = {"go": "go/query/*.go", "java": "java/*.java", "js": "node/*.js"}
BLOCK = re.compile(r"```(go|java|js)\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", ["languages.md", "languages.zh-CN.md"])
def test_every_piece_of_code_on_the_page_stands_so_in_an_example(page: str):
    blocks = BLOCK.findall((ROOT / "docs" / "guides" / page).read_text(encoding="utf-8"))
    assert {language for language, _ in blocks} == set(SOURCES)
    for language, code in blocks:
        programs = [path.read_text(encoding="utf-8") for path in (ROOT / "examples").glob(SOURCES[language])]
        assert any(code in program for program in programs), code
