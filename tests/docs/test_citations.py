"""What a docstring, a comment or a page cites is in this repository: pages, decisions (ADR) and files; nothing points outside of it."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRITTEN = {".py", ".proto", ".md", ".toml", ".sh", ".service", ".html", ".css", ".mako", ".yaml", ""}
ADR = re.compile(r"\bADRs?[ -]?(\d{4}(?:(?:, | and | to |-)\d{4})*)")
PAGE = re.compile(r"(?<![\w./-])((?:[\w.-]+/)*[\w.-]+\.md)\b")
OUTSIDE = re.compile(r"(?<![\w.])(?:/work|/home|/root|/tmp|~)/[\w.-]+|\b(?:house|words)\.md\b|(?<![\w.])\.\./(?:\.\./)*(?:shared|design)\b")
MERGE = re.compile(r"(?m)^(?:<{7}|>{7})(?: |$)")
SELF = Path(__file__).resolve()


def files() -> Iterator[Path]:
    """Give every file that people wrote: no virtual environment, no cache, no generated code, no lock."""
    for top in sorted(ROOT.iterdir()):
        if (top.name.startswith(".") and top.name != ".ci") or top.name in {"build", "dist"}:
            continue
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            generated = not {"__pycache__", "node_modules"}.isdisjoint(path.parts) or path.parent == ROOT / "shuniu" / "v1"
            if path.is_file() and path.suffix in WRITTEN and not generated and path.resolve() != SELF:
                yield path


def prose(path: Path) -> str:
    """Return what a file says to people: a program's docstrings and comments, the whole of every other file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return text
    said = [one.string for one in tokenize.generate_tokens(io.StringIO(text).readline) if one.type == tokenize.COMMENT]
    alone = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Expr))
    return "\n".join(said + [one.value for one in alone if isinstance(one, ast.Constant) and isinstance(one.value, str)])


def missing(text: str, folder: Path) -> list[str]:
    """Return the citations in a text that lead nowhere; a page is looked for beside the text and from the root of the repository."""
    text = text.replace("/opt/shuniu/", "")  # where the installation guide puts the repository
    decisions = {path.name[:4] for path in (ROOT / "docs" / "adr").glob("*.md")}
    numbers = [number for found in ADR.findall(text) for number in re.findall(r"\d{4}", found)]
    pages = [page for page in PAGE.findall(text) if not (folder / page).exists() and not (ROOT / page).exists()]
    return [f"ADR {number}" for number in numbers if number not in decisions] + pages + OUTSIDE.findall(text)


def test_every_page_and_decision_that_is_cited_is_in_the_repository():
    wrong = {str(path.relative_to(ROOT)): lost for path in files() if (lost := missing(prose(path), path.parent))}
    assert wrong == {}


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("see docs/guides/install.md and CONTRIBUTING.md, ADR 0011 and 0012", []),
        ("see docs/rules.md", ["docs/rules.md"]),
        ("see house.md", ["house.md", "house.md"]),
        ("ADR 0001, 9998 and 9999", ["ADR 9998", "ADR 9999"]),
        ("as /work/notes says, ../shared/foreign", ["/work/notes", "../shared"]),
        ("file:/opt/shuniu/docs/guides/install.md", []),
        ("file:/opt/shuniu/docs/install.md", ["docs/install.md"]),
    ],
)
def test_a_citation_that_leads_nowhere_is_found(text, lost):
    assert missing(text, ROOT) == lost


def test_docstrings_and_comments_are_read_and_nothing_else_of_a_program(tmp_path):
    program = tmp_path / "a.py"
    program.write_text('"""Page a.md."""\nNAME = "b.md"  # page c.md\n"""Page d.md."""\n', encoding="utf-8")
    assert sorted(PAGE.findall(prose(program))) == ["a.md", "c.md", "d.md"]


def test_no_file_holds_what_a_merge_left_between_its_marks():
    assert [path.relative_to(ROOT) for path in files() if MERGE.search(path.read_text(encoding="utf-8"))] == []
