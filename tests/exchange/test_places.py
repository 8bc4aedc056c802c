"""Places at a provider: whatever one department sends, another finds one, and who sends too much hears so at once."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from grpc import StatusCode

import exchange.transfer
from shuniu.errors import FetchError, call_error
from shuniu.v1 import exchange_pb2
from tests.world import CASE, CONSUMER, KEY, METHODS, OFFICER, OTHER, PROVIDER, PURPOSE, RESIDENT, Member, World

PLACES = 16


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(provider_timeout=8.0, provider_concurrency=PLACES) as running:
        yield running


def sent(by: Member, grant: Any, count: int) -> list[Any]:
    """Send so many queries at once and return their futures."""
    path, _ = METHODS["Query"]
    query = exchange_pb2.QueryRequest(grant=grant.name, purpose=PURPOSE, case_number=CASE, officer=OFFICER, subject_key=KEY)
    method = by.client.channel.unary_unary(path, request_serializer=lambda one: one.SerializeToString(), response_deserializer=bytes)
    return [method.future(query, timeout=20) for _ in range(count)]


class Slow:
    """A provider whose answers to one department wait until a test lets them go; `under_way` and `most` count them."""

    def __init__(self, world: World, consumer: str) -> None:
        self.consumer, self.most, self.under_way = consumer, 0, 0
        self.going = asyncio.Event()
        self.full: Future[None] = Future()
        by = world.member(PROVIDER, f"slow-{world.number()}")
        world.provider(self.rows, by)
        entry = world.entry(by)
        self.grant, self.other = world.grant(entry), world.grant(entry, consumer=world.member(OTHER))

    async def rows(self, _key: str, _fields: Any, call: Any) -> list[Any]:
        if call.consumer == self.consumer:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            if self.under_way == PLACES * 9 // 16:
                self.full.set_result(None)
            await self.going.wait()
            self.under_way -= 1
        return [RESIDENT]


def test_three_hundred_slow_queries_of_one_department_do_not_hold_back_another_at_the_same_table(world: World):
    slow = Slow(world, world.member(CONSUMER).department)
    flood = sent(world.member(CONSUMER), slow.grant, 300)
    slow.full.result(10)
    assert world.as_(OTHER).query(slow.other, timeout=3.0).ok
    world.run(asyncio.sleep(0))
    refused = [call_error(one.exception()) for one in flood if one.done()]
    assert {(error.code, error.reason, error.retry_after) for error in refused} == {(StatusCode.RESOURCE_EXHAUSTED, "PROVIDER_BUSY", 1.0)}
    assert world.as_(OTHER).query(slow.other, timeout=3.0).ok
    world._loop.call_soon_threadsafe(slow.going.set)
    ended = [one.exception(20) for one in flood]
    assert slow.most == PLACES * 9 // 16
    assert world.hub._providers_tally.placeless >= len(refused)
    assert sum(one is None for one in ended) >= 100
    assert world.as_(CONSUMER).query(slow.grant).ok


def test_who_waits_for_a_place_until_the_end_hears_that_and_it_is_held_against_nobody(world: World, monkeypatch):
    monkeypatch.setattr(exchange.transfer, "FOR_THE_OUTCOME", 3.0)  # so that a busy machine tells it in time, too
    slow = Slow(world, world.member(CONSUMER).department)
    flood = sent(world.member(CONSUMER), slow.grant, PLACES)
    slow.full.result(10)
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: world.as_(CONSUMER).query(slow.grant, timeout=4.0), range(6)))
    for reply in replies:
        assert (reply.code, reply.reason) == (StatusCode.RESOURCE_EXHAUSTED, "PROVIDER_BUSY"), reply.message
        assert "no place at this provider came free within" in reply.message
    world._loop.call_soon_threadsafe(slow.going.set)
    assert all(one.exception(10) is None for one in flood)
    assert world.as_(CONSUMER).query(slow.grant).ok


def test_a_provider_without_a_place_is_passed_on_with_its_own_time_to_come_back(world: World):
    async def full(*_):
        raise FetchError(StatusCode.RESOURCE_EXHAUSTED, "BUSY", "full", retry_after=7)

    grant = world.private(full)
    for _ in range(6):  # it answers: nothing is counted against it
        reply = world.as_(CONSUMER).query(grant)
        assert (reply.code, reply.reason, reply.error.retry_after) == (StatusCode.RESOURCE_EXHAUSTED, "PROVIDER_BUSY", 7.0)
        assert "the provider has no place for more calls" in reply.message
