"""Data files under grants of mode file: made anew as the grant lets, whole or in several calls the same bytes, never of two files."""

import csv
import io
import time
from collections.abc import Generator, Sequence
from datetime import date, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest
from grpc import StatusCode

from audit.bulk import BULK
from audit.model import Kind
from catalog.model import FieldType
from exchange.download_permit import DOWNLOAD
from exchange.filed_streams import FiledStream
from exchange.sheets import _WRITERS, _lines, _text
from shuniu.digest import answer_digest
from shuniu.rows import rows
from shuniu.v1 import catalog_pb2, download_pb2
from tests.exchange.test_streaming import refusal, settled
from tests.files.test_service import uploaded
from tests.files.test_streams import COUNT, HEAD, MANY, number_of
from tests.web.test_log_state import gauges
from tests.web.test_metrics import read as read_metrics
from tests.world import CASE, CONSUMER, KEY, OFFICER, PURPOSE, World

FIELDS = ("id_number", "name", "phone", "birth_date", "children")


def filed(world: World, data: bytes = MANY) -> Any:
    entry = world.entry(serving_system="", serving_resource="", modes=[catalog_pb2.SHARE_MODE_FILE])
    uploaded(world, entry, data)
    return entry


def granted(world: World, entry: Any, fields: Sequence[str] = FIELDS, **changed: Any) -> Any:
    return world.grant(entry, fields, mode="file", **changed)


def parts(world: World, grant: Any, **changed: Any) -> Generator[Any, None, None]:
    asked = {"grant": grant.name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, **changed}
    yield from world.as_(CONSUMER).client.exchange.Download(download_pb2.DownloadRequest(**asked), timeout=60.0)


def whole(found: Sequence[Any]) -> tuple[bytes, Any]:
    """Return the bytes of the parts of one call, and its end, of which everything was checked."""
    data, end = b"".join(one.part.data for one in found[:-1]), found[-1].end
    assert [one.WhichOneof("content") for one in found] == ["part"] * (len(found) - 1) + ["end"]
    assert (end.bytes, end.sha256) == (len(data), sha256(data).digest())
    assert end.rows == sum(one.part.rows for one in found[:-1])
    assert end.digest == answer_digest(end.sha256, end.salt)
    return data, end


def read(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_a_whole_file_arrives_as_csv_masked_and_the_log_says_so(world: World):
    grant = granted(world, filed(world))
    data, end = whole(list(parts(world, grant)))
    assert data.startswith(",".join(FIELDS).encode() + b"\r\n")
    assert data.count(b"\r\n") == data.count(b"\n") == COUNT + 1
    found = read(data)
    assert sorted(one["id_number"] for one in found) == sorted(number_of(at) for at in range(COUNT))
    assert {one["name"] for one in found} == {"王**"}
    assert {one["phone"] for one in found} == {""}
    assert {one["birth_date"] for one in found} == {"1990-03-01"}
    assert {one["children"] for one in found} == {"0", "1", "2", "3"}
    _, outcomes = settled(world, grant)
    assert {one.action for one in outcomes} == {DOWNLOAD.action} <= BULK
    assert sum(one.rows for one in outcomes) == end.rows == COUNT
    last = max(outcomes, key=lambda one: one.index)
    assert (last.digest, last.index) == (end.digest, end.log_index)


def test_a_grants_rows_bound_what_leaves(world: World):
    found = read(whole(list(parts(world, granted(world, filed(world), rows=rows("children=2")))))[0])
    assert [one["children"] for one in found] == ["2"] * (COUNT // 4)


def test_of_nothing_within_the_grant_the_header_alone_arrives(world: World):
    data, end = whole(list(parts(world, granted(world, filed(world), rows=rows("children=9")))))
    assert (data, end.rows) == (",".join(FIELDS).encode() + b"\r\n", 0)


def test_fields_are_columns_in_the_order_in_which_they_are_named(world: World):
    data, _ = whole(list(parts(world, granted(world, filed(world)), fields=["children", "id_number"])))
    assert data.startswith(b"children,id_number\r\n")


def test_a_file_that_came_in_two_calls_is_the_file_that_comes_in_one(world: World):
    grant = granted(world, filed(world))
    found = list(parts(world, grant))
    data, _ = whole(found)
    assert len(found) > 3
    for count in range(1, len(found)):
        before = b"".join(one.part.data for one in found[:count])
        after, end = whole(list(parts(world, grant, resume_token=found[count - 1].part.resume_token)))
        assert before + after == data
        assert sum(one.part.rows for one in found[:count]) + end.rows == COUNT


def test_a_newer_file_is_never_joined_to_what_came_of_the_one_before(world: World):
    entry = filed(world)
    grant = granted(world, entry)
    token = list(parts(world, grant))[1].part.resume_token
    uploaded(world, entry, MANY)
    assert refusal(lambda: list(parts(world, grant, resume_token=token))).reason == "STREAM_FILE_REPLACED"
    assert whole(list(parts(world, grant)))[1].rows == COUNT


def test_a_newer_file_ends_a_download_that_is_open(world: World, monkeypatch: pytest.MonkeyPatch):
    entry = filed(world)
    grant = granted(world, entry)
    slow(monkeypatch)
    coming = parts(world, grant)
    came = [next(coming), next(coming)]
    uploaded(world, entry, (HEAD + f"{number_of(1)},王小明,银川市,,1990-03-01,1\n").encode())
    assert refusal(lambda: came.extend(coming)).reason == "STREAM_FILE_REPLACED"
    _, outcomes = settled(world, grant)
    assert outcomes[-1].detail["broke_off"] == "STREAM_FILE_REPLACED"
    assert sum(one.rows for one in outcomes) == sum(one.part.rows for one in came)


def test_a_token_is_of_one_grant_one_list_of_fields_and_one_use(world: World):
    entry = filed(world)
    grant, other = granted(world, entry), granted(world, entry)
    token = next(parts(world, grant)).part.resume_token
    assert refusal(lambda: list(parts(world, other, resume_token=token))).reason == "STREAM_TOKEN_FOREIGN"
    assert refusal(lambda: list(parts(world, grant, resume_token=token[:-1] + bytes([token[-1] ^ 1])))).reason == "STREAM_TOKEN_FOREIGN"
    assert refusal(lambda: list(parts(world, grant, resume_token=token, fields=["children"]))).reason == "STREAM_TOKEN_OUTDATED"


def test_an_entry_that_a_system_serves_has_no_file_to_download(world: World):
    grant = granted(world, world.entry(modes=[catalog_pb2.SHARE_MODE_FILE]))
    error = refusal(lambda: list(parts(world, grant)))
    assert error.reason == "DOWNLOAD_ENTRY_SERVED"
    assert [(one.action, one.status) for one in world.records(grant=grant.name) if one.kind is Kind.REFUSAL] == [
        ("exchange.Download", "DOWNLOAD_ENTRY_SERVED")
    ]


def test_a_grant_of_another_mode_downloads_nothing(world: World):
    entry = world.entry(serving_system="", serving_resource="", modes=[catalog_pb2.SHARE_MODE_STREAM])
    assert refusal(lambda: list(parts(world, world.grant(entry, FIELDS, mode="stream")))).reason == "MODE_NOT_GRANTED"


def test_without_a_file_in_force_nothing_is_downloaded_and_the_log_says_so(world: World):
    entry = world.entry(serving_system="", serving_resource="", modes=[catalog_pb2.SHARE_MODE_FILE])
    grant = granted(world, entry)
    assert refusal(lambda: list(parts(world, grant))).reason == "NO_DATA_FILE"
    settled(world, grant)


def test_a_revoked_grant_ends_a_download_within_a_second(world: World, monkeypatch: pytest.MonkeyPatch):
    grant = granted(world, filed(world))
    slow(monkeypatch)
    coming = parts(world, grant)
    next(coming)
    world.as_(CONSUMER).do("RevokeGrant", name=grant.name, etag=grant.etag, reason="不再办理", officer=OFFICER)
    began = time.monotonic()
    assert refusal(lambda: list(coming)).reason == "GRANT_REVOKED"
    assert time.monotonic() - began < 1.0
    settled(world, grant)


def test_what_left_of_a_download_that_its_consumer_broke_off_is_on_the_log(world: World, monkeypatch: pytest.MonkeyPatch):
    grant = granted(world, filed(world))
    slow(monkeypatch)
    coming = parts(world, grant)
    came = [next(coming), next(coming)]
    coming.close()
    _, outcomes = settled(world, grant)
    assert COUNT > sum(one.rows for one in outcomes) >= came[-1].part.rows > 0
    assert outcomes[-1].detail["broke_off"] == "CANCELLED"


def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the file be read slowly."""
    page = FiledStream._next

    def later(self: Any) -> bytes:
        time.sleep(0.3)
        return page(self)

    monkeypatch.setattr(FiledStream, "_next", later)


@pytest.mark.parametrize("field", ["grant", "purpose", "case_number", "officer", "request_id", "entry", "fields"])
def test_no_text_of_a_download_takes_an_id_number(world: World, field: str):
    said: Any = {"grant": f"grants/{KEY}", "fields": [KEY]}.get(field, KEY)
    asked: dict[str, Any] = {"grant": "grants/none", "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, field: said}
    error = refusal(lambda: list(world.as_(CONSUMER).client.exchange.Download(download_pb2.DownloadRequest(**asked))))
    assert (error.code, error.reason, error.field) == (StatusCode.INVALID_ARGUMENT, "SUBJECT_IN_CLEAR", field)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_text_begins_as_a_formula_and_quotes_and_lines_within_cells_are_kept(start: str):
    text = f'{start}1,"二"\r\n三'
    assert list(csv.reader(io.StringIO(_lines([[_text(text), ""]]).decode(), newline=""))) == [[f"'{text}", ""]]


def test_every_type_is_written_by_one_rule_and_nothing_is_an_empty_cell():
    moment = datetime(2026, 1, 5, 8, 30, tzinfo=timezone(timedelta(hours=8)))
    values = {
        FieldType.STRING: ("王小明", "王小明"),
        FieldType.INT64: (-7, "-7"),
        FieldType.DOUBLE: (0.5, "0.5"),
        FieldType.BOOL: (False, "false"),
        FieldType.DECIMAL: ("-12.50", "-12.50"),
        FieldType.DATE: (date(2026, 1, 5), "2026-01-05"),
        FieldType.TIMESTAMP: (moment, "2026-01-05T00:30:00Z"),
        FieldType.BYTES: (b"\xfb", "+w=="),
    }
    assert values.keys() == set(FieldType) == _WRITERS.keys()
    for kind, (value, cell) in values.items():
        assert (_WRITERS[kind](value), _WRITERS[kind](None)) == (cell, "")


def test_monitors_hear_of_downloads_by_themselves(world: World):
    before = gauges(read_metrics(world))
    grant = granted(world, filed(world))
    found = list(parts(world, grant))
    data, end = whole(found)
    settled(world, grant)
    after = gauges(read_metrics(world))
    grown = {name: value - before[name] for name, value in after.items() if name.startswith(("shuniu_download", "shuniu_stream"))}
    assert {name: value for name, value in grown.items() if value} == {
        "shuniu_download_parts_total": len(found) - 2,
        "shuniu_download_rows_total": end.rows,
        "shuniu_download_bytes_total": len(data) - len(",".join(FIELDS)) - 2,
        "shuniu_download_portions_total": 1,
    }
