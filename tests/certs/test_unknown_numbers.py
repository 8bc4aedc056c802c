"""How many calls named numbers that nobody registered: counted in memory, kept together by several processes, bounded, and nowhere in clear."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from certs.model import MEMBER_DUTIES, register
from certs.store import OfficerStore, UnknownNumberStore, forget_unknown_numbers, keep_unknown_numbers, live_roster
from certs.store.tables import unknown_numbers
from certs.store.unknown_numbers import MOST_NUMBERS
from certs.unknown_numbers import MOST_HELD, UnknownCount, UnknownNumbers
from hub.access import Duty
from hub.errors import NotAllowedError
from hub.unit_of_work import Change, Step
from tests.certs.hall import CIVIL, NOON, POLICE, Hall, a_hall
from tests.certs.test_roster import OWN, SUBMIT, an_officer, keep, registered

LATER = NOON + timedelta(days=2)


@pytest.fixture
def hall(database, tmp_path) -> Hall:
    return a_hall(database, tmp_path)


def counted(hall: Hall, *known: str) -> UnknownCount:
    with hall.database.read() as tx:
        return UnknownNumberStore(tx).count(CIVIL, known)


def test_what_several_processes_counted_is_one_number_and_says_since_when(hall):
    first, second = live_roster(hall.database), live_roster(hall.database)
    for roster, numbers, at in ((first, "aab", NOON), (second, "acd", LATER)):
        for number in numbers:
            roster.vouch(OWN, number, SUBMIT, NOON)
        keep_unknown_numbers(hall.database, roster.unknown, at)
        keep_unknown_numbers(hall.database, roster.unknown, at)  # nothing is counted twice
    assert counted(hall) == UnknownCount(6, 4, NOON)
    with hall.database.read() as tx:
        assert UnknownNumberStore(tx).totals() == {CIVIL: (4, 6)}
        assert UnknownNumberStore(tx).count(POLICE, ()) == UnknownCount()


def test_a_number_that_is_registered_afterwards_is_unknown_no_more(hall):
    roster = live_roster(hall.database)
    for number in ("0231", "0231", "x"):
        roster.vouch(OWN, number, SUBMIT, NOON)
    keep_unknown_numbers(hall.database, roster.unknown, NOON)
    assert counted(hall, "0231") == UnknownCount(1, 1, NOON)
    assert counted(hall, "0231", "x") == UnknownCount()
    keep(hall, an_officer())
    seen = hall.actions.officer_registration(OWN, "")
    assert (seen.registered, seen.unknown) == (False, UnknownCount(1, 1, NOON))


def test_a_registered_department_is_refused_and_not_counted_here(hall):
    roster = live_roster(hall.database)
    roster.vouch(OWN, "x", SUBMIT, NOON)
    keep_unknown_numbers(hall.database, roster.unknown, NOON)
    registered(hall)
    with pytest.raises(NotAllowedError):
        roster.vouch(OWN, "y", SUBMIT, NOON)
    assert roster.unknown.take() == {}
    assert hall.actions.officer_registration(OWN, "").unknown == UnknownCount()


def test_numbers_stand_nowhere_in_clear(hall):
    roster = live_roster(hall.database)
    roster.vouch(OWN, "640104199003070127", SUBMIT, NOON)
    keep_unknown_numbers(hall.database, roster.unknown, NOON)
    with hall.database.read() as tx:
        (row,) = tx.execute(select(unknown_numbers)).all()
    assert "64010419900307" not in str(row)
    assert len(row.digest) == 64


def test_memory_and_table_hold_so_many_numbers_of_a_department_and_count_the_rest_together(hall):
    noted, calls = UnknownNumbers(), 0
    for begin in range(0, MOST_NUMBERS + 3 * MOST_HELD, MOST_HELD):
        for number in range(begin, begin + MOST_HELD + 50):
            noted.note(CIVIL, f"n{number}" + "长" * 4_000)
            calls += 1
        noted.note(POLICE, "own share")
        assert len(noted._of[CIVIL]) == MOST_HELD + 1  # those told apart, and the rest
        assert max(map(len, noted._of[CIVIL])) <= 64
        keep_unknown_numbers(hall.database, noted, NOON)
    assert counted(hall) == UnknownCount(calls, MOST_NUMBERS, NOON)
    with hall.database.read() as tx:
        assert UnknownNumberStore(tx).count(POLICE, ()).numbers == 1


def test_what_cannot_be_kept_is_counted_on(hall, monkeypatch):
    noted = UnknownNumbers()
    for number in ("a", "a", "b"):
        noted.note(CIVIL, number)

    def broken(*_args: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as once:
        once.setattr(UnknownNumberStore, "add", broken)
        with pytest.raises(ZeroDivisionError):
            keep_unknown_numbers(hall.database, noted, NOON)
    keep_unknown_numbers(hall.database, noted, NOON)
    assert counted(hall) == UnknownCount(3, 2, NOON)


def test_a_number_that_nobody_names_any_more_is_forgotten_after_a_month(hall):
    noted = UnknownNumbers()
    noted.note(CIVIL, "old")
    noted.note(CIVIL, "still named")
    keep_unknown_numbers(hall.database, noted, NOON)
    noted.note(CIVIL, "still named")
    keep_unknown_numbers(hall.database, noted, NOON + timedelta(days=20))
    with hall.database.begin() as tx:
        assert forget_unknown_numbers(tx, NOON + timedelta(days=30, seconds=1), 10) == 1
    assert counted(hall) == UnknownCount(2, 1, NOON)


def test_who_changes_an_officer_does_not_put_back_when_the_officer_signed_in(hall):
    before = keep(hall, register(CIVIL, "0231", "王工", frozenset({Duty.DIRECTORY}), MEMBER_DUTIES, NOON))
    secret, _ = hall.actions.invite_officer(Step(caller=OWN, name=before.name, officer="0231"))
    hall.actions._roster = live_roster(hall.database)
    hall.actions.redeem_login_link(secret)
    after = before.update(OWN, MEMBER_DUTIES, "更名", display_name="王五")
    with hall.database.begin() as tx:
        OfficerStore(tx).replace(before, after)
        hall.log.write(tx, Change(at=NOON, action="certs.UpdateOfficer", actor=OWN, resource=after.name))
    with hall.database.read() as tx:
        found = OfficerStore(tx).get(f"{CIVIL}/0231")
    assert (found.display_name, found.sign_in_time, found.sign_in_means) == ("王五", NOON, "link")
