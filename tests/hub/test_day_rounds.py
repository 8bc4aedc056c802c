"""Rounds behind the start and once a day: each part once, again after it failed, and what is for the authority reaches whoever rules."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.access import Duty
from hub.clock import StoppedClock
from hub.day_rounds import DayRounds
from hub.desk import AUTHORITY, NOBODY, Addressed, Notice, Thing, Waiting
from hub.ending import notice_of_end, stage
from hub.reasons import NO_SUCH_THING
from shuniu.words import Word
from tests.recording_desk import RecordingDesk

AT = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)
STEP = "CatalogService/PublishEntry"


def test_a_first_part_is_done_once_and_a_daily_one_on_each_day_in_china():
    done: list[str] = []
    rounds = DayRounds(StoppedClock(AT), {"first": part("first", done)}, {"daily": part("daily", done)})
    assert rounds.go(AT)
    assert rounds.go(AT + timedelta(hours=11))  # 23:00 in China
    assert done == ["first", "daily"]
    assert rounds.go(AT + timedelta(hours=13))
    assert done == ["first", "daily", "daily"]


def test_a_part_that_fails_is_done_again_and_holds_no_other_up():
    done: list[str] = []
    errors: list[Exception] = [NO_SUCH_THING(thing=Word("x", "x", "x")), ValueError("broken")]

    def failing(_at: datetime) -> Iterator[int]:
        yield 1
        if errors:
            raise errors.pop()
        done.append("failing")

    rounds = DayRounds(StoppedClock(AT), {"failing": failing}, {"daily": part("daily", done)})
    assert not rounds.go(AT)
    assert done == ["daily"]
    assert not rounds.go(AT)
    assert rounds.go(AT)
    assert done == ["daily", "failing"]


def test_a_part_that_looks_often_looks_again_after_a_rest_that_is_longer_the_longer_it_took(monkeypatch: pytest.MonkeyPatch):
    looks: list[datetime] = []
    now = [0.0]
    monkeypatch.setattr("hub.day_rounds.time.monotonic", lambda: now[0])

    def look(at: datetime) -> Iterator[int]:
        looks.append(at)
        now[0] += 3 if len(looks) > 1 else 0
        yield 1

    rounds = DayRounds(StoppedClock(AT), {}, {}, {"look": look})
    for seconds, expected in ((0, 1), (59, 1), (60, 2), (63 + 149, 2), (63 + 150, 3)):
        now[0] = float(seconds)
        assert rounds.go(AT)
        assert len(looks) == expected


def test_its_thread_goes_by_itself_and_ends_in_the_middle_of_a_part():
    def endless(_at: datetime) -> Iterator[int]:
        while True:
            yield 1

    rounds = DayRounds(StoppedClock(AT), {"endless": endless}, {})
    rounds.start()
    rounds.stop()
    assert not rounds._thread.is_alive()


@pytest.mark.parametrize(("days", "expected"), [(31, None), (30, 30), (8, 30), (7, 7), (2, 7), (1, 1), (0, 1), (-1, None)])
def test_what_ends_is_in_the_stage_of_the_days_that_are_left(days, expected):
    assert stage(AT + timedelta(days=days, seconds=1), AT) == expected


def test_what_ends_is_told_with_a_key_of_its_end_and_stage():
    (notice,) = notice_of_end("grant_ends", "u", (Duty.REQUESTS,), AT + timedelta(days=5), AT, entry="entries/1")
    assert (notice.key, dict(notice.facts)) == ("grant_ends 2026-12-02 7", {"end": "2026-12-02", "days_left": "5", "entry": "entries/1"})
    assert notice_of_end("grant_ends", "u", (Duty.REQUESTS,), AT + timedelta(days=40), AT) == ()


def test_what_is_for_the_authority_goes_to_the_department_that_is_it():
    desk, tx = RecordingDesk(), None
    addressed = Addressed(desk, "a")
    thing = Thing("entries/1", "居民")
    waits = (Waiting(step=STEP, department="c", duties=()), Waiting(step=STEP, department=AUTHORITY, duties=(Duty.RULE,)))
    addressed.follow(nothing(tx), thing, waits, AT)
    assert [one.department for one in desk.waiting["entries/1"]] == ["c", "a"]
    addressed.tell(nothing(tx), thing, (Notice(kind="entry_changed", department=AUTHORITY, duties=()),), AT)
    assert desk.take() == [("a", "entry_changed")]


def test_at_a_desk_where_nobody_sits_nothing_happens():
    NOBODY.follow(nothing(None), Thing("x", "x"), (), AT)
    NOBODY.tell(nothing(None), Thing("x", "x"), (), AT)


def part(name: str, done: list[str]) -> Any:
    def go(_at: datetime) -> Iterator[int]:
        yield 1
        done.append(name)

    return go


def nothing(tx: Any) -> Any:
    return tx
