"""What can be done about mandates: a lead registers one, a lead or the authority ends it; an upgrade gives each system it finds one."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from certs.model import LEGACY, STEPS, DepartmentReason, Mandate, mandate_for
from certs.reasons import MANDATE_BY_OFFICER
from certs.store import DepartmentStore, MandateStore, SystemStore
from hub.access import HUB, Caller, Role
from hub.db import Tx
from hub.db.requests import canonical
from hub.paging import from_token, page_size, to_token
from hub.resource import id_of
from hub.unit_of_work import Actions, Aim, Change, Step
from hub.wording import Officer as OfficerText
from hub.wording import RequestId
from shuniu.identifiers.uscc import parse_uscc

MANDATES: Final[Aim[Mandate]] = Aim(
    store=MandateStore, id_of=partial(id_of, collection="mandates"), topic="mandates", key=lambda mandate: mandate.department
)
_BY_UPGRADE: Final = "an upgrade of the hub: the system goes on as before until then"
_PAGE: Final = 50
_MOST: Final = 200


class MandateActions(Actions):
    """The part of the identities' actions that is about mandates."""

    def create_mandate(self, step: Step, system: str, steps: Collection[str], end: datetime | None) -> Mandate:
        """Register a mandate; the same request sent twice is done once. A person's act: a system cannot give itself one."""
        step = replace(step, officer=str(OfficerText(step.caller.officer or step.officer)), request_id=RequestId(step.request_id))
        step = replace(step, reason=str(DepartmentReason(step.reason)))
        if not step.caller.officer:
            raise MANDATE_BY_OFFICER()

        def make(tx: Tx, at: datetime) -> tuple[Mandate, dict[str, object]]:
            wanted = mandate_for(step.caller, system, steps, end, step.reason, at)
            SystemStore(tx).get(wanted.department, wanted.system)
            made = replace(wanted, id=self._ids.new(at))
            return made, {"detail": _detail(made)}

        content = canonical([system, sorted(steps), end.isoformat() if end else "", step.reason])
        return self.create(MANDATES, "certs.CreateMandate", step, make, content=content)

    def revoke_mandate(self, step: Step) -> Mandate:
        """End a mandate: from the next call on its system takes these steps with a second person."""
        with self.change(MANDATES, "certs.RevokeMandate", step) as it:
            it.after = it.before.revoke(it.caller, step.reason, it.at)
            it.record(reason=it.after.reason, other="" if it.after.department == it.caller.department else it.after.department)
        return it.after

    def list_mandates(self, caller: Caller, department: str, size: int, token: str) -> tuple[tuple[Mandate, ...], str]:
        """Return a page of mandates, newest first: of the caller's own department; the authority's of one that is named, or of all."""
        count, position = page_size(size, _PAGE, _MOST), from_token(token, 1)
        rules = Role.AUTHORITY in caller.roles
        wanted = parse_uscc(department, "department") if department else None if rules else caller.department
        with self._db.read() as tx:
            party = wanted if rules else caller.department
            found = [] if wanted not in {None, party} else MandateStore(tx).newest(party, None if position is None else str(position[0]), count + 1)
        return tuple(found[:count]), to_token(found[count - 1].id) if len(found) > count else ""

    def orphan_mandates(self, tx: Tx, department: str, lead: str, at: datetime) -> int:
        """Let the mandates of a lead who was dismissed wait for another; in the transaction of the dismissal, whose record binds them."""
        store = MandateStore(tx)
        found = [one for one in store.live(department) if one.lead == lead and one.orphaned_until is None]
        for one in found:
            store.replace(one, one.orphan(at))
        if found:
            tx.announce(MANDATES.topic, department)
        return len(found)

    def give_legacy_mandates(self) -> int:
        """Give each system that an upgrade found a mandate for all that it could do before; return how many. Done once for good."""
        at = self._clock.now()
        with self._db.begin() as tx:
            systems, store = MandateStore(tx).take_legacy_systems(), MandateStore(tx)
            if store.any_for(_BY_UPGRADE):  # a hub is upgraded to this rule once; rows that came later were written by somebody else
                return 0
            # Of a department's rows that are not as the log wrote them there is nobody to trust.
            known = [(department, system) for department, system in systems if self._has(tx, department, system)]
            for department, system in known:
                made = Mandate(
                    id=self._ids.new(at), department=department, system=system, steps=tuple(sorted(STEPS)), lead="", create_time=at,
                    expire_time=at + LEGACY, reason=_BY_UPGRADE,
                )  # fmt: skip
                store.insert(made)
                tx.announce(MANDATES.topic, department)
                detail = _detail(made)
                resource = Change(
                    at=at, action="certs.GiveLegacyMandate", actor=HUB, resource=made.name, other=department, reason=_BY_UPGRADE, detail=detail
                )
                self._journal.write(tx, resource)
        return len(known)

    @staticmethod
    def _has(tx: Tx, department: str, system: str) -> bool:
        return DepartmentStore(tx).find(department) is not None and SystemStore(tx).find(department, system) is not None


def _detail(mandate: Mandate) -> dict[str, str]:
    return {"system": mandate.system, "steps": " ".join(mandate.steps), "expires": mandate.expire_time.isoformat(timespec="seconds")}
