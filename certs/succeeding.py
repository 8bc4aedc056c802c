"""承继: how the authority lays down what becomes of departments, and how the hub carries it out on its day."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from certs.changes import IdentityActions
from certs.model import (
    ENDED,
    SUCCESSION_PROCEDURE,
    Department,
    DepartmentState,
    Officer,
    OfficerState,
    Succession,
    SuccessionContent,
    SuccessionStep,
    find_cycle,
    succession_waits,
    told_of_succession,
)
from certs.store import DepartmentStore, LoginStore, OfficerStore, SuccessionStore, SystemStore
from certs.succession_reasons import SUCCESSION_CYCLE, SUCCESSION_OVERLAP, SUCCESSOR_ENDED
from hub.access import HUB, Caller, Duty
from hub.carrying import CarryingActions
from hub.db import Tx
from hub.db.requests import canonical
from hub.desk import Thing
from hub.ending import notice_of_end
from hub.errors import ShuniuError
from hub.paging import from_token, page_size, to_token
from hub.resource import id_of
from hub.succession import Carrier, Passing
from hub.unit_of_work import Aim, Change, Step
from hub.wording import Officer as OfficerText
from hub.wording import RequestId

log = logging.getLogger(__name__)
PORTION: Final = 500
"""Things that one round carries: the watch, by whose rounds a revocation counts, does not wait for more."""
_PAGE: Final = 50
_MOST: Final = 200


def _title(tx: Tx, succession: Succession) -> str:
    store = DepartmentStore(tx)
    before, after = ("、".join(map(store.called, side)) for side in (succession.predecessors, succession.successors))
    return f"{before}→{after or succession.title or '—'}"


SUCCESSIONS: Final[Aim[Succession]] = Aim(
    store=SuccessionStore,
    id_of=partial(id_of, collection="successions"),
    waits=succession_waits,
    called=_title,
)


def _admitted(step: SuccessionStep) -> Aim[Succession]:
    """Return the aim of a step; who may not take it hears so before the etag is compared."""
    return replace(SUCCESSIONS, admit=lambda one, caller: SUCCESSION_PROCEDURE.admit(one, step, caller))


class SuccessionActions(CarryingActions, IdentityActions):
    """The part of the identities' actions that is about successions."""

    _retitle: Any
    _carriers: tuple[Carrier, ...] = ()

    def carried_by(self, *carriers: Carrier) -> None:
        """Take what carries the things of the domains above, in the order in which it is done."""
        self._carriers = carriers

    def create_succession(self, step: Step, content: SuccessionContent) -> Succession:
        """Lay down a succession; the same request sent twice is done once. Another officer of the authority confirms it."""
        step = replace(step, officer=str(OfficerText(step.officer)), request_id=RequestId(step.request_id))

        def make(tx: Tx, at: datetime) -> tuple[Succession, Mapping[str, Any]]:
            planned = Succession.plan(content, step.caller, step.officer, self._ids.new(at), at)
            store = DepartmentStore(tx)
            for one in sorted(planned.departments):
                store.lock(one)  # of two plans for one department at once, the second finds the first
            _check_departments(tx, planned)
            _check_others(tx, planned)
            return planned, _facts(planned)

        return self.create(SUCCESSIONS, "certs.CreateSuccession", step, make, content=canonical(_plain(content)))

    def confirm_succession(self, step: Step) -> Succession:
        """Confirm a succession: on its day the hub carries it out."""
        with self.change(_admitted(SuccessionStep.CONFIRM), "certs.ConfirmSuccession", step) as it:
            it.after = it.before.confirm(it.caller, it.at)
            _check_departments(it.tx, it.after)
            if missing := self._missing(it.tx, it.after):
                it.after = replace(it.after, missing=missing)
            it.tell(*told_of_succession("succession_confirmed", it.after, *self._concerned(it.tx, it.after, it.at)))
            it.record(**_facts(it.after))
        return it.after

    def call_off_succession(self, step: Step) -> Succession:
        """Call a succession off before its day."""
        with self.change(_admitted(SuccessionStep.CALL_OFF), "certs.CallOffSuccession", step) as it:
            it.after = it.before.call_off(it.caller, it.step.reason, it.at)
            if it.before.confirm_time is not None:
                it.tell(*told_of_succession("succession_called_off", it.after, *self._concerned(it.tx, it.after, it.at)))
            it.record(**{**_facts(it.after), "reason": it.after.reason})
        return it.after

    def get_succession(self, caller: Caller, name: str) -> Succession:
        """Return a succession to the departments that it names and the authority; once it is in effect, to everybody."""
        return self.look(SUCCESSIONS, caller, name)

    def list_successions(self, caller: Caller, size: int, token: str) -> tuple[tuple[Succession, ...], str]:
        """Return a page of the successions that the caller may know of, newest first, and the token of the next page."""
        count, position = page_size(size, _PAGE, _MOST), from_token(token, 1)
        with self._db.read() as tx:
            found = SuccessionStore(tx).visible_to(caller, None if position is None else str(position[0]), count + 1)
        return tuple(found[:count]), to_token(found[count - 1].id) if len(found) > count else ""

    def sweep_successions(self, at: datetime) -> None:
        """Carry out what is due, a portion each round, and look which systems of successors do not serve yet."""
        with self._db.read() as tx:
            found = SuccessionStore(tx).unfinished()
        for one in found:
            try:
                if one.is_due(at):
                    self._carry_succession(one, at)
                elif one.confirm_time is not None:
                    self._look_for_systems(one, at)
            except ShuniuError as error:  # a person was quicker, or a row is damaged: the next round tries again, and the others go on
                log.warning("%s was not carried on in this round: %s", one.name, error.message)

    def tell_successions(self, at: datetime) -> Iterator[int]:
        """Tell the departments of a succession, and whoever uses their data, 30, 7 and 1 days before it takes effect."""
        with self._db.read() as tx:
            found = [one for one in SuccessionStore(tx).unfinished() if one.confirm_time is not None and not one.is_due(at)]
        for one in found:
            with self._db.begin() as tx:
                for department in self._concerned(tx, one, at):
                    told = notice_of_end("succession_ahead", department, (Duty.LEAD, Duty.DIRECTORY, Duty.REQUESTS), one.time, at)
                    self._desk.tell(tx, Thing(one.name, _title(tx, one)), told, at)
            yield 1

    def _carry_succession(self, one: Succession, at: datetime) -> None:
        if one.keeps_code:
            self._rename(one, at)
            return
        for passing in one.passings():
            self._end_department(one, passing, at)
        left = PORTION
        for done in self._steps(one, at):
            left -= 1
            if not done or left <= 0:
                return  # the next round goes on with what is left
        with self._db.begin() as tx:
            self._finish(tx, one, at)

    def _steps(self, one: Succession, at: datetime) -> Iterator[bool]:
        for passing in one.passings():
            yield from self._dismiss_officers(passing, at)
            for carrier in self._carriers:
                yield from carrier.carry(passing, at)

    def _end_department(self, one: Succession, passing: Passing, at: datetime) -> None:
        """Let a predecessor act no more: from the next call on its systems are refused, and hear who its successors are."""
        with self._db.begin() as tx:
            store = DepartmentStore(tx)
            for party in sorted({passing.predecessor, *one.successors}):
                store.lock(party)
            before = store.get(passing.predecessor)
            if before.state in ENDED:
                return  # an earlier round did it
            after = store.replace(before, before.end(one.successors, passing.reason, passing.time))
            tx.announce("departments", after.uscc)
            for each in map(store.get, one.successors):
                store.replace(each, each.take_over(after.uscc, passing.time))
                tx.announce("departments", each.uscc)
            self._forget_wishes(tx, after, at)
            ended = LoginStore(tx).end_all_of(after.uscc, at)
            detail = {"state": after.state.value, "successors": " ".join(one.successors), **({"logins": str(ended)} if ended else {})}
            self._journal.write(tx, passing.change("certs.EndDepartment", after.name, at, detail=detail))
            for successor in one.successors:
                self._journal.write(tx, passing.change("certs.TakeOverDepartment", f"departments/{successor}", at))

    def _forget_wishes(self, tx: Tx, department: Department, at: datetime) -> None:
        """Take back the hosts for which its systems asked: nobody decides on them any more."""
        for system in SystemStore(tx).of_department(department.uscc):
            if system.requested_hosts:
                after = replace(system, requested_hosts=())
                SystemStore(tx).put(after)
                self._follow(tx, after, at)

    def _dismiss_officers(self, passing: Passing, at: datetime) -> Iterator[bool]:
        def find(tx: Tx, after: str, count: int) -> list[Officer]:
            return OfficerStore(tx).page(passing.predecessor, after, count, OfficerState.ACTIVE)

        def dismiss(tx: Tx, officer: Officer) -> None:
            ended = officer.end(at, passing.reason)
            OfficerStore(tx).replace(officer, ended)
            LoginStore(tx).end_officer(ended.department, ended.number, at)
            tx.announce("officers", ended.department)
            self._journal.write(tx, passing.change("certs.EndOfficer", ended.name, at))

        yield from self._carry_each(find, lambda officer: officer.number, dismiss)

    def _rename(self, one: Succession, at: datetime) -> None:
        """Give a department that keeps its code the name that the succession says."""
        with self._db.begin() as tx:
            store = DepartmentStore(tx)
            store.lock(one.predecessors[0])
            before = store.get(one.predecessors[0])
            after = store.replace(before, before.retitle(one.title, one.short_title, one.why))
            tx.announce("departments", after.uscc)
            self._retitle(tx, after)
            detail = {"succession": one.name, "former_title": before.title}
            facts: dict[str, Any] = {"resource": after.name, "other": after.uscc, "reason": one.why, "detail": detail}
            self._journal.write(tx, Change(at=at, action="certs.RenameDepartment", actor=HUB, **facts))
            self._finish(tx, one, at)

    def _finish(self, tx: Tx, one: Succession, at: datetime) -> None:
        after = SuccessionStore(tx).replace(one, one.take_effect(at))
        self._post(tx, SUCCESSIONS, after, told_of_succession("succession_in_effect", after, *after.departments), at)
        self._journal.write(tx, Change(at=at, action="certs.PutSuccessionIntoEffect", actor=HUB, resource=after.name, **_facts(after)))

    def _look_for_systems(self, one: Succession, at: datetime) -> None:
        """Keep which systems are missing as it is now, and so whose work it is to let them serve."""
        with self._db.begin() as tx:
            missing = self._missing(tx, one) if one.end_time is None else self._still_missing(tx, one)
            if missing == one.missing:
                return
            after = SuccessionStore(tx).replace(one, one.lacking(missing))
            self._post(tx, SUCCESSIONS, after, (), at)
            facts = {**_facts(after), "detail": {"missing": str(len(missing))}}
            self._journal.write(tx, Change(at=at, action="certs.LookForSystems", actor=HUB, resource=after.name, **facts))

    def _missing(self, tx: Tx, one: Succession) -> tuple[str, ...]:
        found = {system for passing in one.passings() for carrier in self._carriers for system in carrier.missing(tx, passing)}
        return tuple(sorted(found))

    def _still_missing(self, tx: Tx, one: Succession) -> tuple[str, ...]:
        return tuple(name for name in one.missing if any(carrier.needs(tx, name) for carrier in self._carriers))

    def _concerned(self, tx: Tx, one: Succession, at: datetime) -> tuple[str, ...]:
        """Return the departments that are told: those that it names, and whoever uses what the predecessors give."""
        others = (each for uscc in one.predecessors for carrier in self._carriers for each in carrier.concerned(tx, uscc, at))
        return tuple(dict.fromkeys((*one.departments, *sorted(set(others)))))


def _check_departments(tx: Tx, one: Succession) -> None:
    """Refuse departments that are not registered, that have ended, and successors that take no part."""
    store = DepartmentStore(tx)
    for uscc in one.predecessors:
        if store.get(uscc).state in ENDED:
            raise SUCCESSOR_ENDED(department=uscc)
    for uscc in one.successors:
        if store.get(uscc).state is not DepartmentState.ACTIVE:
            raise SUCCESSOR_ENDED(department=uscc)


def _check_others(tx: Tx, one: Succession) -> None:
    """Refuse a department that stands in another open succession, by naming that; where both close a circle, the circle is named."""
    standing = SuccessionStore(tx).open()
    other = next((each for each in standing if set(each.departments) & set(one.departments)), None)
    if other is None:
        return
    edges = [(before, after) for each in (*standing, one) for before in each.predecessors for after in each.successors]
    if way := find_cycle(edges):
        raise SUCCESSION_CYCLE(other=other.name, way=" → ".join((*way, way[0])))
    raise SUCCESSION_OVERLAP(department=min(set(other.departments) & set(one.departments)), other=other.name)


def _plain(content: SuccessionContent) -> list[Any]:
    pairs = [[one.resource, one.successor] for one in content.assignments]
    systems = [[one.predecessor, one.system, one.successor_system] for one in content.systems]
    sides = [list(content.predecessors), list(content.successors)]
    return [content.kind.value, *sides, content.effective_date.isoformat(), content.basis, content.title, content.short_title, pairs, systems]


def _facts(one: Succession) -> dict[str, Any]:
    """Return what the log says of a step, beside who, when and what."""
    detail = {
        "kind": one.kind.value,
        "state": one.state.value,
        "effective_date": one.effective_date.isoformat(),
        "predecessors": " ".join(one.predecessors)[:256],
        "successors": " ".join(one.successors)[:256],
    }
    return {"other": one.predecessors[0], "reason": one.basis, "detail": detail}
