"""Providers that are down, slow, crashing, not registered, not who they should be, or answer with more than asked."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from grpc import StatusCode

from audit.model import Kind
from shuniu.records import from_record
from tests.exchange.rogue import RECORD, answering, rogue_grant
from tests.world import AUTHORITY, CONSUMER, KEY, OTHER, PROVIDER, RESIDENT, World


def closed_as(world: World, grant, status: str):
    """The last intent under the grant is closed with this status, and nothing was given."""
    intent, outcome = world.records(grant=grant.name)[-2:]
    assert (intent.kind, outcome.kind, outcome.intent_index) == (Kind.INTENT, Kind.OUTCOME, intent.index)
    assert (outcome.status, outcome.rows, outcome.bytes, outcome.digest) == (status, 0, 0, b"")


def unavailable(world: World, grant, words: str, **changed):
    reply = world.as_(CONSUMER).query(grant, **changed)
    assert (reply.code, reply.reason) == (StatusCode.UNAVAILABLE, "PROVIDER_UNAVAILABLE"), reply.message
    assert words in reply.message
    assert "the grant is valid" in reply.message
    assert reply.message.startswith("step 3 of 6 (fetch): ")
    assert reply.error.message_zh.startswith("第3步（共6步：调取数据）：")
    closed_as(world, grant, "PROVIDER_UNAVAILABLE")
    return reply


def counted(asked: list[int]):
    """Serve the usual record and count how often it was asked for."""

    def rows(*_):
        asked.append(1)
        return [RESIDENT]

    return rows


def test_a_provider_that_is_down_is_named_and_the_caller_told_when_to_retry(world: World):
    by = world.member(PROVIDER, "down")
    running = world.provider(lambda *_: [RESIDENT], by)
    grant = world.grant(world.entry(by))
    assert world.as_(CONSUMER).query(grant).ok
    world.run(running.stop(0))
    assert unavailable(world, grant, "unreachable").error.retry_after > 0


def test_a_provider_that_comes_back_elsewhere_is_found_there(world: World):
    by = world.member(PROVIDER, "moving")
    first = world.provider(lambda *_: [{**RESIDENT, "name": "旧"}], by)
    grant = world.grant(world.entry(by))
    assert world.as_(CONSUMER).query(grant).ok
    world.run(first.stop(0))
    world.provider(lambda *_: [{**RESIDENT, "address": "新"}], by)
    assert from_record(world.as_(CONSUMER).query(grant).answer.records[0])["address"] == "新"


def test_moving_during_a_call_does_not_hold_up_the_next_caller(world: World):
    by = world.member(PROVIDER, "moving-slowly")
    entered, going = threading.Event(), threading.Event()

    async def slow(*_):
        entered.set()
        await asyncio.to_thread(going.wait, 4)  # a moved line is closed after five seconds
        return [RESIDENT]

    world.provider(slow, by)
    grant = world.grant(world.entry(by))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(world.as_(CONSUMER).query, grant)
        assert entered.wait(5)
        world.provider(lambda *_: [RESIDENT], by)
        assert world.as_(CONSUMER).query(grant).ok
        assert not first.done()
        going.set()
        assert first.result().ok


def test_a_slow_provider_costs_no_more_than_the_caller_s_deadline(world: World):
    async def slow(*_):
        await asyncio.sleep(5)
        return [RESIDENT]

    unavailable(world, world.private(slow), "did not answer", timeout=1.0)


def test_a_slow_provider_costs_no_more_than_the_hub_allows(world: World):
    async def slow(*_):
        await asyncio.sleep(5)
        return [RESIDENT]

    unavailable(world, world.private(slow), "did not answer within 2.0 s", timeout=30)


def test_a_deadline_too_short_to_ask_anybody_is_told_so(world: World):
    asked: list[int] = []
    grant = world.private(counted(asked))
    reply = world.as_(CONSUMER).query(grant, timeout=0.15)
    assert (reply.code, reply.reason) == (StatusCode.DEADLINE_EXCEEDED, "DEADLINE")
    assert not asked
    time.sleep(0.2)
    closed_as(world, grant, "DEADLINE")


def test_a_provider_that_crashes_in_the_middle_of_a_call_has_given_nothing(world: World):
    by = world.member(PROVIDER, "crashing")
    entered = threading.Event()

    async def dying(*_):
        entered.set()
        await asyncio.sleep(10)

    running = world.provider(dying, by)
    grant = world.grant(world.entry(by))
    with ThreadPoolExecutor(1) as pool:
        reply = pool.submit(world.as_(CONSUMER).query, grant)
        assert entered.wait(5)
        world.run(running.stop(0))
        assert (reply.result().code, reply.result().reason) == (StatusCode.UNAVAILABLE, "PROVIDER_UNAVAILABLE")
    closed_as(world, grant, "PROVIDER_UNAVAILABLE")


def test_an_error_inside_the_provider_is_told_without_its_text(world: World):
    def failing(key, *_):
        raise RuntimeError(f"secret of {key}")

    grant = world.private(failing)
    reply = world.as_(CONSUMER).query(grant)
    assert (reply.code, reply.reason, reply.error.retry_after) == (StatusCode.FAILED_PRECONDITION, "PROVIDER_FAILED", 0)
    closed_as(world, grant, "PROVIDER_FAILED")
    assert "secret" not in str(reply)
    assert KEY not in str(reply)


def test_a_provider_that_never_said_where_it_serves(world: World):
    by = world.member(PROVIDER, "nowhere")
    grant = world.grant(world.entry(by))
    reply = world.as_(CONSUMER).query(grant)
    assert (reply.code, reply.reason, reply.error.retry_after) == (StatusCode.UNAVAILABLE, "PROVIDER_NOT_REGISTERED", 5)
    closed_as(world, grant, "PROVIDER_NOT_REGISTERED")


def test_another_member_s_certificate_is_not_trusted_in_the_provider_s_place(world: World):
    by, impostor = world.member(PROVIDER, "robbed"), world.member(OTHER)
    asked: list[int] = []
    running = world.serving(impostor.folder, None, counted(asked))
    by.do("SetEndpoint", endpoint=f"127.0.0.1:{running.port}")
    grant = world.grant(world.entry(by))
    unavailable(world, grant, "unreachable")
    assert not asked


def test_a_provider_whose_certificate_was_revoked_is_not_asked(world: World):
    by = world.member(PROVIDER, "withdrawn")
    asked: list[int] = []
    world.provider(counted(asked), by)
    grant = world.grant(world.entry(by))
    assert world.as_(CONSUMER).query(grant).ok
    world.as_(AUTHORITY).do("RevokeCertificate", serial=by.do("WhoAmI").certificates[0].serial, reason="系统停用")
    reply = world.as_(CONSUMER).query(grant)
    assert (reply.code, reply.reason) == (StatusCode.UNAVAILABLE, "PROVIDER_NOT_REGISTERED")
    assert len(asked) == 1


def test_what_was_sent_unasked_is_dropped_and_stands_in_the_outcome(world: World):
    grant = rogue_grant(world, answering({**RECORD, "income": 5000, "phone": "0951"}))
    reply = world.as_(CONSUMER).query(grant, fields=["address"])
    assert reply.ok
    assert from_record(reply.answer.records[0]) == {"address": RESIDENT["address"]}
    assert world.records()[reply.index].detail["dropped"] == "income,name,phone"


def test_a_provider_cannot_write_into_the_log_by_the_names_of_its_fields(world: World):
    grant = rogue_grant(world, answering({**RECORD, f"f_{KEY}": 1, "a\nb": 1}))
    reply = world.as_(CONSUMER).query(grant)
    assert reply.ok, reply.message
    assert world.records()[reply.index].detail["dropped"] == "(no field name)"


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([{**RECORD, "name": 7}], "field name in another type than the directory entry's, string"),
        ([RECORD] * 1002, "more than 1001 records"),
        ([{**RECORD, "address": "x" * 900_000}] * 5, "more than 4194304 bytes"),
        ([RECORD, {**RECORD, "id_number": "640104199003070122"}], "another subject"),
    ],
)
def test_an_answer_that_does_not_fit_the_entry_is_refused_whole(world: World, records, words):
    grant = rogue_grant(world, answering(*records))
    reply = world.as_(CONSUMER).query(grant)
    assert (reply.code, reply.reason) == (StatusCode.DATA_LOSS, "PROVIDER_ANSWER_INVALID")
    assert words in reply.message
    closed_as(world, grant, "PROVIDER_ANSWER_INVALID")


def test_an_answer_larger_than_a_message_may_be_is_refused(world: World):
    grant = rogue_grant(world, answering(*[{**RECORD, "address": "x" * 1_000_000}] * 6))
    reply = world.as_(CONSUMER).query(grant)
    assert (reply.code, reply.reason, reply.error.retry_after) == (StatusCode.RESOURCE_EXHAUSTED, "ANSWER_TOO_LARGE", 0)
    closed_as(world, grant, "ANSWER_TOO_LARGE")


def test_an_answer_that_is_no_message_is_refused(world: World):
    grant = rogue_grant(world, lambda _request: b"\xff\xff\xff garbage")
    reply = world.as_(CONSUMER).query(grant)
    assert (reply.code, reply.reason) == (StatusCode.DATA_LOSS, "PROVIDER_ANSWER_INVALID")
    assert "cannot be read as an answer" in reply.message
    closed_as(world, grant, "PROVIDER_ANSWER_INVALID")


def test_a_thousand_records_pass(world: World):
    reply = world.as_(CONSUMER).query(rogue_grant(world, answering(*[RECORD] * 1000)))
    assert len(reply.answer.records) == world.records()[reply.index].rows == 1000


@pytest.mark.parametrize("count", [1_001, 1_200])
def test_a_list_with_more_records_than_an_answer_may_have_is_refused_and_never_cut(world: World, count: int):
    limits: list[int] = []

    def rows(_key, _fields, call):
        limits.append(call.limit)
        return [RESIDENT] * count

    grant = world.private(rows)
    reply = world.as_(CONSUMER).query(grant)
    assert (reply.code, reply.reason, reply.error.retry_after) == (StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_RECORDS", 0)
    assert limits == [1_001]
    closed_as(world, grant, "TOO_MANY_RECORDS")


def test_a_provider_gets_no_more_calls_at_a_time_than_it_may(world: World):
    now: list[int] = []
    most: list[int] = []

    async def counting(*_):
        now.append(1)
        most.append(len(now))
        await asyncio.sleep(0.05)
        now.pop()
        return [RESIDENT]

    grant = world.private(counting)
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda _: world.as_(CONSUMER).query(grant), range(12)))
    assert all(reply.ok for reply in replies)
    assert max(most) == world.config.provider_concurrency - 1  # one place is always free for whoever comes next


def test_a_slow_department_slows_nobody_else(world: World):
    entered, going = threading.Event(), threading.Event()

    async def slow(*_):
        entered.set()
        await asyncio.to_thread(going.wait, 1.5)
        return [RESIDENT]

    stuck, quick = world.private(slow), world.grant()
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(world.as_(CONSUMER).query, stuck, timeout=5) for _ in range(8)]
        assert entered.wait(5)
        assert world.as_(CONSUMER).query(quick).ok
        assert not any(one.done() for one in waiting)
        going.set()
        assert any(one.result().ok for one in waiting)
