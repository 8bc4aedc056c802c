"""Callers that hang up at any moment, and callers who hardly wait."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc

from tests.faults.evidence import CALLERS, Acknowledged, Method, query_method, receipt_of
from tests.faults.report import Row
from tests.faults.stage import Stage

LONGEST = 0.05
"""Seconds of the longest short deadline, and of the latest cancellation."""


def cancel(stage: Stage, times: int) -> Row:
    """Cancel calls at random moments."""

    def one(method: Method, request: bytes, dice: random.Random) -> Acknowledged | None:
        begun = time.monotonic()
        call = method.future(request, timeout=10)
        time.sleep(dice.uniform(0, LONGEST))
        call.cancel()
        return None if call.cancelled() or call.exception() else receipt_of(call.result(), call, begun)

    return _many(stage, "calls cancelled at random moments", times, one)


def hurry(stage: Stage, times: int) -> Row:
    """Call with deadlines of 1 to 50 ms, and as many of up to 400: the hub keeps some of it back for the provider's answer and for its own words."""

    def one(method: Method, request: bytes, dice: random.Random) -> Acknowledged | None:
        begun = time.monotonic()
        try:
            answer, done = method.with_call(request, timeout=dice.uniform(0.001, LONGEST * dice.choice((1, 8))))
        except grpc.RpcError:
            return None
        return receipt_of(answer, done, begun)

    return _many(stage, "deadlines of 1 to 50 ms, and of up to 400", times, one)


Call = Callable[[Method, bytes, random.Random], Acknowledged | None]


def _many(stage: Stage, name: str, times: int, one: Call) -> Row:
    row = Row(name, planned=times)
    method, asked = query_method(stage.hub)
    request = asked(stage.grant)

    def caller(number: int) -> list[Acknowledged]:
        dice = random.Random(number)  # noqa: S311 - repeatable
        kept = [one(method, request, dice) for _ in range(times // CALLERS)]
        return [answer for answer in kept if answer is not None]

    with ThreadPoolExecutor(CALLERS) as pool:
        receipts = [answer for found in pool.map(caller, range(CALLERS)) for answer in found]
    before = len(stage.evidence.leaves)
    stage.settle(row, receipts)
    row.times = times // CALLERS * CALLERS
    row.planned = row.times
    outcomes = sum(entry.intent_index is not None and entry.status == "ok" for entry in stage.evidence.entries[before:])
    row.note = f"{outcomes:,} outcomes say ok: an answer that was sent and did not arrive counts as released"
    return row
