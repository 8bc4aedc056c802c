"""What monitors read of streams: how many are open, what left, and why those ended that did not come to their end."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shuniu.v1 import stream_pb2
from tests.exchange.streams import Said, batch, end, people, schema, sent
from tests.web.test_log_state import gauges
from tests.web.test_metrics import read
from tests.world import CASE, CONSUMER, OFFICER, PURPOSE, World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        yield running


def opened(world: World, sending: Callable[[Any], list[Said]]) -> Any:
    asked = stream_pb2.StreamRequest(grant=sent(world, sending).name, purpose=PURPOSE, case_number=CASE, officer=OFFICER)
    return world.as_(CONSUMER).client.exchange.Stream(asked, timeout=20)


def streams(world: World) -> dict[str, float]:
    """Return what is told of streams, the reasons by their names alone."""
    told = {name.removeprefix("shuniu_stream"): value for name, value in gauges(read(world)).items() if name.startswith("shuniu_stream")}
    return {name.removeprefix('s_broken_off_total{reason="').removesuffix('"}'): value for name, value in told.items()}


def settled(world: World, name: str, value: float) -> dict[str, float]:
    until = time.monotonic() + 10
    while (told := streams(world))[name] != value:
        assert time.monotonic() < until, told
        time.sleep(0.05)
    return told


def test_what_left_is_counted_by_frames_rows_bytes_and_portions(world: World):
    before = streams(world)
    found = list(opened(world, lambda _asked: [schema(), batch(people(3)), batch(people(2, 3), b"2"), end()]))
    after = settled(world, "s_open", 0)
    grown = {name: after[name] - before[name] for name in after}
    assert (grown["_frames_total"], grown["_rows_total"], grown["_portions_total"]) == (2, 5, 1)
    assert grown["_bytes_total"] == sum(len(one.frame.batch) for one in found[1:-1])
    assert grown["CANCELLED"] == 0


def test_an_open_stream_is_counted_until_its_consumer_hangs_up(world: World):
    before = streams(world)["CANCELLED"]
    parts = opened(world, lambda _asked: [schema(), batch(people(3)), batch(people(2, 3), b"2"), 9.0, end()])
    next(parts)
    settled(world, "s_open", 1)
    parts.close()
    assert settled(world, "s_open", 0)["CANCELLED"] == before + 1


def test_a_provider_that_breaks_off_is_told_by_its_reason(world: World):
    before = streams(world)["PROVIDER_UNAVAILABLE"]
    with pytest.raises(Exception, match="provider"):
        list(opened(world, lambda _asked: [schema(), batch(people(3))]))
    assert settled(world, "s_open", 0)["PROVIDER_UNAVAILABLE"] == before + 1
