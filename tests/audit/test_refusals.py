"""Refusals: those of strangers are counted, at every door and whatever the error is."""

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from shuniu.v1 import exchange_pb2, identity_pb2
from tests.world import METHODS, OTHER, World, called


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        yield running


def told(world: World, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines of the minute, as if it were over."""
    caplog.clear()
    world.hub.strangers_refused.flush()
    return sorted(one.getMessage() for one in caplog.records if one.name == "hub.counting")


def test_what_strangers_are_refused_at_the_public_door_is_one_line_per_reason(world: World, caplog: pytest.LogCaptureFixture):
    enroll, query = METHODS["Enroll"][0], METHODS["Query"][0]
    before = world.log_size
    with caplog.at_level(logging.WARNING):
        for number in range(3):
            guess = identity_pb2.EnrollRequest(token=f"guess-{number}", csr=b"x")
            reason = called(world.public.channel, enroll, guess, identity_pb2.EnrollResponse, 5).reason
            assert called(world.public.channel, query, exchange_pb2.QueryRequest(), exchange_pb2.QueryResponse, 5).reason == "NOT_ALLOWED"
        lines = told(world, caplog)
    assert lines == sorted([f"3 refusals in the last minute: {reason}", "3 refusals in the last minute: NOT_ALLOWED"])
    assert world.log_size == before


def test_a_certificate_that_does_not_hold_is_counted_too(world: World, caplog: pytest.LogCaptureFixture):
    member = world.as_(OTHER)
    told(world, caplog)
    with caplog.at_level(logging.WARNING), world.later(timedelta(days=91)):
        assert member.call("WhoAmI").reason == "CERTIFICATE_EXPIRED"
        assert told(world, caplog) == ["1 refusal in the last minute: CERTIFICATE_EXPIRED"]
