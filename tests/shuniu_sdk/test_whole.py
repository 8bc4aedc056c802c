"""Tables, files and functions are read whole: in a fixed order, each row once, from any row on."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

pa = pytest.importorskip("pyarrow")

from shuniu.errors import FetchError  # noqa: E402 - behind the skip
from shuniu.provider import batches  # noqa: E402
from shuniu.provider.batches import Batches  # noqa: E402
from shuniu.provider.files import FileProvider  # noqa: E402
from shuniu.provider.pages import Stream, StreamCall, iterated  # noqa: E402
from shuniu.provider.table import TableProvider  # noqa: E402
from shuniu.scope import RowCondition, RowTest, read_test  # noqa: E402
from shuniu.v1.catalog_pb2 import FieldType  # noqa: E402
from shuniu.v1.stream_pb2 import ProviderStreamResponse  # noqa: E402
from tests.shuniu_sdk.tables import run  # noqa: E402

TEXT, WHOLE = FieldType.FIELD_TYPE_STRING, FieldType.FIELD_TYPE_INT64
Found = list[tuple[tuple[Any, ...], bytes]]


def call(cursor: bytes = b"", rows: tuple[RowTest, ...] = ()) -> StreamCall:
    return StreamCall("", "", "", rows, cursor)


def read(stream: Stream, fields: tuple[str, ...], most: int = 3, cursor: bytes = b"") -> Found:
    """Read page by page; return each row and the cursor behind it."""
    pages, found = stream(fields, call(cursor)), []
    while (page := pages(most)) is not None:
        found += [(tuple(row), page.cursor_behind(number)) for number, row in enumerate(page.rows, 1)]
    return found


def check_any_place(stream: Stream, fields: tuple[str, ...], count: int) -> list[tuple[Any, ...]]:
    """From behind every row the rest follows, whatever the size of the pages; return the rows."""
    whole = read(stream, fields)
    rows = [row for row, _ in whole]
    assert len(rows) == count
    for most in (1, 2, 7, 100):
        assert [row for row, _ in read(stream, fields, most)] == rows
        for place, (_, cursor) in enumerate(whole, 1):
            assert [row for row, _ in read(stream, fields, most, cursor)] == rows[place:]
    return rows


def test_a_table_is_read_in_the_order_of_its_key_from_any_row_on(url: str, open_table: Callable[..., TableProvider]):
    run(url, "DELETE FROM numbered", *(f"INSERT INTO numbered VALUES ({number}, 'w{number % 3}')" for number in (5, -3, 9, 1, 7, 300, 12)))  # noqa: S608
    rows = check_any_place(open_table(url, "numbered", "number").stream, ("word", "number"), 7)
    assert [number for _, number in rows] == [-3, 1, 5, 7, 9, 12, 300]
    run(url, "DELETE FROM numbered", "INSERT INTO numbered VALUES (7, 'seven')")


def test_rows_that_share_a_key_come_once_each(url: str, open_table: Callable[..., TableProvider]):
    run(url, "DROP TABLE IF EXISTS shared", "CREATE TABLE shared (k VARCHAR(20), n INTEGER, note TEXT)")
    for number in range(12):
        run(url, f"INSERT INTO shared VALUES ('key{number // 5}', {11 - number}, 'x')")  # noqa: S608
    run(url, "INSERT INTO shared VALUES (NULL, 99, 'of nobody')", "INSERT INTO shared VALUES ('key1', 3, 'x')")
    source = open_table(url, "shared", "k")
    rows = check_any_place(source.stream, ("k", "n"), 13)
    assert sorted(rows) == sorted([(f"key{number // 5}", 11 - number) for number in range(12)] + [("key1", 3)])
    check_any_place(source.stream, ("n",), 13)


def test_a_row_that_is_deleted_where_a_stream_stopped_takes_no_other_with_it(url: str, open_table: Callable[..., TableProvider]):
    run(url, "DELETE FROM numbered", *(f"INSERT INTO numbered VALUES ({number}, 'w')" for number in range(6)))  # noqa: S608
    stream = open_table(url, "numbered", "number").stream
    cursor = read(stream, ("number",))[2][1]
    run(url, "DELETE FROM numbered WHERE number = 2", "INSERT INTO numbered VALUES (-1, 'w')")
    assert [row for row, _ in read(stream, ("number",), cursor=cursor)] == [(3,), (4,), (5,)]
    run(url, "DELETE FROM numbered", "INSERT INTO numbered VALUES (7, 'seven')")


def test_a_file_is_read_in_its_own_order_until_it_is_replaced(tmp_path: Path):
    place = tmp_path / "people.csv"
    place.write_text("id,name\n" + "".join(f"{9 - number},n{number}\n" for number in range(8)))
    provider = FileProvider(place, "id", index=tmp_path, look_seconds=3600)
    stream = provider.resource().stream
    assert stream is not None
    rows = check_any_place(stream, ("name", "id"), 8)
    assert rows[0] == ("n0", "9")
    cursor = read(stream, ("id",))[3][1]
    place.write_text("id,name\n1,other\n")
    provider.look()
    provider.look()
    with pytest.raises(FetchError) as lost:
        read(stream, ("id",), cursor=cursor)
    assert lost.value.reason == "PLACE_LOST"
    provider.close()


def test_a_function_is_read_from_any_row_on():
    stream = iterated(lambda _fields, _call: ({"a": number, "b": "x"} for number in range(9)))
    assert check_any_place(stream, ("a",), 9) == [(number,) for number in range(9)]
    with pytest.raises(FetchError) as lacking:
        read(stream, ("c",))
    assert lacking.value.facts == {"column": "c"}


@pytest.mark.parametrize("cursor", [b"x", b"[]", b'["a", "b"]', b"{}", b"[1, 2, 3]", b"[null]", b"\xff", b"[" * 5_000])
def test_a_cursor_of_elsewhere_is_refused(cursor: bytes, sqlite_url: str, open_table: Callable[..., TableProvider]):
    for stream in (iterated(lambda *_: []), open_table(sqlite_url, "numbered", "number").stream):
        with pytest.raises(FetchError) as refused:
            stream(("number",), call(cursor))
        assert refused.value.reason == "INVALID_CURSOR"


def rows_of(made: Batches) -> list[dict[str, Any]]:
    data = ProviderStreamResponse.FromString(made.schema()).schema
    while (messages := made.following()) is not None:
        for message in messages:
            part = ProviderStreamResponse.FromString(message).batch
            assert len(part.batch) <= batches.LARGEST
            data += part.batch
    found: list[dict[str, Any]] = pa.ipc.open_stream(io.BytesIO(data + b"\xff\xff\xff\xff\0\0\0\0")).read_all().to_pylist()
    return found


def made(rows: list[dict[str, Any]], types: Mapping[str, int], tests: tuple[RowTest, ...] = ()) -> Batches:
    return Batches(iterated(lambda *_: rows)(tuple(types), call()), tuple(types), tuple(types.values()), tests)


def test_every_type_arrives_as_it_was():
    values = {
        "STRING": "王",
        "INT64": -(2**63),
        "DOUBLE": 0.5,
        "BOOL": True,
        "DECIMAL": Decimal("1E+3"),
        "DATE": date(1990, 1, 31),
        "TIMESTAMP": datetime(2024, 1, 31, 8, tzinfo=timezone.utc),
        "BYTES": b"\x00",
    }
    types = {name: FieldType.Value(f"FIELD_TYPE_{name}") for name in values}
    assert rows_of(made([values, dict.fromkeys(values)], types)) == [{**values, "DECIMAL": "1000"}, dict.fromkeys(values)]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("STRING", 1),
        ("STRING", "\ud800"),
        ("INT64", 1.5),
        ("INT64", True),
        ("INT64", 2**63),
        ("DOUBLE", "1"),
        ("BOOL", 1),
        ("DECIMAL", "1"),
        ("DECIMAL", Decimal("NaN")),
        ("DATE", datetime(2024, 1, 1, tzinfo=timezone.utc)),
        ("DATE", "2024-01-01"),
        ("TIMESTAMP", datetime(2024, 1, 1)),  # noqa: DTZ001 - that is the fault
        ("BYTES", "x"),
    ],
)
def test_a_value_of_another_type_is_refused_by_its_column(kind: str, value: object):
    with pytest.raises(FetchError) as refused:
        rows_of(made([{"a": value}], {"a": FieldType.Value(f"FIELD_TYPE_{kind}")}))
    assert (refused.value.reason, refused.value.facts) == ("BAD_RECORD", {"column": "a"})


def test_batches_are_about_a_mebibyte_and_never_more_than_four():
    rows = [{"a": "x" * 3_000} for _ in range(5_000)]
    one = made(rows, {"a": TEXT})
    sizes = []
    while (messages := one.following()) is not None:
        sizes += [len(ProviderStreamResponse.FromString(message).batch.batch) for message in messages]
    assert max(sizes) < 4 * 1024 * 1024
    assert sorted(sizes)[len(sizes) // 2] == pytest.approx(1024 * 1024, rel=0.3)
    with pytest.raises(FetchError) as refused:
        rows_of(made([{"a": "x" * 5_000_000}], {"a": TEXT}))
    assert refused.value.reason == "TOO_LARGE"


def test_rows_outside_the_conditions_do_not_leave():
    inside = read_test(RowCondition("n", any_of=("1", "2"), type="int64"))
    found = rows_of(made([{"n": number % 4, "a": str(number)} for number in range(40)], {"a": TEXT, "n": WHOLE}, (inside,)))
    assert {row["n"] for row in found} == {1, 2}
    assert len(found) == 20
