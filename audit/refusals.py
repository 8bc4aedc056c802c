"""Refusals of known callers are on the log, whichever rpc it was; those of strangers are counted in the server's own log alone.

A stranger is whoever shows no certificate, or one that does not hold: each of its errors counts, whatever it is (`hub.counting`).
"""

from audit.committer import GroupCommitter
from audit.model import Actor, Event, Kind
from hub.access import ACCESS
from hub.clock import Clock
from hub.counting import Counted
from hub.errors import MissingGrantError, NotAllowedError, ShuniuError
from hub.rpc import Call


class RefusalBook:
    """What the gate calls for every error; it writes down the refusals."""

    def __init__(self, committer: GroupCommitter, clock: Clock, strangers: Counted) -> None:
        """Take the data plane's committer, for the gate is asynchronous, the clock, and what counts the refusals of strangers."""
        self._committer = committer
        self._clock = clock
        self._strangers = strangers

    async def write(self, call: Call | None, error: ShuniuError) -> None:
        """Put a refusal on the log before the caller hears of it, unless the rpc writes its own, with grant, purpose and case.

        Without a call nobody is known to call: the certificate does not hold.
        """
        if call is None or call.caller.anonymous:  # strangers must not be able to fill the log
            self._strangers.note(error.reason)
            return
        if not isinstance(error, NotAllowedError | MissingGrantError):  # a wrong input, a stale etag or a wrong state is no refusal of access
            return
        if call.admitted and ACCESS[call.method].action:
            return  # written already; a call that was not admitted never came there
        service, _, method = call.method.removeprefix("/").rpartition("/")
        await self._committer.append(
            Event(
                kind=Kind.REFUSAL,
                at=self._clock.now(),
                action=f"{service.rpartition('.')[2]}.{method}",
                actor=Actor(call.caller.department, call.caller.system, ""),
                status=error.reason,
            ),
        )
