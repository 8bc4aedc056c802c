"""A hub that dies between waking and asking."""

from collections.abc import Iterator
from dataclasses import replace

import grpc
import pytest

import server
from shuniu.errors import ShuniuCallError
from shuniu.v1 import waiting_question_pb2 as pb
from shuniu.v1.work_pb2 import WatchWorkRequest
from tests.questions.homes import Home, rounds_of, seen_later
from tests.world import CONSUMER, KEY, World

READY = pb.WAITING_QUESTION_STATE_READY


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(provider_timeout=2.0) as running:
        running.hub.wake_rounds.stop()
        yield running


@pytest.fixture
def home(world: World) -> Home:
    found = Home(world)
    found.vanish()
    return found


def events_of(world: World, name: str) -> list[str]:
    """What the stream of work tells of a question, without acknowledging anything."""
    found = []
    try:
        for event in world.as_(CONSUMER).client.work.WatchWork(WatchWorkRequest(), timeout=1.0):
            found += [event.notice.kind] if event.notice.resource == name else []
    except ShuniuCallError as error:
        assert error.code is grpc.StatusCode.DEADLINE_EXCEEDED  # noqa: PT017 - how a stream ends that waits
    return found


def test_a_hub_that_dies_between_waking_and_asking_tells_again_and_wakes_nobody_twice(world, home):
    name = home.kept()
    with seen_later(world, home) as rounds:
        assert rounds.go(world.clock.now()) == 1
        again = replace(world.config, members=world.addresses["members"], public=world.addresses["public"])
        world.run(world.hub.stop())
        world.hub = server.Hub(again, world.clock)
        world.run(world.hub.start())
        world.hub.wake_rounds.stop()
        assert events_of(world, name) == ["question_ready"]
        anew = rounds_of(world)
        anew.sightings.follow([home.entry.name])
        anew.sightings.note(home.entry.name, world.clock.now())
        assert anew.go(world.clock.now()) == 0
        one = home.look(name)
        assert (one.state, one.question.subject_key) == (READY, KEY)
        assert home.ask(waiting_question=name).ok
        assert home.look(name).state == pb.WAITING_QUESTION_STATE_ANSWERED
