"""A department's list of officers, taken as a whole: all of it or nothing, every fault told at once, one record for all of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from certs.changes import change_of
from certs.model import Officer, register
from certs.officers import OfficerActions
from certs.reasons import LINE_TWICE, LINES_MISSING, NUMBER_OF_DISMISSED, TOO_MANY_LINES
from certs.store import DepartmentStore, LoginStore, OfficerStore, duties_of
from hub.access import Duty
from hub.db import RequestIds, Tx
from hub.db.requests import canonical
from hub.faults import Faults
from hub.unit_of_work import Step
from hub.wording import Officer as OfficerText
from hub.wording import RequestId

MOST_LINES: Final = 5_000
_WHY: Final = "名单导入"


@dataclass(frozen=True, slots=True)
class Line:
    """What a list says of one officer."""

    number: str
    display_name: str
    duties: frozenset[Duty]


@dataclass(frozen=True, slots=True)
class Imported:
    """How many officers an import registered, changed, left as they were and dismissed."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    dismissed: int = 0

    def text(self) -> str:
        """Return the counts as an answer is kept for the same request."""
        return f"{self.created} {self.updated} {self.unchanged} {self.dismissed}"

    @classmethod
    def parse(cls, text: str) -> "Imported":
        """Return the counts that were kept."""
        return cls(*map(int, text.split()))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What an import is about to do."""

    new: tuple[Officer, ...]
    changed: tuple[tuple[Officer, Officer], ...]
    gone: tuple[tuple[Officer, Officer], ...]
    unchanged: int

    def counts(self) -> Imported:
        return Imported(len(self.new), len(self.changed), self.unchanged, len(self.gone))


class ImportActions(OfficerActions):
    """The part of the identities' actions that takes lists of officers."""

    def import_officers(self, step: Step, lines: Sequence[Line], *, complete: bool, validate_only: bool) -> Imported:
        """Register and change everybody on a list, of a complete one also dismiss whoever is not on it; the same request sent twice is done once.

        The first list ends the time in which calls that name unknown officers are answered.
        """
        by, request_id, at = str(OfficerText(step.officer)), RequestId(step.request_id), self._clock.now()
        step = replace(step, officer=by)
        caller, uscc = step.caller.name, step.caller.department
        content = canonical([complete, [[one.number, one.display_name, sorted(one.duties)] for one in lines]])
        with self._db.read() as tx:
            # Checked before the write transaction: a long list holds nobody up.
            plan = self._plan(tx, step, lines, complete, at)
        if validate_only:
            return plan.counts()
        with self._db.begin() as tx:
            requests = RequestIds(tx)
            if done := requests.look_up(caller, "ImportOfficers", request_id, content):
                return Imported.parse(done)
            # Behind the lock once more: somebody may have changed an officer since.
            DepartmentStore(tx).lock(uscc)
            plan = self._plan(tx, step, lines, complete, at)
            requests.remember(caller, "ImportOfficers", request_id, content, plan.counts().text(), at)
            self._carry_out(tx, step, plan, at)
        return plan.counts()

    def _plan(self, tx: Tx, step: Step, lines: Sequence[Line], complete: bool, at: datetime) -> _Plan:  # noqa: FBT001 - as the request says it
        allowed = duties_of(tx, DepartmentStore(tx).get(step.caller.department))
        known = {one.number: one for one in OfficerStore(tx).of_department(step.caller.department)}
        wanted = _read(step.caller.department, lines, allowed, known, at)
        new = tuple(one for number, one in wanted.items() if number not in known)
        changed, unchanged = [], 0
        for number, one in wanted.items():
            if (before := known.get(number)) is None:
                continue
            if (before.display_name, before.duties) == (one.display_name, one.duties):
                unchanged += 1
            else:
                changed.append((before, before.update(step.caller, allowed, _WHY, display_name=one.display_name, duties=one.duties)))
        left = [one for one in known.values() if complete and one.is_active and one.number not in wanted and one.number != step.officer]
        gone = tuple((one, one.dismiss(step.caller, at, _WHY)) for one in left)
        return _Plan(new, tuple(changed), gone, unchanged)

    def _carry_out(self, tx: Tx, step: Step, plan: _Plan, at: datetime) -> None:
        store, departments = OfficerStore(tx), DepartmentStore(tx)
        for one in plan.new:
            store.insert(one)
        for before, after in (*plan.changed, *plan.gone):
            store.replace(before, after)
        for _, one in plan.gone:
            LoginStore(tx).end_officer(one.department, one.number, at)
            self.orphan_mandates(tx, one.department, one.number, at)
        department = departments.get(step.caller.department)
        if department.registered_from is None:
            self._register_from(tx, department, at)
        tx.announce("officers", department.uscc)
        counts = plan.counts()
        detail = {"created": counts.created, "updated": counts.updated, "unchanged": counts.unchanged, "dismissed": counts.dismissed}
        change = change_of("certs.ImportOfficers", step.caller, department.uscc, at, department.name)
        self._journal.write(tx, replace(change, officer=step.officer, detail={name: str(count) for name, count in detail.items() if count}))


def _read(department: str, lines: Sequence[Line], allowed: frozenset[Duty], known: dict[str, Officer], at: datetime) -> dict[str, Officer]:
    """Return the officers of a list by number; raise all that is wrong with it, line by line."""
    if not lines:
        raise LINES_MISSING(field="lines")
    if len(lines) > MOST_LINES:
        raise TOO_MANY_LINES(field="lines", most=MOST_LINES)
    faults, wanted = Faults(), dict[str, Officer]()
    for place, line in enumerate(lines):
        one = faults.take(partial(register, department, line.number, line.display_name, line.duties, allowed, at, f"lines[{place}]."), None)
        if one is None:
            continue
        if one.number in wanted:
            faults.add(LINE_TWICE(field=f"lines[{place}].number", number=one.number))
        elif one.number in known and not known[one.number].is_active:
            faults.add(NUMBER_OF_DISMISSED(field=f"lines[{place}].number", number=one.number))
        wanted[one.number] = one
    faults.refuse()
    return wanted
