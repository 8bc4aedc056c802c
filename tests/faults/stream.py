"""kill -9 of the hub while systems watch work: nothing is lost, nothing comes twice to one who acknowledged."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from shuniu.client import connect
from shuniu.errors import ShuniuCallError
from shuniu.v1 import catalog_pb2, officer_pb2
from shuniu.v1.work_pb2 import PROPOSAL_STATE_PROPOSED, WatchWorkRequest, WorkEvent
from tests.faults.process import HubProcess
from tests.faults.report import Row
from tests.world import FIELDS, PROVIDER, Member

WORKER, LEAD = "W-1", "L-1"
PATIENCE = 30.0


@dataclass
class Watcher:
    """A system that watches by the SDK: what it was given, in order."""

    by: Member
    seen: list[str] = field(default_factory=list)
    things: list[tuple[str, str]] = field(default_factory=list)

    def take(self, event: WorkEvent) -> None:
        self.seen.append(event.token)
        kind = event.WhichOneof("event") or ""
        self.things.append((kind, getattr(event, kind).resource))

    def about(self, kind: str) -> set[str]:
        """Return what events of a kind were about."""
        return {name for one, name in self.things if one == kind}


@contextmanager
def watching(by: Member) -> Iterator[Watcher]:
    """Watch in a thread until the block ends."""
    watcher = Watcher(by)
    with connect(by.address, by.folder) as client:
        thread = threading.Thread(target=client.watch_work, args=(watcher.take,), daemon=True)
        thread.start()
        yield watcher
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

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        while not self._stopping.is_set():
            with suppress(ShuniuCallError):
                self._turn()

    def _turn(self) -> None:
        waiting = self._by.call("SubmitEntry", name=self._entry.name, etag=self._entry.etag, reason="首次编目", officer=WORKER)
        if waiting.ok:
            self.posted.append(waiting.answer.pending_proposal)
        listed = self._by.call("ListProposals", state=PROPOSAL_STATE_PROPOSED)
        for one in listed.answer.proposals if listed.ok else ():
            if self._by.call("TakeBack", name=one.name, etag=one.etag, officer=WORKER, reason="另议").ok:
                self.settled.append(one.name)


def kill(hub: HubProcess, rounds: int, seconds: float) -> Row:
    """Kill the hub so often, for so many seconds at most, and compare what a system was given with all that its department's stream holds."""
    row, dice, end = Row("kill -9 under streams of work", planned=rounds), random.Random(20261128), time.monotonic() + seconds  # noqa: S311 - repeatable
    by = hub.member(PROVIDER)
    watchers = [hub.member(PROVIDER, name) for name in ("follows", "reads")]
    poster = Poster(by, _draft(by))
    with watching(watchers[0]) as watcher:
        for _ in range(rounds):
            if time.monotonic() > end:
                break
            time.sleep(dice.uniform(0.1, 0.6))
            hub.kill()
            hub.start()
            row.times += 1
        poster.stop()
        every = _everything(watchers[1])
        _wait_for(watcher, len(every))
    behind = _everything(watchers[0])
    unheard = (set(poster.posted) - watcher.about("posted")) | (set(poster.settled) - watcher.about("settled"))
    row.count(
        answers=len(watcher.seen),
        lost=len(set(every) - set(watcher.seen)) + len(unheard),
        twice=len(watcher.seen) - len(set(watcher.seen)) + len(set(behind) & set(watcher.seen[:-1])),
    )
    row.note = f"{len(poster.posted):,} steps were proposed and {len(poster.settled):,} taken back; {len(behind)} events are not acknowledged"
    if watcher.seen != every:
        row.problems.append("what was given is not what the stream holds, in its order")
    return row


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


def _everything(by: Member) -> list[str]:
    """Return the tokens of all that a system gets that has acknowledged what it has."""
    found: list[str] = []
    with connect(by.address, by.folder) as client, suppress(ShuniuCallError):
        for event in client.work.WatchWork(WatchWorkRequest(), timeout=3.0):
            found.append(event.token)  # noqa: PERF401 - the stream ends by its deadline; what came before counts
    return found


def _wait_for(watcher: Watcher, count: int) -> None:
    """Wait until the client is back and has so many events, or has had its time."""
    end = time.monotonic() + PATIENCE
    while len(watcher.seen) < count and time.monotonic() < end:
        time.sleep(0.1)
