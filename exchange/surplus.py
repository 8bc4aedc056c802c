"""Bytes of answers that were refused: a consumer that goes on asking a provider which sends far more than was asked waits in between.

To receive a megabyte costs the hub more than to refuse it, and a consumer and a provider could agree to do nothing else. So what was refused is
counted against the two of them, and nobody else waits for it; an answer that is refused now and then costs them nothing.
Process-local (`hub.buckets`): it is this process that receives.
"""

from collections.abc import Callable
from time import monotonic
from typing import Final

from exchange.reasons import SURPLUS_TOO_MUCH
from exchange.steps import FETCH
from hub.buckets import Bucket, Rate

RATE: Final = Rate(per_second=2 * 1024 * 1024, most=64 * 1024 * 1024)
"""Bytes: a dozen of the largest answers at once, then one in two and a half seconds."""
MOST_COUNTED: Final = 1_024
"""Pairs of consumer and provider after which those are forgotten of which nothing was refused lately."""


class Surplus:
    """What was refused of which provider's answers to which consumer; for the event loop's thread."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        """Begin with nobody known."""
        self._now = now
        self._of: dict[tuple[str, str], Bucket] = {}

    def check(self, consumer: str, provider: str) -> None:
        """Raise LimitError where these two have to wait."""
        bucket = self._of.get((consumer, provider))  # nearly always none
        if bucket is not None and (wait := bucket.wait(1, self._now())) > 0:
            raise SURPLUS_TOO_MUCH(step=FETCH.place, provider=provider, retry_after=wait)

    def count(self, consumer: str, provider: str, size: int) -> None:
        """Count an answer of so many bytes that was refused."""
        at = self._now()
        if len(self._of) >= MOST_COUNTED:
            self._of = {pair: bucket for pair, bucket in self._of.items() if not bucket.is_full(at)}
        bucket = self._of.setdefault((consumer, provider), Bucket(RATE, at))
        bucket.wait(0, at)  # what it gained since it was looked at last
        bucket.take(size)
