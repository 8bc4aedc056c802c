"""行范围 through a running hub: what lies outside the rows of a grant is no record, whoever sent it and whatever was asked."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from grpc import StatusCode
from sqlalchemy import create_engine, text

from audit.model import Kind
from shuniu.provider.files import FileProvider
from shuniu.provider.table import TableProvider
from shuniu.records import from_record
from shuniu.rows import rows
from shuniu.v1 import brokerage_pb2, catalog_pb2
from tests.exchange.rogue import answering, serve
from tests.world import AUTHORITY, CONSUMER, FIELDS, KEY, OFFICER, OTHER, PROVIDER, PURPOSE, RESIDENT, Member, World, a_field

TOWN, KIND, YEAR = a_field("town", nullable=True), a_field("kind", nullable=True), a_field("year", type="int64", nullable=True)
SCOPED = (*FIELDS, TOWN, KIND, YEAR)
HERE: Mapping[str, object] = {**RESIDENT, "town": "640106", "kind": "A", "year": 2024}
THERE = {**HERE, "town": "640202", "address": "石嘴山"}
COLUMNS = tuple(HERE)
SCOPE = ("town^=6401", "kind in A,B", "year>=2020")


def scoped(world: World, by: Member, *lines: str, fields: tuple[str, ...] = ("name", "address")) -> brokerage_pb2.Grant:
    return world.grant(world.entry(by, fields=SCOPED), fields, rows=rows(*(lines or SCOPE)))


def served(world: World, *records: Mapping[str, object]) -> Member:
    """Have a provider of the SDK serve these records whatever it is asked."""
    by = world.member(PROVIDER, f"rows-{world.number()}")
    world.provider(lambda _key, _fields, _call: [dict(record) for record in records], by, columns=COLUMNS)
    return by


def rogue(world: World, *records: Mapping[str, object]) -> Member:
    """Have a provider serve these records that knows no conditions."""
    by = world.member(PROVIDER, f"rows-{world.number()}")
    port = world.run(serve(by.folder, answering(*records), lambda: b"\xff"))
    by.do("SetEndpoint", endpoint=f"127.0.0.1:{port}")
    return by


def asked(world: World, grant: brokerage_pb2.Grant, **changed: Any) -> list[dict[str, Any]]:
    reply = world.as_(CONSUMER).query(grant, **changed)
    assert reply.ok, reply.message
    return [from_record(record) for record in reply.answer.records]


def outcome(world: World, grant: brokerage_pb2.Grant):
    return world.records(grant=grant.name, kind=Kind.OUTCOME)[-1]


@pytest.mark.parametrize("way", [served, rogue])
def test_a_record_inside_comes_and_one_of_another_region_is_no_record(world: World, way):
    grant = scoped(world, way(world, HERE, THERE))
    assert asked(world, grant) == [{"name": "王**", "address": RESIDENT["address"]}]


def test_the_consumer_cannot_tell_a_record_outside_from_none(world: World):
    outside, none = scoped(world, rogue(world, THERE)), scoped(world, rogue(world))
    first, second = world.as_(CONSUMER).query(outside), world.as_(CONSUMER).query(none)
    assert first.answer.SerializeToString() == second.answer.SerializeToString()
    assert first.trailers.keys() == second.trailers.keys()


def test_rows_that_a_provider_should_have_left_out_are_counted_on_the_log_and_nothing_of_them_is(world: World):
    grant = scoped(world, rogue(world, HERE, THERE, {**HERE, "year": None}))
    asked(world, grant)
    record = outcome(world, grant)
    assert (record.rows, record.detail["rows_outside"]) == (1, "2")
    assert not {"640202", "6402", "town"} & {*record.detail.values(), *record.detail, *record.fields}
    honest = scoped(world, served(world, HERE, THERE))
    asked(world, honest)
    assert "rows_outside" not in outcome(world, honest).detail


@pytest.mark.parametrize("name", ["town", "kind", "year"])
def test_a_field_without_a_value_meets_no_condition(world: World, name: str):
    assert asked(world, scoped(world, rogue(world, {**HERE, name: None}))) == []


def test_fields_of_the_scope_are_fetched_and_go_out_only_where_they_are_granted(world: World):
    by = rogue(world, HERE)
    assert asked(world, scoped(world, by)) == [{"name": "王**", "address": RESIDENT["address"]}]
    grant = scoped(world, by, fields=("name", "town"))
    assert asked(world, grant) == [{"name": "王**", "town": "640106"}]
    assert asked(world, grant, fields=["name"]) == [{"name": "王**"}]
    assert outcome(world, grant).detail.get("dropped", "") == "address,birth_date,children,phone"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"town": 640106}, "PROVIDER_ANSWER_INVALID"),
        ({"year": "2024"}, "PROVIDER_ANSWER_INVALID"),
        ({"town": None, "year": "2024"}, "PROVIDER_ANSWER_INVALID"),
    ],
)
def test_an_answer_whose_scope_cannot_be_told_is_refused_whole(world: World, wrong: Mapping[str, object], reason: str):
    reply = world.as_(CONSUMER).query(scoped(world, rogue(world, HERE, {**HERE, **wrong})))
    assert (reply.code, reply.reason) == (StatusCode.DATA_LOSS, reason)


@pytest.mark.parametrize("name", ["town", "kind", "year"])
def test_an_answer_without_a_field_of_the_scope_is_refused_whole(world: World, name: str):
    without = {one: value for one, value in HERE.items() if one != name}
    reply = world.as_(CONSUMER).query(scoped(world, rogue(world, HERE, without)))
    assert (reply.code, reply.reason) == (StatusCode.DATA_LOSS, "PROVIDER_SCOPE_MISSING")
    assert name in reply.message


def test_more_than_may_be_released_is_told_although_few_lie_inside(world: World):
    grant = scoped(world, rogue(world, HERE, *[THERE] * 1_000))
    assert world.as_(CONSUMER).query(grant).reason == "TOO_MANY_RECORDS"


def test_a_grant_without_rows_gives_all_records(world: World):
    by = rogue(world, HERE, THERE)
    assert len(asked(world, world.grant(world.entry(by, fields=SCOPED), ("name",)))) == 2


@contextmanager
def a_table(folder: Path) -> Iterator[TableProvider]:
    url = f"sqlite:///{folder / 'own.db'}"
    engine = create_engine(url)
    with engine.begin() as one:
        one.execute(
            text(
                "CREATE TABLE resident (id_number TEXT, name TEXT, address TEXT, phone TEXT, birth_date DATE, children INTEGER, "
                "QH VARCHAR(12), kind TEXT, year INTEGER)"
            )
        )
        one.execute(text("CREATE INDEX by_key ON resident (id_number)"))
        for town, kind, year in (("640106", "A", 2024), ("640202", "A", 2024), ("640106", "C", 2024), ("640106", "B", 2019), (None, "A", 2024)):
            row = {"key": KEY, "town": town, "kind": kind, "year": year}
            one.execute(text("INSERT INTO resident VALUES (:key, '李雷', :town || :kind || :year, NULL, NULL, 1, :town, :kind, :year)"), row)
    engine.dispose()
    table = TableProvider(url, "resident", "id_number", names={"town": "QH"})
    yield table
    table.close()


@contextmanager
def a_file(folder: Path) -> Iterator[FileProvider]:
    lines = [",".join(COLUMNS)]
    for town, kind, year in (("640106", "A", 2024), ("640202", "A", 2024), ("640106", "C", 2024), ("640106", "B", 2019), ("", "A", 2024)):
        lines.append(f"{KEY},李雷,{town}{kind}{year},,,1,{town},{kind},{year}")
    place = folder / "resident.csv"
    place.write_text("\n".join(lines), "utf-8")
    types = {"birth_date": "date", "children": "int64", "year": "int64"}
    file = FileProvider(place, "id_number", types=types, index=folder, look_seconds=3600)
    yield file
    file.close()


@pytest.mark.parametrize("source", [a_table, a_file])
def test_tables_and_files_leave_out_what_lies_outside(world: World, tmp_path: Path, source):
    by = world.member(PROVIDER, f"rows-{world.number()}")
    with source(tmp_path) as provider:
        running = world.serving(by.folder, provider.resource("resident"))
        by.do("SetEndpoint", endpoint=f"127.0.0.1:{running.port}")
        grant = scoped(world, by, fields=("address",))
        assert asked(world, grant) == [{"address": "640106A2024"}]
        assert "rows_outside" not in outcome(world, grant).detail
        year = scoped(world, by, "year<=2019", fields=("address",))
        assert asked(world, year) == [{"address": "640106B2019"}]


def test_the_records_of_a_city_go_back_to_it_at_once_and_no_others(world: World):
    city, ruler = world.member(OTHER), world.member(AUTHORITY)
    told = ruler.do("GetDepartment", name=f"departments/{city.department}")
    told.region, told.level = "640100", catalog_pb2.LEVEL_CITY
    ruler.do("UpdateDepartment", department=told, update_mask=FieldMask(paths=["region", "level"]), reason="机构改革", officer="SJ-1")
    by = rogue(world, HERE, THERE, {**HERE, "town": "640100"}, {**HERE, "town": None})
    entry = world.entry(by, fields=SCOPED, region_field="town")
    terms = brokerage_pb2.Terms(fields=["town"], purposes=[PURPOSE], period_days=30, daily_calls=10, mode="query")
    content: dict[str, Any] = {
        "legal_basis": "《政务数据共享条例》第二十四条",
        "scenario": "本市业务",
        "scope": "本市",
        "officer": OFFICER,
        "asked": terms,
    }
    draft = city.do("CreateDataRequest", data_request=brokerage_pb2.DataRequest(entry=entry.name, return_flow=True, **content))
    request = city.do("SubmitDataRequest", name=draft.name, etag=draft.etag)
    assert (request.state, request.return_flow) == (brokerage_pb2.DATA_REQUEST_STATE_APPROVED, True)
    assert [(row.field, row.prefix) for row in request.offered.rows] == [("town", "6401")]
    reply = city.query(request.grant)
    assert [from_record(record)["town"] for record in reply.answer.records] == ["640106", "640100"]
    assert world.records()[reply.index].detail["rows_outside"] == "2"
    notices = by.do("ListNotices").notices
    assert any(one.resource == request.name and "第二十四条" in one.article for one in notices)


def test_an_entry_whose_region_field_is_personal_is_sent_back(world: World):
    by = world.member(PROVIDER)
    for wrong in ("address", "nothing", "year"):
        with pytest.raises(AssertionError, match="region_field"):
            world.entry(by, fields=SCOPED, region_field=wrong)
