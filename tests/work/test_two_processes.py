"""Two hub processes on one database: what one posts the other's streams give at once, and neither tells again what the other has told."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from hub.access import Duty
from hub.desk import Thing, Waiting
from shuniu.client import connect
from shuniu.errors import ShuniuCallError
from shuniu.v1.work_pb2 import WatchWorkRequest, WorkEvent
from tests.end_to_end.test_second_persons import WORKER, entry_draft, staff
from tests.hub.test_watch import soon
from tests.work.beside import Beside, beside
from tests.world import AUTHORITY, PROVIDER, Member, World
from work.model import ToldNotice
from work.reminding import PORTION
from work.store import EventStore

pytestmark = pytest.mark.postgres
AT_ONCE = 2.0
"""Seconds until a stream of another process gives what was posted: four looks a second, on a machine that others use too."""


@pytest.fixture(scope="module")
def world(postgres_url: str) -> Iterator[World]:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE two_processes")
    with World(database=postgres_url.replace("/postgres", "/two_processes")) as one:
        staff(one.member(PROVIDER))
        yield one


@pytest.fixture(scope="module")
def other(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    with beside(world.config, tmp_path_factory.mktemp("beside") / "var") as one:
        yield one


def there(other: Beside, by: Member) -> Member:
    """Return the same system, with a connection to the other process."""
    return replace(by, address=other.members)


@contextmanager
def watching(by: Member, token: str = "") -> Iterator[list[WorkEvent]]:
    """Watch until the block ends; give what came so far."""
    came: list[WorkEvent] = []

    def run() -> None:
        with suppress(ShuniuCallError, ValueError):
            for event in client.work.WatchWork(WatchWorkRequest(resume_token=token), timeout=60.0):
                came.append(event)  # noqa: PERF402 - it grows as events come

    with connect(by.address, by.folder) as client:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield came
    thread.join(10)


def propose(world: World, by: Member) -> str:
    """Propose a step, which is work for a lead; return the proposal."""
    _, draft = entry_draft(world)
    return str(by.do("SubmitEntry", name=draft.name, etag=draft.etag, reason="首次编目", officer=WORKER).pending_proposal)


def about(came: list[WorkEvent]) -> list[str]:
    return [one.posted.resource or one.settled.resource or one.notice.resource for one in came]


def test_what_is_posted_at_one_process_comes_at_once_in_a_stream_of_the_other(world: World, other: Beside):
    here = world.member(PROVIDER)
    with watching(here) as at_first, watching(there(other, here)) as at_other:
        soon(lambda: len(at_first) == len(at_other), 10)
        posted = propose(world, there(other, here))
        assert soon(lambda: posted in about(at_first)) < AT_ONCE
        again = propose(world, here)
        assert soon(lambda: again in about(at_other)) < AT_ONCE
        soon(lambda: len(at_first) == len(at_other))
        assert [one.token for one in at_first] == [one.token for one in at_other]


def test_a_token_of_one_resumes_at_the_other_and_what_was_acknowledged_here_does_not_come_there(world: World, other: Beside):
    here = world.member(PROVIDER)
    names = [propose(world, by) for by in (here, there(other, here), here)]
    with watching(here) as came:
        soon(lambda: names[-1] in about(came))
        token = came[about(came).index(names[0])].token
    with watching(there(other, here), token) as came:
        soon(lambda: len(came) >= 2)
        assert about(came) == names[1:]
    there(other, here).do("AcknowledgeWork", token=came[0].token)
    for by in (here, there(other, here)):
        with watching(by) as came:
            soon(lambda came=came: came)
            assert about(came) == names[2:]
    here.do("AcknowledgeWork", token=came[0].token)
    with watching(there(other, here)) as came:
        last = propose(world, here)
        soon(lambda: came)
        assert about(came) == [last]


def test_what_is_due_is_told_once_and_escalated_once_though_both_sweep(world: World, other: Beside):
    department, ruler, now = world.member(PROVIDER).department, world.member(AUTHORITY).department, world.clock.now()
    waits = Waiting(step="TestService/Do", department=department, due_time=now + timedelta(days=20), duties=(Duty.REQUESTS,))
    things = [Thing(f"things/{number}", "t") for number in range(4 * PORTION)]
    with world.hub.db.begin() as tx:
        for thing in things:
            world.hub.desk.follow(tx, thing, (waits,), now)
    for days in (15, 21):
        swept = both(other, "reminders", now + timedelta(days=days), world.hub.reminders.sweep)
        assert sum(swept) == len(things), "each is looked at by one of them"
    told = Counter((one.kind, one.resource) for one in notices(world, department))
    assert set(told.values()) == {1}
    assert {kind for kind, _ in told} == {"deadline_half", "deadline_over"}
    assert len(told) == 2 * len(things)
    escalated = Counter((one.kind, one.resource) for one in notices(world, ruler))
    assert escalated == {("escalated", one.name): 1 for one in things}


def test_a_proposal_ends_once_though_both_sweep(world: World, other: Beside):
    here = world.member(PROVIDER)
    names = [propose(world, here) for _ in range(5)]
    ended = both(other, "proposals", world.clock.now() + timedelta(days=31), world.hub.proposals.sweep)
    assert sum(ended) >= len(names)
    records = Counter(one.resource for one in world.records() if one.action == "work.ExpireProposal")
    assert {records[name] for name in names} == {1}
    told = Counter(one.resource for one in notices(world, here.department) if one.kind == "proposal_expired")
    assert {told[name] for name in names} == {1}


def test_a_stream_that_was_cut_off_by_kill_9_goes_on_at_the_process_that_is_left(world: World, other: Beside):
    here = world.member(PROVIDER)
    with watching(there(other, here)) as came:
        first = propose(world, there(other, here))
        soon(lambda: first in about(came))
        other.kill()
        second = propose(world, here)
        time.sleep(AT_ONCE)
        assert second not in about(came)
    with watching(here, came[-1].token) as rest:
        soon(lambda: rest)
        assert about(rest) == [second]


def both(other: Beside, what: str, at: Any, sweep: Any) -> list[int]:
    """Let both processes sweep at the same moment; return of how much each told."""
    with ThreadPoolExecutor(1) as pool:
        other.begin(what, at)
        own = pool.submit(sweep, at)
        return [own.result(), other.ended()]


def notices(world: World, department: str) -> list[ToldNotice]:
    with world.hub.db.read() as tx:
        events = EventStore(tx).behind(department, 0, 10_000)
    assert [one.seq for one in events] == list(range(1, len(events) + 1))
    return [one.about for one in events if isinstance(one.about, ToldNotice)]
