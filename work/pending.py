"""Proposals that wait, in memory by the thing that they are about: every answer that shows the thing names the proposal to its department.

Process-local, for it is a copy that follows the change feed; what decides is read from the database.
"""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from hub.access import Caller
from work.model import Proposal, ProposalState

TOPIC: Final = "proposals"


class Pending:
    """The proposals of one hub that wait for a second person."""

    def __init__(self, load_one: Callable[[str], Proposal | None], load_all: Callable[[], Iterable[Proposal]]) -> None:
        """Take the two loaders (one proposal by its id; all that wait); loads everything at once."""
        self._load_one, self._load_all = load_one, load_all
        self._lock = threading.Lock()
        self._of: dict[tuple[str, str], Proposal] = {}
        self._elsewhere: dict[str, Proposal] = {}
        self.load_all()

    def find(self, resource: str, caller: Caller, at: datetime) -> Proposal | None:
        """Return what was proposed about a thing and may still be decided at a moment, to whoever may know of it."""
        found = self._of.get((resource, caller.department)) or self._elsewhere.get(resource)
        return found if found is not None and found.seen_by(caller) and found.as_of(at).state is ProposalState.PROPOSED else None

    def count(self, at: datetime) -> int:
        """Return how many wait at a moment, of all departments."""
        return sum(one.as_of(at).state is ProposalState.PROPOSED for one in tuple(self._of.values()))

    def reload(self, topic: str, key: str) -> None:
        """Follow a change of a proposal; `key` is its id."""
        if topic != TOPIC:
            return
        with self._lock:
            found = self._load_one(key)
            if found is None:
                return
            place = (found.resource, found.department)
            if found.state is ProposalState.PROPOSED:
                self._of[place] = found
            elif (known := self._of.get(place)) is not None and known.id == found.id:
                del self._of[place]
            self._elsewhere = _decided_elsewhere(self._of.values())

    def load_all(self) -> None:
        """Load all that wait anew."""
        with self._lock:
            self._of = {(one.resource, one.department): one for one in self._load_all()}
            self._elsewhere = _decided_elsewhere(self._of.values())


def _decided_elsewhere(every: Iterable[Proposal]) -> dict[str, Proposal]:
    return {one.resource: one for one in every if one.role is not None}
