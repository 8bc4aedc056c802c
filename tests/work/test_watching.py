"""kill -9 of the hub under streams of work; `make faults ARGS="--only work"` does it 1,000 times."""

import os

from tests.faults import stream
from tests.faults.rounds import Extent

ROUNDS = int(os.environ.get("SHUNIU_STREAM_ROUNDS", "10"))


def test_no_event_is_lost_by_kill_9_and_none_comes_twice_to_one_who_acknowledged():
    row = stream.kill(Extent(ROUNDS, 240.0))
    assert row.wrong == []
    assert row.times == ROUNDS
    assert row.figures["events"] > 2 * ROUNDS, "hardly anything happened: the test shows nothing"
