"""What can be done about officers: register, import, change, dismiss, name a deputy, look; and from when on a department's calls name them alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from certs.changes import IdentityActions, change_of
from certs.mandating import MandateActions
from certs.model import (
    OFFICER_PROCEDURE,
    Department,
    DepartmentReason,
    Officer,
    OfficerState,
    OfficerStep,
    register,
    split_officer_name,
)
from certs.reasons import DEPUTY_UNKNOWN, NO_SUCH_OFFICER, OFFICER_NAME_WRONG, OFFICER_REGISTERED, PEOPLE_OF_OTHER_DEPARTMENT
from certs.store import DepartmentStore, LoginStore, OfficerStore, UnknownNumberStore, duties_of
from certs.unknown_numbers import UnknownCount
from hub.access import Caller, Duty, Port, Role, admit
from hub.db import RequestIds, Tx
from hub.db.requests import canonical
from hub.errors import IllegalStateError, NotAllowedError
from hub.paging import from_token, page_size, to_token
from hub.unit_of_work import Aim, Step
from hub.wording import Officer as OfficerText
from hub.wording import RequestId
from shuniu.identifiers.uscc import parse_uscc

_PAGE: Final = 100
_MOST: Final = 1_000


def _id_of(name: str) -> str:
    found = split_officer_name(name)
    if found is None:
        raise OFFICER_NAME_WRONG(field="name")
    return "/".join(found)


def _aim(step: OfficerStep) -> Aim[Officer]:
    """Return the aim of a step at an officer; who may not take it hears so before the etag is compared."""
    return Aim(
        store=OfficerStore,
        id_of=_id_of,
        topic="officers",
        key=lambda officer: officer.department,
        admit=lambda officer, caller: _admit(officer, step, caller),
    )


def _admit(officer: Officer, step: OfficerStep, caller: Caller) -> None:
    if not officer.seen_by(caller):
        raise NO_SUCH_OFFICER()
    OFFICER_PROCEDURE.admit(officer, step, caller)
    if caller.department != officer.department and Duty.PEOPLE not in officer.duties:
        raise PEOPLE_OF_OTHER_DEPARTMENT()


_AIMS: Final = {step: _aim(step) for step in OfficerStep}
_RPCS: Final[Mapping[OfficerStep, str]] = {
    OfficerStep.UPDATE: "UpdateOfficer",
    OfficerStep.NAME_DEPUTY: "NameDeputy",
    OfficerStep.INVITE: "InviteOfficer",
    OfficerStep.DISMISS: "DismissOfficer",
}


@dataclass(frozen=True, slots=True)
class Registration:
    """How a department's officers are known: whether a call that names an unknown one is refused, from when on, and how many have named one."""

    department: str
    registered: bool
    register_from: datetime | None
    officer_count: int
    duties: frozenset[Duty]
    unknown: UnknownCount


class OfficerActions(MandateActions, IdentityActions):
    """The part of the identities' actions that is about officers."""

    def create_officer(self, step: Step, department: str, number: str, display_name: str, duties: frozenset[Duty]) -> Officer:
        """Register an officer; the same request sent twice is done once. The authority registers other departments' people officers alone."""
        step = replace(step, officer=str(OfficerText(step.officer)))
        uscc = parse_uscc(department, "department") if department else step.caller.department
        if uscc != step.caller.department and (Role.AUTHORITY not in step.caller.roles or Duty.PEOPLE not in duties):
            raise PEOPLE_OF_OTHER_DEPARTMENT()
        now, caller, request_id = self._clock.now(), step.caller.name, RequestId(step.request_id)
        content = canonical([uscc, number, display_name, sorted(duties)])
        with self._db.begin() as tx:
            requests, store = RequestIds(tx), OfficerStore(tx)
            if done := requests.look_up(caller, "CreateOfficer", request_id, content):
                return store.get(done)
            officer = register(uscc, number, display_name, duties, duties_of(tx, DepartmentStore(tx).get(uscc)), now)
            if store.find(uscc, officer.number) is not None:
                raise OFFICER_REGISTERED(number=officer.number)
            requests.remember(caller, "CreateOfficer", request_id, content, f"{uscc}/{officer.number}", now)
            store.insert(officer)
            tx.announce("officers", uscc)
            change = change_of("certs.CreateOfficer", step.caller, uscc, now, officer.name)
            self._journal.write(tx, replace(change, officer=step.officer, detail={"duties": " ".join(sorted(duties))}))
        return officer

    def update_officer(self, step: Step, parts: Mapping[str, Any]) -> Officer:
        """Change what colleagues call an officer, the duties, or both."""
        with self.change(_AIMS[OfficerStep.UPDATE], "certs.UpdateOfficer", step) as it:
            allowed = duties_of(it.tx, DepartmentStore(it.tx).get(it.before.department))
            it.after = it.before.update(it.caller, allowed, step.reason, **parts)
            it.record(reason=it.after.reason, other=_other(it.before, it.caller), detail={"duties": " ".join(sorted(it.after.duties))})
        return it.after

    def dismiss_officer(self, step: Step) -> Officer:
        """Let an officer act no more: sessions end in this transaction, calls that name the number are refused at once, mandates wait for another."""
        with self.change(_AIMS[OfficerStep.DISMISS], "certs.DismissOfficer", step) as it:
            it.after = it.before.dismiss(it.caller, it.at, step.reason)
            ended = LoginStore(it.tx).end_officer(it.after.department, it.after.number, it.at)
            orphaned = self.orphan_mandates(it.tx, it.after.department, it.after.number, it.at)
            detail = {"logins": ended, "mandates": orphaned}
            it.record(
                reason=it.after.reason, other=_other(it.before, it.caller), detail={name: str(count) for name, count in detail.items() if count}
            )
        return it.after

    def name_deputy(self, step: Step, deputy: str, until: datetime | None) -> Officer:
        """Let another officer act for a lead until a moment, or nobody."""
        with self.change(_AIMS[OfficerStep.NAME_DEPUTY], "certs.NameDeputy", step) as it:
            it.after = it.before.name_deputy(it.caller, deputy, until, it.at, step.reason)
            if it.after.deputy:
                found = OfficerStore(it.tx).find(it.after.department, it.after.deputy)
                if found is None or not (found.is_active and found.is_person):
                    raise DEPUTY_UNKNOWN(field="deputy")
            ends = {"until": it.after.deputy_until.isoformat(timespec="seconds")} if it.after.deputy_until else {}
            it.record(reason=it.after.reason, other=_other(it.before, it.caller), detail={"deputy": it.after.deputy, **ends})
        return it.after

    def get_officer(self, caller: Caller, name: str) -> Officer:
        """Return an officer to the own department and the authority."""
        return self.look(_AIMS[OfficerStep.UPDATE], caller, name)

    def open_to(self, caller: Caller, name: str) -> tuple[str, ...]:
        """Return the rpcs by which a caller may change an officer now: by the access table and the procedure, as the steps themselves."""
        officer = self.get_officer(caller, name)
        return tuple(rpc for step, rpc in _RPCS.items() if _is_open(officer, step, rpc, caller))

    def list_officers(
        self, caller: Caller, department: str, size: int, token: str, *, state: OfficerState | None = None, duty: Duty | None = None
    ) -> tuple[list[Officer], str]:
        """Return a page of a department's officers, ordered by number, and the token of the next page; of others the authority alone sees them."""
        count, after = page_size(size, _PAGE, _MOST), from_token(token, 1)
        uscc = self._open_to(caller, department)
        found: list[Officer] = []
        position = str(after[0]) if after else ""
        with self._db.read() as tx:
            while len(found) <= count and (part := OfficerStore(tx).page(uscc, position, count + 1, state)):
                position = part[-1].number
                found += [one for one in part if duty is None or duty in one.duties]
        return found[:count], to_token(found[count - 1].number) if len(found) > count else ""

    def officer_registration(self, caller: Caller, department: str) -> Registration:
        """Return how a department's officers are known."""
        with self._db.read() as tx:
            return self._registration(tx, DepartmentStore(tx).get(self._open_to(caller, department)))

    def set_officer_registration(self, step: Step, department: str, start: datetime | None) -> Registration:
        """Set from when on a department's calls name registered officers alone; without a moment at once. As the authority."""
        uscc, officer, at = parse_uscc(department, "department"), str(OfficerText(step.officer)), self._clock.now()
        reason = str(DepartmentReason(step.reason))
        with self._db.begin() as tx:
            store = DepartmentStore(tx)
            before = store.get(uscc)
            after = self._register_from(tx, before, start or at)
            change = change_of("certs.SetOfficerRegistration", step.caller, uscc, at, after.name)
            detail = {"register_from": (start or at).isoformat(timespec="seconds")}
            self._journal.write(tx, replace(change, officer=officer, reason=reason, detail=detail))
            return self._registration(tx, after)

    def _register_from(self, tx: Tx, before: Department, start: datetime) -> Department:
        after = replace(before, registered_from=start, revision=before.revision + 1)
        DepartmentStore(tx).replace(before, after)
        tx.announce("departments", after.uscc)
        return after

    def _registration(self, tx: Tx, department: Department) -> Registration:
        every, registered = OfficerStore(tx).of_department(department.uscc), department.is_registered(self._clock.now())
        active = sum(one.is_active for one in every)
        # Once they are refused, the log names each such call.
        unknown = UnknownCount() if registered else UnknownNumberStore(tx).count(department.uscc, [one.number for one in every if one.is_active])
        return Registration(department.uscc, registered, department.registered_from, active, duties_of(tx, department), unknown)

    @staticmethod
    def _open_to(caller: Caller, department: str) -> str:
        uscc = parse_uscc(department, "department") if department else caller.department
        if uscc != caller.department and Role.AUTHORITY not in caller.roles:
            raise PEOPLE_OF_OTHER_DEPARTMENT()
        return uscc


def _other(officer: Officer, caller: Caller) -> str:
    return "" if officer.department == caller.department else officer.department


def _is_open(officer: Officer, step: OfficerStep, rpc: str, caller: Caller) -> bool:
    if step is OfficerStep.NAME_DEPUTY and Duty.LEAD not in officer.duties:
        return False
    if step is OfficerStep.INVITE and not officer.is_person:
        return False
    try:
        admit(f"/shuniu.v1.OfficerService/{rpc}", Port.MEMBERS, caller)
        _admit(officer, step, caller)
        OFFICER_PROCEDURE.step(officer, step, caller)
    except (NotAllowedError, IllegalStateError):
        return False
    return True
