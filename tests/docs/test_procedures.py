"""docs/procedures.md says what the tables in the code say."""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from brokerage.model import GRANT_PROCEDURE, OBJECTION_PROCEDURE, REQUEST_PROCEDURE
from catalog.model import ENTRY_PROCEDURE
from licenses.model import NEXT as LICENSE
from licenses.model import NEXT_KEY as ISSUING_KEY
from seals.model import SEAL_PROCEDURE, SIGNER_PROCEDURE, STAMP_PROCEDURE

PAGE = Path(__file__).parents[2] / "docs" / "procedures.md"
TABLES: dict[str, Mapping[Any, Any]] = {
    "Entry": ENTRY_PROCEDURE.next,
    "Data request": REQUEST_PROCEDURE.next,
    "Grant": GRANT_PROCEDURE.next,
    "Objection": OBJECTION_PROCEDURE.next,
    "License": LICENSE,
    "Issuing key": ISSUING_KEY,
    "Seal": SEAL_PROCEDURE.next,
    "Stamp": STAMP_PROCEDURE.next,
    "Signer certificate": SIGNER_PROCEDURE.next,
}
PARTIES: dict[str, Mapping[Any, frozenset[str]]] = {
    "Entry": ENTRY_PROCEDURE.who,
    "Data request": REQUEST_PROCEDURE.who,
    "Grant": GRANT_PROCEDURE.who,
    "Objection": OBJECTION_PROCEDURE.who,
    "Seal": SEAL_PROCEDURE.who,
    "Stamp": STAMP_PROCEDURE.who,
    "Signer certificate": SIGNER_PROCEDURE.who,
}
ROW = re.compile(r"^\| (\w+) \| (\w+) \| (\w+) \| ([\w ]+) \|$", re.MULTILINE)
ARROW = re.compile(r"^ +(\w+) --> (\w+): (\w+)$", re.MULTILINE)


def sections() -> dict[str, str]:
    """Return each section's text by its English title."""
    parts = re.split(r"^## ([A-Za-z ]+?) [^\x00-\x7F]+$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(table: Mapping[tuple[StrEnum, StrEnum], StrEnum]) -> set[tuple[str, str, str]]:
    return {(state.value, step.value, following.value) for (state, step), following in table.items()}


def test_the_page_has_a_section_for_every_procedure_and_no_other():
    assert sorted(sections()) == sorted(TABLES)


@pytest.mark.parametrize("title", TABLES)
def test_the_rows_of_the_page_are_the_rows_of_the_code(title):
    written = [row[:3] for row in ROW.findall(sections()[title]) if row[0] != "from"]
    assert len(written) == len(set(written))
    assert set(written) == rows(TABLES[title])


@pytest.mark.parametrize("title", TABLES)
def test_the_diagram_shows_the_same_steps_as_the_rows(title):
    drawn = {(state, step, following) for state, following, step in ARROW.findall(sections()[title])}
    assert drawn == rows(TABLES[title])


@pytest.mark.parametrize("title", PARTIES)
def test_each_step_names_the_parties_that_the_code_lets_take_it(title):
    for _, step, _, who in (row for row in ROW.findall(sections()[title]) if row[0] != "from"):
        allowed = PARTIES[title].get(step, frozenset({"hub"}))
        assert set(who.split(" or ")) == set(allowed), step
