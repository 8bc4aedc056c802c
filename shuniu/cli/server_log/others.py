"""What others than we have to say: libraries, the interpreter, C code. Their words may quote what a caller sent, so they are not copied.

Told are the library, the place in its code, and the kind of an error with its places. The same is told once a minute, with how often; so are
our own warnings and errors, word for word: while a database is away for an hour, each round of each thread says the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

from shuniu.cli.server_log.lines import kind_of
from shuniu.places import places_of

if TYPE_CHECKING:
    from typing import Self

MINUTE: Final = 60.0
MOST_KINDS: Final = 200
"""Different things that are told one by one within a minute. Places in code are few; what is beyond is counted together."""
_ANY: Final = "other lines"


@dataclass(frozen=True)
class Said:
    """One thing that somebody else said: who, at which place of the code, at what level."""

    level: str
    name: str
    place: str
    error: BaseException | None = None

    @property
    def kind(self) -> tuple[str, ...]:
        """Return what makes two of them the same."""
        of_error = (kind_of(self.error), places_of(self.error, 1)) if self.error is not None else ()
        return self.level, self.name, self.place, *of_error

    def any(self) -> Self:
        """Return the one that stands for all that are beyond the count."""
        return type(self)(self.level, self.name, _ANY)


@dataclass
class _Count:
    said: Said
    since: float
    more: int = 0


Write = Callable[[Said, str], None]


class Others:
    """Counts what others say, and writes each kind once a minute."""

    def __init__(self, write: Write, clock: Callable[[], float] = monotonic) -> None:
        """Write with `write(said, text)`; the clock measures a minute and decides nothing else."""
        self._write = write
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, ...], _Count] = {}

    def hear(self, said: Said) -> None:
        """Write it, or count it where the same was written within the last minute."""
        with self._lock:
            if said.kind not in self._counts and len(self._counts) >= MOST_KINDS:
                said = said.any()
            count = self._counts.get(said.kind)
            if count is not None:
                count.more += 1
                return
            self._counts[said.kind] = _Count(Said(said.level, said.name, said.place), self._clock())
        self._write(said, said.place)

    def hear_own(self, said: Said) -> None:
        """Do the same for what we say ourselves, which is never counted with anything else: beyond the count it is written."""
        with self._lock:
            count = self._counts.get(said.kind)
            if count is not None:
                count.more += 1
                return
            if len(self._counts) < MOST_KINDS:
                self._counts[said.kind] = _Count(Said(said.level, said.name, said.place), self._clock())
        self._write(said, said.place)

    def tell(self) -> None:
        """Write the counts whose minute is over; what was silent for a minute is forgotten."""
        now = self._clock()
        with self._lock:
            over = {kind: count for kind, count in self._counts.items() if now - count.since >= MINUTE}
            for kind, count in over.items():
                del self._counts[kind]
                if count.more:
                    self._counts[kind] = _Count(count.said, now)
        self._sum(over.values())

    def close(self) -> None:
        """Write what was counted and not yet told."""
        with self._lock:
            rest, self._counts = list(self._counts.values()), {}
        self._sum(rest)

    def _sum(self, counts: Iterable[_Count]) -> None:
        for count in counts:
            if count.more:
                self._write(count.said, f"{count.said.place}: {count.more} more in the last minute")
