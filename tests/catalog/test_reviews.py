"""The time that the authority has for its review (Decree 809 art. 17), through the actions and a stopped clock."""

from dataclasses import replace
from datetime import timedelta

import pytest

from catalog.model import EntryState
from catalog.store import EntryStore
from hub.db import Database
from tests.catalog.samples import NOW, POLICE, POLICEMAN, RULER, Room, an_entry, step
from tests.catalog.test_actions import _log

OVER = NOW + timedelta(days=3)  # NOW is a Monday: two working days end with Wednesday


@pytest.fixture
def room(database: Database) -> Room:
    return Room(database)


def test_submitting_starts_the_time_of_the_review_and_provider_and_authority_read_it(room: Room):
    entry = room.submitted()
    for caller in (POLICEMAN, RULER):
        timer = room.actions.get(caller, entry.name).timer
        assert timer == entry.timer
        assert timer
        assert (timer.id, timer.working_days, timer.days_left, timer.verified) == ("directory-review", 2, 2, False)
        assert timer.due_time
        assert timer.due_time.date() == (NOW + timedelta(days=2)).date()
    ((listed,), _) = room.actions.list_entries(RULER, EntryState.SUBMITTED)
    assert listed.timer == entry.timer


def test_sending_back_and_publishing_end_it_and_a_second_submission_begins_anew(room: Room):
    back = room.actions.send_back(step(RULER, room.submitted(), reason="请补充", officer="李明"))
    assert back.timer is None
    room.clock.advance(timedelta(days=1))
    again = room.actions.submit(step(POLICEMAN, back, reason="已补充", officer="王芳"))
    assert again.timer
    assert again.timer.start_time == NOW + timedelta(days=1)
    published = room.actions.publish(step(RULER, again, officer="李明"))
    assert (published.timer, room.actions.get(RULER, published.name).timer) == (None, None)


def test_a_review_that_takes_too_long_is_told_once_and_the_entry_can_still_be_published(room: Room):
    entry = room.submitted()
    assert room.actions.reviews.sweep(OVER - timedelta(days=1)) == ()
    assert [one.id for one in room.actions.reviews.sweep(OVER)] == [entry.id]
    assert room.actions.reviews.sweep(OVER + timedelta(days=1)) == ()
    told = [one for one in _log(room) if one.action == "catalog.ExpireReview"]
    assert [(one.resource, one.other, one.actor.system, one.detail["version"]) for one in told] == [(entry.name, POLICE, "hub", "1")]
    room.clock.set(OVER)
    late = room.actions.get(RULER, entry.name)
    assert late.timer
    assert (late.state, late.timer.days_left) == (EntryState.SUBMITTED, -1)
    assert room.actions.publish(step(RULER, late, officer="李明")).state is EntryState.PUBLISHED


def test_a_review_that_ends_at_the_moment_of_the_sweep_is_not_told(room: Room, monkeypatch: pytest.MonkeyPatch):
    entry = room.submitted()
    stale = room.actions.reviews._waiting(0)
    room.actions.publish(step(RULER, entry, officer="李明"))
    monkeypatch.setattr(room.actions.reviews, "_waiting", lambda after: [] if after else stale)
    assert room.actions.reviews.sweep(OVER) == ()


def test_what_was_submitted_before_reviews_had_a_time_has_none(room: Room):
    old = replace(an_entry(), id="01K8ZQ4M7N0000000000000000".lower(), state=EntryState.SUBMITTED, create_time=NOW, submit_time=NOW)
    with room.database.begin() as tx:
        EntryStore(tx).insert(old)
    assert room.actions.get(RULER, old.name).timer is None
    assert room.actions.reviews.sweep(OVER) == ()
