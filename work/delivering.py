"""What a department does with its targets and dead letters; each change is one transaction with its log record."""

from datetime import datetime
from typing import Final

from hub.access import Caller, Duty
from hub.db import RequestIds, Tx
from hub.db.requests import canonical
from hub.paging import from_token, page_size, to_token
from hub.resource import id_of, visible
from hub.unit_of_work import Actions, Change, Kit, Step
from hub.wording import Officer
from work.dispatch import Dispatch
from work.model import MOST_TARGETS, DeadLetter, DeliveryTarget, place_of
from work.reasons import NO_SUCH_TARGET, TARGETS_TOO_MANY
from work.store import DeliveryStore, TargetStore

_PAGE: Final = 50
_PAGE_MOST: Final = 200
_METHOD: Final = "SetDeliveryTarget"


class DeliveryActions(Actions):
    """Targets and dead letters of the caller's own department; nobody sees another's, the authority neither."""

    def __init__(self, kit: Kit, dispatch: Dispatch) -> None:
        """Take the kit and what sends."""
        super().__init__(kit)
        self._dispatch = dispatch

    def set_target(self, step: Step, webhook: str, email: str, duties: tuple[Duty, ...]) -> DeliveryTarget:
        """Have notice of work sent somewhere, once for each request id."""
        officer, (webhook, email), at = Officer(step.officer), place_of(webhook, email), self._clock.now()
        self._dispatch.admit(webhook, email)
        department, content = step.caller.department, canonical([webhook, email, [one.value for one in duties], officer])
        with self._db.begin() as tx:
            store, requests = TargetStore(tx), RequestIds(tx)
            store.hold(department)
            if (done := requests.look_up(step.caller.name, _METHOD, step.request_id, content)) is not None:
                return store.get(done)
            if len(store.to_tell(department)) >= MOST_TARGETS:
                raise TARGETS_TOO_MANY(most=MOST_TARGETS)
            target = DeliveryTarget(id=self._ids.new(at), department=department, webhook=webhook, email=email, duties=duties, create_time=at)
            store.insert(target)
            requests.remember(step.caller.name, _METHOD, step.request_id, content, target.id, at)
            detail = {"place": target.place, **({"duties": " ".join(one.value for one in duties)} if duties else {})}
            self._record(tx, step, "work.SetDeliveryTarget", target.name, at, detail)
        return target

    def list_targets(self, caller: Caller) -> list[DeliveryTarget]:
        """Return the targets of the caller's department, oldest first."""
        with self._db.read() as tx:
            return TargetStore(tx).of(caller.department)

    def remove_target(self, step: Step) -> None:
        """Send nothing more to a target; what waits for it is dropped."""
        Officer(step.officer)
        target_id, at = id_of(step.name, "deliveryTargets"), self._clock.now()
        with self._db.begin() as tx:
            target = visible(TargetStore(tx).get(target_id), step.caller, NO_SUCH_TARGET)
            TargetStore(tx).remove(target)
            dropped = {"place": target.place, "dropped": str(target.waiting_count + target.dead_count)}
            self._record(tx, step, "work.RemoveDeliveryTarget", target.name, at, dropped)

    def list_dead_letters(self, caller: Caller, size: int, token: str) -> tuple[list[DeadLetter], str]:
        """Return a page of what could not be delivered to the caller's department, newest first, and the token of the next."""
        count, position = page_size(size, _PAGE, _PAGE_MOST), from_token(token, 1)
        with self._db.read() as tx:
            found = DeliveryStore(tx).dead(caller.department, None if position is None else str(position[0]), count + 1)
        return found[:count], to_token(found[count - 1].id) if len(found) > count else ""

    def retry(self, step: Step) -> DeadLetter:
        """Try a dead letter once more, at once."""
        Officer(step.officer)
        letter_id, at = id_of(step.name, "deadLetters"), self._clock.now()
        with self._db.begin() as tx:
            letter = DeliveryStore(tx).revive(step.caller.department, letter_id, at)
            TargetStore(tx).rest(letter.target_id, None)
            self._record(tx, step, "work.RetryDelivery", letter.name, at, {"target": letter.target})
            tx.after_commit(self._dispatch.outbox.wake)
        return letter

    def _record(self, tx: Tx, step: Step, action: str, resource: str, at: datetime, detail: dict[str, str]) -> None:
        officer = Officer(step.officer)
        self._journal.write(tx, Change(at=at, action=action, actor=step.caller, officer=officer, resource=resource, detail=detail))
