"""kill -9 of a sender at any moment; `make faults ARGS="--only outbox"` does it 1,000 times."""

import os

from tests.faults import outbox
from tests.faults.rounds import Extent
from tests.work.receivers import AUTHORITY, server_context

ROUNDS = int(os.environ.get("SHUNIU_OUTBOX_ROUNDS", "10"))


def test_no_message_is_lost_by_kill_9_and_none_that_was_marked_comes_again():
    row = outbox.kill(Extent(ROUNDS, 120.0), server_context(), AUTHORITY.pem.decode())
    assert row.wrong == []
    assert row.times == ROUNDS
    assert row.figures["answers"] > ROUNDS, "hardly anything was sent: the test shows nothing"
