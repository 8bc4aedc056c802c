"""kill -9 of hub, provider and consumer in the middle of a delivery: it goes on, nothing is missing, nothing comes twice, and the log has brackets.

What is delivered, and how that is taken and compared, says a `Delivery`: whole tables here, other ways beside them in `WAYS`.
"""

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from audit.model import Kind, Record
from audit.outcomes import AT_MOST, CUT_OFF, OK
from shuniu.v1 import catalog_pb2
from tests.faults.changes import Changes
from tests.faults.evidence import read, wait_for
from tests.faults.nursery import Child, Nursery
from tests.faults.process import HubProcess
from tests.faults.report import Row
from tests.faults.rounds import Extent, Portion, go_on
from tests.ports import free_port
from tests.world import CONSUMER, OFFICER, PROVIDER, PURPOSE

SIDES = ("hub", "provider", "consumer")
ROWS = 12_000
PATIENCE = 60.0
_WIDE = 400
"""Characters of a row's address, so that a table of few rows has several frames."""


class Delivery(Protocol):
    """One way in which data is delivered for long enough to be killed in the middle of."""

    def begin(self, number: int) -> Child:
        """Start the consumer of a round; started again, it goes on behind what it has."""

    def is_under_way(self, number: int) -> bool:
        """Tell whether something has arrived, and not everything."""

    def compare(self, number: int, records: Sequence[Record]) -> dict[str, int]:
        """Return what is wrong with what a round's consumer has, and with the log's records of it, by figures that must be 0."""


@dataclass
class Scene:
    """A hub, and the two departments, each in a process that may be killed."""

    hub: HubProcess
    nursery: Nursery
    folder: Path
    provider: Child
    port: int

    def provide(self) -> Child:
        by = self.hub.member(PROVIDER)
        said = {"folder": str(by.folder), "place": f"127.0.0.1:{self.port}", "database": str(self.folder / "own.db")}
        return self.nursery.bear({"role": "provide", **said})

    def kill(self, side: str, consumer: Child) -> None:
        """Kill a side; hub and provider are there again at once."""
        if side == "hub":
            self.hub.kill()
            self.hub.start()
        elif side == "provider":
            self.provider.kill()
            self.provider.wait(PATIENCE)
            self.provider = self.provide()
        else:
            consumer.kill()
            consumer.wait(PATIENCE)


class Tables:
    """Whole tables, by the SDK, into files."""

    def __init__(self, scene: Scene) -> None:
        """Have a grant given."""
        self._scene = scene
        entry = scene.hub.entry(scene.hub.member(PROVIDER), modes=[catalog_pb2.SHARE_MODE_STREAM])
        self._grant = scene.hub.grant(entry, ("id_number", "address"), mode="stream", daily_calls=1_000_000)

    def begin(self, number: int) -> Child:
        consumer = self._scene.hub.member(CONSUMER)
        asked = {"grant": self._grant.name, "purpose": PURPOSE, "case_number": _case(number), "officer": OFFICER}
        said = {"folder": str(consumer.folder), "place": self._scene.hub.addresses["members"], "file": str(self._file(number))}
        return self._scene.nursery.bear({"role": "take", **said, **asked})

    def is_under_way(self, number: int) -> bool:
        part = self._file(number).with_name(self._file(number).name + ".part")
        return part.exists() and part.stat().st_size > 0

    def compare(self, number: int, records: Sequence[Record]) -> dict[str, int]:
        with pa.OSFile(str(self._file(number))) as source:
            found = pa.ipc.open_stream(source).read_all().column("id_number").to_pylist()
        self._file(number).unlink()
        intents = {one.index: one for one in records if one.kind is Kind.INTENT and one.case_number == _case(number)}
        outcomes = [one for one in records if one.kind is Kind.OUTCOME and one.case_number == _case(number)]
        named = [one.intent_index for one in outcomes]
        return {
            "lost": len({*range(ROWS)} - {*map(int, found)}) + _without_record(outcomes),
            "twice": len(found) - len({*found}) + len(named) - len({*named}),
            "other_leaf": sum(int(one) > int(after) for one, after in pairwise(found)),
            "no_intent": len({*named} - {*intents}),
            "open": len({*intents} - {*named}),
        }

    def _file(self, number: int) -> Path:
        return self._scene.folder / f"round-{number}.arrows"


WAYS: dict[str, Callable[[Scene], Delivery]] = {"tables": Tables, "changes": lambda scene: Changes(scene, ROWS)}
"""Ways of delivery by the kind of fault under which `make faults` kills their sides."""


def kill(extent: Extent, kind: str) -> Row:
    """Kill the hub, the provider or the consumer in every round of a delivery."""
    return go_on(extent, f"kill -9 of either side of a delivery: {kind}", portion_of(kind))


def portion_of(kind: str) -> Portion:
    def portion(first: int, count: int) -> Row:
        with scene() as around:
            return _rounds(around, WAYS[kind](around), range(first, first + count))

    return portion


@contextmanager
def scene() -> Iterator[Scene]:
    """Put up a hub and a provider with a table."""
    with Nursery("tests.faults.hub_child") as hubs, Nursery("tests.faults.table_child") as nursery:
        hub = HubProcess(nursery=hubs)
        try:
            _write_table(hub.folder / "own.db")
            around = Scene(hub, nursery, hub.folder, Child(nursery, os.getpid()), free_port())
            around.provider = around.provide()
            hub.member(PROVIDER).do("SetEndpoint", endpoint=f"127.0.0.1:{around.port}")
            yield around
            around.provider.kill()
            around.provider.wait(PATIENCE)
        finally:
            hub.leave()


def _rounds(around: Scene, delivery: Delivery, rounds: range) -> Row:
    row, read_below = Row("", planned=len(rounds)), 0
    for number in rounds:
        dice, side = random.Random(number), SIDES[number % len(SIDES)]  # noqa: S311 - repeatable
        consumer = delivery.begin(number)
        wait_for(lambda: delivery.is_under_way(number), PATIENCE)  # noqa: B023 - waited for within the round
        time.sleep(dice.uniform(0, 0.15))
        is_early = consumer.poll() is None
        around.kill(side, consumer)
        if side == "consumer":
            consumer = delivery.begin(number)
        consumer.wait(PATIENCE)
        records = _settled(around, number, read_below)
        row.count(**delivery.compare(number, records), in_the_middle=int(is_early))
        read_below = max(read_below, *(one.index + 1 for one in records))
        row.times += 1
    return row


def _settled(around: Scene, number: int, since: int) -> list[Record]:
    """Return the log's new records once every intent of a round has its outcome, or had the time for one."""
    end = time.monotonic() + PATIENCE
    while True:
        found = [one for one in read(around.hub, since).records if one.case_number == _case(number)]
        closed = {one.intent_index for one in found if one.kind is Kind.OUTCOME}
        if all(one.index in closed for one in found if one.kind is Kind.INTENT) or time.monotonic() > end:
            return found
        time.sleep(0.05)


def _without_record(outcomes: Sequence[Record]) -> int:
    """Return how many rows the log does not say to have left; of a portion that was cut off all up to the next may have."""
    left = [(int(one.detail["first_row"]), one) for one in outcomes if one.status == CUT_OFF or (one.status == OK and one.rows)]
    spans = sorted(left, key=lambda one: (one[0], one[1].index))
    missing, covered = 0, 0
    for place, (first, one) in enumerate(spans):
        missing += max(first - covered, 0)
        following = spans[place + 1][0] if place + 1 < len(spans) else first
        assert one.status == OK or AT_MOST in one.detail
        covered = max(covered, first + one.rows if one.status == OK else following)
    return missing + max(ROWS - covered, 0)


def _case(number: int) -> str:
    return f"ROUND-{number:06d}"


def _write_table(file: Path) -> None:
    with sqlite3.connect(file) as db:
        db.execute(
            "CREATE TABLE resident (id_number VARCHAR(18) PRIMARY KEY, name TEXT, address TEXT, phone TEXT, birth_date DATE, children INTEGER,"
            " changed INTEGER)"
        )
        rows = ((f"{number:018d}", "王小明", f"{number:0{_WIDE}d}", None, "1990-03-07", 1, number + 1) for number in range(ROWS))
        db.executemany("INSERT INTO resident VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    db.close()
