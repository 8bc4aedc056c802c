"""A hub for practice: on this machine alone, with a database that is marked as its own from the beginning, and a clock that can be moved on.

The certificates of hub and members stay with the machine's clock, at which TLS looks and which nobody can be told another: `of_machine` gives
it to whatever makes or judges them. Everything else follows the clock that was moved.
"""

from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Final

from hub.clock import Clock
from hub.config import Config
from hub.reasons import CLOCK_NOT_MOVED
from hub.reasons.operation import PRACTICE_ELSEWHERE
from shuniu.joining.hosts import is_loopback

MARK: Final = "practice-"
"""How the owner of a practice hub's database begins; a key set's fingerprint is hexadecimal and never does."""
_LENGTH: Final = 64
"""Characters of an owner."""
MOST: Final = 400 * 24
"""Hours that a clock is moved in all. The calendars of working days and the lives of the hub's own CA are longer, a grant's longest is not."""
CLOCK_FILE: Final = "practice-clock"


def mark(fingerprint: str) -> str:
    """Return the owner that a practice hub writes into its database, for the fingerprint of its key set; 220 of its bits remain."""
    return (MARK + fingerprint)[:_LENGTH] if fingerprint else ""


def is_mark(owner: str) -> bool:
    """Tell whether a database's owner is a practice hub."""
    return owner.startswith(MARK)


def check_here(config: Config) -> None:
    """Raise ConfigError where others might reach a hub for practice, and take it for a real one."""
    if not config.practice:
        return
    said = {key: getattr(config, key) for key in ("members", "public", "web", "members_address", "public_address", "web_url")}
    for key, address in said.items():
        host = address.partition("://")[2].partition("/")[0] if "://" in address else address
        name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
        if address and not is_loopback(name.strip("[]")):
            raise PRACTICE_ELSEWHERE(key=key, address=address)


class PracticeClock:
    """The clock of a practice hub: another clock, and the hours by which it was moved on. What was moved outlives the process, in a file."""

    def __init__(self, behind: Clock, file: Path) -> None:
        """Go on from where the file says that this clock was."""
        self.behind, self._file, self._lock = behind, file, Lock()
        self.hours = int(file.read_text(encoding="ascii")) if file.exists() else 0

    def now(self) -> datetime:
        """Return the moment at which this clock stands, in UTC."""
        return self.behind.now() + timedelta(hours=self.hours)

    def move(self, hours: int) -> None:
        """Move on by so many hours; never back, and never further than `MOST` in all."""
        with self._lock:
            if not 0 < hours <= MOST - self.hours:
                raise CLOCK_NOT_MOVED(field="hours", left=MOST - self.hours)
            new = self._file.with_suffix(".new")
            new.write_text(str(self.hours + hours), encoding="ascii")
            new.replace(self._file)  # before the clock moves: what the log was told must not be forgotten by a restart
            self.hours += hours


def clock_of(config: Config, machine: Clock) -> Clock:
    """Return the clock by which a hub of this configuration lives."""
    return PracticeClock(machine, config.data / CLOCK_FILE) if config.practice else machine


def of_machine(clock: Clock) -> Clock:
    """Return the clock at which TLS looks."""
    return clock.behind if isinstance(clock, PracticeClock) else clock
