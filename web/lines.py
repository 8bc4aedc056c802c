"""The lines that the pages write into the server's log: a few a second, with nothing in them that anybody sent."""

import logging
import time
from collections.abc import Callable
from typing import Final

from aiohttp.web import AppKey

from shuniu.places import places_of

log = logging.getLogger(__name__)
LINES_A_SECOND: Final = 20
"""Lines about requests that are written in a second; what is beyond is counted."""


class Lines:
    """So many lines a second, so that whoever asks fast does not fill the disk with lines about it."""

    def __init__(self, most: int = LINES_A_SECOND, now: Callable[[], float] = time.monotonic) -> None:
        """Begin with none written."""
        self._most, self._now = most, now
        self._second, self._written, self._left_out = -1, 0, 0

    def may(self) -> bool:
        """Tell whether one more line may be written now; count it where not."""
        second = int(self._now())
        if second != self._second:
            self._second, self._written = second, 0
        self._written += 1
        if self._written > self._most:
            self._left_out += 1
        return self._written <= self._most

    def request(self, method: str, pattern: str, status: int, seconds: float) -> None:
        """Log a request that was answered."""
        if self.may():
            left_out = f" ({self._left_out} more lines were left out)" if self._left_out else ""
            log.info("%s %s %d %.0f ms%s", method, pattern, status, seconds * 1000, left_out)
            self._left_out = 0

    def fault(self, error: BaseException) -> None:
        """Log an unknown error by its kind and its place in the code, never by its text, which may hold what somebody sent."""
        if self.may():
            log.error("internal error: %s at %s", type(error).__name__, places_of(error))


LINES: Final = AppKey("lines", Lines)
