"""探测: whether the services behind published entries are alive and fresh, asked on a schedule, told when it changes (ADR 0079)."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Final
from zlib import crc32

from catalog.comparer import Comparer
from catalog.model import Entry
from catalog.model.health import EntryHealth, ServiceState, told_of_service
from catalog.probing import Sound, Sounding, observe
from catalog.serving import Description
from catalog.store import EntryStore, HealthStore
from hub.access import HUB, Duty
from hub.db import Tx
from hub.desk import Thing
from hub.errors import ConflictError, NotFoundError
from hub.paging import page_size, place_of, to_token
from hub.resource import id_of
from hub.unit_of_work import Actions, Change, Kit
from shuniu.identifiers.uscc import parse_uscc

log = logging.getLogger(__name__)
BATCH: Final = 64
"""Probes that one round takes up."""
AGAIN: Final = timedelta(minutes=1)
"""So soon a service is probed again that did worse than before, for one probe alone proves nothing."""
COUNTED_EVERY: Final = timedelta(seconds=10)
_PORTION: Final = 200
Consumers = Callable[[Tx, str, datetime], Iterable[str]]
"""Tells which departments have a live grant on an entry (its resource name) at a moment."""
System = tuple[str, str]
"""A department and its system."""


class Probes(Actions):
    """The health of entries: planned, probed, told and read."""

    def __init__(self, kit: Kit, comparer: Comparer, consumers: Consumers, minutes: int) -> None:
        """Take who compares, who is told, and how many minutes lie between two probes of an entry; 0: nothing is probed."""
        super().__init__(kit)
        self._comparer, self._consumers = comparer, consumers
        self.period = timedelta(minutes=minutes)
        self._lock = Lock()
        self._counts: Mapping[ServiceState, int] = {}
        self._counted: datetime | None = None

    def get(self, name: str) -> EntryHealth:
        """Return how the service behind a published entry stands."""
        entry_id = id_of(name, "entries")
        with self._db.read() as tx:
            found = HealthStore(tx).get(entry_id)
        if found is None:
            raise EntryStore.unknown()
        return found

    def listed(
        self, size: int = 0, token: str = "", provider: str = "", state: ServiceState | None = None, entry: str = ""
    ) -> tuple[tuple[EntryHealth, ...], str]:
        """Return a page of the health of published entries, newest first, and the token of the next page."""
        count, before = page_size(size, default=50, most=200), place_of(token, 1, str)
        wanted = (parse_uscc(provider, "provider") if provider.strip() else "", state, id_of(entry, "entries", "entry") if entry.strip() else "")
        with self._db.read() as tx:
            # one more than the page holds tells whether another page follows
            found = HealthStore(tx).listed(before, count + 1, *wanted)
        return tuple(found[:count]), to_token(found[count - 1].entry_id) if len(found) > count else ""

    def counts(self) -> Mapping[ServiceState, int]:
        """Return how many published entries have a service in each state; ten seconds old at most, of several who ask at once one counts."""
        with self._lock:
            at = self._clock.now()
            if self._counted is None or abs(at - self._counted) >= COUNTED_EVERY:
                with self._db.read() as tx:
                    self._counts, self._counted = HealthStore(tx).counts(), at
            return self._counts

    def on_publish(self, tx: Tx, entry: Entry, at: datetime) -> None:
        """Plan the first probe of an entry, in the transaction that publishes it."""
        if self.period and entry.serving_system:
            HealthStore(tx).plan(entry.id, self._first(entry.id, at))

    def backfill(self, at: datetime) -> Iterator[int]:
        """Plan the probes of entries that were published before anybody probed them."""
        after, seen = "", _PORTION if self.period else 0
        while seen == _PORTION:
            with self._db.begin() as tx:
                store = HealthStore(tx)
                found = store.unplanned(after, _PORTION)
                for one in found:
                    store.plan(one, self._first(one, at))
            seen, after = len(found), found[-1] if found else after
            yield seen

    def claim(self, at: datetime) -> Mapping[System, Sequence[Entry]]:
        """Take the probes that are due, of which no other process takes any, and plan the next of each; return their entries by who serves them."""
        with self._db.read() as tx:
            due = HealthStore(tx).due(at, BATCH) if self.period else []
        taken: dict[System, list[Entry]] = defaultdict(list)
        for entry_id, when in due:
            with self._db.begin() as tx:
                entry = self._take(tx, entry_id, when, at)
            if entry is not None:
                taken[entry.provider, entry.serving_system].append(entry)
        return taken

    def probe(self, entries: Sequence[Entry], sound: Sound) -> None:
        """Probe entries of one system, one after another: a system has one question of a probe before it at a time.

        Where it neither says what it serves nor can be reached for the first, the others are taken to stand as that one does.
        """
        description = self._comparer.ask(entries[0].provider, entries[0].serving_system)
        sounding: Sounding | None = None
        for entry in entries:
            if sounding is None or description is not None or not sounding.cause:
                sounding = sound(entry)
            try:
                self._note(entry, description, sounding)
            except (ConflictError, NotFoundError):
                log.info("%s changed while it was probed", entry.name)

    def _take(self, tx: Tx, entry_id: str, due: datetime, at: datetime) -> Entry | None:
        store = HealthStore(tx)
        if not store.claim(entry_id, due, at + self.period):
            return None
        try:
            entry = EntryStore(tx).published(entry_id)
        except NotFoundError:
            entry = None
        if entry is None or not entry.serving_system:
            store.drop(entry_id)
            return None
        return entry

    def _note(self, entry: Entry, description: Description | None, sounding: Sounding) -> None:
        at = self._clock.now()
        with self._db.begin() as tx:
            before = HealthStore(tx).get(entry.id)
            if before is None or not before.is_planned:
                return
            after = before.after(observe(entry, description, sounding, before.state), entry.version, at, min(AGAIN, self.period))
            HealthStore(tx).replace(before, after)
            if after.is_other_than(before):
                self._tell(tx, entry, before, after, at)

    def _tell(self, tx: Tx, entry: Entry, before: EntryHealth, after: EntryHealth, at: datetime) -> None:
        consumers = [one for one in self._consumers(tx, entry.name, at) if one != entry.provider]
        notices = [told_of_service(after, entry.provider, Duty.DIRECTORY), *(told_of_service(after, one, Duty.REQUESTS) for one in consumers)]
        self._desk.tell(tx, Thing(entry.name, entry.title), tuple(notices), at)
        detail = {"state": after.state.value, "before": before.state.value, "version": str(entry.version), "column": after.field}
        told = {name: value for name, value in {**detail, "cause": after.reason}.items() if value}
        change = Change(at=at, action="catalog.ChangeServiceState", actor=HUB, resource=entry.name, other=entry.provider, detail=told)
        self._journal.write(tx, change)

    def _first(self, entry_id: str, at: datetime) -> datetime:
        """Return when an entry is probed first: within one period, at a moment of its own, so that not all are probed at once."""
        part = crc32(entry_id.encode()) / 2**32
        return at + self.period * part
