"""Sessions at the pages are looked up without the write lock; strangers never take it, whatever secrets they bring."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest

from certs.sessions import IDLE, SEEN_EVERY
from hub.access import Role
from hub.errors import NotAllowedError, NotSignedInError
from hub.unit_of_work import Step
from tests.certs.hall import CIVIL, NOON, a_hall

SECOND = timedelta(seconds=1)


@pytest.fixture
def hall(sqlite_database, tmp_path):
    return a_hall(sqlite_database, tmp_path, NOON)


@contextmanager
def writes(database, monkeypatch):
    """Count the write transactions."""
    begun, begin = [], database.begin

    def counted():
        begun.append(1)
        return begin()

    with monkeypatch.context() as patch:
        patch.setattr(database, "begin", counted)
        yield begun


def signed_in(hall):
    auditor, _, _ = hall.member(CIVIL, "lab", frozenset({Role.AUDITOR}))
    return hall.actions.redeem_login_link(hall.actions.create_login_link(Step(caller=auditor, officer="SJT-A"))[0])[0]


def test_a_secret_that_nobody_was_given_takes_no_write_lock(hall, monkeypatch):
    signed_in(hall)
    with writes(hall.database, monkeypatch) as begun:
        with pytest.raises(NotSignedInError):
            hall.actions.session("A" * 43)
        with pytest.raises(NotAllowedError):
            hall.actions.redeem_login_link("A" * 43)
        hall.actions.end_session("A" * 43)
    assert not begun


def test_a_session_is_seen_while_somebody_else_writes(hall):
    secret, done, seen = signed_in(hall), threading.Event(), []

    def look():
        seen.append(hall.actions.session(secret).officer)
        done.set()

    with hall.database.begin():
        threading.Thread(target=look, daemon=True).start()
        assert done.wait(5)
    assert seen == ["SJT-A"]


def test_the_idle_time_is_moved_once_a_minute(hall, monkeypatch):
    secret = signed_in(hall)
    with writes(hall.database, monkeypatch) as begun:
        for _ in range(6):
            hall.clock.advance(SEEN_EVERY / 6)
            hall.actions.session(secret)
        assert len(begun) == 1
        hall.actions.session(secret)
        assert len(begun) == 1


def test_a_session_that_is_used_lives_and_one_that_is_idle_ends(hall):
    secret = signed_in(hall)
    for _ in range(20):
        hall.clock.advance(SEEN_EVERY - SECOND)
        hall.actions.session(secret)
    hall.clock.advance(IDLE - SEEN_EVERY)
    hall.actions.session(secret)
    hall.clock.advance(IDLE)
    with pytest.raises(NotSignedInError):
        hall.actions.session(secret)


def test_a_session_that_ends_between_look_and_note_is_not_revived(hall, monkeypatch):
    secret = signed_in(hall)
    hall.clock.advance(SEEN_EVERY)
    begin = hall.database.begin

    def late():
        monkeypatch.setattr(hall.database, "begin", begin)
        hall.actions.end_session(secret)
        return begin()

    monkeypatch.setattr(hall.database, "begin", late)
    with pytest.raises(NotSignedInError):
        hall.actions.session(secret)
    with pytest.raises(NotSignedInError):
        hall.actions.session(secret)
