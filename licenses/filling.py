"""Loads the index of issued codes behind the start, newest status list first, and again after it was forgotten."""

import logging
import threading
import time
from typing import Final

from hub.errors import ShuniuError
from licenses.live import LiveLicenses

log = logging.getLogger(__name__)
LOOK: Final = 1.0
"""Seconds between two looks whether something is missing."""
AGAIN: Final = 5.0
"""Seconds after which a shard that could not be read is tried again."""


class StoppedError(Exception):
    """The hub stops in the middle of a shard."""


class IndexFilling:
    """One thread, which rests as long as it works: the calls of a hub that has just started come first."""

    def __init__(self, live: LiveLicenses) -> None:
        """Take what is to be filled."""
        self._live = live
        self._stopping = threading.Event()
        self._since = 0.0
        self._thread = threading.Thread(target=self._run, name="license-index", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, also in the middle of a shard."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopping.is_set():
            number = self._live.missing()
            pause = LOOK if number is None else self._load(number)
            self._stopping.wait(pause)

    def _load(self, number: int) -> float:
        """Load a shard; return for how long to pause."""
        self._since = time.monotonic()
        try:
            self._live.load_shard(number, self._rest)
        except StoppedError:
            return 0
        except ShuniuError as error:
            log.warning("the licenses of status list %d could not be read: %s", number, error.message)
            return AGAIN
        except Exception:
            log.exception("the licenses of status list %d could not be read", number)
            return AGAIN
        if self._live.missing() is None:
            log.info("every issued license code is in memory")
        return 0

    def _rest(self) -> None:
        took = time.monotonic() - self._since
        if self._stopping.wait(took):
            raise StoppedError
        self._since = time.monotonic()
