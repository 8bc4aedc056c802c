"""承继: what becomes of the entries of a department that passes into others, or is closed."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from catalog.model import IN_PREPARATION, Entry, EntryState
from catalog.reviews import Reviews
from catalog.store import EntryStore
from catalog.store.passing import ending_of, living_of, put_in_force, serving_systems
from catalog.updates import DirectoryUpdates
from certs.model import split_system_name, system_name
from certs.store import DepartmentStore, SystemStore
from hub.carrying import CarryingActions
from hub.db import Tx
from hub.succession import Passing
from hub.unit_of_work import Kit


class EntryCarrier(CarryingActions):
    """Carries entries: what is in force passes in a new version, what is in preparation goes back as a draft of the successor."""

    def __init__(self, kit: Kit, reviews: Reviews, updates: DirectoryUpdates) -> None:
        """Take the kit, how work follows what is in preparation, and what entries owe."""
        super().__init__(kit)
        self._reviews, self._updates = reviews, updates

    def carry(self, passing: Passing, at: datetime) -> Iterator[bool]:
        """Pass or end the entries of the predecessor that are left."""
        find = living_of if passing.successor else ending_of
        yield from self._carry_each(
            lambda tx, after, count: find(tx, passing.predecessor, after, count), str, lambda tx, entry_id: self._carry_one(tx, passing, entry_id, at)
        )

    def missing(self, tx: Tx, passing: Passing) -> Iterable[str]:
        """Return the systems of successors that are to serve entries and have said no address."""
        for entry_id, system in serving_systems(tx, passing.predecessor):
            if successor := passing.successor_of(f"entries/{entry_id}"):
                name = system_name(successor, passing.system_of(system))
                if not _serves(tx, name):
                    yield name

    def needs(self, tx: Tx, system: str) -> bool:
        """Tell whether an entry in force names a system that has said no address."""
        department, short = split_system_name(system)
        return not _serves(tx, system) and bool(EntryStore(tx).served_by(department, short, 1))

    def _carry_one(self, tx: Tx, passing: Passing, entry_id: str, at: datetime) -> None:
        successor = passing.successor_of(f"entries/{entry_id}")
        own = [one for one in EntryStore(tx).versions(entry_id) if one.provider == passing.predecessor]
        for one in own:
            if one.state in IN_PREPARATION:
                self._hand_back(tx, passing, one, successor, at)
        for one in own:
            if one.state is EntryState.PUBLISHED:
                self._pass_on(tx, passing, one, successor, at)

    def _hand_back(self, tx: Tx, passing: Passing, one: Entry, successor: str, at: datetime) -> None:
        if not successor:
            # a draft for which no reason is given is nobody's work, and nobody of a closed department goes on with it
            ended = one.hand_back(one.provider, one.provider_title, one.serving_system, "")
            EntryStore(tx).replace(one, ended)
            self._post(tx, self._reviews.in_preparation, ended, (), at)
            self._journal.write(tx, passing.change("catalog.EndDraft", one.name, at, detail={"version": str(one.version)}))
            return
        title = DepartmentStore(tx).get(successor).title
        after = one.hand_back(successor, title, passing.system_of(one.serving_system), passing.reason)
        EntryStore(tx).replace(one, after)
        self._post(tx, self._reviews.in_preparation, after, (), at)
        detail = {"version": str(one.version), "successor": successor}
        self._journal.write(tx, passing.change("catalog.PassDraft", one.name, at, detail=detail))

    def _pass_on(self, tx: Tx, passing: Passing, one: Entry, successor: str, at: datetime) -> None:
        store = EntryStore(tx)
        self._updates.on_pass(tx, one.name, successor, passing.reason, at)
        if not successor:
            store.replace(one, one.end(passing.reason, at))
            self._journal.write(tx, passing.change("catalog.EndEntry", one.name, at, detail={"version": str(one.version)}))
            return
        every, title = store.versions(one.id), DepartmentStore(tx).get(successor).title
        following = (max(each.version for each in every) + 1, max(each.revision for each in every) + 1)
        after = one.pass_to(successor, title, passing.system_of(one.serving_system), passing.reason, following, at)
        # before the new version is written: the index `uq_entries_published` allows one version in force
        store.replace(one, one.supersede(at))
        put_in_force(tx, after)
        tx.announce("entries", one.id)
        detail = {"version": str(after.version), "successor": successor}
        self._journal.write(tx, passing.change("catalog.PassEntry", one.name, at, detail=detail))


def _serves(tx: Tx, name: str) -> bool:
    found = SystemStore(tx).find(*split_system_name(name))
    return found is not None and bool(found.endpoint)
