"""The list of steps, how an access ends, and who writes a refusal down."""

import asyncio
import threading
from dataclasses import fields

import pytest

from audit.model import Receipt
from audit.refusals import RefusalBook
from exchange.ledger import Ending
from exchange.steps import STEPS
from exchange.transfer import (
    QUERY,
    CleanAnswer,
    Course,
    FetchRecords,
    PermitAccess,
    RecordOutcome,
    ReleaseAnswer,
    ReserveIntent,
)
from hub.access import ACCESS, Caller
from hub.clock import SystemClock
from hub.counting import Counted
from hub.limits import Limits
from hub.reasons import ROLE_MISSING
from hub.rpc import Call


def test_the_steps_are_numbered_in_their_order_and_named_in_both_languages():
    assert [step.word.id for step in STEPS] == ["permit", "reserve", "fetch", "clean", "record", "release"]
    assert [(step.number, step.count) for step in STEPS] == [(number, len(STEPS)) for number in range(1, len(STEPS) + 1)]
    assert (STEPS[2].place.en, STEPS[2].place.zh) == ("step 3 of 6 (fetch)", "第3步（共6步：调取数据）")


def test_a_course_takes_every_step_in_its_place():
    steps = (PermitAccess.step, ReserveIntent.step, FetchRecords.step, CleanAnswer.step, RecordOutcome.step, ReleaseAnswer.step)
    assert steps == STEPS
    assert [one.name for one in fields(Course)] == [step.word.id for step in STEPS]


def test_a_query_is_logged_as_the_access_table_says():
    assert (QUERY.mode, QUERY.action) == ("query", "exchange.Query")
    actions = [row.action for row in ACCESS.values() if row.action]
    assert len(set(actions)) == len(actions)


@pytest.mark.parametrize("method", sorted(ACCESS))
def test_a_refusal_is_written_by_the_gate_exactly_where_the_rpc_does_not_write_its_own(method: str):
    written = []

    class Committer:
        async def append(self, event: object) -> Receipt:
            written.append(event)
            return Receipt("hub.test/log", len(written), bytes(32))

    call = Call(Caller("11640000XB00000432", "main"), method, 1.0)
    book = RefusalBook(Committer(), SystemClock(), Counted(), Limits())  # type: ignore[arg-type]  # all that the book needs of one
    error = ROLE_MISSING(method=method, roles="auditor")
    call.admitted = True
    asyncio.run(book.write(call, error))
    assert len(written) == (0 if ACCESS[method].action else 1)
    call.admitted = False  # whoever was not admitted never reached the rpc
    asyncio.run(book.write(call, error))
    assert len(written) == (1 if ACCESS[method].action else 2)


def test_an_access_ends_in_the_way_that_was_said_first():
    given_up, given = Ending(), Ending()
    assert [given_up.decide("CANCELLED"), given_up.decide("ok")] == ["CANCELLED", "CANCELLED"]
    assert [given.decide("ok"), given.decide("LOG_UNAVAILABLE")] == ["ok", "ok"]


def test_two_threads_never_hear_of_two_endings():
    for _ in range(200):
        ending, start = Ending(), threading.Barrier(2)
        heard: list[str] = []

        def say(status: str, ending=ending, start=start, heard=heard) -> None:
            start.wait()
            heard.append(ending.decide(status))

        threads = [threading.Thread(target=say, args=(status,)) for status in ("ok", "CANCELLED")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(heard)) == 1
