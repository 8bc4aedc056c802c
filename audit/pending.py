"""Records on their way into the log, and what is known of each: whether it is durable, or not in the log, or not yet certain."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from audit.commitment import Commitment
from audit.model import Event, Receipt
from hub.errors import ShuniuError


@dataclass(slots=True, eq=False, kw_only=True)
class Pending:
    """A record on its way into the log. `written` is done when it is durable; cancelling it takes nothing back.

    `result`, `position` (in its batch) and `pseudonym` belong to the writer's thread until the batch is answered.
    `settled` is called in the loop's thread once it is certain whether the record is in the log, and `result` then says so: a receipt, or why not.
    """

    written: "asyncio.Future[Receipt]"
    settled: "Settled | None" = None
    result: Receipt | ShuniuError | None = None
    position: int = 0
    pseudonym: bytes | None = None
    is_unsure: bool = False


@dataclass(slots=True, eq=False, kw_only=True)
class PendingEvent(Pending):
    """An event that is known from the start."""

    event: Event


@dataclass(slots=True, eq=False, kw_only=True)
class PendingOutcome(Pending):
    """The outcome of an intent. It names the intent's index, so it is made once that is known."""

    intent: Pending
    outcome: Callable[[int], Event]


Waiting = PendingEvent | PendingOutcome
Settled = Callable[[Pending], object]


@dataclass(slots=True)
class Doubt:
    """A batch whose commit was sent and whose answer was an error, or none: it stands in the log from `first` on, or nowhere."""

    first: int
    batch: Sequence[Waiting]
    prepared: Sequence[Commitment]


def event_of(one: Waiting, first: int) -> Event:
    """Return the event to be written. `first` is the index of the first record of its batch; an intent without a result stands in the same."""
    if isinstance(one, PendingEvent):
        return one.event
    result = one.intent.result
    return one.outcome(result.index if isinstance(result, Receipt) else first + one.intent.position)


def split(batch: Sequence[Waiting]) -> tuple[list[Waiting], list[Waiting]]:
    """Return what can be written at once, and the outcomes of intents of this very batch, which must come behind them.

    The outcome of an intent that was not written gets the intent's error.
    """
    ready: list[Waiting] = []
    dependent: list[Waiting] = []
    for one in batch:
        intent = one.intent if isinstance(one, PendingOutcome) else None
        if intent is None or isinstance(intent.result, Receipt):
            one.position = len(ready)
            ready.append(one)
        # In this batch, then: an intent is queued before its outcome, and what was queued earlier has been answered.
        elif intent.result is None:
            dependent.append(one)
        else:
            one.result = intent.result
    return ready, dependent


def settle(batch: Sequence[Waiting]) -> None:
    """Tell those who want to know what is certain of their records now; in the event loop's thread."""
    for one in batch:
        if one.settled is not None and not one.is_unsure:
            told, one.settled = one.settled, None  # a record is told of once, and nothing refers to itself through it any longer
            told(one)
