"""No answer without its durable record: the log's database locked, full, slow; callers that hang up."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from grpc import StatusCode

import audit.committer
import audit.pending
import hub.db.engine
from audit.commitment import Commitment
from audit.model import Kind
from audit.store import RecordStore
from shuniu.v1 import exchange_pb2
from tests.exchange.test_providers import counted
from tests.world import CASE, CONSUMER, KEY, METHODS, OFFICER, PURPOSE, RESIDENT, Reply, World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hub.db.engine, "BUSY_MS", 250)  # a write waits five seconds for a lock otherwise
        with World() as running:
            yield running


@contextmanager
def write_locked(world: World) -> Iterator[None]:
    """Another process holds the write lock."""
    other = sqlite3.connect(world.config.data / "shuniu.db", isolation_level=None, timeout=5)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def settled(world: World, grant, count: int):
    """Wait until so many records stand under the grant."""
    end = time.monotonic() + 5
    while len(found := world.records(grant=grant.name)) < count and time.monotonic() < end:
        time.sleep(0.02)
    assert len(found) == count, found
    return found


def released(world: World, grant):
    return [record for record in world.records(grant=grant.name, kind=Kind.OUTCOME) if record.status == "ok"]


def test_a_log_that_is_locked_releases_nothing(world: World):
    asked: list[int] = []
    grant = world.private(counted(asked))
    before = len(world.records(grant=grant.name))
    with write_locked(world):
        reply = world.as_(CONSUMER).query(grant)
        assert reply.code is StatusCode.UNAVAILABLE
        assert reply.error.retry_after > 0
        assert "nothing was released" in reply.message
        assert "shuniu-log-index" not in reply.trailers
    assert len(asked) == 1  # the provider was asked while the intent waited; its answer went nowhere
    assert len(world.records(grant=grant.name)) == before
    assert world.as_(CONSUMER).query(grant).ok
    assert len(released(world, grant)) == 1


def test_a_log_that_locks_between_intent_and_outcome_releases_nothing(world: World):
    holder: list[sqlite3.Connection] = []

    def locking(*_):
        time.sleep(0.15)  # the intent is durable by now
        other = sqlite3.connect(world.config.data / "shuniu.db", isolation_level=None, timeout=5, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        holder.append(other)
        return [RESIDENT]

    grant = world.private(locking)
    reply = world.as_(CONSUMER).query(grant)
    assert reply.code is StatusCode.UNAVAILABLE
    holder[0].execute("ROLLBACK")
    holder[0].close()
    _, intent, outcome = settled(world, grant, 3)  # written again once the log takes records
    assert (intent.kind, outcome.kind, outcome.intent_index) == (Kind.INTENT, Kind.OUTCOME, intent.index)
    assert (outcome.status, outcome.rows, outcome.digest) == ("UNAVAILABLE", 0, b"")


def test_a_refusal_that_cannot_be_written_down_is_not_told(world: World):
    grant = world.grant()
    with write_locked(world):
        reply = world.as_(CONSUMER).query(grant, fields=["phone"])
        assert reply.code is StatusCode.UNAVAILABLE
        assert world.as_(CONSUMER).call("CreateRelease").code is StatusCode.UNAVAILABLE


def test_a_log_that_is_slower_than_the_deadline_answers_unavailable(world: World, monkeypatch):
    grant = world.grant()
    assert world.as_(CONSUMER).query(grant).ok
    with world.hub.db._writer:  # the writer of this process is busy
        reply = world.as_(CONSUMER).query(grant, timeout=0.3)
        assert (reply.code, reply.reason) in {(StatusCode.UNAVAILABLE, "LOG_UNAVAILABLE"), (StatusCode.UNAVAILABLE, "UNAVAILABLE")}
    assert world.as_(CONSUMER).query(grant).ok


def test_what_was_given_up_while_the_log_was_slow_is_not_said_to_be_given(world: World, monkeypatch):
    grant, going, sort = world.grant(), threading.Event(), audit.pending.split

    def slowly(batch):
        going.wait(5)
        return sort(batch)

    monkeypatch.setattr(audit.committer, "split", slowly)
    reply = world.as_(CONSUMER).query(grant, timeout=1.0)
    going.set()
    assert reply.code in {StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED}
    _, intent, outcome = settled(world, grant, 3)
    assert (intent.kind, outcome.kind, outcome.intent_index) == (Kind.INTENT, Kind.OUTCOME, intent.index)
    assert (outcome.status in {"LOG_UNAVAILABLE", "CANCELLED"}, outcome.rows, outcome.digest) == (True, 0, b"")


def test_a_full_disk_releases_nothing_and_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch):
    grant, pages = world.grant(), {"most": 1}  # SQLite takes the present size for the least
    append = RecordStore.append

    def on_a_small_disk(store: RecordStore, batch: Sequence[Commitment]) -> int:
        with store._tx.cursor() as cursor:
            cursor.execute(f"PRAGMA max_page_count = {pages['most']}")
        return append(store, batch)

    monkeypatch.setattr(RecordStore, "append", on_a_small_disk)
    replies: list[Reply] = []
    with ThreadPoolExecutor(8) as pool:
        while all(reply.ok for reply in replies) and len(replies) < 400:
            replies += pool.map(lambda _: world.as_(CONSUMER).query(grant), range(8))
    pages["most"] = 1_000_000
    refused = [reply for reply in replies if not reply.ok]
    assert refused
    assert {reply.code for reply in refused} == {StatusCode.UNAVAILABLE}
    records = world.records()
    assert world.as_(CONSUMER).query(grant).ok
    for reply in replies:
        if reply.ok:
            assert (records[reply.index].kind, records[reply.index].status) == (Kind.OUTCOME, "ok")
    indexes = [reply.index for reply in replies if reply.ok]
    assert len(set(indexes)) == len(indexes)
    world.hub.publisher.publish()  # the tree over what was kept is whole


def hanging_up(world: World, grant, entered: threading.Event):
    path, _ = METHODS["Query"]
    channel = world.as_(CONSUMER).client.channel
    method = channel.unary_unary(
        path, request_serializer=lambda one: one.SerializeToString(), response_deserializer=exchange_pb2.QueryResponse.FromString
    )
    asked = exchange_pb2.QueryRequest(grant=grant.name, purpose=PURPOSE, case_number=CASE, officer=OFFICER, subject_key=KEY)
    call = method.future(asked, timeout=10)
    assert entered.wait(5)
    call.cancel()


def test_a_caller_who_hangs_up_gets_nothing_and_the_intent_is_closed_as_cancelled(world: World):
    entered = threading.Event()
    ended: list[str] = []

    async def slow(*_):
        entered.set()
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        return [RESIDENT]

    grant = world.private(slow)
    hanging_up(world, grant, entered)
    _, intent, outcome = settled(world, grant, 3)
    for _ in range(100):  # the cancellation travels on to the provider's process
        if ended:
            break
        time.sleep(0.02)
    assert (outcome.kind, outcome.status, outcome.rows, outcome.intent_index) == (Kind.OUTCOME, "CANCELLED", 0, intent.index)
    assert ended == ["cancelled"]  # the provider does not work for nobody


def test_a_caller_who_hangs_up_while_the_log_is_busy_leaves_no_intent_open(world: World):
    entered = threading.Event()

    async def slow(*_):
        entered.set()
        await asyncio.sleep(0.1)
        return [RESIDENT]

    grant = world.private(slow)
    with world.hub.db._writer:
        hanging_up(world, grant, entered)
        time.sleep(0.15)
    _, intent, outcome = settled(world, grant, 3)
    assert (outcome.status, outcome.intent_index) == ("CANCELLED", intent.index)


def test_every_answer_under_load_has_its_own_record(world: World):
    grant = world.grant()
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda _: world.as_(CONSUMER).query(grant), range(200)))
    assert all(reply.ok for reply in replies)
    records = world.records()
    assert len({reply.index for reply in replies}) == len(replies)
    intents = [records[reply.index].intent_index for reply in replies]
    assert len(set(intents)) == len(replies)
    assert all(records[index].kind is Kind.INTENT for index in intents if index is not None)
