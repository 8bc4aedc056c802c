"""The roll of departments, in memory: who takes part. Every call passes here, so disabling one also ends what open connections may do."""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Final

from certs.model import Department, DepartmentState
from hub.errors import UnavailableError

log = logging.getLogger(__name__)
TOPIC: Final = "departments"


class Roll:
    """The registered departments of one hub. Reading takes no lock; changes come through `reload`."""

    def __init__(self, load_one: Callable[[str], Department | None], load_all: Callable[[], Iterable[Department]]) -> None:
        """Take the two loaders (one department by its USCC; all); loads everything at once."""
        self._load_one, self._load_all = load_one, load_all
        self._lock = threading.Lock()
        self._stale: set[str] = set()
        self._departments: dict[str, Department] = {}
        self.load_all()

    def find(self, uscc: str) -> Department | None:
        """Return a department as it is at this moment, None where none is registered, or its row is not what the log's records say."""
        # A view that is known to be old lets nobody in: what could not be read may be that one was disabled.
        if self._stale:
            self._catch_up()
        return self._departments.get(uscc)

    def takes_part(self, uscc: str) -> bool:
        """Tell whether a department is registered and active."""
        found = self.find(uscc)
        return found is not None and found.state is DepartmentState.ACTIVE

    def check_provider(self, uscc: str) -> None:
        """Refuse what would be asked of a department that is disabled."""
        found = self.find(uscc)
        if found is not None:
            found.check_provides()

    def reload(self, topic: str, key: str) -> None:
        """Follow a change of `departments`; `key` is a USCC. What cannot be loaded now is loaded before the next call."""
        if topic != TOPIC:
            return
        try:
            self._follow(key)
        except UnavailableError:
            log.warning("departments could not be read after a change; no caller is let in until they are")

    def load_all(self) -> None:
        """Load every department anew."""
        with self._lock:
            self._departments = {one.uscc: one for one in self._load_all()}
            self._stale = set()

    def _follow(self, key: str) -> None:
        """Load one department anew. One at a time, or an old view loaded by a slower thread could bury that it was disabled."""
        with self._lock:
            try:
                found = self._load_one(key)
            except BaseException:  # whatever it was: the next call must not rest on the old view
                self._stale.add(key)
                raise
            if found is None:
                self._departments.pop(key, None)
            else:
                self._departments[key] = found
            self._stale.discard(key)

    def _catch_up(self) -> None:
        for key in tuple(self._stale):
            self._follow(key)
