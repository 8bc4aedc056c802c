"""Whole tables under a grant: what arrives, what is held back, what the log says of it, and how it goes on after whatever broke it off."""

import io
import sqlite3
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, cast

import pyarrow as pa
import pytest
from grpc import StatusCode

import exchange.lasting
import exchange.streaming
from audit.model import Actor, Kind, Record
from audit.outcomes import interruption
from exchange.provider_streams import MOST_STREAMS
from shuniu import Provider
from shuniu.digest import answer_digest
from shuniu.errors import ShuniuCallError
from shuniu.provider.table import TableProvider
from shuniu.v1 import brokerage_pb2, catalog_pb2, scope_pb2, stream_pb2
from tests.exchange.streams import ID, Part, batch, end, people, schema, sent
from tests.world import CASE, CONSUMER, FIELDS, KEY, OFFICER, PROVIDER, PURPOSE, World

EOS = b"\xff\xff\xff\xff\x00\x00\x00\x00"
COLUMNS = tuple(one.name for one in FIELDS)
PLAIN = ("id_number", "address", "phone", "birth_date", "children")  # fields without a mask


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        yield running


def row(number: int) -> tuple[Any, ...]:
    return (f"{number:018d}", f"王小明{number}", f"银川市{number % 7}区", None if number % 5 == 0 else str(number), "1990-03-07", number % 4)


def table(world: World, rows: Sequence[tuple[Any, ...]], modes: Sequence[Any] = (catalog_pb2.SHARE_MODE_STREAM,)) -> Any:
    """Serve a table of a real database; return its entry."""
    by = world.member(PROVIDER, f"table-{world.number()}")
    file = by.folder / "own.db"
    with sqlite3.connect(file) as db:
        db.execute(
            "CREATE TABLE resident (id_number VARCHAR(18) PRIMARY KEY, name TEXT, address TEXT, phone TEXT, birth_date DATE, children INTEGER)"
        )
        db.executemany("INSERT INTO resident VALUES (?, ?, ?, ?, ?, ?)", rows)
    db.close()
    provider = Provider(by.folder)
    provider.add(TableProvider(f"sqlite:///{file}", "resident", "id_number").resource())
    running = world.run(provider.serve())
    world._running.append(running)
    by.do("SetEndpoint", endpoint=f"127.0.0.1:{running.port}")
    return world.entry(by, modes=modes)


def granted(world: World, entry: Any, fields: Sequence[str] = PLAIN, **changed: Any) -> brokerage_pb2.Grant:
    return world.grant(entry, fields, mode="stream", **changed)


def parts(world: World, grant: Any, timeout: float = 60.0, **changed: Any) -> Generator[Any, None, None]:
    """Yield the parts of a stream as they come."""
    asked = {"grant": grant.name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, **changed}
    yield from world.as_(CONSUMER).client.exchange.Stream(stream_pb2.StreamRequest(**asked), timeout=timeout)


def whole(found: Sequence[Any]) -> tuple[pa.Table, Any]:
    """Read the parts of a complete stream as any Arrow library would; return the table and the end."""
    assert [one.WhichOneof("part") for one in (found[0], found[-1])] == ["schema", "end"]
    assert all(one.WhichOneof("part") == "frame" for one in found[1:-1])
    data = b"".join((found[0].schema, *(one.frame.batch for one in found[1:-1])))
    end = found[-1].end
    read: pa.Table = pa.ipc.open_stream(io.BytesIO(data + EOS)).read_all()
    assert (end.rows, end.bytes) == (read.num_rows, len(data))
    assert end.digest == answer_digest(sha256(data).digest(), end.salt)
    return read, end


def accesses(world: World, grant: Any) -> tuple[list[Any], list[Any]]:
    records = world.records(grant=grant.name)
    return [one for one in records if one.kind is Kind.INTENT], [one for one in records if one.kind is Kind.OUTCOME]


def settled(world: World, grant: Any) -> tuple[list[Any], list[Any]]:
    """Wait until every intent of a grant has its outcome."""
    until = time.monotonic() + 10
    while True:
        intents, outcomes = accesses(world, grant)
        if intents and {one.index for one in intents} == {one.intent_index for one in outcomes}:
            assert len(intents) == len(outcomes)
            return intents, outcomes
        assert time.monotonic() < until, "an intent has no outcome"
        time.sleep(0.02)


def refusal(found: Callable[[], Any]) -> ShuniuCallError:
    with pytest.raises(ShuniuCallError) as refused:
        found()
    return refused.value


def test_a_hundred_thousand_rows_arrive_whole_and_the_log_says_so(world: World):
    entry = table(world, [row(number) for number in range(100_000)])
    grant = granted(world, entry)
    read, end = whole(list(parts(world, grant)))
    assert read.column_names == list(PLAIN)
    assert read.column("id_number").to_pylist() == [f"{number:018d}" for number in range(100_000)]
    assert read.column("birth_date")[0].as_py() == date(1990, 3, 7)
    assert read.column("phone").to_pylist()[:3] == [None, "1", "2"]
    intents, outcomes = settled(world, grant)
    assert [one.action for one in outcomes] == ["exchange.Stream"] * len(outcomes)
    assert sum(one.rows for one in outcomes) == 100_000
    assert sum(one.bytes for one in outcomes) == end.bytes
    assert outcomes[-1].digest == end.digest
    assert outcomes[-1].index == end.log_index
    assert intents[0].detail["first_row"] == "0"
    assert intents[0].pseudonym is None


def test_masks_are_applied_and_the_key_need_not_be_granted(world: World):
    entry = table(world, [row(number) for number in range(3_000)])
    read, _ = whole(list(parts(world, granted(world, entry, ("name", "birth_date"), masks={"birth_date": "year"}))))
    assert read.column_names == ["name", "birth_date"]
    assert read.column("name").to_pylist()[:2] == ["王***", "王***"]
    assert set(read.column("birth_date").to_pylist()) == {"1990"}
    assert read.schema.field("name").metadata == {b"shuniu.type": b"string", b"shuniu.masked": b"true"}


def test_rows_outside_the_scope_do_not_leave_and_its_columns_need_not(world: World):
    entry = table(world, [row(number) for number in range(5_000)])
    scope = [scope_pb2.RowCondition(field="children", any_of=scope_pb2.RowValues(values=["1", "2"]))]
    read, end = whole(list(parts(world, granted(world, entry, ("id_number",), rows=scope))))
    assert read.column("id_number").to_pylist() == [f"{number:018d}" for number in range(5_000) if number % 4 in {1, 2}]
    assert end.rows == 2_500


def test_a_scope_is_compared_by_the_hub_whatever_a_provider_sends(world: World):
    of = pa.schema([("id_number", pa.utf8()), ("children", pa.int64())])
    several = pa.record_batch([pa.array(["a", "b", "c", "d"]), pa.array([1, 2, None, 3])], schema=of)
    grant = sent(
        world,
        lambda _: (schema(of), batch(several), batch(several), end()),
        ("id_number",),
        rows=[scope_pb2.RowCondition(field="children", range=scope_pb2.RowRange(at_least="2"))],
    )
    read, _ = whole(list(parts(world, grant)))
    assert read.to_pydict() == {"id_number": ["b", "d", "b", "d"]}
    _, outcomes = settled(world, grant)
    assert sum(int(one.detail.get("rows_outside", 0)) for one in outcomes) == 4


def test_an_empty_table_is_a_schema_and_an_end(world: World):
    grant = granted(world, table(world, []))
    read, end = whole(list(parts(world, grant)))
    assert (read.num_rows, end.rows) == (0, 0)
    _, outcomes = settled(world, grant)
    assert [(one.status, one.rows) for one in outcomes] == [("ok", 0)]


def test_a_portion_is_recorded_before_its_last_frame_leaves(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exchange.streaming, "MOST_BYTES", 2 * 1024 * 1024)
    grant = granted(world, table(world, [row(number) for number in range(100_000)]))
    _, end = whole(list(parts(world, grant)))
    intents, outcomes = settled(world, grant)
    assert len(outcomes) > 2
    assert [one.detail["first_row"] for one in intents] == [str(sum(one.rows for one in outcomes[:at])) for at in range(len(intents))]
    assert all(later.index > earlier.index for earlier, later in zip(intents, outcomes, strict=True))
    assert (sum(one.rows for one in outcomes), outcomes[-1].digest) == (100_000, end.digest)


def test_a_slow_provider_closes_a_portion_by_the_clock(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exchange.streaming, "SECONDS", 0.3)
    grant = sent(world, lambda _: (schema(), batch(people(5)), 1.0, batch(people(5, 5)), end()))
    read, _ = whole(list(parts(world, grant)))
    assert read.num_rows == 10
    _, outcomes = settled(world, grant)
    assert [one.rows for one in outcomes] == [5, 5]


def test_it_goes_on_behind_any_frame_without_a_gap_and_without_a_double(world: World):
    entry = table(world, [row(number) for number in range(60_000)])
    grant = granted(world, entry)
    begun = parts(world, grant)
    kept = [next(begun) for _ in range(4)]
    begun.close()
    seen = [number for one in kept[1:] for number in numbers(kept[0], one)]
    rest = list(parts(world, grant, resume_token=kept[-1].frame.resume_token))
    assert rest[0].schema == kept[0].schema
    assert rest[1].frame.first_row == len(seen)
    read, _ = whole(rest)
    assert seen + read.column("id_number").to_pylist() == [f"{number:018d}" for number in range(60_000)]
    _, outcomes = settled(world, grant)
    assert any(one.detail.get("broke_off") == "CANCELLED" for one in outcomes)
    assert sum(one.rows for one in outcomes) >= 60_000


def numbers(first: Any, part: Any) -> list[str]:
    read = pa.ipc.open_stream(io.BytesIO(first.schema + part.frame.batch + EOS)).read_all()
    found: list[str] = read.column("id_number").to_pylist()
    return found


def test_a_token_is_of_one_hub_one_grant_and_one_list_of_fields(world: World):
    entry = table(world, [row(number) for number in range(3_000)])
    grant, other = granted(world, entry), granted(world, entry)
    token = next(one for one in parts(world, grant) if one.WhichOneof("part") == "frame").frame.resume_token
    assert b"0000000000" not in token  # the key of the last record does not stand in it
    forged = bytes((*token[:-1], token[-1] ^ 1))
    for grant_of, sent_token, fields, reason in (
        (grant, forged, (), "STREAM_TOKEN_FOREIGN"),
        (grant, b"x", (), "STREAM_TOKEN_FOREIGN"),
        (grant, token[:5], (), "STREAM_TOKEN_FOREIGN"),
        (other, token, (), "STREAM_TOKEN_FOREIGN"),
        (grant, token, ("id_number",), "STREAM_TOKEN_OUTDATED"),
    ):
        error = refusal(lambda: list(parts(world, grant_of, resume_token=sent_token, fields=fields)))  # noqa: B023
        assert (error.code, error.reason, error.field) == (StatusCode.INVALID_ARGUMENT, reason, "resume_token")


@pytest.mark.parametrize("field", ["grant", "purpose", "case_number", "officer", "request_id", "entry", "fields"])
def test_no_text_of_a_stream_takes_an_id_number(world: World, field: str):
    number = KEY
    said: Any = {"grant": f"grants/{number}", "fields": [number]}.get(field, number)
    asked: dict[str, Any] = {"grant": "grants/none", "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, field: said}
    error = refusal(lambda: list(world.as_(CONSUMER).client.exchange.Stream(stream_pb2.StreamRequest(**asked))))
    assert (error.code, error.reason, error.field) == (StatusCode.INVALID_ARGUMENT, "SUBJECT_IN_CLEAR", field)
    assert number not in str(error)
    assert not [one for one in world.records() if number in repr(one)]


@pytest.mark.parametrize(
    ("field", "reason"), [("purpose", "MISSING_PURPOSE"), ("case_number", "MISSING_CASE_NUMBER"), ("officer", "MISSING_OFFICER")]
)
def test_a_stream_names_what_every_access_names(world: World, field: str, reason: str):
    grant = granted(world, table(world, []))
    assert refusal(lambda: list(parts(world, grant, **cast("dict[str, Any]", {field: ""})))).reason == reason


def test_refusals_are_on_the_log_as_a_streams(world: World):
    grant = granted(world, table(world, []))
    assert refusal(lambda: list(parts(world, grant, purpose="640000-MZ-9999"))).reason == "PURPOSE_NOT_GRANTED"
    assert refusal(lambda: list(parts(world, grant, fields=["name"]))).reason == "FIELD_NOT_GRANTED"
    refused = [one for one in world.records(grant=grant.name) if one.kind is Kind.REFUSAL]
    assert [(one.action, one.status) for one in refused] == [("exchange.Stream", "PURPOSE_NOT_GRANTED"), ("exchange.Stream", "FIELD_NOT_GRANTED")]


def test_each_call_counts_against_the_day(world: World):
    grant = granted(world, table(world, [row(1)]), daily_calls=1)
    whole(list(parts(world, grant)))
    assert refusal(lambda: list(parts(world, grant))).reason == "DAILY_CALLS_USED"


def test_what_a_killed_hub_left_open_is_not_told_as_nothing_released():
    intent = Record(
        index=7, leaf=b"", kind=Kind.INTENT, at=datetime.now(UTC), actor=Actor("", "", ""), action="exchange.Stream", detail={"at_most_mib": "64"}
    )
    assert interruption(intent, datetime.now(UTC)).status == "CUT_OFF"
    assert interruption(replace(intent, detail={}), datetime.now(UTC)).status == "INTERRUPTED"


def test_a_query_of_a_grant_for_streams_is_refused_and_a_stream_of_one_for_queries(world: World):
    grant = granted(world, table(world, [row(1)]))
    assert world.as_(CONSUMER).query(grant).reason == "MODE_NOT_GRANTED"
    error = refusal(lambda: list(parts(world, world.grant())))
    assert error.reason == "MODE_NOT_GRANTED"


def test_a_provider_that_serves_no_streams_is_told_as_that(world: World):
    by = world.member(PROVIDER, f"queries-{world.number()}")
    world.provider(lambda _key, _fields, _call: [], by)
    grant = granted(world, world.entry(by, modes=[catalog_pb2.SHARE_MODE_STREAM]))
    error = refusal(lambda: list(parts(world, grant)))
    assert (error.code, error.reason) == (StatusCode.FAILED_PRECONDITION, "STREAM_NOT_SERVED")
    _, outcomes = settled(world, grant)
    assert [(one.status, one.rows) for one in outcomes] == [("STREAM_NOT_SERVED", 0)]


def packed(of: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, of.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_batch(of)
    whole_bytes: bytes = sink.getvalue().to_pybytes()
    return whole_bytes[len(of.schema.serialize()) : -8]


MORE = pa.schema([*ID, ("phone", pa.utf8())])
WIDE = pa.schema([("id_number", pa.utf8()), ("address", pa.int64())])
NESTED = pa.schema([("id_number", pa.list_(pa.list_(pa.utf8()))), ("address", pa.utf8())])
DICTIONARY = pa.schema([("id_number", pa.dictionary(pa.int32(), pa.utf8())), ("address", pa.utf8())])
GOOD = people(3).serialize().to_pybytes()
BOMB = pa.record_batch([pa.array(["0" * 1000] * 50_000), pa.array([""] * 50_000)], schema=ID)
THREE = pa.record_batch([pa.array(["1"]), pa.array(["2"]), pa.array(["3"])], schema=MORE)


@pytest.mark.parametrize(
    "lies",
    [
        (b"\xff\xff",),
        (batch(GOOD), end()),
        (schema(MORE), end()),
        (schema(WIDE), end()),
        (schema(NESTED), end()),
        (schema(DICTIONARY), end()),
        (schema(pa.schema([ID.field(1), ID.field(0)])), end()),
        (schema(pa.schema([ID.field(0)])), end()),
        (Part(schema=b"\xff" * 100), end()),
        (Part(schema=b""), end()),
        (schema(), schema()),
        (schema(), batch(b"")),
        (schema(), batch(GOOD[:-8])),
        (schema(), batch(GOOD + bytes(8))),
        (schema(), batch(GOOD[:40])),
        (schema(), batch(b"\xff\xff\xff\xff\xff\xff\xff\x7f" + GOOD[8:])),
        (schema(), batch(THREE)),
        (schema(), batch(packed(BOMB))),
        (schema(), batch(ID.serialize().to_pybytes())),
        (schema(), batch(people(3), b"")),
        (schema(), batch(people(3), bytes(4_000))),
        (schema(), batch(bytes(4 * 1024 * 1024 + 1))),
        (schema(), b"\xff\xff\xff"),
    ],
)
def test_what_is_not_as_it_should_be_is_not_released(world: World, lies: tuple[Any, ...]):
    grant = sent(world, lambda _: lies)
    error = refusal(lambda: list(parts(world, grant)))
    assert error.reason == "PROVIDER_FRAME_INVALID", error
    _, outcomes = settled(world, grant)
    assert [(one.status, one.rows) for one in outcomes] == [("PROVIDER_FRAME_INVALID", 0)]


def test_a_column_that_was_not_asked_for_is_not_named_in_its_providers_words(world: World):
    grant = sent(world, lambda _: (schema(pa.schema([*ID, ("640104199003070012", pa.utf8())])),))
    assert "640104199003070012" not in str(refusal(lambda: list(parts(world, grant))))


def test_frames_before_a_lie_are_told_as_released(world: World):
    grant = sent(world, lambda _: (schema(), batch(people(3)), batch(people(4, 3)), batch(GOOD[:-8])))
    found: list[Any] = []
    error = refusal(lambda: found.extend(parts(world, grant)))
    assert error.reason == "PROVIDER_FRAME_INVALID"
    _, outcomes = settled(world, grant)
    (outcome,) = outcomes
    assert (outcome.status, outcome.rows, outcome.detail["broke_off"]) == ("ok", 3, "PROVIDER_FRAME_INVALID")


def test_a_stream_without_its_end_is_no_whole_one(world: World):
    grant = sent(world, lambda _: (schema(), batch(people(3))))
    error = refusal(lambda: list(parts(world, grant)))
    assert (error.code, error.reason) == (StatusCode.UNAVAILABLE, "PROVIDER_UNAVAILABLE")
    settled(world, grant)


def test_a_provider_that_stalls_is_left(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exchange.lasting, "PROVIDER_SECONDS", 0.3)
    grant = sent(world, lambda _: (schema(), batch(people(3)), 30.0, end()))
    error = refusal(lambda: list(parts(world, grant)))
    assert (error.code, error.reason) == (StatusCode.UNAVAILABLE, "PROVIDER_UNAVAILABLE")
    settled(world, grant)


def test_a_revoked_grant_ends_the_stream_within_a_second(world: World):
    grant = sent(world, lambda _: (schema(), *(said for at in range(200) for said in (batch(people(3, at * 3)), 0.1))))
    stream = parts(world, grant)
    assert [next(stream).WhichOneof("part") for _ in range(3)] == ["schema", "frame", "frame"]
    world.as_(CONSUMER).do("RevokeGrant", name=grant.name, etag=grant.etag, reason="不再办理", officer=OFFICER)
    began = time.monotonic()
    error = refusal(lambda: list(stream))
    assert error.reason == "GRANT_REVOKED"
    assert time.monotonic() - began < 1.0
    _, outcomes = settled(world, grant)
    assert outcomes[-1].detail["broke_off"] == "GRANT_REVOKED"


def test_a_consumer_that_never_reads_holds_a_few_frames_and_is_left(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exchange.lasting, "CONSUMER_SECONDS", 0.5)
    monkeypatch.setattr(exchange.streaming, "SECONDS", 0.3)
    asked: list[int] = []

    def sending(_: Any) -> Iterator[Any]:
        yield schema()
        large = pa.record_batch([pa.array(["x" * 1000] * 1000), pa.array(["y"] * 1000)], schema=ID)
        for at in range(500):
            asked.append(at)
            yield batch(large)

    grant = sent(world, sending)
    stream = parts(world, grant)
    next(stream)
    _, outcomes = settled(world, grant)
    assert outcomes[-1].status == "ok"
    assert len(asked) < 100
    time.sleep(1)
    assert refusal(lambda: list(stream)).reason == "STREAM_NOT_READ"
    stream.close()


def test_a_stream_that_has_ended_takes_no_place_of_the_next(world: World):
    grant = sent(world, lambda _request: [schema(), batch(people(2)), end()])
    for _ in range(2 * MOST_STREAMS):
        assert (
            sum(one.num_rows for one in world.as_(CONSUMER).client.stream(grant=grant.name, purpose=PURPOSE, case_number=CASE, officer=OFFICER)) == 2
        )
