"""What departments read of their work and of what they were told, and how far their systems acknowledge the stream."""

from datetime import datetime
from typing import Final

from hub.access import Caller, Duty, Role
from hub.paging import from_token, page_size, place_of, to_token
from hub.unit_of_work import Actions, Kit
from work.model import ToldNotice, Work
from work.pending import Pending
from work.reasons import ESCALATED_TO_AUTHORITY
from work.store import EventStore, Filter, NoticeStore, WorkStore, place_in, token_of

_PAGE: Final = 50
_MOST: Final = 500


class WorkActions(Actions):
    """Work and notices of the caller's own department; the authority also sees what is over at others."""

    def __init__(self, kit: Kit, pending: Pending) -> None:
        """Take the kit, and the proposals that wait."""
        super().__init__(kit)
        self._pending = pending

    def list_work(self, caller: Caller, wanted: Filter, size: int, token: str) -> tuple[list[Work], str, int, int]:
        """Return a page of open work by due time, the token of the next page, how much there is in all, and how much of it is over."""
        if wanted.escalated and Role.AUTHORITY not in caller.roles:
            raise ESCALATED_TO_AUTHORITY(field="escalated")
        count, place, at = page_size(size, _PAGE, _MOST), place_of(token, 2, _place), self._clock.now()
        with self._db.read() as tx:
            store = WorkStore(tx)
            found, total, over = store.page(wanted, place, count + 1), store.count(wanted), store.count(wanted, at)
        last = found[count - 1] if len(found) > count else None
        return found[:count], to_token(last.order_time.isoformat(), last.id) if last else "", total, over

    def list_notices(self, caller: Caller, resource: str, duties: tuple[Duty, ...], size: int, token: str) -> tuple[list[ToldNotice], str]:
        """Return a page of what the caller's department was told, newest first, and the token of the next."""
        count, position = page_size(size, _PAGE, _MOST), from_token(token, 1)
        with self._db.read() as tx:
            found = NoticeStore(tx).page(caller.department, None if position is None else str(position[0]), count + 1, resource, duties)
        return found[:count], to_token(found[count - 1].id) if len(found) > count else ""

    def acknowledge(self, caller: Caller, token: str) -> str:
        """Note that the calling system has everything up to an event; return the newest token that it acknowledged."""
        department, at = caller.department, self._clock.now()
        with self._db.begin() as tx:
            store, seq = EventStore(tx), place_in(tx, department, token, "token")
            store.bounds(department).check_reached(seq, "token")
            return token_of(tx, department, store.acknowledge(department, caller.system, seq, at))

    def days_left(self, work: Work) -> int | None:
        """Return how many working days are left of a piece of work now."""
        return work.days_left(self._clock.now())

    def proposal_of(self, work: Work) -> str:
        """Return the proposal that waits about the same thing, by which the step may be taken already."""
        found = self._pending.find(work.resource, Caller(work.department), self._clock.now())
        return work.proposal or (found.name if found else "")


def _place(order_time: object, work_id: object) -> tuple[datetime, str]:
    moment = datetime.fromisoformat(str(order_time))
    if moment.tzinfo is None:
        raise ValueError(order_time)
    return moment, str(work_id)
