"""From consent to the first use (Decree 809 art. 22), and the terms that run out at grants: what the hub writes down and tells of itself."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from brokerage.actions.posting import GRANTS, BrokerageDesk
from brokerage.first_uses import FirstUses
from brokerage.model import DeliveryExplanation, Grant, told_of_life
from brokerage.store import GrantStore
from hub.access import HUB
from hub.db import Tx
from hub.desk import AUTHORITY, Notice
from hub.errors import ConflictError, NotFoundError
from hub.unit_of_work import Change, Step

_BATCH: Final = 50  # grants read at once: no read transaction stays open over a whole round
_Page = Callable[[GrantStore, str, int], list[Grant]]
_Look = Callable[[Grant, datetime], None]


class DeliveryActions(BrokerageDesk):
    """Deliveries: explain a late one; and what the hub sees of them."""

    def explain_delivery(self, step: Step, explanation: DeliveryExplanation) -> Grant:
        """Say why data that was granted could not be used in time, and by when it can be, as the provider."""
        with self.change(GRANTS, "brokerage.ExplainDelivery", step) as it:
            grant = it.after = it.before.explain_delivery(it.caller, explanation, it.at)
            expected = explanation.expected_date.isoformat() if explanation.expected_date else ""
            it.record(other=grant.consumer, grant=grant.name, detail={"provider": grant.provider, "expected_date": expected})
            it.tell(*told_of_life("delivery_explained", grant, grant.consumer, AUTHORITY, article=grant.timer.citation if grant.timer else ""))
        return self._shown(it.after, it.at)

    def tell_late(self, at: datetime) -> Iterator[int]:
        """Tell of deliveries and of terms to mend that ran out by `at`; yield after each batch how many grants it saw.

        A part of the daily round: both run out with the end of a day, so between two midnights there is nothing to look for. Done again, it
        changes nothing: a grant keeps when it was told.
        """
        looks: tuple[tuple[_Page, _Look], ...] = ((GrantStore.undelivered, self._look_at_delivery), (GrantStore.mending, self._look_at_mending))
        for page, look in looks:
            after = ""
            while batch := self._read(page, after):
                after = batch[-1].id
                for grant in batch:
                    look(grant, at)
                yield len(batch)

    def note_first_uses(self, first_uses: FirstUses) -> None:
        """Write down which grants were used for the first time since the last sweep; where there are none, the database is not asked."""
        noted = first_uses.take()
        try:
            for grant_id in list(noted):
                self._note_one(grant_id, noted[grant_id])
                del noted[grant_id]
        finally:
            first_uses.give_back(noted)  # what the database did not take now, it is asked to take with the next sweep

    def _note_one(self, grant_id: str, at: datetime) -> None:
        try:
            with self._db.begin() as tx:
                store = GrantStore(tx)
                before = store.get(grant_id)
                if before.first_use_time is not None:
                    return  # another process saw a use, too
                after = before.used_first(at)
                store.note_first_use(before, after)
                facts: dict[str, Any] = {"other": after.provider, "grant": after.name, "detail": {"consumer": after.consumer}}
                self._tell(tx, after, Change(at=self._clock.now(), action="brokerage.NoteFirstUse", actor=HUB, resource=after.name, **facts))
        except (ConflictError, NotFoundError):
            return  # somebody changed the grant at this very moment: the next use is noted again

    def _read(self, page: _Page, after: str) -> list[Grant]:
        with self._db.read() as tx:
            return page(GrantStore(tx), after, _BATCH)

    def _look_at_delivery(self, grant: Grant, at: datetime) -> None:
        timer = grant.timer
        if timer is None or timer.told_time is not None or grant.is_over(at) or not self._timers.is_over(grant, at):
            return
        reason = f"the delivery clock ran out before a first use ({timer.citation})"
        told = told_of_life("delivery_late", grant, grant.provider, grant.consumer, AUTHORITY, article=timer.citation)
        change = Change(at=at, action="brokerage.ExpireDelivery", actor=HUB, resource=grant.name, **_facts(grant, reason))
        self._expire(grant, grant.tell_late_delivery(at), change, told)

    def _look_at_mending(self, grant: Grant, at: datetime) -> None:
        if grant.mending is None or grant.mending.told_time is not None or grant.is_over(at) or not grant.mending_is_over(at):
            return
        told = told_of_life("mending_late", grant, grant.consumer, grant.provider, AUTHORITY)
        facts = _facts(grant, "the term to mend the misuse ran out without a report")
        change = Change(at=at, action="brokerage.ExpireMending", actor=HUB, resource=grant.name, **facts)
        self._expire(grant, grant.tell_mending(at), change, told)

    def _expire(self, before: Grant, after: Grant, change: Change, told: tuple[Notice, ...]) -> None:
        try:
            with self._db.begin() as tx:
                GrantStore(tx).replace(before, after)
                self._tell(tx, after, change, *told)
        except ConflictError:
            return  # it was used, mended or ended at this very moment: the next round looks again

    def _tell(self, tx: Tx, grant: Grant, change: Change, *told: Notice) -> None:
        tx.announce("grants", grant.id)
        self._post(tx, GRANTS, grant, told, change.at)
        self._journal.write(tx, change)


def _facts(grant: Grant, reason: str) -> dict[str, Any]:
    return {"other": grant.provider, "reason": reason, "grant": grant.name, "detail": {"state": grant.state.value, "consumer": grant.consumer}}
