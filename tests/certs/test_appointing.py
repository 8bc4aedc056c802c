"""The authority's first people officer is appointed at the hub's own machine, once; her link opens the pages."""

import pytest

from audit.store import RecordFilter, RecordStore
from certs.actions import CertActions
from certs.appointing import FIRST_DUTIES
from certs.model import MEMBER_DUTIES, Registration, register
from certs.store import DepartmentStore, OfficerStore, live_roster
from hub.access import Duty
from hub.errors import AlreadyExistsError, InvalidInputError
from hub.ids import Ids
from hub.unit_of_work import Kit, Step
from shuniu.identifiers.uscc import build
from tests.certs.hall import AUTHORITY, CIVIL, NOON, RULER, Hall, a_hall
from tests.certs.test_roster import keep


@pytest.fixture
def hall(database, tmp_path) -> Hall:
    return a_hall(database, tmp_path)


def test_the_first_officer_may_bring_in_everybody_and_take_the_authoritys_steps(hall):
    roster = live_roster(hall.database)
    done = hall.actions.appoint(AUTHORITY, " ＳＪ-0001 ", "李主任")
    assert (done.officer.name, done.officer.display_name) == (f"departments/{AUTHORITY}/officers/SJ-0001", "李主任")
    assert roster.duties(AUTHORITY, "SJ-0001", NOON) == {Duty.PEOPLE, Duty.RULE}
    with hall.database.read() as tx:
        newest = [record for record, _ in RecordStore(tx).search(RecordFilter(), None, 2).records]
    assert {(one.action, one.kind.value) for one in newest} == {("certs.AppointOfficer", "admin"), ("certs.InviteOfficer", "admin")}
    assert "李主任" not in str(newest)


def test_appointed_again_she_gets_another_link_and_nobody_else_is_appointed_beside_her(hall):
    first = hall.actions.appoint(AUTHORITY, "SJ-0001")
    again = hall.actions.appoint(AUTHORITY, "SJ-0001", "不改名")
    assert again.secret != first.secret
    assert again.officer == first.officer
    with pytest.raises(AlreadyExistsError) as refused:
        hall.actions.appoint(AUTHORITY, "SJ-0002")
    assert refused.value.reason == "PEOPLE_OFFICER_THERE"
    assert "SJ-0001" in str(refused.value)


def test_an_officer_who_is_registered_keeps_the_own_duties_and_gets_these(hall):
    keep(hall, register(AUTHORITY, "SJ-0003", "王工", frozenset({Duty.DIRECTORY}), MEMBER_DUTIES, NOON))
    assert hall.actions.appoint(AUTHORITY, "SJ-0003").officer.duties == FIRST_DUTIES | {Duty.DIRECTORY}


@pytest.mark.parametrize("number", ["", "svc-robot", "11010519491231002X", "a b", "x" * 33])
def test_who_cannot_be_a_people_officer_is_not_appointed(hall, number):
    with pytest.raises(InvalidInputError):
        hall.actions.appoint(AUTHORITY, number)
    with hall.database.read() as tx:
        assert OfficerStore(tx).of_department(AUTHORITY) == []


def test_a_department_that_is_made_in_a_hub_of_registered_officers_is_registered_from_the_start(hall):
    with hall.database.read() as tx:
        assert DepartmentStore(tx).get(CIVIL).registered_from is None
    registering = CertActions(Kit(hall.database, hall.log, hall.clock, Ids()), hall.ca, registers=True)
    made = registering.create_department(Step(caller=RULER), Registration(build("11", "640000", "01002222"), "财政厅", "", "640000"))
    assert made.registered_from == NOON
    assert live_roster(hall.database).is_registered(made.uscc, NOON)
