"""The provider's own account of fetches that failed: one line each, and of the same failure one line a minute, with nothing of any record or key."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

from shuniu.errors import FetchError

log = logging.getLogger(__name__)
MINUTE: Final = 60.0
MOST_KEPT: Final = 1_000
"""Failures that are told apart; where there are more, the one that is known for longest begins anew."""
_CONSUMER: Final = re.compile(r"[0-9A-Z]{18}")
_REASON: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


@dataclass
class _Known:
    since: float
    more: int = 0


class FailureLog:
    """Writes failures by reason, resource and column; for one thread, the event loop's."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        """Begin with nothing."""
        self._now = now
        self._known: dict[tuple[str, str, str], _Known] = {}

    def tell(self, failure: FetchError, consumer: str, seconds: float) -> None:
        """Write a line, or count the failure for the next one of its kind."""
        reason = failure.reason if _REASON.fullmatch(failure.reason) else "OTHER"
        resource, column = failure.facts.get("resource", "-"), failure.facts.get("column", "-")
        known = self._known.get((reason, resource, column))
        if known is not None and self._now() - known.since < MINUTE:
            known.more += 1
            return
        self._keep((reason, resource, column))
        log.warning(
            "a fetch failed: %s, resource %s, column %s, consumer %s, %.0f ms%s%s",
            reason,
            resource,
            column,
            consumer if _CONSUMER.fullmatch(consumer) else "-",
            seconds * 1000,
            f"; {failure.cause}" if failure.cause else "",
            f"; {known.more} more since the last such line" if known is not None and known.more else "",
        )

    def _keep(self, key: tuple[str, str, str]) -> None:
        # taken out and put behind: the first is the one that is known for longest
        self._known.pop(key, None)
        if len(self._known) >= MOST_KEPT:
            del self._known[next(iter(self._known))]
        self._known[key] = _Known(self._now())
