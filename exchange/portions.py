"""What the log says of a stream: portions, each with an intent and one outcome (ADR 0078).

A stream is as long as its table. One intent before and one outcome behind it would leave hours in which gigabytes have left and the log says
nothing of them. So the log has a pair for each portion of at most 64 MiB or 10 s. The outcome says what has left, also where the stream broke off
then: rows that a consumer has are never called a failure. Each outcome's digest is that of the whole call up to its end, under one salt, so the
last one covers everything.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from audit import hot
from audit.bulk import FIRST_ROW
from audit.model import Event, Receipt
from audit.outcomes import AT_MOST, OK
from exchange.ledger import ROWS_OUTSIDE, Intent, Ledger, in_time
from hub.errors import ShuniuError
from shuniu.digest import FORM_DETAIL, STREAMED

MOST_BYTES: Final = 64 * 1024 * 1024
"""Bytes of one portion."""
SECONDS: Final = 10.0
"""Seconds from the first frame of a portion after which it is closed."""
BROKE_OFF: Final = "broke_off"
"""The detail of an outcome that says why the stream ended behind what this portion released."""


@dataclass(frozen=True, slots=True)
class PortionSum:
    """What of a portion has left: rows, bytes, the digest of the call up to here, rows that lay outside the grant's, why it ended early."""

    rows: int
    size: int
    digest: bytes
    outside: int = 0
    broke_off: str = ""


class PortionIntent(Intent):
    """The intent of a portion. Its outcome says what has left, however often it has to be written until the log takes it."""

    __slots__ = ("_sum",)

    def __init__(self, ledger: Ledger, event: Event, first_row: int, end: float) -> None:
        """Queue the intent; `end` is the moment of the loop's time until which the log may take to write it."""
        self._sum: PortionSum | None = None
        detail: Mapping[str, str] = {**event.detail, FIRST_ROW: str(first_row), AT_MOST: str(MOST_BYTES >> 20)}
        super().__init__(ledger, hot.copy_with(event, detail=detail), end)

    async def begun(self) -> None:
        """Wait until the intent is durable: no frame leaves before; raise UnavailableError where the log does not commit in time."""
        await in_time(self._pending.written, self._end)

    async def left(self, total: PortionSum, end: float) -> Receipt:
        """Return the receipt once the outcome is durable; raise UnavailableError where it is not by `end`. It is written all the same."""
        self._sum, self._is_ending = total, True
        try:
            written = self._ledger.committer.close(self._pending, self._closing(total), self._outcome_settled).written
        except ShuniuError:
            self._ledger.keep(self)
            raise
        return await in_time(written, end)

    def leave(self, total: PortionSum) -> None:
        """Queue the outcome and wait for nobody: the stream is over."""
        self._sum, self._is_ending = total, True
        self.write()

    def write(self) -> None:
        """Write the outcome of what has left; of nothing, as every intent's."""
        if self._sum is None:
            super().write()
            return
        try:
            self._ledger.committer.close(self._pending, self._closing(self._sum), self._outcome_settled)
        except ShuniuError:  # the log is busy, or stopping
            self._ledger.keep(self)

    def _closing(self, total: PortionSum) -> Callable[[int], Event]:
        at = self._ledger.clock.now()
        detail = {FORM_DETAIL: STREAMED}
        detail |= {ROWS_OUTSIDE: str(total.outside)} if total.outside else {}
        detail |= {BROKE_OFF: total.broke_off} if total.broke_off else {}

        def outcome(index: int) -> Event:
            self._said = self._ending.decide(OK)
            return self._event.outcome(at, OK, index, rows=total.rows, size=total.size, digest=total.digest, detail=detail)

        return outcome
