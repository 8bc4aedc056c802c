"""No page, help text or hint puts a person's number on a command line: `ps` and the shell's history show it to others. `-` and `@FILE` exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from google.protobuf.descriptor import Descriptor

from cli.command import shuniu
from shuniu.cli.calling import SERVICES, method_of
from tests.docs.test_readme import PAGES, ROOT, ids

PERSON = {"subject", "subject_key", "holders"}
"""Fields that hold somebody's number."""
CALL = re.compile(r"shuniu call ([^\n`]*)")
METHOD = re.compile(r"\b([A-Z]\w+Service[./][A-Z]\w+)(?: +(\S.*))?")
FROM_A_FILE = re.compile(r"['\"]?(?:-(?=\s|$)|@)")


def takes_a_person(message: Descriptor, above: frozenset[str] = frozenset()) -> bool:
    """Tell whether a message, or one inside it, has a field for somebody's number."""
    if message.full_name in above:
        return False
    inside = above | {message.full_name}
    return any(field.name in PERSON or (field.message_type and takes_a_person(field.message_type, inside)) for field in message.fields)


def shown(text: str) -> list[str]:
    """Return the calls in a text that give a person's number as an argument."""
    wrong = []
    for line in CALL.findall(text.replace("\\\n", " ")):
        for method, body in METHOD.findall(line):
            if body and not body.startswith("#") and takes_a_person(method_of(method).input_type) and FROM_A_FILE.match(body) is None:
                wrong.append(line)
    return wrong


def strings() -> Iterator[tuple[Path, str]]:
    """Yield each text in the command's sources; where a value is filled in stands `{}`."""
    for path in sorted(path for folder in ("cli", "shuniu/cli") for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield path, "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield path, node.value


def commands(group: click.Group, above: str = "shuniu") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        yield f"{above} {name}", found
        if isinstance(found, click.Group):
            yield from commands(found, f"{above} {name}")


def test_the_rpcs_that_take_a_persons_number_are_known():
    found = {method.name for service in SERVICES.values() for method in service.methods if takes_a_person(method.input_type)}
    assert found >= {"Query", "SearchAuditRecords", "FileObjection", "PrepareLicense"}
    assert not found & {"WhoAmI", "GetTrustList", "CreateDepartment"}


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_no_page_gives_a_persons_number_as_an_argument(page: Path):
    assert shown(page.read_text(encoding="utf-8")) == []


def test_nothing_that_a_command_prints_gives_one():
    assert [(path.name, wrong) for path, text in strings() for wrong in shown(text)] == []


def test_no_help_text_gives_one_and_no_option_takes_one():
    seen = 0
    for name, found in commands(shuniu):
        seen += 1
        help_text = found.get_help(click.Context(found, info_name=name))
        assert shown(help_text) == [], name
        taken = {parameter.name for parameter in found.params}
        assert not taken & (PERSON | {"holder", "id_number", "citizen"}), name
    assert seen >= len(shuniu.rows)


@pytest.mark.parametrize(
    "text",
    [
        'shuniu call --identity x ExchangeService/Query \'{"subject_key": "..."}\'',
        "shuniu call --identity x ExchangeService.Query {}",
        "`shuniu call \\\n    AuditService/SearchAuditRecords '{\"subject\": 1}'`",
    ],
)
def test_such_a_call_is_found(text: str):
    assert len(shown(text)) == 1


@pytest.mark.parametrize("body", ["@query.json", "-", "- < query.json", "", "  # the fields stand in the guide"])
def test_a_call_that_reads_a_file_is_not(body: str):
    assert shown(f"shuniu call --identity x ExchangeService/Query {body}") == []
