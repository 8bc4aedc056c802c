"""数据回流 (Decree 809 art. 24): to whom what goes back, at once, and never beyond its own region."""

from dataclasses import replace
from itertools import product

import pytest

from brokerage.model import DataRequest, DataRequestState, RequestContent
from brokerage.model.return_flow import ARTICLE, own_region, return_terms
from catalog.model import Entry, Field, FieldType, ShareType
from certs.model import Department, Level
from certs.store import DepartmentStore
from hub.db import Database
from hub.errors import InvalidInputError
from hub.unit_of_work import Step
from shuniu.scope import conditions_of, text_of
from tests.brokerage.given import CIVIL, ENTRY, MONDAY, NOT_SHARED, POLICE, TERMS, World, asking, step, world_on
from tests.recording_desk import RecordingDesk

TOWN = Field("town", "区划", FieldType.STRING)
RETURNED = replace(ENTRY, id="01k0000000000000000000000d", fields=(*ENTRY.fields, TOWN), region_field="town")
REGIONS = {"640000": Level.PROVINCE, "640100": Level.CITY, "640106": Level.COUNTY, "630100": Level.CITY, "630121": Level.COUNTY}


def a_department(region: str, level: Level | None) -> Department:
    return Department(CIVIL.department, "民政局", "", region, MONDAY, level)


def reason_of(department: Department, entry: Entry = RETURNED) -> str:
    with pytest.raises(InvalidInputError) as error:
        own_region(department, entry)
    return error.value.reason


@pytest.mark.parametrize(("of_entry", "region", "level"), list(product(Level, REGIONS, [None, *Level])))
def test_each_level_gets_its_own_region_from_those_above_and_nobody_else_anything(of_entry: Level, region: str, level: Level | None):
    entry, department = replace(RETURNED, level=of_entry), a_department(region, level)
    if level is None or not of_entry.is_above(level):
        assert reason_of(department, entry) == "NOT_A_LOWER_LEVEL"
    elif REGIONS[region].is_above(level):
        assert reason_of(department, entry) == "REGION_ABOVE_LEVEL"
    elif not region.startswith("64"):
        assert reason_of(department, entry) == "REGION_NOT_WITHIN"
    else:
        own = own_region(department, entry)
        digits = {Level.CITY: 4, Level.COUNTY: 6}[max(level, REGIONS[region], key=list(Level).index)]
        assert (own.field, own.prefix) == ("town", region[:digits])


def test_a_county_gets_nothing_of_a_city_that_is_not_its_own():
    of_city = replace(RETURNED, level=Level.CITY, region="640200")
    assert reason_of(a_department("640106", Level.COUNTY), of_city) == "REGION_NOT_WITHIN"
    assert own_region(a_department("640221", Level.COUNTY), of_city).prefix == "640221"


def test_an_entry_without_a_region_field_returns_nothing():
    assert reason_of(a_department("640106", Level.COUNTY), ENTRY) == "NO_REGION_FIELD"


def test_other_conditions_hold_beside_the_region_and_one_on_the_region_may_only_narrow_it():
    city = a_department("640100", Level.CITY)

    def rows(*lines: str) -> list[str]:
        fit = replace(TERMS, rows=conditions_of(lines)).clean().fit(entry)
        return [text_of(one) for one in return_terms(fit, city, entry).rows]

    entry = replace(RETURNED, fields=(*RETURNED.fields, Field("year", "年份", FieldType.INT64)))
    assert rows() == ["town^=6401"]
    assert rows("year>=2020") == ["town^=6401", "year>=2020"]
    assert rows("town^=640106") == ["town^=640106"]
    assert rows("town in 640104,640106") == ["town in 640104,640106"]
    for wider in ("town^=64", "town=640202", "town in 640104,640202"):
        with pytest.raises(InvalidInputError) as error:
            rows(wider)
        assert error.value.reason == "ROWS_OUTSIDE_REGION"


def returning(entry: Entry) -> RequestContent:
    return replace(asking(entry), return_flow=True)


def at_the_city(database: Database, entry: Entry, region: str = "640100", desk: RecordingDesk | None = None) -> World:
    world = world_on(database, desk=desk or RecordingDesk())
    with database.begin() as tx:
        DepartmentStore(tx).insert(replace(a_department(region, Level.CITY), revision=1))
    world.newest_version(entry)
    return world


def filed(world: World, entry: Entry) -> DataRequest:
    draft = world.actions.create_data_request(Step(caller=CIVIL), returning(entry))
    return world.actions.submit_data_request(step(CIVIL, draft))


@pytest.mark.parametrize("share", [ShareType.CONDITIONAL, ShareType.UNCONDITIONAL])
def test_what_goes_back_is_granted_at_once_and_the_provider_is_told(database: Database, share: ShareType):
    desk = RecordingDesk()
    world = at_the_city(database, replace(RETURNED, share_type=share), desk=desk)
    request = filed(world, RETURNED)
    assert (request.state, request.timer, request.return_flow) == (DataRequestState.APPROVED, None, True)
    assert "art. 24" in request.reason
    live = world.live.get(request.grant.removeprefix("grants/"), world.clock.now())
    assert live is not None
    assert [text_of(row) for row in live.rows] == ["town^=6401"]
    assert (set(live.grant.terms.fields), live.grant.terms.purposes) == (set(TERMS.fields), TERMS.purposes)
    approved = next(one for one in world.logged() if one.action == "brokerage.ApproveDataRequest")
    assert "art. 24" in approved.reason
    told = [(one.department, one.article) for _, one in desk.told if one.kind == "request_approved"]
    assert told == [(CIVIL.department, ARTICLE), (POLICE.department, ARTICLE)]


def test_what_is_not_shared_is_refused_whoever_asks(database: Database):
    entry = replace(NOT_SHARED, id=RETURNED.id, fields=RETURNED.fields, region_field="town")
    assert filed(at_the_city(database, entry), entry).state is DataRequestState.REFUSED


def test_a_department_that_moved_since_its_draft_asks_anew(database: Database):
    world = at_the_city(database, RETURNED)
    draft = world.actions.create_data_request(Step(caller=CIVIL), returning(RETURNED))
    with database.begin() as tx:
        before = DepartmentStore(tx).get(CIVIL.department)
        DepartmentStore(tx).replace(before, replace(before, region="640200", revision=2))
    with pytest.raises(InvalidInputError) as error:
        world.actions.submit_data_request(step(CIVIL, draft))
    assert error.value.reason == "ROWS_OUTSIDE_REGION"
    assert filed(world, RETURNED).asked.rows[0].prefix == "6402"


def test_a_check_tells_the_rows_that_would_be_asked_for(database: Database):
    found = at_the_city(database, RETURNED).actions.check_data_request(CIVIL, returning(RETURNED))
    assert [text_of(row) for row in found.asked.rows] == ["town^=6401"]


def test_a_request_with_rows_is_none_that_an_earlier_release_kept():
    plain = asking(RETURNED)
    rows = replace(plain, asked=replace(TERMS, rows=conditions_of(["town^=6401"])))
    assert len({plain.former, rows.former, returning(RETURNED).former}) == 3
    assert len({str(one.plain()) for one in (plain, rows, returning(RETURNED))}) == 3
    assert not {"rows", "return_flow"} & {*plain.plain(), *plain.plain()["asked"]}
