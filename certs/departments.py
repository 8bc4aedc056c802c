"""How the authority registers departments, changes what is registered of them, and lets one take part or not."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from certs.changes import IdentityActions, change_of
from certs.model import CHANGEABLE, DEPARTMENT_PROCEDURE, Department, DepartmentStep, Registration
from certs.reasons import DEPARTMENT_REGISTERED
from certs.store import DepartmentStore, LoginStore
from hub.access import Caller
from hub.db import RequestIds, Tx
from hub.db.requests import canonical
from hub.paging import from_token, page_size, to_token
from hub.resource import id_of
from hub.unit_of_work import Aim, Move, Step
from hub.wording import RequestId
from shuniu.identifiers.uscc import parse_uscc

_USCC: Final = re.compile("[0-9A-Z]{18}")
_ENDINGS: Final = {DepartmentStep.UPDATE: "UpdateDepartment", DepartmentStep.DISABLE: "DisableDepartment", DepartmentStep.ENABLE: "EnableDepartment"}


def _uscc_of(name: str) -> str:
    return parse_uscc(id_of(name, "departments", shape=_USCC))


def _aim(step: DepartmentStep) -> Aim[Department]:
    """Return the aim of a step at a department; who may not take it hears so before the etag is compared."""
    return Aim(
        store=DepartmentStore,
        id_of=_uscc_of,
        topic="departments",
        admit=lambda department, caller: DEPARTMENT_PROCEDURE.admit(department, step, caller),
    )


_AIMS: Final = {step: _aim(step) for step in DepartmentStep}


Retitle = Callable[[Tx, Department], None]
"""What follows the names of a department in the transaction that changes them: the directory's index, which lies above this package."""


class DepartmentActions(IdentityActions):
    """The part of the identities' actions that is about departments."""

    _retitle: Retitle
    _registers: bool
    """Whether calls of a new department name its registered officers alone from the start."""

    def create_department(self, step: Step, registration: Registration) -> Department:
        """Register a department; the same request sent twice is answered the same."""
        now, caller, request_id = self._clock.now(), step.caller.name, RequestId(step.request_id)
        # The level stands behind the rest and only where it is stated: a request that an earlier release answered is compared as it was then.
        stated = [registration.uscc, registration.title, registration.short_title, registration.region]
        content = canonical([*stated, *([registration.level] if registration.level else [])])
        with self._db.begin() as tx:
            requests, store = RequestIds(tx), DepartmentStore(tx)
            if done := requests.look_up(caller, "CreateDepartment", request_id, content):
                return store.get(done)
            if store.find(registration.uscc) is not None:
                raise DEPARTMENT_REGISTERED(department=registration.uscc)
            # Before the department: its log record is the last thing in the transaction, since it locks the log's tree.
            requests.remember(caller, "CreateDepartment", request_id, content, registration.uscc, now)
            return self._register(tx, registration, "certs.CreateDepartment", step.caller)

    def get_department(self, caller: Caller, name: str) -> Department:
        """Return a department as the caller sees it."""
        uscc = _uscc_of(name)
        with self._db.read() as tx:
            return DepartmentStore(tx).get(uscc).as_seen_by(caller)

    def list_departments(self, caller: Caller, size: int, page_token: str) -> tuple[list[Department], str]:
        """Return a page of departments as the caller sees them, ordered by USCC, and the token of the next page."""
        count = page_size(size, default=100, most=1000)
        after = from_token(page_token, 1)
        with self._db.read() as tx:
            found = DepartmentStore(tx).list(parse_uscc(str(after[0])) if after else "", count + 1)
        return [one.as_seen_by(caller) for one in found[:count]], to_token(found[count - 1].uscc) if len(found) > count else ""

    def update_department(self, step: Step, parts: Mapping[str, Any]) -> Department:
        """Change what is registered of a department: title, short title, region, level."""
        with self._change(step, DepartmentStep.UPDATE) as it:
            it.after = it.before.update(it.caller, parts, step.reason)
            if (it.before.title, it.before.short_title) != (it.after.title, it.after.short_title):
                self._retitle(it.tx, it.after)
            it.record(reason=it.after.reason, detail=_difference(it.before, it.after))
        return it.after

    def disable_department(self, step: Step) -> Department:
        """Let a department take no part: from now on its systems are refused, as callers and as providers."""
        with self._change(step, DepartmentStep.DISABLE) as it:
            it.after = it.before.disable(it.caller, step.reason)
            ended = LoginStore(it.tx).end_all_of(it.after.uscc, it.at)
            it.record(reason=it.after.reason, detail={"logins": str(ended)} if ended else {})
        return it.after

    def enable_department(self, step: Step) -> Department:
        """Let a department take part again."""
        with self._change(step, DepartmentStep.ENABLE) as it:
            it.after = it.before.enable(it.caller, step.reason)
            it.record(reason=it.after.reason)
        return it.after

    @contextmanager
    def _change(self, step: Step, what: DepartmentStep) -> Iterator[Move[Department]]:
        with self.change(_AIMS[what], f"certs.{_ENDINGS[what]}", step) as it:
            # Behind the lock nobody of the department enrols or renews.
            DepartmentStore(it.tx).lock(it.before.uscc)
            it.record(other="" if it.before.uscc == it.caller.department else it.before.uscc)
            yield it

    def _register(self, tx: Tx, registration: Registration, action: str, caller: Caller) -> Department:
        now = self._clock.now()
        department = registration.department(now, registered_from=now if self._registers else None)
        DepartmentStore(tx).insert(department)
        tx.announce("departments", department.uscc)
        self._journal.write(tx, change_of(action, caller, department.uscc, now, department.name))
        return department


def _difference(before: Department, after: Department) -> dict[str, str]:
    """Return what the log says of a change beside its reason: each part that is another one now, as it is now."""
    # A blank stands for what is empty now: the log leaves an empty detail out.
    return {part: str(getattr(after, part)) or " " for part in CHANGEABLE if getattr(after, part) != getattr(before, part)}
