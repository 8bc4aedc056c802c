"""The desk at which work and notices of all domains are kept, in the transaction of what causes them (`hub.desk.Desk`)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from hub.db import Tx
from hub.desk import Notice, Thing, Waiting
from hub.ids import Ids
from work.model import NOTICE, POSTED, SETTLED, ToldNotice, Work, WorkEvent, work_of
from work.store import EventStore, NoticeStore, WorkStore

TOPIC: Final = "work"
"""The topic of the feed of changes by which open streams of every process hear of an event; its key is the department."""
OnEvent = Callable[[Tx, WorkEvent], None]
"""Hears of an event in its own transaction."""
_Change = tuple[str, Work, Work | None]


class WorkDesk:
    """The desk of one hub."""

    def __init__(self, ids: Ids, on_event: Iterable[OnEvent] = ()) -> None:
        """Take the maker of ids, and who hears of each event in the transaction in which it is written."""
        self._ids, self._on_event = ids, tuple(on_event)

    def follow(self, tx: Tx, thing: Thing, waits: tuple[Waiting, ...], at: datetime) -> None:
        """Take note that a thing waits for exactly this from now on."""
        store, now = WorkStore(tx), {(one.department, one.step): one for one in waits}
        if not (departments := {one.department for _, one, _ in self._changes(store, thing, now, at)}):
            return
        self.hold(tx, departments)
        # Read again behind the lock: a sweep may have told of its time meanwhile.
        for kind, one, before in self._changes(store, thing, now, at):
            if before is None:
                store.insert(one)
            else:
                store.replace(before, one)
            self._happen(tx, kind, one, at)

    def _changes(self, store: WorkStore, thing: Thing, now: Mapping[tuple[str, str], Waiting], at: datetime) -> list[_Change]:
        """Return what is settled, moved on and posted, each as it is to stand and as it stood."""
        changes: list[_Change] = []
        before = {(one.department, one.step): one for one in store.waiting(thing.name)}
        for key, one in before.items():
            after = one.moved(thing, now[key], at) if key in now else replace(one, settle_time=at)
            if after != one:
                changes.append((POSTED if key in now else SETTLED, after, one))
        return changes + [(POSTED, work_of(self._ids.new(at), thing, one, at), None) for key, one in now.items() if key not in before]

    def tell(self, tx: Tx, thing: Thing, notices: tuple[Notice, ...], at: datetime) -> None:
        """Tell departments of something; of one key each once."""
        self.hold(tx, {one.department for one in notices})
        store = NoticeStore(tx)
        for notice in notices:
            # Looked up behind the lock: of two that tell the same, the second finds what the first told.
            if store.is_told(notice.department, thing.name, notice.key):
                continue
            said = {name: getattr(notice, name) for name in ("department", "kind", "duties", "article", "facts")}
            told = ToldNotice(id=self._ids.new(at), resource=thing.name, title=thing.title, time=at, **said)
            store.insert(told, notice.key)
            self._happen(tx, NOTICE, told, at)

    @staticmethod
    def hold(tx: Tx, departments: set[str]) -> None:
        """Let nobody else post, settle or tell until the transaction ends, and let the streams of these departments hear of it then."""
        # First the counter of changes, which all of them share, then those of departments: nobody waits for whoever waits for them.
        for department in sorted(departments):
            tx.announce(TOPIC, department)

    def _happen(self, tx: Tx, kind: str, about: Work | ToldNotice, at: datetime) -> None:
        event = EventStore(tx).append(about.department, kind, about, at)
        for hear in self._on_event:
            hear(tx, event)
