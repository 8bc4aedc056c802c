"""The SDK waits with a question, hears that it is time, asks again; and what one process asked, another asks again."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from shuniu import ShuniuCallError, ShuniuError, connect_async
from shuniu.v1.exchange_pb2 import QueryRequest
from shuniu.when_available import deadline_of, request_of, waiting_question_of
from tests.questions.homes import HOUR, Home, rounds_of, seen_later
from tests.world import CASE, CONSUMER, KEY, OFFICER, PURPOSE, World


@pytest.fixture
def home(world: World) -> Home:
    found = Home(world)
    found.vanish()
    return found


def asked(home: Home) -> dict[str, Any]:
    return {"grant": home.grant.name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, "subject_key": KEY}


def open_of(world: World, home: Home) -> list[Any]:
    return [one for one in world.as_(CONSUMER).client.waiting_questions() if one.grant == home.grant.name]


def until(condition: Callable[[], object], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def in_background(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    came: list[Any] = []

    def run() -> None:
        try:
            came.append(work())
        except ShuniuError as error:
            came.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, came


def test_a_query_returns_once_the_provider_is_back(world, home):
    client = world.as_(CONSUMER).client
    thread, came = in_background(lambda: client.query(**asked(home), when_available=timedelta(hours=1)))
    until(lambda: open_of(world, home))
    with seen_later(world, home) as rounds:
        began = time.monotonic()
        assert rounds.go(world.clock.now()) == 1
        thread.join(15)
        assert time.monotonic() - began < 10  # by the event, not by the look each half minute
    (answer,) = came
    assert answer.records[0]["address"] == "银川市金凤区"
    assert not open_of(world, home)


def test_an_async_query_returns_too(world, home):
    member = world.as_(CONSUMER)

    async def ask() -> Any:
        async with connect_async(member.address, member.folder) as client:
            return await client.query(**asked(home), when_available=timedelta(hours=1))

    thread, came = in_background(lambda: asyncio.run(ask()))
    until(lambda: open_of(world, home))
    with seen_later(world, home) as rounds:
        assert rounds.go(world.clock.now()) == 1
        thread.join(15)
    assert came[0].records[0]["id_number"] == KEY


def test_a_query_whose_question_expires_raises_what_it_heard_last(world, home):
    client = world.as_(CONSUMER).client
    thread, came = in_background(lambda: client.query(**asked(home), when_available=timedelta(hours=1)))
    until(lambda: open_of(world, home))
    with world.later(2 * HOUR):
        world.hub.questions.sweep(world.clock.now())
        thread.join(15)
    assert waiting_question_of(came[0])


def test_whoever_does_not_wait_is_told_the_name_and_another_process_asks_again_by_it(world, home):
    with pytest.raises(ShuniuCallError) as refused:
        world.as_(CONSUMER).client.query(**asked(home), when_available=timedelta(hours=1), wait=False)
    name = waiting_question_of(refused.value)
    (one,) = open_of(world, home)
    assert one.name == name
    with seen_later(world, home):
        answer = world.as_(CONSUMER).client.ask_again(name, officer="MZ-0299")
    assert answer.records[0]["id_number"] == KEY
    assert not open_of(world, home)
    with pytest.raises(ShuniuError, match="cannot be read"):
        world.as_(CONSUMER).client.ask_again(name)


def test_a_provider_that_goes_away_once_more_has_the_call_wait_on(world, home):
    client = world.as_(CONSUMER).client
    thread, came = in_background(lambda: client.query(**asked(home), when_available=timedelta(hours=1)))
    until(lambda: open_of(world, home))
    name = open_of(world, home)[0].name
    with seen_later(world, home) as rounds:
        world.run(home.running.stop(0))
        assert rounds.go(world.clock.now()) == 1
        until(lambda: [one for one in world.records() if one.resource == name and one.action == "exchange.MissQuestion"])
        assert thread.is_alive()
        world.clock.advance(timedelta(minutes=2))
        home.appear()
        anew = rounds_of(world)
        anew.sightings.follow([home.entry.name])
        anew.sightings.note(home.entry.name, world.clock.now())
        assert anew.go(world.clock.now()) == 1
        thread.join(20)
    assert came[0].records


def test_a_refusal_ends_the_waiting_at_once(world, home):
    client = world.as_(CONSUMER).client
    with pytest.raises(ShuniuCallError) as refused:
        client.query(**{**asked(home), "purpose": "640000-XX-0001"}, when_available=timedelta(hours=1))
    assert refused.value.reason == "PURPOSE_NOT_GRANTED"


def test_a_span_and_a_moment_with_its_zone_are_deadlines_and_no_other():
    later = deadline_of(timedelta(hours=1))
    assert deadline_of(later) == later
    with pytest.raises(ShuniuError):
        deadline_of(datetime(2026, 11, 28, 10))  # noqa: DTZ001 - the very fault


def test_what_waits_becomes_the_same_request(world, home):
    name = home.kept(fields=["name", "address"], request_id="r-1")
    request = request_of(home.look(name))
    assert isinstance(request, QueryRequest)
    assert (list(request.fields), request.request_id, request.waiting_question) == (["name", "address"], "r-1", name)
    assert request_of(home.look(name), "MZ-9").officer == "MZ-9"
