"""Whether a provider is called: after failures of its own it is left alone for a while, and then one call tries (ADR 0032).

There are two counts. The failures that one consumer met in a row pause that consumer alone, so that its calls do not hold places at a provider
that is dead to it. The failures that all met since the last answer pause the provider for everybody; there one consumer counts for a part
only, unless it is the only one: a department's own slow table, or its own odd question, shuts nobody else out.

Process-local: the times are of this process's own calls, over its own connection, and are forgotten with it.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from exchange.reasons import PROVIDER_PAUSED, PROVIDER_PAUSED_FOR_YOU
from exchange.steps import FETCH

log = logging.getLogger(__name__)
FAILURES: Final = 5
PAUSE: Final = 10.0
MOST_OF_ONE: Final = 3
"""How many of the failures that pause a provider for everybody one consumer may bring: less than all, so that there are at least two."""


@dataclass(slots=True)
class Tally:
    """Since the start: how often a provider was paused for everybody, and how many calls found no place at theirs; of all providers together."""

    pauses: int = 0
    placeless: int = 0


@dataclass(slots=True)
class _Count:
    """Failures in a row, and until when nobody calls because of them; 0 while calls pass."""

    failures: int = 0
    until: float = 0.0


@dataclass(slots=True)
class Attempt:
    """One call that was let through; `ended` says how it went, and a call that proved nothing leaves the trial to the next."""

    breaker: "Breaker"
    consumer: str
    trials: tuple[_Count, ...] = ()
    until: float = 0.0

    def good(self) -> None:
        """Note that the provider is there, whatever it said."""
        self.trials = ()
        self.breaker.good(self.consumer)

    def bad(self, now: float) -> None:
        """Note a failure of the provider's own."""
        self.trials = ()
        self.breaker.bad(self.consumer, now)

    def end(self, now: float) -> None:
        """Let the next one try where this call was a trial and neither was said: a time cut by the caller speaks of nobody."""
        for count in self.trials:
            if count.until == self.until:
                count.until = now


@dataclass(slots=True)
class Breaker:
    """The counts of one provider's system; `consumers` tells how many departments hold a live grant there, and is asked after failures alone."""

    name: str
    consumers: Callable[[], int]
    tally: Tally = field(default_factory=Tally)
    _all: _Count = field(default_factory=_Count)
    _seen: Counter[str] = field(default_factory=Counter)
    _own: dict[str, _Count] = field(default_factory=dict)  # of consumers whose last call failed

    def begin(self, consumer: str, now: float, *, is_fair: bool) -> Attempt:
        """Let a call through, or raise UnavailableError with the seconds to wait.

        `is_fair` says that the call gives the provider time enough to be judged by it: such a call holds the trial after a pause. Others pass
        beside it, for a caller in a hurry must not keep the provider shut by trying without end.
        """
        if not self._own:  # nothing has failed, for whoever failed last stands there
            return Attempt(self, consumer)
        own = self._own.get(consumer)
        shut = [count for count in (own, self._all) if count is not None and count.until]
        for count in shut:
            if now < count.until:
                reason = PROVIDER_PAUSED if count is self._all else PROVIDER_PAUSED_FOR_YOU
                raise reason(step=FETCH.place, retry_after=count.until - now, failures=FAILURES)
        if not is_fair:
            return Attempt(self, consumer)
        for count in shut:
            count.until = now + PAUSE  # whoever comes while the trial runs waits on
        return Attempt(self, consumer, tuple(shut), now + PAUSE)

    def good(self, consumer: str) -> None:
        """Forget what this consumer met, and what all met."""
        if self._own:
            self._own.pop(consumer, None)
            self._seen.clear()
            self._all = _Count()

    def bad(self, consumer: str, now: float) -> None:
        """Count a failure for the consumer that met it, and for all."""
        own = self._own.setdefault(consumer, _Count())
        own.failures += 1
        if own.failures >= FAILURES:
            own.until = now + PAUSE
        self._seen[consumer] += 1
        if self._is_down():
            if now >= self._all.until:
                self.tally.pauses += 1
                log.warning("provider %s is not called for %.0f s: it failed %d consumers in a row", self.name, PAUSE, len(self._seen))
            self._all.until = now + PAUSE

    def _is_down(self) -> bool:
        if sum(self._seen.values()) < FAILURES:
            return False
        most = FAILURES if len(self._seen) == 1 and self.consumers() <= 1 else MOST_OF_ONE
        return sum(min(count, most) for count in self._seen.values()) >= FAILURES
