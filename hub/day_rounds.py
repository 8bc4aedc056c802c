"""Rounds behind the start, once a day, and again and again: work of what waited before anybody kept work, what ends with time, looks at the log.

A thread of its own: what a round reads and writes may take long in all, and the watch, by whose rounds a revocation counts, does not wait for
it. Each step of a part is one short transaction, and behind each it rests as long as that took.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Final

from hub.clock import Clock, day_in_china
from hub.errors import ShuniuError

log = logging.getLogger(__name__)
LOOK: Final = 2.0
"""Seconds between two looks whether another day has begun."""
AGAIN: Final = 60.0
"""Seconds after which a part that failed is tried again."""
OFTEN: Final = 60.0
"""Seconds at least between two looks of a part that looks again and again."""
SHARE: Final = 50
"""Such a part rests so many times as long as it took: at most a fiftieth of one processor, however much there is to look at."""
Part = Callable[[datetime], Iterator[int]]
"""Goes through things as they stand at a moment, in short transactions: yields after each how many it saw. Done again, it changes nothing."""


class DayRounds:
    """The parts of one hub: `first` once behind the start, `daily` then and on each day in China, `often` then and about once a minute.

    Which are done is process-local: several processes may do the same round, since nothing is posted or told twice.
    """

    def __init__(self, clock: Clock, first: Mapping[str, Part], daily: Mapping[str, Part], often: Mapping[str, Part] | None = None) -> None:
        """Take the clock and the parts, by the name that the server's log says when one fails."""
        self._clock, self._first, self._daily, self._often = clock, dict(first), dict(daily), dict(often or {})
        self._done: dict[str, date | None] = {}
        self._next_look: dict[str, float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="day-rounds", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, also in the middle of a part."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def go(self, at: datetime) -> bool:
        """Do what is left of the day's round, and look where it is time to look again; tell whether all of the round is done."""
        today = day_in_china(at)
        left = [(name, part, None) for name, part in self._first.items() if name not in self._done]
        every = [*left, *((name, part, today) for name, part in self._daily.items() if self._done.get(name) != today)]
        done = [self._do(name, part, at, day) for name, part, day in every]  # each, whatever became of those before it
        for name, part in self._often.items():
            self._look(name, part, at)
        return all(done)

    def _look(self, name: str, part: Part, at: datetime) -> None:
        begin = time.monotonic()
        if begin < self._next_look.get(name, begin):
            return
        self._do(name, part, at, None)  # one that failed looks again in its turn
        end = time.monotonic()
        self._next_look[name] = end + max(OFTEN, SHARE * (end - begin))

    def _do(self, name: str, part: Part, at: datetime, day: date | None) -> bool:
        try:
            begin = time.monotonic()
            for _ in part(at):
                if self._stopping.wait(time.monotonic() - begin if self._thread.is_alive() else 0):
                    return False
                begin = time.monotonic()
        except ShuniuError as error:
            log.warning("%s: a round was broken off: %s", name, error.message)
            return False
        except Exception:
            log.exception("%s: a round failed", name)
            return False
        self._done[name] = day
        return True

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            pause = LOOK if self.go(self._clock.now()) else AGAIN
