"""审核时限: what entries in preparation wait for, and the reviews whose time is over, told once each (Decree 809 art. 17)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property, partial
from typing import Any, Final

from catalog.model import Entry, entry_waits
from catalog.store import EntryStore
from hub.access import HUB
from hub.desk import Waiting
from hub.errors import ConflictError
from hub.going_through import PostingActions
from hub.resource import id_of
from hub.unit_of_work import Aim, Change, Kit
from timing.timers import Timers

_BATCH: Final = 200  # versions read at once: no read transaction stays open over a whole sweep


class Reviews(PostingActions):
    """The timers of the authority's reviews."""

    def __init__(self, kit: Kit, timers: Timers) -> None:
        """Take the kit and the time limits."""
        super().__init__(kit)
        self._timers = timers

    def aim(self, which: Callable[[EntryStore, str], Entry], *, is_work: bool = True) -> Aim[Entry]:
        """Return the aim of a step at one of an entry's versions. Work follows the one in preparation; of the one in force there is none."""
        return Aim(
            store=lambda tx: EntryStore(tx, which),
            id_of=partial(id_of, collection="entries"),
            title=lambda entry: entry.title,
            waits=self._waits if is_work else None,
        )

    @cached_property
    def in_preparation(self) -> Aim[Entry]:
        """Return the aim of a step at the version that is being worked on."""
        return self.aim(EntryStore.in_preparation)

    def backfill(self, _at: datetime) -> Iterator[int]:
        """Post the work of all versions that wait already: of a hub that kept none before."""
        yield from self._go_through(self.in_preparation, lambda tx, after, count: EntryStore(tx).held_in_preparation(after, count), 0)

    def _waits(self, entry: Entry) -> tuple[Waiting, ...]:
        return entry_waits(self._timers.renew(entry, self._clock.now()))

    def sweep(self, at: datetime) -> tuple[Entry, ...]:
        """Put on the log which reviews have taken too long by `at`, each in a transaction of its own; the versions stay to be reviewed.

        Calling it again changes nothing: a version keeps when it was told.
        """
        late: list[Entry] = []
        after = 0
        while batch := self._waiting(after):
            after = batch[-1][0]
            for _, waiting in batch:
                if waiting.timer is not None and waiting.timer.told_time is None and self._timers.is_over(waiting, at):
                    late += self._run_out(waiting, at)
        return tuple(late)

    def _waiting(self, after: int) -> list[tuple[int, Entry]]:
        with self._db.read() as tx:
            return EntryStore(tx).waiting(after, _BATCH)

    def _run_out(self, waiting: Entry, at: datetime) -> list[Entry]:
        late = waiting.run_out(at)
        facts: dict[str, Any] = {
            "other": late.provider,
            "reason": f"the review clock ran out; escalated to the authority ({waiting.timer.citation if waiting.timer else ''})",
            "detail": {"version": str(late.version)},
        }
        try:
            with self._db.begin() as tx:
                EntryStore(tx).replace(waiting, late)
                self._post(tx, self.in_preparation, late, (), at)
                self._journal.write(tx, Change(at=at, action="catalog.ExpireReview", actor=HUB, resource=late.name, **facts))
        except ConflictError:
            return []  # it was published or sent back at this very moment
        return [late]
