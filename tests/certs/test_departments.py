"""Departments that change: what the authority may change of one, who sees why, and what the log says of it."""

from dataclasses import replace
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from sqlalchemy import create_engine, text

from audit.model import Kind
from audit.store import RecordFilter, RecordStore
from certs.model import Department, DepartmentState, Level, Registration, area_of, level_of
from certs.store import DepartmentStore
from certs.wire.identity import department_to, parts_from
from hub.access import Caller, Role
from hub.db import Database
from hub.errors import ConflictError, IllegalStateError, InvalidInputError, NotAllowedError, NotFoundError
from hub.resource import etag_of
from hub.unit_of_work import Step
from shuniu.identifiers.uscc import build
from shuniu.v1 import catalog_pb2
from shuniu.v1 import identity_pb2 as pb
from tests.certs.hall import AUTHORITY, CIVIL, POLICE, RULER, Hall, a_hall

MEMBER = Caller(POLICE, "register", frozenset({Role.MEMBER}), "1" * 32)
OWN = Caller(CIVIL, "case-office", frozenset({Role.MEMBER}), "2" * 32)
WHY = "机构改革"
"""The reason that the steps of these tests give."""


@pytest.fixture
def hall(database, tmp_path) -> Hall:
    return a_hall(database, tmp_path)


def read(hall: Hall, uscc: str = CIVIL) -> Department:
    return hall.actions.get_department(RULER, f"departments/{uscc}")


def a_step(department: Department, caller: Caller = RULER, reason: str = WHY) -> Step:
    return Step(caller=caller, name=department.name, etag=etag_of(department.revision), officer="SJ-1", reason=reason)


def newest(hall: Hall) -> Any:
    with hall.database.read() as tx:
        return RecordStore(tx).search(RecordFilter(), None, 1).records[0][0]


@pytest.mark.parametrize(
    ("region", "level", "area"),
    [("640000", Level.PROVINCE, "64"), ("640100", Level.CITY, "6401"), ("640122", Level.COUNTY, "640122"), ("429004", Level.COUNTY, "429004")],
)
def test_a_region_s_code_says_its_level_and_what_lies_inside(region: str, level: Level, area: str):
    assert (level_of(region), area_of(region)) == (level, area)


def test_a_department_registered_without_a_level_has_that_of_its_region_and_the_authority_may_say_another(hall):
    assert (read(hall, CIVIL).level, read(hall, POLICE).level) == (Level.PROVINCE, Level.CITY)
    district = build("11", "110101", "01005678")
    made = hall.actions.create_department(Step(caller=RULER), Registration(district, "东城区民政局", "", "110101", Level.CITY))
    assert made.level is Level.CITY


def test_a_request_of_the_release_before_is_still_answered_and_another_level_is_another_request(hall):
    uscc = build("11", "640000", "00000001")
    asked = Registration(uscc, "财政厅", "", "640000")
    made = hall.actions.create_department(Step(caller=RULER, request_id="r1"), asked)
    assert hall.actions.create_department(Step(caller=RULER, request_id="r1"), asked) == made
    with pytest.raises(InvalidInputError):
        hall.actions.create_department(Step(caller=RULER, request_id="r1"), replace(asked, level=Level.CITY))


def test_the_authority_renames_a_department_and_the_log_says_to_what_and_why(hall):
    before = read(hall)
    after = hall.actions.update_department(a_step(before), {"title": "自治区民政与社会工作厅", "short_title": ""})
    assert after == replace(before, title="自治区民政与社会工作厅", short_title="", revision=before.revision + 1, reason=WHY) == read(hall)
    record = newest(hall)
    assert (record.action, record.kind, record.resource, record.other) == ("certs.UpdateDepartment", Kind.CHANGE, before.name, CIVIL)
    assert (record.actor.officer, record.reason) == ("SJ-1", WHY)
    assert record.detail["title"] == "自治区民政与社会工作厅"
    assert "short_title" in record.detail
    assert "region" not in record.detail


def test_what_is_not_as_it_was_read_is_not_changed(hall):
    stale = read(hall)
    hall.actions.update_department(a_step(stale), {"region": "640100", "level": Level.CITY})
    with pytest.raises(ConflictError):
        hall.actions.update_department(a_step(stale), {"title": "另一个"})
    with pytest.raises(ConflictError):
        hall.actions.disable_department(a_step(stale))


@pytest.mark.parametrize(
    ("parts", "field"),
    [({}, "update_mask"), ({"level": None}, "department.level"), ({"region": "64"}, "department.region"), ({"title": ""}, "department.title")],
)
def test_a_change_without_sense_is_refused_by_its_field(hall, parts, field):
    before = read(hall)
    with pytest.raises(InvalidInputError) as refused:
        hall.actions.update_department(a_step(before), parts)
    assert refused.value.field == field
    assert read(hall) == before


@pytest.mark.parametrize("path", ["uscc", "state", "name", "reason", "titel", "*"])
def test_a_mask_names_what_may_change_and_nothing_else(path):
    with pytest.raises(InvalidInputError) as refused:
        parts_from(pb.UpdateDepartmentRequest(department=pb.Department(title="x"), update_mask=FieldMask(paths=["title", path])))
    assert refused.value.field == "update_mask"


def test_a_mask_takes_of_the_message_what_it_names(hall):
    stated = pb.Department(title="新", short_title="旧", level=catalog_pb2.LEVEL_COUNTY)
    asked = pb.UpdateDepartmentRequest(department=stated, update_mask=FieldMask(paths=["level", "title", "title"]))
    assert parts_from(asked) == {"level": Level.COUNTY, "title": "新"}


def test_a_department_is_disabled_once_and_enabled_again(hall):
    disabled = hall.actions.disable_department(a_step(read(hall)))
    assert (disabled.state, newest(hall).action, newest(hall).other) == (DepartmentState.DISABLED, "certs.DisableDepartment", CIVIL)
    with pytest.raises(IllegalStateError):
        hall.actions.disable_department(a_step(disabled))
    renamed = hall.actions.update_department(a_step(disabled), {"title": "自治区民政局"})
    assert renamed.state is DepartmentState.DISABLED
    enabled = hall.actions.enable_department(a_step(renamed))
    assert (enabled.state, newest(hall).action) == (DepartmentState.ACTIVE, "certs.EnableDepartment")
    with pytest.raises(IllegalStateError):
        hall.actions.enable_department(a_step(enabled))


def test_the_authority_s_own_department_is_never_disabled(hall):
    with pytest.raises(IllegalStateError) as refused:
        hall.actions.disable_department(a_step(read(hall, AUTHORITY)))
    assert refused.value.reason == "OWN_DEPARTMENT"


@pytest.mark.parametrize("step", ["update_department", "disable_department", "enable_department"])
@pytest.mark.parametrize("caller", [MEMBER, OWN, Caller(POLICE, "x", frozenset({Role.AUDITOR}), "3" * 32)])
def test_only_the_authority_changes_a_department(hall, step, caller):
    wrong = replace(a_step(read(hall), caller), etag="r99")
    with pytest.raises(NotAllowedError):
        getattr(hall.actions, step)(wrong, *([{"title": "x"}] if step == "update_department" else []))


@pytest.mark.parametrize("step", ["update_department", "disable_department"])
@pytest.mark.parametrize("changed", [{"officer": ""}, {"reason": ""}, {"etag": ""}, {"name": "departments/x"}, {"name": ""}])
def test_a_change_names_officer_reason_etag_and_department(hall, step, changed):
    with pytest.raises(InvalidInputError):
        getattr(hall.actions, step)(replace(a_step(read(hall)), **changed), *([{"title": "x"}] if step == "update_department" else []))


def test_a_department_that_nobody_registered_is_neither_read_nor_changed(hall):
    stranger = f"departments/{build('11', '640000', '00000009')}"
    with pytest.raises(NotFoundError):
        hall.actions.get_department(MEMBER, stranger)
    with pytest.raises(NotFoundError):
        hall.actions.disable_department(replace(a_step(read(hall)), name=stranger))


def test_everybody_reads_departments_and_the_authority_and_the_department_alone_read_why(hall):
    changed = hall.actions.disable_department(a_step(read(hall)))
    for caller, reason in ((RULER, WHY), (OWN, WHY), (MEMBER, "")):
        listed = next(one for one in hall.actions.list_departments(caller, 0, "")[0] if one.uscc == CIVIL)
        assert hall.actions.get_department(caller, changed.name) == listed == replace(changed, reason=reason)


def test_what_an_earlier_release_registered_has_no_level_and_can_be_changed(hall, database: Database):
    engine = create_engine(database.url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE departments SET level = NULL, state = NULL, revision = NULL, reason = NULL"))
    engine.dispose()
    before = read(hall)
    told = department_to(before)
    assert (told.level, told.state, told.etag, told.reason) == (0, pb.DEPARTMENT_STATE_ACTIVE, "r0", "")
    changed = hall.actions.update_department(a_step(before), {"title": "自治区民政局"})
    assert (changed.level, changed.revision) == (None, 1)
    with pytest.raises(ConflictError):
        hall.actions.update_department(a_step(before), {"title": "另一个"})
    assert hall.actions.update_department(a_step(changed), {"level": Level.PROVINCE}).level is Level.PROVINCE


def test_two_that_change_one_at_once_are_one_too_many(hall, database: Database):
    before = read(hall)
    with database.begin() as tx:
        DepartmentStore(tx).replace(before, replace(before, revision=before.revision + 1))
        with pytest.raises(ConflictError):
            DepartmentStore(tx).replace(before, replace(before, revision=before.revision + 1))


def test_whoever_shows_a_certificate_of_a_disabled_department_is_refused_until_it_is_enabled(hall):
    _, pem, _ = hall.member(CIVIL, "case-office")
    _, other, _ = hall.member(POLICE, "register")
    disabled = hall.actions.disable_department(a_step(read(hall)))
    with pytest.raises(NotAllowedError) as refused:
        hall.identities.identify(pem)
    assert (refused.value.reason, WHY in refused.value.message, WHY in refused.value.zh) == ("DEPARTMENT_DISABLED", True, True)
    assert hall.identities.identify(other).department == POLICE
    hall.actions.enable_department(a_step(disabled))
    assert hall.identities.identify(pem).department == CIVIL
