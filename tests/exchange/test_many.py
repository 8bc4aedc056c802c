"""Many keys of one case in one stream: each is a query of its own, and what one is refused ends nothing."""

import asyncio
import queue
import threading
import time
from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Any

import grpc
import pytest
from google.protobuf import unknown_fields
from grpc import StatusCode

from audit.model import Kind
from exchange.many import MOST_KEYS, STREAMS_EACH
from shuniu import connect_async
from shuniu.errors import ShuniuCallError, call_error
from shuniu.identifiers import citizen_id
from shuniu.query_many import answer_in
from shuniu.receipts import Receipt
from shuniu.records import from_record
from shuniu.v1 import brokerage_pb2, exchange_pb2, query_many_pb2
from tests.world import AUTHORITY, CASE, CONSUMER, KEY, OFFICER, OTHER, PROVIDER, PURPOSE, RESIDENT, Member, World

PATH = "/shuniu.v1.ExchangeService/QueryMany"
NOBODY = citizen_id.build("640104", date(1990, 3, 7), 999)


class Stream:
    """One stream as a client of the protos alone has it: what is sent, and what comes."""

    def __init__(self, by: Member | grpc.Channel, timeout: float | None = 20.0, *, raw: bool = False) -> None:
        self.sent: queue.SimpleQueue[Any] = queue.SimpleQueue()
        read: Any = bytes if raw else exchange_pb2.QueryManyResponse.FromString
        write = query_many_pb2.QueryManyRequest.SerializeToString
        channel: Any = by.client.channel if isinstance(by, Member) else by
        opened = channel.stream_stream(PATH, request_serializer=write, response_deserializer=read)
        self.call = opened(iter(self.sent.get, None), timeout=timeout)

    def open(self, grant: brokerage_pb2.Grant | str, **changed: Any) -> "Stream":
        name = grant if isinstance(grant, str) else grant.name
        said = {"grant": name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, **changed}
        self.sent.put(query_many_pb2.QueryManyRequest(opening=query_many_pb2.QueryManyOpening(**said)))
        return self

    def ask(self, *keys: str, first: int = 1, request_id: str = "") -> "Stream":
        for place, key in enumerate(keys, first):
            asked = query_many_pb2.QueryManyKey(place=place, subject_key=key, request_id=request_id)
            self.sent.put(query_many_pb2.QueryManyRequest(key=asked))
        return self

    def end(self) -> "Stream":
        self.sent.put(None)
        return self

    def rest(self) -> dict[int, exchange_pb2.QueryManyResponse]:
        """Read to the end of a stream that ends well."""
        return {one.place: one for one in self.call}

    def until_refused(self) -> tuple[dict[int, exchange_pb2.QueryManyResponse], Any]:
        """Read to the end of a stream that is refused."""
        came: dict[int, exchange_pb2.QueryManyResponse] = {}
        try:
            for one in self.call:
                came[one.place] = one
        except grpc.RpcError as refused:
            self.end()
            return came, call_error(refused)
        raise AssertionError("the stream ended well")


def asked(world: World, grant: Any, *keys: str, **changed: Any) -> dict[int, exchange_pb2.QueryManyResponse]:
    return Stream(world.as_(CONSUMER)).open(grant, **changed).ask(*keys).end().rest()


def records_of(one: exchange_pb2.QueryManyResponse) -> list[Any]:
    assert one.WhichOneof("outcome") == "answer", one.refusal
    return [from_record(record) for record in one.answer.records]


class Log:
    """Where the log began for a test: to read all that other tests wrote takes seconds."""

    since = 0


@pytest.fixture(autouse=True)
def log_begins(world: World) -> None:
    Log.since = world.log_size


def kinds(world: World, grant: brokerage_pb2.Grant, kind: Kind) -> list[Any]:
    return world.records(Log.since, grant=grant.name, kind=kind)


def settled(world: World, grant: Any, count: int, patience: float = 5.0) -> list[Any]:
    """Wait until every intent of a grant has its outcome, and there are at least so many."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        both = world.records(Log.since, grant=grant.name)
        intents, outcomes = ([one for one in both if one.kind is kind] for kind in (Kind.INTENT, Kind.OUTCOME))
        if len(intents) >= count and {one.index for one in intents} == {one.intent_index for one in outcomes}:
            return outcomes
        time.sleep(0.02)
    raise AssertionError(f"{len(intents)} intents, {len(outcomes)} outcomes")


def test_each_key_has_its_answer_an_intent_and_an_outcome(world: World):
    grant = world.grant()
    came = asked(world, grant, KEY, NOBODY, KEY)
    assert sorted(came) == [1, 2, 3]
    assert [len(records_of(came[place])) for place in (1, 2, 3)] == [1, 0, 1]
    assert records_of(came[1]) == [{"id_number": KEY, "name": "王**", "address": RESIDENT["address"]}]
    assert list(came[1].answer.masked_fields) == ["name"]
    intents, outcomes = kinds(world, grant, Kind.INTENT), kinds(world, grant, Kind.OUTCOME)
    assert sorted(one.index for one in outcomes) == sorted(one.log_index for one in came.values())
    assert {one.intent_index for one in outcomes} == {one.index for one in intents}
    assert {(one.action, one.status, one.actor.officer, one.case_number) for one in outcomes} == {("exchange.QueryMany", "ok", OFFICER, CASE)}


def test_the_digest_on_the_log_is_of_the_bytes_of_the_answer_as_they_stand_in_the_message(world: World):
    grant = world.grant()
    (data,) = Stream(world.as_(CONSUMER), raw=True).open(grant).ask(KEY).end().call
    one = exchange_pb2.QueryManyResponse.FromString(data)
    answer = answer_in(data)
    assert exchange_pb2.QueryResponse.FromString(answer) == one.answer
    assert Receipt(one.log_origin, one.log_index, one.log_leaf, one.answer_salt).covers(answer, world.records(one.log_index)[0].digest)
    assert not unknown_fields.UnknownFieldSet(one)  # what stands around the answer was written by hand


def test_a_key_that_is_refused_ends_nothing(world: World):
    grant = world.grant()
    came = asked(world, grant, KEY, "640104199003070000", " ", KEY)
    assert [came[place].WhichOneof("outcome") for place in (1, 2, 3, 4)] == ["answer", "refusal", "refusal", "answer"]
    wrong, missing = came[2].refusal, came[3].refusal
    assert (wrong.code, missing.code, missing.reason) == (3, 3, "MISSING_SUBJECT_KEY")
    assert all((wrong.message, wrong.message_zh, wrong.next_action, wrong.next_action_zh))
    assert "640104199003070000" not in f"{wrong}"
    assert not came[2].log_origin


def test_what_a_provider_refuses_is_told_for_that_key_and_stands_in_its_outcome(world: World):
    def rows(key: str, _fields: Any, _call: Any) -> list[Any]:
        if key == NOBODY:
            raise RuntimeError("a fault in the provider's own code")
        return [RESIDENT]

    grant = world.private(rows)
    came = asked(world, grant, NOBODY, KEY)
    assert (came[1].refusal.reason, came[2].WhichOneof("outcome")) == ("PROVIDER_FAILED", "answer")
    assert sorted(one.status for one in kinds(world, grant, Kind.OUTCOME)) == ["PROVIDER_FAILED", "ok"]


def test_another_person_s_record_is_not_released(world: World):
    grant = world.private(lambda _key, _fields, _call: [RESIDENT])
    came = asked(world, grant, KEY, NOBODY)
    assert came[1].WhichOneof("outcome") == "answer"
    assert came[2].refusal.code == StatusCode.DATA_LOSS.value[0]
    assert str(RESIDENT["address"]) not in str(came[2])


def test_the_quota_counts_each_key_and_refuses_those_beyond_it(world: World):
    grant = world.grant(daily_calls=3)
    came = asked(world, grant, *[KEY] * 5)
    refused = [one.refusal for one in came.values() if one.HasField("refusal")]
    assert len(came) - len(refused) == 3
    assert {(one.reason, one.code) for one in refused} == {("DAILY_CALLS_USED", 8)}
    assert all(one.retry_after > 0 and one.decision.startswith("decisions/") for one in refused)
    assert len(kinds(world, grant, Kind.REFUSAL)) == 2
    assert len(kinds(world, grant, Kind.INTENT)) == 3


def test_a_thousand_keys_are_answered_and_one_more_ends_the_stream_behind_them(world: World):
    grant = world.grant()
    came, error = Stream(world.as_(CONSUMER), timeout=120).open(grant).ask(*[KEY] * (MOST_KEYS + 1)).until_refused()
    assert (error.code, error.reason) == (StatusCode.INVALID_ARGUMENT, "KEYS_TOO_MANY")
    assert sorted(came) == list(range(1, MOST_KEYS + 1))
    assert all(one.HasField("answer") for one in came.values())
    assert len(kinds(world, grant, Kind.INTENT)) == MOST_KEYS


def test_a_place_that_is_none_or_was_used_ends_the_stream_behind_the_keys_before_it(world: World):
    grant = world.grant()
    for place in (1, 0, -4):
        came, error = Stream(world.as_(CONSUMER)).open(grant).ask(KEY).ask(KEY, first=place).until_refused()
        assert (error.code, error.reason, sorted(came)) == (StatusCode.INVALID_ARGUMENT, "PLACE_WRONG", [1])


def test_a_stream_without_an_opening_and_one_with_two_are_refused(world: World):
    grant = world.grant()
    came, error = Stream(world.as_(CONSUMER)).ask(KEY).until_refused()
    assert (error.reason, came) == ("OPENING_MISSING", {})
    stream = Stream(world.as_(CONSUMER))
    stream.end()
    assert stream.until_refused()[1].reason == "OPENING_MISSING"
    came, error = Stream(world.as_(CONSUMER)).open(grant).ask(KEY).open(grant).until_refused()
    assert (error.reason, sorted(came)) == ("OPENING_TWICE", [1])
    stream = Stream(world.as_(CONSUMER)).open(grant)
    stream.sent.put(query_many_pb2.QueryManyRequest())
    assert stream.until_refused()[1].reason == "PLACE_WRONG"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"grant": "grants/none"}, "NO_GRANT"),
        ({"purpose": "another"}, "PURPOSE_NOT_GRANTED"),
        ({"officer": ""}, "MISSING_OFFICER"),
        ({"case_number": ""}, "MISSING_CASE_NUMBER"),
        ({"case_number": KEY}, "SUBJECT_IN_CLEAR"),
        ({"fields": ["phone"]}, "FIELD_NOT_GRANTED"),
        ({"entry": "entries/another"}, "ENTRY_NOT_GRANTED"),
    ],
)
def test_what_is_wrong_with_the_opening_ends_the_stream(world: World, changed: dict[str, Any], reason: str):
    grant = world.grant()
    came, error = Stream(world.as_(CONSUMER)).open(**{"grant": grant.name, **changed}).ask(KEY).until_refused()
    assert (error.reason, came) == (reason, {})
    assert not kinds(world, grant, Kind.INTENT)


def test_a_refused_opening_is_on_the_log_like_a_refused_query(world: World):
    grant = world.grant()
    _, error = Stream(world.as_(CONSUMER)).open(grant, purpose="another").until_refused()
    (record,) = kinds(world, grant, Kind.REFUSAL)
    assert (record.action, record.status, record.case_number) == ("exchange.QueryMany", "PURPOSE_NOT_GRANTED", CASE)
    assert error.facts["decision"] == f"decisions/{record.index}"


def test_another_department_learns_nothing_of_a_grant(world: World):
    _, error = Stream(world.as_(OTHER)).open(world.grant()).ask(KEY).until_refused()
    assert error.reason == "NO_GRANT"


def test_a_stream_without_a_deadline_is_refused(world: World):
    _, error = Stream(world.as_(CONSUMER), timeout=None).open(world.grant()).until_refused()
    assert error.reason == "DEADLINE_REQUIRED"


def test_a_key_may_not_stand_where_the_log_keeps_it_in_clear(world: World):
    came = Stream(world.as_(CONSUMER)).open(world.grant()).ask(KEY, request_id=f"r-{KEY}").end().rest()
    assert came[1].refusal.reason == "SUBJECT_IN_CLEAR"


def test_a_grant_that_is_suspended_counts_from_the_next_key_on(world: World):
    grant = world.grant()
    stream = Stream(world.as_(CONSUMER)).open(grant).ask(KEY)
    assert next(stream.call).HasField("answer")
    suspend(world, grant)
    stream.ask(KEY, first=2)
    came, error = stream.until_refused()
    assert (error.reason, came) == ("GRANT_SUSPENDED", {})
    assert len(kinds(world, grant, Kind.INTENT)) == 1


def test_a_stream_that_says_nothing_ends_within_a_second_of_its_grant(world: World):
    grant = world.grant()
    stream = Stream(world.as_(CONSUMER)).open(grant).ask(KEY)
    assert next(stream.call).HasField("answer")
    suspend(world, grant)
    begun = time.monotonic()
    _, error = stream.until_refused()
    assert error.reason == "GRANT_SUSPENDED"
    assert time.monotonic() - begun < 1.0
    assert len(kinds(world, grant, Kind.REFUSAL)) == 1


def suspend(world: World, grant: brokerage_pb2.Grant) -> None:
    world.as_(PROVIDER).do("SuspendGrant", name=grant.name, etag=grant.etag, reason="停止共享", officer="GA-1")


def test_a_stream_ends_within_a_second_when_its_certificate_is_revoked(world: World):
    by = world.member(CONSUMER, f"revoked-{world.number()}")
    stream = Stream(by).open(world.grant()).ask(KEY)
    assert next(stream.call).HasField("answer")
    begun = time.monotonic()
    world.member(AUTHORITY).do("RevokeSystem", name=by.name, reason="停用")
    _, error = stream.until_refused()
    assert error.code is StatusCode.UNAUTHENTICATED
    assert time.monotonic() - begun < 1.0


class Gate:
    """A provider that answers when it is let, and counts who waits."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.asked = 0

    def rows(self, _key: str, _fields: Any, _call: Any) -> list[Any]:
        self.asked += 1
        self.open.wait(5)
        return [RESIDENT]


def test_whoever_hangs_up_leaves_no_intent_without_its_outcome(world: World):
    gate, most = Gate(), world.hub.many.under_way
    grant = world.private(gate.rows)
    stream = Stream(world.as_(CONSUMER)).open(grant).ask(*[KEY] * 50)
    until(lambda: len(kinds(world, grant, Kind.INTENT)) >= most)
    stream.call.cancel()
    stream.end()
    outcomes = settled(world, grant, most)
    assert {one.status for one in outcomes} == {"CANCELLED"}
    assert len(outcomes) == most, "nothing was read beyond what was under way"
    gate.open.set()
    until(lambda: not world.hub.many.count)


def test_a_deadline_that_passes_leaves_no_intent_without_its_outcome(world: World):
    gate = Gate()
    grant = world.private(gate.rows)
    _, error = Stream(world.as_(CONSUMER), timeout=1.0).open(grant).ask(*[KEY] * 50).until_refused()
    assert error.code is StatusCode.DEADLINE_EXCEEDED
    settled(world, grant, 1)
    gate.open.set()


def test_whoever_reads_nothing_holds_as_many_answers_as_may_be_under_way_and_no_more(world: World):
    grant = world.private(lambda _key, _fields, _call: [{**RESIDENT, "address": "银川" * 2_000}] * 8)
    most = world.hub.many.under_way
    by = world.as_(CONSUMER)
    files = [(by.folder / name).read_bytes() for name in ("ca.pem", "key.pem", "cert.pem")]
    options = (("grpc.http2.lookahead_bytes", 1), ("grpc.http2.bdp_probe", 0))
    with grpc.secure_channel(by.address, grpc.ssl_channel_credentials(*files), options=options) as channel:
        slow = Stream(channel, timeout=60)
        slow.open(grant).ask(*[KEY] * 500)
        time.sleep(2.0)
        first = len(settled(world, grant, most))
        time.sleep(0.5)
        assert len(settled(world, grant, most)) == first, "it goes on while nobody reads"
        assert first <= most + 8, "beside those under way there are those in the connection's buffers"
        slow.end()
        assert len(slow.rest()) == 500


def test_a_department_has_only_so_many_streams(world: World):
    grant = world.grant()
    streams = [Stream(world.as_(CONSUMER)).open(grant).ask(KEY) for _ in range(STREAMS_EACH)]
    for one in streams:
        next(one.call)
    _, error = Stream(world.as_(CONSUMER)).open(grant).until_refused()
    assert (error.code, error.reason) == (StatusCode.RESOURCE_EXHAUSTED, "STREAMS_TOO_MANY")
    for one in streams:
        one.end().rest()
    until(lambda: not world.hub.many.count)
    assert asked(world, grant, KEY)[1].HasField("answer")


def until(holds: Any, patience: float = 5.0) -> None:
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def many(world: World, grant: Any, keys: Any, **changed: Any) -> Iterator[Any]:
    said = {"grant": grant.name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, "keys": keys, **changed}
    found: Iterator[Any] = world.as_(CONSUMER).client.query_many(**said)
    return found


def test_the_sdk_gives_each_key_its_answer_with_a_receipt_or_its_error(world: World):
    grant = world.grant()
    came = {one.place: one for one in many(world, grant, (key for key in [KEY, "640104199003070000", NOBODY]))}
    assert {place: one.subject_key for place, one in came.items()} == {1: KEY, 2: "640104199003070000", 3: NOBODY}
    assert came[1].get().records == [{"id_number": KEY, "name": "王**", "address": RESIDENT["address"]}]
    assert came[3].get().records == []
    receipt = came[1].receipt
    assert receipt is not None
    assert receipt.covers(came[1].get().data, world.records(receipt.index)[0].digest)
    assert came[2].receipt is None
    with pytest.raises(ShuniuCallError) as wrong:
        came[2].get()
    assert wrong.value.code is StatusCode.INVALID_ARGUMENT
    assert "640104199003070000" not in repr(came[2])


def test_the_sdk_raises_what_ends_the_stream_and_what_the_caller_s_own_keys_raise(world: World):
    grant = world.grant()
    with pytest.raises(ShuniuCallError) as refused:
        list(many(world, grant, [KEY], purpose="another"))
    assert refused.value.reason == "PURPOSE_NOT_GRANTED"

    def keys() -> Iterator[str]:
        yield KEY
        raise RuntimeError("the caller's own")

    with pytest.raises(RuntimeError, match="the caller's own"):
        list(many(world, grant, keys()))


def test_whoever_stops_reading_in_the_sdk_has_the_others_given_up(world: World):
    grant = world.grant()
    for one in many(world, grant, iter(lambda: KEY, None)):
        assert one.get()
        break
    settled(world, grant, 1)
    until(lambda: not world.hub.many.count)


def test_the_async_sdk_does_the_same(world: World):
    grant, by = world.grant(), world.as_(CONSUMER)
    said: dict[str, Any] = {"grant": grant.name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER}

    async def keys() -> AsyncIterator[str]:
        yield KEY
        yield NOBODY

    async def failing() -> AsyncIterator[str]:
        yield KEY
        raise RuntimeError("the caller's own")

    async def ask() -> list[tuple[int, int]]:
        async with connect_async(by.address, by.folder) as client:
            both = [*[one async for one in client.query_many(**said, keys=keys())], *[one async for one in client.query_many(**said, keys=[KEY])]]
            with pytest.raises(RuntimeError, match="the caller's own"):
                assert [one async for one in client.query_many(**said, keys=failing())]
            return sorted((one.place, len(one.get().records)) for one in both)

    assert asyncio.run(ask()) == [(1, 1), (1, 1), (2, 0)]
