"""Many rounds in portions. What a portion came to is kept in a file, so that a run that was broken off goes on where it stopped."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.faults.report import Row

PORTION = 50
"""Rounds of one portion: of a run that is broken off at most these are done anew."""
Portion = Callable[[int, int], Row]
"""Does so many rounds from a number on, all in a place of their own, and compares everything at their end."""


@dataclass(frozen=True)
class Extent:
    """How many rounds there are to be in all, how many seconds one run may take, and where the figures are kept; nowhere: each run begins anew."""

    rounds: int
    seconds: float
    file: Path | None = None


def go_on(extent: Extent, fault: str, portion: Portion) -> Row:
    """Do the rounds that are left, as many as there is time for; return what all came to, those of the runs before included."""
    row, end = _kept(extent, fault), time.monotonic() + extent.seconds
    before = row.times
    while row.times < row.planned and time.monotonic() < end:
        part = portion(row.times, min(PORTION, row.planned - row.times))
        _add(row, part)
        _keep(extent, row)
        if part.problems or not part.times:  # what is wrong is looked at, and not done a thousand times
            break
    row.note = "; ".join(filter(None, [f"{before:,} of them by runs before" if before else "", _rest(extent, row)]))
    if row.times >= row.planned and extent.file is not None:
        extent.file.unlink(missing_ok=True)
    return row


def _kept(extent: Extent, fault: str) -> Row:
    row = Row(fault)
    if extent.file is not None and extent.file.exists():
        row = Row(**json.loads(extent.file.read_text(encoding="utf-8")))
    row.planned = extent.rounds
    return row


def _add(row: Row, part: Row) -> None:
    row.times += part.times
    row.count(**part.figures)
    row.problems += part.problems


def _keep(extent: Extent, row: Row) -> None:
    """Write the figures whole or not at all."""
    if extent.file is None:
        return
    extent.file.parent.mkdir(parents=True, exist_ok=True)
    fresh = extent.file.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(row), ensure_ascii=False), encoding="utf-8")
    fresh.replace(extent.file)


def _rest(extent: Extent, row: Row) -> str:
    return f"the next run goes on from {extent.file}" if extent.file is not None and row.times < row.planned else ""
