"""What an event leaves to be sent, written in the transaction of the event: a kill loses neither without the other."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from hub.db import Tx
from hub.ids import Ids
from work.model import SETTLED, Delivery, DeliveryTarget, Happening, first_try
from work.store import DeliveryStore, TargetStore


class Outbox:
    """The outbox of one hub. What it cannot send at all, by its configuration, it does not keep either."""

    def __init__(self, ids: Ids, period: timedelta, *, webhooks: bool, mail: bool) -> None:
        """Take the maker of ids, the period of digests, and what of both the hub sends."""
        self._ids, self._period, self._webhooks, self._mail = ids, period, webhooks, mail
        self._last, self._lock = "", Lock()
        self.wake: Callable[[], object] = lambda: None
        """Called when something was committed that may be sent."""

    def put(self, tx: Tx, happening: Happening) -> None:
        """Keep one message for each target of the department that wants it."""
        if not (self._webhooks or self._mail):
            return
        targets = [one for one in TargetStore(tx).to_tell(happening.department) if self._reaches(one) and one.wants(happening.duties)]
        if not targets:
            return
        store = DeliveryStore(tx)
        if happening.event == SETTLED:
            # A digest tells what waits, and not what did while nobody looked.
            store.drop(happening.about, [one.id for one in targets if one.email])
        store.insert([self._delivery(one, happening) for one in targets if one.webhook or happening.event != SETTLED])
        tx.after_commit(self.wake)

    def _next(self, at: datetime) -> str:
        """Return an id behind all that this process has given: what one transaction tells is sent in its order."""
        with self._lock:
            self._last = self._ids.new_behind(self._last, at)
            return self._last

    def _reaches(self, target: DeliveryTarget) -> bool:
        return self._webhooks if target.webhook else self._mail

    def _delivery(self, target: DeliveryTarget, happening: Happening) -> Delivery:
        content = happening.content
        return Delivery(
            id=self._next(happening.time),
            target=target.id,
            department=happening.department,
            about=happening.about,
            content=content,
            create_time=happening.time,
            next_time=first_try(content, target.email, happening.time, self._period),
        )
