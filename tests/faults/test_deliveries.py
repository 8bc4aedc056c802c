"""The short form of what `make faults` does to deliveries, and that it sees what it is there for."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from audit.model import Actor, Kind, Record
from audit.outcomes import AT_MOST, CUT_OFF, OK
from tests.faults.deliveries import ROWS, SIDES, WAYS, _without_record, portion_of

ROUNDS = 2 * len(SIDES)
WHOLE = Record(
    index=1, leaf=b"", kind=Kind.OUTCOME, at=datetime(2026, 1, 5, tzinfo=UTC), action="exchange.Stream",
    actor=Actor("", "", ""), status=OK, rows=ROWS,    detail={"first_row": "0", AT_MOST: "64"},
)  # fmt: skip


@pytest.mark.parametrize("kind", WAYS)
def test_a_delivery_goes_on_after_kill_9_of_either_side_without_a_gap_and_without_a_double(kind: str):
    row = portion_of(kind)(0, ROUNDS)
    assert row.wrong == []
    assert row.times == ROUNDS
    assert row.figures["in the middle"] >= ROUNDS // 2, "hardly a kill met a delivery: the test shows nothing"


def test_rows_of_which_the_log_says_nothing_are_counted():
    half, rest = replace(WHOLE, rows=ROWS // 2), replace(WHOLE, rows=ROWS // 2, detail={**WHOLE.detail, "first_row": str(ROWS // 2)})
    assert _without_record([WHOLE]) == _without_record([half, rest]) == 0
    assert _without_record([half]) == ROWS // 2
    cut = replace(half, status=CUT_OFF, rows=0)
    assert _without_record([cut, rest]) == 0
    assert _without_record([cut]) == ROWS
    assert _without_record([cut, WHOLE]) == _without_record([half, half, rest]) == 0
