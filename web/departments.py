"""The names of departments by their codes: the log holds codes, a reader wants names."""

import threading
from datetime import datetime, timedelta
from typing import Final

from aiohttp.web import AppKey

from certs.actions import CertActions
from hub.access import ANYBODY
from hub.clock import Clock

_FRESH: Final = timedelta(seconds=60)


class Titles:
    """The registered departments' titles, read again when a minute has passed."""

    def __init__(self, certs: CertActions, clock: Clock) -> None:
        """Read nothing yet."""
        self._certs = certs
        self._clock = clock
        self._lock = threading.Lock()
        self._until: datetime | None = None
        self._titles: dict[str, str] = {}

    def all(self) -> dict[str, str]:
        """Return {USCC: title}."""
        with self._lock:
            now = self._clock.now()
            # the lower bound is for a clock that was set back: it would keep old names for as long
            if self._until is None or not self._until - _FRESH <= now < self._until:
                self._titles, self._until = self._read(), now + _FRESH
            return self._titles

    def _read(self) -> dict[str, str]:
        titles: dict[str, str] = {}
        token = ""
        while True:
            found, token = self._certs.list_departments(ANYBODY, 1000, token)
            titles |= {one.uscc: one.title for one in found}
            if not token:
                return titles


TITLES: Final = AppKey("titles", Titles)
