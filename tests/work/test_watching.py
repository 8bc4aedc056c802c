"""kill -9 of the hub under streams of work; `make faults ARGS="--only work"` does it 1,000 times."""

import os

from tests.faults import stream
from tests.faults.process import HubProcess

ROUNDS = int(os.environ.get("SHUNIU_STREAM_ROUNDS", "10"))


def test_no_event_is_lost_by_kill_9_and_none_comes_twice():
    hub = HubProcess()
    try:
        row = stream.kill(hub, ROUNDS, 240.0)
    finally:
        hub.leave()
    assert row.wrong == []
    assert row.times == ROUNDS
    assert row.figures["answers"] > ROUNDS, row.note
