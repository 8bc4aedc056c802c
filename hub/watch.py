"""The hub's own rounds: changes that other processes made (operator's commands, later other hub processes), and what falls due with time."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from hub.clock import Clock
from hub.db import Database
from hub.errors import ShuniuError

log = logging.getLogger(__name__)
POLL: Final = 0.25  # seconds
SWEEP: Final = 60  # seconds


class Watch:
    """One thread: polls the change feed four times a second, so a revocation by the operator counts in less than one; sweeps once a minute."""

    def __init__(self, db: Database, clock: Clock, sweep: Callable[[datetime], object], after: int, look: Callable[[], object] | None = None) -> None:
        """Take the database, the clock, what to do each minute, the newest change that is known already, and what to look at each round."""
        self._db = db
        self._clock = clock
        self._sweep = sweep
        self._after = after
        self._look = look
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin the rounds."""
        self._thread.start()

    def stop(self) -> None:
        """End the rounds."""
        self._stopping.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        rounds = 0
        # wait, not sleep: `stop` ends the pause at once.
        while not self._stopping.wait(POLL):
            try:
                if self._look is not None:
                    self._look()  # first: the database may not answer
                # Set only when all listeners took their changes: after an error the next round begins at the same number.
                self._after = self._db.poll(self._after)
                # True in the first round too: what fell due while no hub ran is done at the start.
                if rounds % int(SWEEP / POLL) == 0:
                    self._sweep(self._clock.now())
            except ShuniuError as error:
                log.warning("a round was missed: %s", error.message)
            except Exception:
                log.exception("a round failed")
            rounds += 1
