"""Refusals of known callers are on the log, whichever rpc it was; those of strangers are counted in the server's own log alone.

Every record of a refusal goes through `RefusalBook.put`, which bounds what one system writes by it: so many records and bytes a second, and
beyond them one record that sums up the rest (`audit.floods`). A refused call costs its caller nothing; without a bound, a system that may call
nothing could fill the disk, and a full disk stops the exchange for all.

A stranger is whoever shows no certificate, or one that does not hold: each of its errors counts, whatever it is (`hub.counting`).
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from time import monotonic
from typing import Final

from audit.committer import GroupCommitter
from audit.fields import texts_of
from audit.floods import Floods
from audit.model import Actor, Event, Kind
from hub.access import ACCESS
from hub.buckets import Allowances, Rate
from hub.clock import Clock
from hub.counting import Counted, Counts
from hub.errors import MissingGrantError, NotAllowedError, NotSignedInError, ShuniuError
from hub.limits import Limits
from hub.reasons import REFUSALS_TOO_MANY, WRITES_TOO_MANY
from hub.rpc import Call

MOST_BYTES: Final = 3 * 1024
"""Bytes of the record of a refusal, whatever the caller wrote (a test walks all that write one)."""
WITHOUT_TEXTS: Final = 640
"""Bytes of leaf, salt, keys and numbers of a record, and its part of the index."""
PATIENCE: Final = 1.0
"""Seconds after which a system that was refused too often may hear reasons again, at the least."""
SLOW_NO: Final = 0.5
"""Seconds until a caller hears that it was refused too often, or writes too much: who asks again at once takes no more of the hub's time by it."""
SIGN_IN: Final = "certs.SignIn"
MOST_HELD: Final = 64
"""Calls of one system that wait for such an answer, each with its request in memory; the others have theirs at once."""
REFUSED: Final = "refused"
"""How a step that was refused is counted, whatever the reason."""
_LONG: Final = 60.0


class RefusalBook:
    """What the gate calls for every error, and the exchange for each refusal of its own; it writes them down, or sums them up."""

    def __init__(
        self,
        committer: GroupCommitter,
        clock: Clock,
        strangers: Counted,
        limits: Limits,
        now: Callable[[], float] = monotonic,
        steps: Counts | None = None,
    ) -> None:
        """Take the data plane's committer, for the gate is asynchronous, the clock, what counts the refusals of strangers, and the limits.

        `steps` counts the records of refusals, for monitors.
        """
        self._steps = steps or Counts()
        self._committer = committer
        self._clock = clock
        self._strangers = strangers
        count, size = limits.refusals_per_second, limits.refusal_bytes_per_second
        self._held: Counter[str] = Counter()
        self._allowances = Allowances(Rate(count, max(count, 1.0)), Rate(size, max(size, MOST_BYTES)), now)
        self.floods = Floods(committer, clock, now)

    async def write(self, call: Call | None, error: ShuniuError) -> None:
        """Put a refusal on the log before the caller hears of it, unless the rpc writes its own, with grant, purpose and case.

        Without a call nobody is known to call: the certificate does not hold.
        """
        if call is None or call.caller.anonymous or isinstance(error, NotSignedInError):  # strangers must not be able to fill the log
            self._strangers.note(error.reason)
        elif error.reason == WRITES_TOO_MANY.name:
            self.floods.note(self._event(call, error))
            await self._hold(
                _key(call.caller.department, call.caller.system), call.time_left
            )  # the caller hears this very reason, and when to come again
        elif not isinstance(error, NotAllowedError | MissingGrantError):
            pass  # a wrong input, a stale etag or a wrong state is no refusal of access
        elif not (call.admitted and ACCESS[call.method].action):  # written already; a call that was not admitted never came there
            await self.put(self._event(call, error), call.time_left, error)

    async def put(self, refusal: Event, time_left: float | None, error: ShuniuError) -> None:
        """Return when the refusal is durable, and `error` names it as the decision; raise LimitError where its system was refused too often.

        That is raised once the refusal is counted, and slowly; what is summed up has no record of its own, so no decision is named.
        """
        system = _key(refusal.actor.department, refusal.actor.system)
        wait = self._allowances.take(system, size_of(refusal))
        if wait > 0:
            self.floods.note(refusal)
            await self._hold(system, time_left)
            raise REFUSALS_TOO_MANY(retry_after=max(wait, PATIENCE))
        receipt = await self._committer.append(refusal)
        error.decision = decision_name(receipt.index)
        self._steps.note(refusal.action, REFUSED)

    def sign_in_failed(self, reason: str) -> None:
        """Count that somebody tried to sign in at the pages and was refused: nobody knows who, so one record a minute sums up all of them."""
        self.floods.note(Event(kind=Kind.REFUSAL, at=self._clock.now(), action=SIGN_IN, actor=Actor("", "pages", ""), status=reason))

    async def settle(self) -> None:
        """Write what was counted; behind the doors and before the log's writer stops."""
        await self.floods.settle()

    async def _hold(self, system: str, time_left: float | None) -> None:
        """Let a caller wait for its answer, within its own deadline."""
        if self._held[system] >= MOST_HELD:
            return
        self._held[system] += 1
        try:
            await asyncio.sleep(min(SLOW_NO, (_LONG if time_left is None else time_left) / 2))
        finally:
            self._held[system] -= 1
            if not self._held[system]:
                del self._held[system]

    def _event(self, call: Call, error: ShuniuError) -> Event:
        service, _, method = call.method.removeprefix("/").rpartition("/")
        return Event(
            kind=Kind.REFUSAL,
            at=self._clock.now(),
            action=f"{service.rpartition('.')[2]}.{method}",
            actor=Actor(call.caller.department, call.caller.system, ""),
            status=error.reason,
        )


def decision_name(index: int) -> str:
    """Return the resource name of a decision: the record of the log that holds it."""
    return f"decisions/{index}"


def _key(department: str, system: str) -> str:
    return f"{department}/{system}"


def size_of(refusal: Event) -> int:
    """Return how many bytes of log a refusal takes, at most."""
    texts = (*texts_of(refusal), *refusal.fields, *refusal.detail, *refusal.detail.values())
    # two bytes for the length of each text in CBOR
    return WITHOUT_TEXTS + sum(len(text.encode()) + 2 for text in texts)
