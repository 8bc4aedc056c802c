"""The faults in their order: on a hub with SQLite, on a hub with PostgreSQL, and on proofs and notes alone."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.end_to_end.processes import descendants, running
from tests.faults import calls, copies, kills, notes, outbox, proofs, rollback, servers, storage, stream
from tests.faults import deliveries as ways
from tests.faults.process import ROOT, HubProcess
from tests.faults.report import Row
from tests.faults.rounds import Extent as Rounds
from tests.faults.stage import Stage
from tests.postgres import binaries, server
from tests.work.receivers import AUTHORITY, server_context

DATABASE = "faults"


@dataclass(frozen=True)
class Extent:
    """How much is done of each: times, rounds, calls; seconds are the most that a part may take."""

    calls: int
    copies: int
    places: int
    fills: int
    eios: int
    locks: int
    rollbacks: int
    kills: int
    kill_seconds: float
    server_faults: int
    server_seconds: float
    bits: int
    proofs: int
    notes: int
    rounds: int
    round_seconds: float
    kept: Path | None
    """Where the figures of rounds are kept from run to run; nowhere: each run begins anew."""

    def rounds_of(self, kind: str) -> Rounds:
        """Return how often senders, or hubs under streams, are killed: rounds that a run goes on with where the one before was broken off."""
        return Rounds(self.rounds, self.round_seconds, self.kept / f"{kind}.json" if self.kept else None)


LONG = Extent(4_800, 600, 12, 20, 24, 4, 1, 200, 840.0, 45, 600.0, 20, 1_000, 20, 1_000, 840.0, ROOT / "var" / "faults")
SHORT = Extent(320, 60, 2, 1, 3, 0, 0, 1, 60.0, 6, 60.0, 12, 40, 1, 3, 60.0, None)
"""A lock is held for longer than anybody waits, and a roll-back has tests of its own: both are too long for this one."""


def sqlite(extent: Extent, wanted: "Wanted") -> list[Row]:
    """One hub with SQLite on a disk of its own; the roll-back comes last, since it ends the log."""
    with storage.disk() as disk, hub_on("", disk.path / "hub", disk.environment) as hub:
        stage, rows = Stage(hub), list[Row]()
        parts: list[tuple[str, Callable[[], Row]]] = [
            ("calls", lambda: calls.cancel(stage, extent.calls)),
            ("calls", lambda: calls.hurry(stage, extent.calls)),
            ("copies", lambda: copies.damage(stage, extent.places, extent.copies)),
            ("full", lambda: storage.fill(stage, disk, extent.fills)),
            ("eio", lambda: storage.fail(stage, disk, extent.eios)),
            ("locks", lambda: storage.hold(stage, extent.locks)),
            ("kills", lambda: kills.kill(stage, extent.kills, extent.kill_seconds)),
            ("kills", lambda: kills.left_behind(stage)),
            ("", stage.whole),
            ("rollback", lambda: rollback.put_back(stage, extent.rollbacks)),
        ]
        for name, part in parts:
            rows += wanted.run(name, part)
    return rows


def postgresql(extent: Extent, wanted: "Wanted") -> list[Row]:
    """One hub with PostgreSQL, whose server suffers."""
    if binaries() is None:
        return [Row("PostgreSQL", note="not possible here: PostgreSQL's binaries are not installed")]
    with server() as cluster:
        with psycopg.connect(cluster.url, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {DATABASE}")
        rows = list[Row]()
        with hub_on(cluster.url.removesuffix("postgres") + DATABASE) as hub:
            stage = Stage(hub)
            rows += wanted.run("servers", lambda: servers.strike(stage, cluster, DATABASE, extent.server_faults, extent.server_seconds))
            rows += wanted.run("locks", lambda: storage.hold(stage, extent.locks))
            rows += wanted.run("", stage.whole)
            rows += wanted.run("rollback", lambda: rollback.put_back(stage, extent.rollbacks))
    for row in rows:
        row.fault = f"PostgreSQL: {row.fault}"
    return rows


def probes(extent: Extent, wanted: "Wanted") -> list[Row]:
    """What needs no hub."""
    rows = wanted.run("proofs", lambda: proofs.probe(extent.bits, extent.proofs))
    return rows + wanted.run("notes", lambda: notes.probe(extent.notes))


def deliveries(extent: Extent, wanted: "Wanted") -> list[Row]:
    """A sender of its own, without a hub around it."""
    return wanted.run("outbox", lambda: outbox.kill(extent.rounds_of("outbox"), server_context(), AUTHORITY.pem.decode()))


def work(extent: Extent, wanted: "Wanted") -> list[Row]:
    """Hubs of its own, whose departments watch what waits for them."""
    return wanted.run("work", lambda: stream.kill(extent.rounds_of("work")))


def exchange(extent: Extent, wanted: "Wanted") -> list[Row]:
    """Hubs, providers and consumers of their own, of which one is killed in the middle of every delivery."""
    rows = list[Row]()
    for kind in ways.WAYS:
        rows += wanted.run(kind, lambda: ways.kill(extent.rounds_of(kind), kind))  # noqa: B023 - done at once
    return rows


SERIES: dict[str, tuple[Callable[[Extent, "Wanted"], list[Row]], frozenset[str]]] = {
    "sqlite": (sqlite, frozenset({"calls", "copies", "full", "eio", "locks", "kills", "rollback"})),
    "postgresql": (postgresql, frozenset({"servers", "locks", "rollback"})),
    "probes": (probes, frozenset({"proofs", "notes"})),
    "deliveries": (deliveries, frozenset({"outbox"})),
    "work": (work, frozenset({"work"})),
    "exchange": (exchange, frozenset(ways.WAYS)),
}


@dataclass(frozen=True)
class Wanted:
    """Which kinds of fault are to be done: all where none is named."""

    kinds: frozenset[str]
    series: str

    def run(self, kind: str, part: Callable[[], Row | list[Row]]) -> list[Row]:
        """Do a part, if it is wanted, and tell how long it took; what breaks it off is a row too, and the next part is done all the same."""
        if kind and self.kinds and kind not in self.kinds:
            return []
        begun = time.monotonic()
        try:
            done = part()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            done = Row(kind or "the whole log at the end", problems=[f"{type(error).__name__}: {error}"[:2_000]])
        rows = done if isinstance(done, list) else [done]
        names = ", ".join(f"{one.fault} ({one.times:,})" for one in rows)
        wrong = "; ".join(problem for one in rows for problem in one.wrong)
        sys.stderr.write(f"{self.series}: {names}: {time.monotonic() - begun:.0f} s{f': {wrong}' if wrong else ''}\n")
        return [one for one in rows if one.planned or one.note or one.problems]


def run(name: str, extent: Extent, kinds: frozenset[str] = frozenset()) -> list[Row]:
    """Run one series in a folder of its own, and look for what it left behind."""
    do, _ = SERIES[name]
    before = running(descendants(os.getpid()))
    with own_folder() as folder:
        rows = do(extent, Wanted(kinds, name))
        rest = Row(f"left behind by the series {name}", times=1, planned=1, note="processes and folders")
        rest.count(left=len(running(descendants(os.getpid())) - before) + len(list(folder.iterdir())))
    return [*rows, rest]


@contextmanager
def own_folder() -> Iterator[Path]:
    """Let all passing folders be made in one, which goes at the end."""
    before = tempfile.tempdir
    tempfile.tempdir = folder = tempfile.mkdtemp(prefix="shuniu-faults-")
    Path(folder).chmod(0o711)  # PostgreSQL, as a user of its own, has its folder here where there is no room in memory
    try:
        yield Path(folder)
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def hub_on(database: str, place: Path | None = None, environment: Mapping[str, str] | None = None) -> Iterator[HubProcess]:
    hub = HubProcess(database, place, environment)
    try:
        yield hub
    finally:
        hub.leave()
