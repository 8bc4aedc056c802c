"""When a query or a check may be repeated by itself. It is a read, and yet each try is a record of the log and one of the day's calls.

So nothing is repeated unless the program asks for it (`connect(..., retries=2)`), and then only UNAVAILABLE, in two cases: the call never left,
because no connection stood, so nothing was logged; or the hub itself names the seconds after which to come again (a provider that is away, a log that
is slow) and has released nothing. Everything else is told at once: a refusal stays one, and of a connection that broke nobody knows whether
the hub has answered. All tries together take no longer than the one deadline of the query.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from secrets import randbelow
from typing import TYPE_CHECKING, Final, TypeVar

import grpc

from shuniu.errors import ShuniuCallError, call_error
from shuniu.reasons import NOBODY_LISTENS, RETRIES_TOO_MANY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MOST: Final = 10
"""Retries that may be asked for."""
LEAST_TIME: Final = 1.0
"""Seconds that must be left of the deadline for another try: the hub refuses a shorter one."""
_FIRST: Final = 0.2
_LONGEST: Final = 5.0
_NEVER_LEFT: Final = ("failed to connect to all addresses", "DNS resolution failed")
"""How gRPC's core begins the text of a call for which no connection stood; any other text says nothing of what the hub has seen."""
_NOWHERE: Final = frozenset({grpc.StatusCode.UNAVAILABLE.name, NOBODY_LISTENS.name})
PASSES: Final = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
    }
)
"""How a call that lasts breaks off that goes on where it ended; whatever else it meets, it would meet again."""
_T = TypeVar("_T")


@dataclass(frozen=True)
class Retries:
    """How often at most a query is repeated."""

    most: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.most <= MOST:
            raise RETRIES_TOO_MANY(field="retries", most=MOST)

    def call(self, once: Callable[[float], _T], limit: float) -> _T:
        """Return what `once` returns, which is given the seconds that are left; raise its error where it may not be repeated."""
        end, tries = time.monotonic() + limit, 0
        while True:
            try:
                # what was asked for, to the digit: the clock's own steps would take a little off
                return once(limit if not tries else end - time.monotonic())
            except ShuniuCallError as error:
                pause = self._pause(error, tries, end)
                if pause is None:
                    raise
            time.sleep(pause)
            tries += 1

    async def call_async(self, once: Callable[[float], Awaitable[_T]], limit: float) -> _T:
        """Do the same for asyncio."""
        end, tries = time.monotonic() + limit, 0
        while True:
            try:
                return await once(limit if not tries else end - time.monotonic())
            except ShuniuCallError as error:
                pause = self._pause(error, tries, end)
                if pause is None:
                    raise
            await asyncio.sleep(pause)
            tries += 1

    def _pause(self, error: ShuniuCallError, tries: int, end: float) -> float | None:
        """Return the seconds to wait before the next try, None where there is to be none."""
        if tries >= self.most or not is_safe_to_repeat(error):
            return None
        pause = error.retry_after or min(_FIRST * 2**tries, _LONGEST)
        # up to a fifth more, so that those who were sent away together do not come back together
        pause *= 1 + randbelow(200) / 1000
        return pause if time.monotonic() + pause + LEAST_TIME <= end else None


NEVER: Final = Retries()


def is_safe_to_repeat(error: ShuniuCallError) -> bool:
    """Tell whether a failed query may be sent again: it never left this machine, or the hub says when to come again."""
    if error.code is not grpc.StatusCode.UNAVAILABLE:
        return False
    if error.retry_after > 0:
        return True
    cause = error.__cause__
    if error.reason not in _NOWHERE or not isinstance(cause, grpc.RpcError):
        return False
    # as gRPC told it, since the SDK's own account of it is made of a look at the hub afterwards
    return call_error(cause).message.startswith(_NEVER_LEFT)
