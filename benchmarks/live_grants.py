"""`python -m benchmarks.live_grants [COUNT]`: what it costs to publish a stricter version of an entry that so many live grants rest on.

Over SQLite and, where its binaries are installed, over a PostgreSQL of this machine. While one thread publishes and the hub's copies follow,
another asks for grants as queries do, and the longest that one of its looks takes is told beside the longest of a control run in which nothing
is published. Then every grant is asked for once, which makes it anew by the rule; and at the date of an end all of them are marked.
"""

import argparse
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final, Self

from sqlalchemy import insert

from audit.store import found_log
from benchmarks.sweeps import databases
from brokerage.store.aggregates import GrantStore
from brokerage.store.rows import row_of
from brokerage.store.service_changes import ServiceChangeStore
from brokerage.store.tables import grants
from catalog.store import EntryStore
from hub.access import HUB
from hub.clock import StoppedClock
from hub.db import Tx
from hub.ids import Ids
from hub.unit_of_work import Change
from shuniu.identifiers import uscc
from tests.brokerage.given import ENTRY, MONDAY, World, world_on

_CONSUMERS: Final = 50
_CONTROL: Final = 1.0
_STRICTER: Final = replace(
    ENTRY, version=2, change_basis="《中华人民共和国个人信息保护法》", fields=(ENTRY.fields[0], replace(ENTRY.fields[1], mask="hide"))
)


def fill(world: World, count: int) -> list[str]:
    """Put so many live grants on one entry into the database; return their ids."""
    approved = world.approved()
    with world.db.read() as tx:
        model = GrantStore(tx).get(approved.grant.removeprefix("grants/"))
    ids = Ids()
    rows = []
    for number in range(count):
        one = replace(
            model, id=ids.new(MONDAY), data_request=f"dataRequests/{number}", consumer=uscc.build("11", "640000", f"{number % _CONSUMERS:08d}")
        )
        rows.append(row_of(grants, one))
    with world.db.begin() as tx:
        for begin in range(0, count, 1_000):
            tx.execute(insert(grants), rows[begin : begin + 1_000])
    return [str(row["id"]) for row in rows]


class Looks:
    """A thread that asks for grants, one after the other, and remembers the longest look."""

    def __init__(self, world: World, names: list[str]) -> None:
        """Take the grants."""
        self._world, self._names, self.longest = world, names, 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """End."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        number, at = 0, self._world.clock.now()
        while not self._stop.is_set():
            begin = time.perf_counter()
            self._world.live.get(self._names[number % len(self._names)], at)
            self.longest = max(self.longest, time.perf_counter() - begin)
            number += 1
            time.sleep(0.0005)


def publish(world: World) -> float:
    """Publish the stricter version as the directory does; return the seconds until the copies in memory follow."""
    begin = time.perf_counter()
    with world.db.begin() as tx:
        store = EntryStore(tx)
        store.replace(ENTRY, ENTRY.supersede(MONDAY))
        store.insert(_STRICTER)
        _write(world, tx, world.actions.on_publish(tx, ENTRY, _STRICTER, MONDAY))
    world.live.reload("entry-rules", ENTRY.id)
    return time.perf_counter() - begin


def end(world: World) -> tuple[float, int]:
    """Withdraw the entry, and let the end reach its date; return the seconds of the hub's rounds and how many they took."""
    with world.db.begin() as tx:
        _write(world, tx, world.actions.on_withdraw(tx, _STRICTER, MONDAY))
        store = ServiceChangeStore(tx)
        change = store.ends_entry(ENTRY.name)
        assert change is not None, "a withdrawal ends what runs"
        store.replace(change, replace(change, state=change.state.ADMITTED, effect_time=MONDAY, revision=change.revision + 1))
        world.log.write(tx, Change(at=MONDAY, action="brokerage.AdmitServiceChange", actor=HUB, resource=change.name))
    at, rounds, begin = MONDAY + timedelta(minutes=1), 0, time.perf_counter()
    while True:
        world.actions.sweep_service_changes(at)
        rounds += 1
        with world.db.read() as tx:
            if not GrantStore(tx).count_live(ENTRY.name, at):
                return time.perf_counter() - begin, rounds


def _write(world: World, tx: Tx, records: Iterable[Change]) -> None:
    for record in records:
        world.log.write(tx, record)


def main() -> None:
    """Fill, publish, ask, end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    count = parser.parse_args().count
    with databases() as every:
        for name, db in every.items():
            db.create_tables()
            found_log(db)
            world = world_on(db)
            assert isinstance(world.clock, StoppedClock)
            names = fill(world, count)
            world.live.load_all()
            with Looks(world, names) as control:
                time.sleep(_CONTROL)
            with Looks(world, names) as looks:
                took = publish(world)
            begin = time.perf_counter()
            for one in names:
                live = world.live.get(one, MONDAY)
                assert live is not None, "a grant is there"
                assert [field.mask for field in live.fields if field.name == "name"] == ["hide"], "the rule holds"
            anew = (time.perf_counter() - begin) / count * 1e6
            longest = f"longest look {looks.longest * 1e3:.1f} ms (control {control.longest * 1e3:.1f} ms)"
            print(f"{name}, {count:,} live grants: published in {took:.3f} s, {longest}")
            print(f"{name}: each grant is made anew in {anew:.1f} us when it is next asked for")
            spent, rounds = end(world)
            print(f"{name}: at the date of their end {count:,} grants were marked in {spent:.1f} s, {rounds} rounds of the hub's clock")
            db.close()


if __name__ == "__main__":
    main()
