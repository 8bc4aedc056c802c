"""kill -9 of the hub while systems watch work: nothing is lost, nothing comes twice to one who acknowledged.

Two systems watch. One is a program that lives on and takes up its stream where it ended, as the SDK does. The other is killed with the hub, so to
speak: it remembers nothing and begins behind what the hub knows to be acknowledged. To it an event comes again whose acknowledgement was not
answered; one whose acknowledgement was answered never does.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from shuniu.client import Client, connect
from shuniu.errors import ShuniuCallError
from shuniu.v1 import catalog_pb2, officer_pb2
from shuniu.v1.work_pb2 import PROPOSAL_STATE_PROPOSED, AcknowledgeWorkRequest, WatchWorkRequest, WorkEvent
from tests.faults.nursery import Nursery
from tests.faults.process import HubProcess
from tests.faults.report import Row
from tests.faults.rounds import Extent, go_on
from tests.world import FIELDS, PROVIDER, Member

WORKER, LEAD = "W-1", "L-1"
PATIENCE = 30.0
EARLY = 4
"""One round of so many kills whether or not a stream gave anything yet."""


@dataclass
class Watcher:
    """A system that watches: what it was given, in order."""

    by: Member
    seen: list[str] = field(default_factory=list)
    things: list[tuple[str, str]] = field(default_factory=list)

    def take(self, event: WorkEvent) -> None:
        kind = event.WhichOneof("event") or ""
        self.things.append((kind, getattr(event, kind).resource))
        self.seen.append(event.token)

    def about(self, kind: str) -> set[str]:
        """Return what events of a kind were about."""
        return {name for one, name in list(self.things) if one == kind}


@contextmanager
def living_on(by: Member) -> Iterator[Watcher]:
    """Watch by the SDK in a thread until the block ends."""
    watcher = Watcher(by)
    with connect(by.address, by.folder) as client:
        thread = threading.Thread(target=client.watch_work, args=(watcher.take,), daemon=True)
        thread.start()
        yield watcher
    thread.join(PATIENCE)


class Forgetful(Watcher):
    """A system that remembers nothing from one stream to the next."""

    def __init__(self, by: Member) -> None:
        super().__init__(by)
        self.acknowledged: set[str] = set()
        self.again: list[str] = []

    def run(self, over: threading.Event) -> None:
        while not over.is_set():
            with connect(self.by.address, self.by.folder) as client, suppress(ShuniuCallError, ValueError):
                self._read(client, over)
            over.wait(0.05)

    def _read(self, client: Client, over: threading.Event) -> None:
        stream = client.work.WatchWork(WatchWorkRequest(), timeout=600.0)
        threading.Thread(target=_close_behind, args=(over, client), daemon=True).start()
        for event in stream:
            if event.token in self.acknowledged:
                self.again.append(event.token)
            self.take(event)
            client.work.AcknowledgeWork(AcknowledgeWorkRequest(token=event.token))
            self.acknowledged.add(event.token)


def _close_behind(over: threading.Event, client: Client) -> None:
    over.wait()
    client.close()


@contextmanager
def forgetting(by: Member) -> Iterator[Forgetful]:
    """Watch in a thread until the block ends, anew after each end of the stream."""
    watcher, over = Forgetful(by), threading.Event()
    thread = threading.Thread(target=watcher.run, args=(over,), daemon=True)
    thread.start()
    try:
        yield watcher
    finally:
        over.set()
        thread.join(PATIENCE)


class Poster:
    """Whoever proposes and takes back, all the time; remembers what the hub answered."""

    def __init__(self, by: Member, entry: Any) -> None:
        self._by, self._entry = by, entry
        self.posted: list[str] = []
        self.settled: list[str] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> str:
        """Stop in the end; return the last proposal, whose taking back is the last event of all."""
        self._stopping.set()
        self._thread.join(PATIENCE)
        end, settled = time.monotonic() + PATIENCE, len(self.settled)
        while len(self.settled) == settled and time.monotonic() < end:
            self._turn()
        return self.settled[-1]

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._turn():
                time.sleep(0.02)

    def _turn(self) -> bool:
        """Propose, take back what waits; tell whether the hub was there."""
        waiting = self._by.call("SubmitEntry", name=self._entry.name, etag=self._entry.etag, reason="首次编目", officer=WORKER)
        if waiting.ok:
            self.posted.append(waiting.answer.pending_proposal)
        listed = self._by.call("ListProposals", state=PROPOSAL_STATE_PROPOSED)
        for one in listed.answer.proposals if listed.ok else ():
            if self._by.call("TakeBack", name=one.name, etag=one.etag, officer=WORKER, reason="另议").ok:
                self.settled.append(one.name)
        return listed.ok


def kill(extent: Extent, database: str = "") -> Row:
    """Kill hubs so often, for so many seconds at most, and compare what systems were given with all that their department's stream holds."""
    with Nursery("tests.faults.hub_child") as nursery:
        return go_on(extent, "kill -9 under streams of work", lambda first, count: _portion(nursery, database, range(first, first + count)))


def _portion(nursery: Nursery, database: str, rounds: range) -> Row:
    hub = HubProcess(database, nursery=nursery)
    try:
        return _kill(hub, rounds)
    finally:
        hub.leave()


def _kill(hub: HubProcess, rounds: range) -> Row:
    row, dice = Row(""), random.Random(20261128 + rounds.start)  # noqa: S311 - repeatable
    by, *systems = (hub.member(PROVIDER, name) for name in ("main", "follows", "forgets", "reads"))
    poster = Poster(by, _draft(by))
    with living_on(systems[0]) as follows, forgetting(systems[1]) as forgets:
        for number in rounds:
            before = len(follows.seen), len(forgets.seen)
            if number % EARLY:
                _wait(lambda: len(follows.seen) > before[0] and len(forgets.seen) > before[1])  # noqa: B023 - waited for within the round
            time.sleep(dice.uniform(0.01, 0.4))
            hub.kill()
            hub.start()
            row.times += 1
        last = poster.stop()
        every = _everything(systems[2], last)
        for one in (follows, forgets):
            _wait(lambda: last in one.about("settled"))  # noqa: B023
    _count(row, poster, every, follows, forgets)
    return row


def _count(row: Row, poster: Poster, every: Watcher, follows: Watcher, forgets: Forgetful) -> None:
    told = [one for one in every.things if one[0] in {"posted", "settled"}]
    unheard = (set(poster.posted) - every.about("posted")) | (set(poster.settled) - every.about("settled"))
    row.count(
        answers=len(poster.posted) + len(poster.settled),
        lost=len(unheard) + sum(len(set(every.seen) - set(one.seen)) for one in (follows, forgets)),
        twice=len(follows.seen) - len(set(follows.seen)) + len(forgets.again) + len(told) - len(set(told)),
        events=len(every.seen),
        came_again=len(forgets.seen) - len(set(forgets.seen)),
    )
    for one in (follows, forgets):
        if [token for token, number in Counter(one.seen).items() if number] != every.seen:
            row.problems.append(f"what {one.by.system} was given is not what the stream holds, in its order")


def _draft(by: Member) -> Any:
    """Give the department officers, so that what it submits waits for a second person, and a draft to submit."""
    content = catalog_pb2.Entry(
        resource_code="307010001/000777", title="居民基本信息", abstract="常住人口登记信息", class_path=["人口", "户籍"], region="640000",
        level=catalog_pb2.LEVEL_PROVINCE, provider=by.department, share_type=catalog_pb2.SHARE_TYPE_CONDITIONAL, share_condition="限办理社会救助使用",
        modes=[catalog_pb2.SHARE_MODE_QUERY], open_type=catalog_pb2.OPEN_TYPE_CLOSED, update_period=catalog_pb2.UPDATE_PERIOD_DAILY, fields=FIELDS,
        serving_system=by.system, serving_resource="resident", subject_domain="cn-id",
    )  # fmt: skip
    draft = by.do("CreateEntry", entry=content)
    duties = {WORKER: officer_pb2.DUTY_DIRECTORY, LEAD: officer_pb2.DUTY_LEAD, "P-1": officer_pb2.DUTY_PEOPLE}
    lines = [officer_pb2.OfficerLine(number=number, display_name="王工", duties=[duty]) for number, duty in duties.items()]
    by.do("ImportOfficers", lines=lines, officer="P-1", request_id="staff")
    return draft


def _everything(by: Member, last: str) -> Watcher:
    """Return what the stream holds from its beginning to the event by which a proposal was settled, read at once and by a hub that stays."""
    watcher = Watcher(by)
    with connect(by.address, by.folder) as client, suppress(ShuniuCallError):
        for event in client.work.WatchWork(WatchWorkRequest(), timeout=PATIENCE):
            watcher.take(event)
            if watcher.things[-1] == ("settled", last):
                break
    return watcher


def _wait(holds: Any) -> None:
    """Wait until it holds, or has had its time: what is missing then is counted."""
    end = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
