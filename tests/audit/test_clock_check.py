"""A clock that goes back is noticed by the largest time that is known: at the start, in each round, by doctor; and it is told once."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from audit.clock_check import MOST_BEHIND, TOLERANCE, ClockCheck, ClockStanding, judge
from audit.store import TreeStore, largest_time
from hub.clock import StoppedClock
from hub.db import Database, metadata
from hub.errors import ConfigError
from tests.audit.keeping import AT, a_publisher, event, write
from tests.hub.test_watch import soon
from tests.world import World

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("behind", "standing"),
    [
        (-400 * 24 * HOUR, ClockStanding.RIGHT),
        (timedelta(0), ClockStanding.RIGHT),
        (TOLERANCE, ClockStanding.RIGHT),
        (TOLERANCE + SECOND, ClockStanding.BEHIND),
        (MOST_BEHIND, ClockStanding.BEHIND),
        (MOST_BEHIND + SECOND, ClockStanding.FAR_BEHIND),
        (400 * 24 * HOUR, ClockStanding.FAR_BEHIND),
    ],
)
def test_how_a_clock_stands(behind: timedelta, standing: ClockStanding):
    assert judge(AT - behind, AT) is standing


def test_where_nothing_was_seen_yet_any_clock_is_right():
    assert judge(AT, None) is ClockStanding.RIGHT


def test_records_written_under_the_wrong_clock_do_not_hide_that_it_is_behind(database: Database):
    write(database, event(at=AT))
    write(database, *[event(at=AT - 20 * MINUTE)] * 2)
    with database.read() as tx:
        assert largest_time(tx) == AT


def test_checkpoints_and_the_whole_index_count_too(database: Database):
    write(database, event(at=AT - HOUR))
    row = {"kind": "outcome", "department": "d", "other": "", "officer": "", "case_number": "", "resource": "", "pseudonym": None}
    with database.begin() as tx:
        TreeStore(tx).keep_checkpoint(1, bytes(32), "note", AT)
        assert largest_time(tx) == AT
        if tx.dialect == "sqlite":  # on PostgreSQL a partition is made by whoever writes the index
            tx.execute(metadata.tables["audit_index"].insert().values(position=0, at=int((AT + HOUR).timestamp()) * 1_000_000, **row))
            assert largest_time(tx) == AT + HOUR


def test_a_hub_whose_clock_is_far_behind_does_not_start_and_says_what_to_do(database: Database):
    write(database, event(at=AT))
    with pytest.raises(ConfigError) as refused:
        ClockCheck(database, StoppedClock(AT - 20 * MINUTE)).open()
    assert refused.value.reason == "CLOCK_BEHIND"
    assert "20 minutes before 2026-03-02 12:00:00 (Beijing time)" in refused.value.message
    assert "timedatectl set-ntp true" in refused.value.next_action
    assert "clock_checked_from = 1" in refused.value.next_action


def test_records_of_a_clock_that_was_ahead_do_not_keep_the_hub_down_once_the_operator_says_so(database: Database):
    write(database, event(at=AT - SECOND), event(at=AT + 400 * 24 * HOUR))
    clock = StoppedClock(AT)
    with pytest.raises(ConfigError):
        ClockCheck(database, clock).open()
    check = ClockCheck(database, clock, checked_from=2)
    check.open()
    assert check.look() is ClockStanding.RIGHT
    write(database, event(at=AT + HOUR))
    with pytest.raises(ConfigError):
        ClockCheck(database, clock, checked_from=2).open()


def test_a_clock_that_is_a_little_behind_starts_and_is_told_once(database: Database, caplog: pytest.LogCaptureFixture):
    write(database, event(at=AT))
    clock = StoppedClock(AT - MINUTE)
    check = ClockCheck(database, clock)
    with caplog.at_level(logging.WARNING):
        check.open()
        for _ in range(30):
            clock.advance(SECOND)
            assert check.look() is ClockStanding.BEHIND
        clock.advance(MINUTE)
        assert check.look() is ClockStanding.RIGHT
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    assert "count as valid again" in caplog.records[0].message


def test_each_step_back_under_a_running_hub_is_told_once(sqlite_database: Database, caplog: pytest.LogCaptureFixture):
    clock = StoppedClock(AT)
    check = ClockCheck(sqlite_database, clock)
    check.open()
    with caplog.at_level(logging.ERROR):
        for back in (20 * MINUTE, HOUR):
            clock.advance(-back)
            for _ in range(10):
                clock.advance(SECOND)
                check.look()
        clock.advance(-2 * SECOND)  # as NTP steps
        check.look()
    assert len(caplog.records) == 2


def test_a_running_hub_notices_and_goes_on_and_its_restart_is_refused(caplog: pytest.LogCaptureFixture):
    with World() as world:
        world.member("data")
        soon(lambda: world.hub.clock_check._last is not None)
        with caplog.at_level(logging.ERROR, "audit.clock_check"):
            world.clock.advance(-20 * MINUTE)
            assert soon(lambda: "CLOCK_BEHIND" in caplog.text) < 2
            world.member("data", "later")
        with pytest.raises(ConfigError) as refused:
            ClockCheck(world.hub.db, world.clock).open()
        assert refused.value.reason == "CLOCK_BEHIND"
        world.clock.advance(20 * MINUTE)


def test_the_published_log_goes_on_under_a_clock_that_went_back(sqlite_database: Database, tmp_path: Path):
    publisher = a_publisher(sqlite_database, tmp_path / "log")
    publisher.open()
    write(sqlite_database, event(at=AT), event(at=AT - HOUR))
    assert publisher.publish() is not None
