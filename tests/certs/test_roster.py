"""The roster of officers: who may be named in a call, what an officer may do, and that a change counts at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from certs.model import MEMBER_DUTIES, Officer, register
from certs.store import DepartmentStore, OfficerStore, duties_of, live_roster
from hub.access import ACCESS, Caller, Duty, Role
from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError, UnavailableError
from hub.unit_of_work import Change
from tests.certs.hall import CIVIL, NOON, POLICE, RULER, Hall, a_hall

OWN = Caller(CIVIL, "case-office", frozenset({Role.MEMBER}), "2" * 32)
SUBMIT = ACCESS["/shuniu.v1.CatalogService/SubmitEntry"]


@pytest.fixture
def hall(database, tmp_path) -> Hall:
    return a_hall(database, tmp_path)


def an_officer(number: str = "0231", *duties: Duty, department: str = CIVIL) -> Officer:
    return register(department, number, "王工", frozenset(duties or {Duty.DIRECTORY}), MEMBER_DUTIES, NOON)


def keep(hall: Hall, officer: Officer, before: Officer | None = None) -> Officer:
    with hall.database.begin() as tx:
        if before is None:
            OfficerStore(tx).insert(officer)
        else:
            OfficerStore(tx).replace(before, officer)
        tx.announce("officers", officer.department)
        hall.log.write(tx, Change(at=NOON, action="certs.CreateOfficer", actor=OWN, resource=officer.name))
    return officer


def registered(hall: Hall) -> None:
    with hall.database.begin() as tx:
        store = DepartmentStore(tx)
        before = store.get(CIVIL)
        store.replace(before, replace(before, registered_from=NOON, revision=before.revision + 1))
        tx.announce("departments", CIVIL)
        hall.log.write(tx, Change(at=NOON, action="certs.SetOfficerRegistration", actor=RULER, resource=before.name))


def test_until_officers_are_registered_an_unknown_number_is_let_in_and_marked(hall):
    roster = live_roster(hall.database)
    assert dict(roster.vouch(OWN, "x", SUBMIT, NOON).marks) == {"officer_unknown": "true"}
    keep(hall, an_officer())
    assert roster.vouch(OWN, "0231", SUBMIT, NOON) is OWN
    assert dict(roster.vouch(OWN, "x", SUBMIT, NOON).marks) == {"officer_unknown": "true"}


def test_from_then_on_an_unknown_number_is_refused_and_one_without_the_duty(hall):
    roster = live_roster(hall.database)
    keep(hall, an_officer())
    keep(hall, an_officer("0007", Duty.SEALS))
    registered(hall)
    assert roster.vouch(OWN, "0231", SUBMIT, NOON) is OWN
    for number, reason in (("x", "OFFICER_UNKNOWN"), ("0007", "DUTY_MISSING")):
        with pytest.raises(NotAllowedError) as error:
            roster.vouch(OWN, number, SUBMIT, NOON)
        assert error.value.reason == reason
    assert roster.vouch(OWN, "x", SUBMIT, NOON - timedelta(seconds=1)).marks  # it was not so before


def test_a_dismissal_counts_at_once(hall):
    roster = live_roster(hall.database)
    officer = keep(hall, an_officer())
    registered(hall)
    keep(hall, officer.dismiss(OWN, NOON, "调离"), officer)
    assert roster.find(CIVIL, "0231") is None
    with pytest.raises(NotAllowedError):
        roster.vouch(OWN, "0231", SUBMIT, NOON)


def test_a_view_that_is_known_to_be_old_lets_nobody_act(hall):
    roster = live_roster(hall.database)
    keep(hall, an_officer())

    def fails(_uscc):
        raise UnavailableError("the database does not answer")

    load, roster._load_one = roster._load_one, fails
    roster.reload("officers", CIVIL)
    with pytest.raises(UnavailableError):
        roster.vouch(OWN, "0231", SUBMIT, NOON)
    roster._load_one = load
    assert roster.vouch(OWN, "0231", SUBMIT, NOON) is OWN


def test_a_deputy_has_the_lead_s_duty_until_its_end_and_no_longer_than_the_lead(hall):
    roster, end = live_roster(hall.database), NOON + timedelta(days=7)
    keep(hall, an_officer())
    lead = keep(hall, an_officer("0001", Duty.LEAD))
    lent = keep(hall, lead.name_deputy(OWN, "0231", end, NOON, "休假"), lead)
    assert roster.duties(CIVIL, "0231", NOON) == {Duty.DIRECTORY, Duty.LEAD}
    assert roster.with_duty(CIVIL, [Duty.LEAD], NOON) == ("0001", "0231")
    assert roster.duties(CIVIL, "0231", end) == {Duty.DIRECTORY}
    keep(hall, lent.dismiss(OWN, NOON, "调离"), lent)
    assert roster.duties(CIVIL, "0231", NOON) == {Duty.DIRECTORY}


def test_an_officer_who_signed_in_acts_by_the_duties_and_a_service_account_signs_in_nowhere(hall):
    roster = live_roster(hall.database)
    keep(hall, an_officer())
    keep(hall, an_officer("svc-etl"))
    caller = roster.caller(CIVIL, "0231", "passkey", NOON)
    assert caller is not None
    assert caller.name == f"departments/{CIVIL}/officers/0231"
    assert (set(caller.roles), set(caller.duties)) == ({Role.MEMBER}, {Duty.DIRECTORY})
    assert dict(caller.marks) == {"proof": "passkey"}
    assert roster.caller(CIVIL, "svc-etl", "passkey", NOON) is None
    assert roster.caller(POLICE, "0231", "passkey", NOON) is None
    assert roster.active_count(CIVIL) == 1


def test_whoever_calls_by_a_session_is_not_asked_for_a_number(hall):
    roster = live_roster(hall.database)
    registered(hall)
    signed_in = Caller(CIVIL, roles=frozenset({Role.MEMBER}), officer="0231", duties=frozenset({Duty.DIRECTORY}))
    assert roster.vouch(signed_in, "whatever", SUBMIT, NOON) is signed_in


def test_a_department_has_what_every_one_has_and_what_the_roles_of_its_systems_say(hall):
    with hall.database.read() as tx:
        department = DepartmentStore(tx).get(CIVIL)
        assert duties_of(tx, department) == MEMBER_DUTIES
        assert duties_of(tx, replace(department, duties=frozenset({Duty.AUDIT}))) == {Duty.AUDIT}


@pytest.mark.parametrize(
    ("number", "duties", "reason"),
    [
        ("", {Duty.SEALS}, None),
        ("a/b", {Duty.SEALS}, "OFFICER_NUMBER_WRONG"),
        ("1" * 33, {Duty.SEALS}, None),
        ("11010519491231002X", {Duty.SEALS}, None),
        ("0231", set(), "DUTIES_MISSING"),
        ("0231", {Duty.RULE}, "DUTY_OF_OTHER_DEPARTMENT"),
        ("svc-etl", {Duty.LEAD}, "SERVICE_ACCOUNT_DUTY_WRONG"),
    ],
)
def test_what_cannot_be_an_officer_is_refused_by_its_fault(number, duties, reason):
    with pytest.raises(InvalidInputError) as error:
        register(CIVIL, number, "王工", frozenset(duties), MEMBER_DUTIES, NOON)
    assert reason is None or error.value.reason == reason


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(InvalidInputError) as error:
        register(CIVIL, "a/b", "", frozenset(), MEMBER_DUTIES, NOON)
    assert {one.field for one in error.value.faults} == {"number", "display_name", "duties"}


def test_a_deputy_is_another_officer_for_a_while_and_a_lead_s_alone():
    lead = an_officer("0001", Duty.LEAD)
    soon = NOON + timedelta(days=1)
    with pytest.raises(InvalidInputError):
        lead.name_deputy(OWN, "0001", soon, NOON, "休假")
    for until in (None, NOON, NOON + timedelta(days=91)):
        with pytest.raises(InvalidInputError):
            lead.name_deputy(OWN, "0231", until, NOON, "休假")
    with pytest.raises(IllegalStateError):
        an_officer().name_deputy(OWN, "0001", soon, NOON, "休假")
    lent = lead.name_deputy(OWN, "0231", soon, NOON, "休假")
    assert (lent.name_deputy(OWN, "", None, NOON, "返岗").deputy, lent.is_lent(NOON), lent.is_lent(soon)) == ("", True, False)


def test_a_stranger_changes_no_officer_and_nobody_one_who_was_dismissed():
    officer = an_officer()
    with pytest.raises(NotAllowedError):
        officer.dismiss(replace(OWN, department=POLICE), NOON, "调离")
    gone = officer.dismiss(OWN, NOON, "调离")
    with pytest.raises(IllegalStateError):
        gone.update(OWN, MEMBER_DUTIES, "改名", display_name="李工")
