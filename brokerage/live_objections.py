"""Open objections to records, in memory: whether the record of a call is under objection is told without a database."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from brokerage.model import Objection
from hub.access import Caller, Role
from hub.subject import Subject

TOPIC: Final = "objections"
_Standing = dict[str, dict[bytes, tuple["OpenObjection", ...]]]


@dataclass(frozen=True, slots=True)
class OpenObjection:
    """What a call needs to know of an open objection: to whose record of which entry, to which field of it (empty: to all), since when."""

    id: str
    entry: str
    pseudonym: bytes
    field: str
    since: datetime
    parties: frozenset[str]

    @classmethod
    def of(cls, objection: Objection) -> "OpenObjection":
        """Return what a call needs to know of an objection."""
        parties = frozenset({objection.objector, objection.source})
        return cls(objection.id, objection.resource, objection.subject_pseudonym, objection.field, objection.create_time, parties)

    def name_for(self, caller: Caller) -> str:
        """Return the resource name to a caller whose department has a part in it, and to the authority; empty to anybody else."""
        return f"objections/{self.id}" if caller.department in self.parties or Role.AUTHORITY in caller.roles else ""


class LiveObjections:
    """Every open objection to a record. Readers take no lock: what stands about a record is replaced whole, never changed.

    A pseudonym is computed for calls of entries alone that have an open objection: nobody else pays for them.
    """

    def __init__(
        self,
        load_one: Callable[[str], Objection | None],
        load_all: Callable[[], Iterable[Objection]],
        pseudonym: Callable[[Subject], bytes],
    ) -> None:
        """Take the two ways to the database, and how a subject becomes a pseudonym; nothing is loaded yet."""
        self._load_one, self._load_all, self._pseudonym = load_one, load_all, pseudonym
        self._by_id: dict[str, OpenObjection] = {}
        self._by_entry: _Standing = {}
        self._loading = threading.Lock()

    def of(self, entry: str, subject: Subject | None, fields: Iterable[str]) -> tuple[OpenObjection, ...]:
        """Return the open objections to a subject's record of an entry (its resource name), or to one of these fields of it, oldest first."""
        standing = self._by_entry.get(entry)
        if standing is None or subject is None:
            return ()
        found = standing.get(self._pseudonym(subject), ())
        named = frozenset(fields) if found else frozenset()
        return tuple(one for one in found if not one.field or one.field in named)

    def load_all(self) -> None:
        """Read all of them; one lock over reading and storing, so that an older reading never replaces a newer one."""
        with self._loading:
            self._by_id, fresh = {}, _Standing()
            for one in map(OpenObjection.of, self._load_all()):
                self._by_id[one.id] = one
                about = fresh.setdefault(one.entry, {})
                about[one.pseudonym] = _with(about.get(one.pseudonym, ()), one)
            self._by_entry = fresh

    def reload(self, topic: str, key: str) -> None:
        """Read the objection that changed; other topics are not for this registry."""
        if topic != TOPIC:
            return
        with self._loading:
            before, read = self._by_id.get(key), self._load_one(key)
            after = OpenObjection.of(read) if read is not None and read.of_a_record and read.is_open else None
            # The new one before the old one goes: readers take no lock, and an objection that stays open is never missing for a moment.
            if after is not None:
                self._by_id[key] = after
                about = self._by_entry.setdefault(after.entry, {})
                about[after.pseudonym] = _with(about.get(after.pseudonym, ()), after)
            if before is not None and (after is None or (before.entry, before.pseudonym) != (after.entry, after.pseudonym)):
                self._take_away(before)
            if after is None:
                self._by_id.pop(key, None)

    def _take_away(self, one: OpenObjection) -> None:
        about = self._by_entry[one.entry]
        left = tuple(other for other in about[one.pseudonym] if other.id != one.id)
        if left:
            about[one.pseudonym] = left
            return
        del about[one.pseudonym]
        if not about:  # calls of this entry need no pseudonym any more
            del self._by_entry[one.entry]


def _with(others: tuple[OpenObjection, ...], one: OpenObjection) -> tuple[OpenObjection, ...]:
    return tuple(sorted((*(other for other in others if other.id != one.id), one), key=lambda each: each.id))
