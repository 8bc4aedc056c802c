"""What is due is told at half of its time, a day before its end and when it is over; what is over also the authority: each once."""

import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from hub.access import Caller, Duty, Role
from hub.db import Database
from hub.ids import Ids
from tests.work.test_work import AT, CIVIL, RULER, STEP, THING, actions, events, follow, opened, waits
from work.desk import WorkDesk
from work.model import NOTICE, ToldNotice
from work.reminding import Reminders
from work.store import Filter

DUE = datetime(2026, 12, 11, 15, 59, 59, tzinfo=UTC)  # ten working days
HALF, DAY, OVER = (datetime(2026, 12, day, 16, tzinfo=UTC) for day in (3, 9, 11))


@pytest.fixture
def desk() -> WorkDesk:
    return WorkDesk(Ids())


def told(database: Database, department: str = CIVIL) -> list[tuple[str, datetime]]:
    return [(one.about.kind, one.time) for one in events(database, department) if isinstance(one.about, ToldNotice)]


def sweep(database: Database, desk: WorkDesk, at: datetime) -> int:
    return Reminders(database, desk, RULER).sweep(at)


def test_each_stage_is_told_once_however_often_it_is_swept(database, desk):
    follow(database, desk, waits(due=DUE))
    moments = [AT + timedelta(hours=hours) for hours in range(0, 24 * 18, 6)]
    for at in moments:
        for _ in range(2):
            sweep(database, desk, at)

    def first_after(moment: datetime) -> datetime:
        return next(after for before, after in pairwise(moments) if before < moment <= after)

    assert told(database) == [("deadline_half", first_after(HALF)), ("deadline_day", first_after(DAY)), ("deadline_over", first_after(OVER))]
    assert told(database, RULER) == [("escalated", first_after(OVER))]
    (note,) = [one.about for one in events(database, RULER) if isinstance(one.about, ToldNotice)]
    assert (note.facts["department"], note.facts["step"], note.duties, note.resource) == (CIVIL, STEP, (Duty.RULE,), THING.name)


def test_what_is_over_is_seen_by_the_authority_until_it_is_done(database, desk):
    follow(database, desk, waits(due=DUE))
    ruler = Caller(RULER, "main", frozenset({Role.AUTHORITY}))
    sweep(database, desk, OVER)
    found, _, total, over = actions(database, OVER).list_work(ruler, Filter(escalated=True), 0, "")
    assert ([one.department for one in found], total, over) == ([CIVIL], 1, 1)
    follow(database, desk, at=OVER)
    assert actions(database, OVER).list_work(ruler, Filter(escalated=True), 0, "")[0] == []


def test_a_sweep_that_comes_late_tells_what_is_true_then(database, desk):
    follow(database, desk, waits(due=DUE))
    sweep(database, desk, OVER + timedelta(days=3))
    assert [kind for kind, _ in told(database)] == ["deadline_over"]


def test_a_time_that_was_moved_is_told_of_anew(database, desk):
    follow(database, desk, waits(due=DUE))
    sweep(database, desk, OVER)
    follow(database, desk, waits(due=DUE + timedelta(days=14)), at=OVER)
    assert not opened(database)[0].escalated
    sweep(database, desk, OVER)
    sweep(database, desk, OVER + timedelta(days=14))
    assert [kind for kind, _ in told(database)].count("deadline_over") == 2
    assert [kind for kind, _ in told(database, RULER)] == ["escalated", "escalated"]


def test_what_has_no_due_time_is_never_told_of(database, desk):
    follow(database, desk, waits(due=None))
    assert sweep(database, desk, AT + timedelta(days=4_000)) == 0


def test_the_authority_s_own_work_is_not_told_it_twice(database, desk):
    follow(database, desk, waits(RULER, due=DUE))
    sweep(database, desk, OVER)
    assert [kind for kind, _ in told(database, RULER)] == ["deadline_over"]


def test_many_processes_that_sweep_at_once_tell_each_stage_once(database, desk):
    for number in range(30):
        follow(database, desk, waits(due=DUE), thing=type(THING)(f"dataRequests/{number}", "t"))
    ready = threading.Barrier(3)

    def run() -> None:
        ready.wait()
        sweep(database, desk, OVER)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(told(database)) == len(told(database, RULER)) == 30
    assert [one.seq for one in events(database)] == list(range(1, 61))
    assert {one.kind for one in events(database, RULER)} == {NOTICE}
