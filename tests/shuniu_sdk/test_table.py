"""A table or view of a real database is served read-only, with the types that its columns promise, on SQLite and on PostgreSQL."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import grpc
import pytest

from shuniu import FetchError, Provider, SourceError
from shuniu.provider.table import TableProvider
from shuniu.records import from_record
from shuniu.v1.catalog_pb2 import FieldType
from shuniu.v1.provider_pb2 import FetchRequest
from shuniu.v1.provider_pb2_grpc import ProviderServiceStub
from shuniu.zone import CHINA
from tests.shuniu_sdk.tables import CALL, path_of, run

EXPECTED = {
    "id_number": "640102199001310017",
    "name": "张三",
    "born": date(1990, 1, 31),
    "seen": datetime(2024, 1, 31, 8, tzinfo=CHINA),
    "alive": True,
    "children": 2,
    "weight": 61.5,
    "note": None,
    "extra": '{"a": 1}',
    "wakes": "06:30:00",
    "Ordnung; DROP": "x",
}


def test_each_column_arrives_with_the_type_it_promises(url: str, open_table: Callable[..., TableProvider]):
    source = open_table(url, "resident", "id_number")
    found = source.fetch("640102199001310017", tuple(EXPECTED), CALL)
    assert found == [EXPECTED]
    assert [type(value) for value in found[0].values()] == [type(value) for value in EXPECTED.values()]
    assert source.fetch("640102199001310017", ("name",), CALL) == [{"name": "张三"}]
    assert source.fetch("' OR 1=1 --", ("name",), CALL) == []


@pytest.mark.postgres
def test_a_long_decimal_keeps_every_digit_where_the_database_does(postgres_url: str, open_table: Callable[..., TableProvider]):
    found = open_table(postgres_url, "resident", "id_number").fetch("640102199001310017", ("income",), CALL)
    assert str(found[0]["income"]) == "123456789012345678901234567.50"


@pytest.mark.postgres
def test_types_of_postgresql_are_carried_or_left_out_with_a_warning(
    postgres_url: str, open_table: Callable[..., TableProvider], caplog: pytest.LogCaptureFixture
):
    source = open_table(postgres_url, "more", "id")
    names = [column.name for column in source.resource().columns]
    assert names == ["id", "at", "raw", "doc", "kind", "exact"]
    assert "tags" in caplog.text
    assert "span" in caplog.text
    key = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
    expected = {
        "id": key,
        "at": datetime(2024, 1, 31, tzinfo=timezone.utc),
        "raw": b"\x00\xff",
        "doc": '"text"',
        "kind": "ab",
        "exact": Decimal("1.250"),
    }
    assert source.fetch(key, names, CALL) == [expected]
    assert str(source.fetch(key.upper(), ("exact",), CALL)[0]["exact"]) == "1.250"
    for wrong in ("x", "{" + key + "}", key.replace("-", "")):
        with pytest.raises(FetchError, match="UUID"):
            source.fetch(wrong, ("kind",), CALL)


def test_a_decimal_is_padded_to_its_scale(sqlite_url: str, open_table: Callable[..., TableProvider]):
    with sqlite3.connect(path_of(sqlite_url)) as connection:
        connection.execute("UPDATE resident SET income = 120.5")
    assert str(open_table(sqlite_url, "resident", "id_number").fetch("640102199001310017", ("income",), CALL)[0]["income"]) == "120.50"


def test_describe_tells_types_and_nullability_as_the_database_has_them(url: str, open_table: Callable[..., TableProvider]):
    resource = open_table(url, "resident", "id_number").resource("residents")
    described = {column.name: column for column in resource.columns}
    assert (resource.name, resource.key) == ("residents", "id_number")
    assert described["name"].type == "VARCHAR(40)"
    assert not described["name"].nullable
    assert described["born"].nullable


def test_describe_tells_in_which_type_a_value_travels_and_how_long_it_may_be(url: str, open_table: Callable[..., TableProvider]):
    described = {column.name: column for column in open_table(url, "resident", "id_number", as_text=("born",)).resource().columns}
    kinds = {name: FieldType.Name(column.value_type).removeprefix("FIELD_TYPE_") for name, column in described.items()}
    texts = dict.fromkeys(("id_number", "name", "born", "note", "extra", "wakes", "Ordnung; DROP"), "STRING")
    other = {"income": "DECIMAL", "seen": "TIMESTAMP", "alive": "BOOL", "children": "INT64", "weight": "DOUBLE"}
    assert kinds == {**texts, **other}
    assert [described[name].length for name in ("id_number", "name", "note", "children")] == [18, 40, 0, 0]
    assert open_table(url, "resident", "id_number").resource().to_message().columns[2].value_type == FieldType.FIELD_TYPE_DATE


@pytest.mark.postgres
def test_describe_passes_on_what_the_database_says_of_a_table_and_its_columns(postgres_url: str, open_table: Callable[..., TableProvider]):
    run(postgres_url, "COMMENT ON TABLE numbered IS '  编号\n表 '", f"COMMENT ON COLUMN numbered.word IS '{'字' * 600}'")
    message = open_table(postgres_url, "numbered", "number").resource().to_message()
    assert (message.comment, message.columns[1].comment) == ("编号 表", "字" * 500)


NAMES = {"id_number": "SFZH", "name": "姓名", "order": "ORDER", "birth": "姓名"}


def test_a_column_is_served_under_the_name_of_the_entrys_field(url: str, open_table: Callable[..., TableProvider], caplog: pytest.LogCaptureFixture):
    run(url, """CREATE TABLE "Bürger" ("SFZH" CHAR(18) PRIMARY KEY, "姓名" TEXT, "ORDER" INTEGER, name TEXT, plain TEXT)""")
    try:
        run(url, """INSERT INTO "Bürger" VALUES ('640102199001310017', '张三', 3, 'not this one', 'plain')""")
        source = open_table(url, "Bürger", "id_number", names=NAMES)
        assert [column.name for column in source.resource().columns] == ["id_number", "name", "birth", "order", "plain"]
        found = source.fetch("640102199001310017", ("name", "order", "birth", "plain"), CALL)
        assert found == [{"name": "张三", "order": 3, "birth": "张三", "plain": "plain"}]
        assert "column name of Bürger is not served" in caplog.text
        for wrong in ({"names": {"name": "XM"}}, {"names": NAMES, "as_text": ("born",)}):
            with pytest.raises(SourceError, match=r"has no column '(XM|born)'"):
                open_table(url, "Bürger", "plain", **wrong)
        with pytest.raises(SourceError, match="has no column 'SFZH'"):
            open_table(url, "Bürger", "SFZH", names=NAMES)
    finally:
        run(url, 'DROP TABLE "Bürger"')


@pytest.mark.postgres
def test_a_domain_is_carried_as_the_type_that_it_is_made_of(postgres_url: str, open_table: Callable[..., TableProvider]):
    run(postgres_url, "CREATE DOMAIN sfzh AS CHAR(20)", "CREATE TABLE owned (k sfzh PRIMARY KEY)", "INSERT INTO owned VALUES ('640102199001310017')")
    assert open_table(postgres_url, "owned", "k").fetch("640102199001310017", ("k",), CALL) == [{"k": "640102199001310017"}]


def test_a_view_is_served_like_a_table(url: str, open_table: Callable[..., TableProvider]):
    source = open_table(url, "adult", "id_number")
    assert source.fetch("640102199001310017", ("born", "name"), CALL) == [{"born": date(1990, 1, 31), "name": "张三"}]


def test_a_key_of_whole_numbers_is_asked_for_by_its_digits(url: str, open_table: Callable[..., TableProvider]):
    source = open_table(url, "numbered", "number")
    assert source.fetch("7", ("word",), CALL) == [{"word": "seven"}]
    assert source.fetch("8", ("word",), CALL) == []
    for wrong in ("x", "07", " 7", "7.0", "٧", "9" * 20, "1" * 5000):
        with pytest.raises(FetchError) as refused:
            source.fetch(wrong, ("word",), CALL)
        assert refused.value.code is grpc.StatusCode.INVALID_ARGUMENT


def test_no_more_records_than_the_limit_leave_the_database(sqlite_url: str, open_table: Callable[..., TableProvider]):
    with sqlite3.connect(path_of(sqlite_url)) as connection:
        connection.executemany("INSERT INTO bare VALUES (?)", [("1",)] * 30)
    assert len(open_table(sqlite_url, "bare", "k").fetch("1", ("k",), CALL)) == 10


def test_a_missing_table_or_key_is_named_with_what_there_is(url: str, open_table: Callable[..., TableProvider]):
    with pytest.raises(SourceError) as refused:
        open_table(url, "residents", "id_number")
    assert "residents" in refused.value.message
    assert "resident" in refused.value.next_action
    assert "adult" in refused.value.next_action
    assert "residents" in refused.value.message_zh
    with pytest.raises(SourceError) as refused:
        open_table(url, "resident", "idnumber")
    assert "id_number" in refused.value.next_action
    with pytest.raises(SourceError, match="cannot be the key"):
        open_table(url, "resident", "born")


def test_a_key_without_an_index_is_warned_about_at_the_start(url: str, open_table: Callable[..., TableProvider], caplog: pytest.LogCaptureFixture):
    open_table(url, "resident", "id_number")
    open_table(url, "adult", "id_number")
    assert not caplog.records
    open_table(url, "bare", "k")
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "bare has no index that begins with k" in caplog.text


UPDATES = {
    column: "UPDATE resident SET ? = ?".replace("?", column, 1) for column in ("born", "income", "seen", "alive", "children", "weight", "name")
}


@pytest.mark.parametrize("column", UPDATES)
def test_a_value_that_breaks_its_columns_promise_is_named_by_column_alone(sqlite_url: str, open_table: Callable[..., TableProvider], column: str):
    with sqlite3.connect(path_of(sqlite_url)) as connection:
        connection.execute(UPDATES[column], (b"geheim" if column == "name" else "geheim",))
    source = open_table(sqlite_url, "resident", "id_number")
    with pytest.raises(FetchError, match=f"column {column} of resident") as refused:
        source.fetch("640102199001310017", (column,), CALL)
    assert "geheim" not in str(refused.value)
    assert source.fetch("640102199001310017", ("id_number",), CALL)


def test_a_column_that_keeps_no_type_can_be_served_as_text(sqlite_url: str, open_table: Callable[..., TableProvider]):
    with sqlite3.connect(path_of(sqlite_url)) as connection:
        connection.execute("UPDATE resident SET born = '1990-00-00'")
    source = open_table(sqlite_url, "resident", "id_number", as_text=("born",))
    assert source.fetch("640102199001310017", ("born",), CALL) == [{"born": "1990-00-00"}]


def test_times_without_a_zone_are_in_the_zone_that_is_given(sqlite_url: str, open_table: Callable[..., TableProvider]):
    tokyo = timezone(timedelta(hours=9))
    found = open_table(sqlite_url, "resident", "id_number", zone=tokyo).fetch("640102199001310017", ("seen",), CALL)
    assert found[0]["seen"] == datetime(2024, 1, 31, 8, tzinfo=tokyo)


def test_a_table_is_fetched_over_the_wire(url: str, folder: Path, serve: Callable[[Provider], int], stub_of: Callable[..., ProviderServiceStub]):
    provider = Provider(folder)
    provider.add(TableProvider(url, "resident", "id_number").resource())
    stub = stub_of(serve(provider))
    request = FetchRequest(resource="resident", key_field="id_number", key="640102199001310017", fields=list(EXPECTED), limit=10)
    for _ in range(8):
        assert [from_record(record) for record in stub.Fetch(request, timeout=10).records] == [EXPECTED]
