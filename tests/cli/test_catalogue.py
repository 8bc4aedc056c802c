"""The catalogue of errors: each row in two languages, nothing raised beside it, and the page docs/errors.md says what it says."""

import ast
import json
import re
import string
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.command import shuniu
from shuniu.cli.catalogue import ErrorRow, page, rows
from shuniu.v1 import audit_pb2, brokerage_pb2, catalog_pb2, exchange_pb2, identity_pb2, license_pb2, officer_pb2, seal_pb2, work_pb2
from tests.hub.test_procedure import procedures

ROOT = Path(__file__).parents[2]
KINDS = re.compile(
    r"(InvalidInput|NotFound|AlreadyExists|NotSignedIn|NotAllowed|IllegalState|MissingGrant|Conflict|Limit|Unavailable|Deadline|Integrity|Config)Error"
)
LATIN = re.compile(r"[A-Za-z][A-Za-z_]+")
_FILES = (identity_pb2, catalog_pb2, brokerage_pb2, exchange_pb2, license_pb2, seal_pb2, audit_pb2, officer_pb2, work_pb2)
FIELDS = {field.name for file in _FILES for message in file.DESCRIPTOR.message_types_by_name.values() for field in message.fields}
METHODS = {method.name for file in _FILES for service in file.DESCRIPTOR.services_by_name.values() for method in service.methods}
WORDS = {word.id for one in procedures().values() for word in (*one.states.values(), *one.steps.values())}
ENGLISH = FIELDS | METHODS | WORDS
"""Names of fields, methods, states and steps: a Chinese reader is told each of them in Chinese."""


TWO_STATUSES = {"SIGNER_NOT_VALID", "TOO_MANY_RECORDS", "ENTRY_WITHDRAWN"}
"""SIGNER_NOT_VALID is said since the first release of a signer who may not stamp (not allowed) and of one whom a new seal cannot name (not in a
fit state); TOO_MANY_RECORDS of a request that names too many (wrong input) and of an answer that would hold too many (nobody's fault);
ENTRY_WITHDRAWN of a step that it does not allow, and to a reader, who finds it no more."""


def english(text: str) -> set[str]:
    """Return the names of ours that a text holds; commands in backticks, options, paths, examples and placeholders are left out."""
    bare = re.sub(r"`[^`]*`|--[a-z-]+|[\w.-]*/[\w.-]*|\{\w*(?:![rs])?(?::[^}]*)?\}|例如.*$", " ", text)
    return set(LATIN.findall(bare)) & ENGLISH


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def all_rows() -> list[ErrorRow]:
    return rows(shuniu.packages)


def test_every_row_says_what_is_wrong_and_what_to_do_in_both_languages():
    for row in all_rows():
        assert all(row[key].strip() for key in ("en", "zh", "next_en", "next_zh")), row
        assert row["reason"] == row["reason"].upper()


def test_chinese_texts_are_chinese():
    found = [(row["reason"], text, names) for row in all_rows() for text in (row["zh"], row["next_zh"]) if (names := english(text)) and chinese(text)]
    assert not found, "\n".join(map(str, found))
    assert not [row for row in all_rows() if not chinese(row["zh"])]


def chinese(text: str) -> bool:
    return bool(re.search(r"[\u4e00-\u9fff]", text))


def test_both_languages_speak_of_the_same_facts():
    for row in all_rows():
        wrong = {name for name in places(row["zh"]) - places(row["en"]) - {"field"} if name not in places(row["next_en"])}
        assert not wrong, (row["reason"], row["en"], wrong)


def test_english_texts_have_no_riddles():
    for row in all_rows():
        for text in (row["en"], row["next_en"]):
            assert not re.search(r"leads nowhere|only said of|left alone|same twice|but whose", text), row


def test_all_rows_of_one_reason_have_one_status():
    seen: dict[str, tuple[str, int]] = {}
    for row in (row for row in all_rows() if row["reason"] not in TWO_STATUSES):
        assert seen.setdefault(row["reason"], (row["status"], row["http"])) == (row["status"], row["http"]), row["reason"]


@pytest.mark.parametrize("package", [*shuniu.packages, "server.py"])
def test_no_error_is_made_beside_the_catalogue(package: str):
    paths = [ROOT / package] if package.endswith(".py") else sorted((ROOT / package.replace(".", "/")).rglob("*.py"))
    trees = [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths if path != ROOT / "hub" / "errors.py"]
    calls = [(path, node) for path, tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    found = [f"{path.relative_to(ROOT)}:{node.lineno}" for path, node in calls if KINDS.fullmatch(getattr(node.func, "id", ""))]
    assert not found


def test_the_page_says_what_the_catalogue_says():
    assert (ROOT / "docs" / "errors.md").read_text(encoding="utf-8") == page(shuniu.packages), "shuniu errors --markdown > docs/errors.md"


def test_the_command_prints_the_list_for_programs_and_for_people():
    runner = CliRunner()
    listed = json.loads(runner.invoke(shuniu, ["errors", "--json"]).stdout)
    assert set(listed[0]) == {"reason", "status", "http", "en", "zh", "next_en", "next_zh"}
    assert len(listed) == len(all_rows())
    one = runner.invoke(shuniu, ["errors", "stale_etag"]).stdout
    assert "STALE_ETAG" in one
    assert "请重新查看" in one
    assert runner.invoke(shuniu, ["errors", "NO_SUCH"]).exit_code == 2
