"""Disputes: two departments consult, the authority or the common superior coordinates, the government decides (Decree 809 art. 28)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from brokerage.actions.posting import DISPUTES, BrokerageDesk, dispute_title
from brokerage.model import (
    Dispute,
    DisputeContent,
    DisputeState,
    Matter,
    matter_of_demand,
    matter_of_grant,
    matter_of_objection,
    matter_of_request,
    may_coordinate,
    suggests_superior,
    told_of_dispute,
)
from brokerage.model.matter import matter_of_change
from brokerage.model.reasons import DISPUTE_ABOUT_UNKNOWN, DISPUTE_OPEN, NO_SUPERIOR
from brokerage.store import DataRequestStore, DemandStore, DisputeStore, GrantStore, ObjectionStore, ServiceChangeStore
from certs.model import Department
from certs.store import DepartmentStore
from hub.access import Caller
from hub.db import Tx
from hub.db.requests import canonical
from hub.desk import Thing
from hub.resource import id_of, visible
from hub.unit_of_work import Move, Step, page_of
from shuniu.identifiers.uscc import parse_uscc
from timing.overdue import OverdueActions
from timing.timers import CONSULT_DISPUTE, COORDINATE_DISPUTE


@dataclass(frozen=True, slots=True)
class About:
    """One kind of thing that a dispute can be about: where it is, and what a dispute about it is."""

    store: Callable[[Tx], Any]
    matter: Callable[[Any, datetime], Matter]


ABOUT: Final[Mapping[str, About]] = {
    "dataRequests": About(DataRequestStore, matter_of_request),
    "grants": About(GrantStore, matter_of_grant),
    "objections": About(ObjectionStore, matter_of_objection),
    "demands": About(DemandStore, matter_of_demand),
    "serviceChanges": About(ServiceChangeStore, matter_of_change),
}
"""By the first part of its name. A further kind is one line: a store with `get`, and a function that returns its `Matter`."""


class DisputeActions(OverdueActions, BrokerageDesk):
    """Disputes."""

    def open_dispute(self, step: Step, content: DisputeContent) -> Dispute:
        """Open a dispute; both departments are told what holds meanwhile. The same request sent twice is done once."""

        def make(tx: Tx, at: datetime) -> tuple[Dispute, Mapping[str, Any]]:
            matter = _matter(tx, step.caller, content.resource, at)
            tx.hold(f"dispute {content.resource}")
            _refuse_second(tx, content.resource)
            dispute = Dispute.open(step.caller, content, matter, self._ids.new(at), at)
            # one that is not registered any more, and a legacy one without a level, count as they stand
            pair = [DepartmentStore(tx).find(one) for one in (dispute.claimant, dispute.respondent)]
            differs = pair[0] is not None and pair[1] is not None and suggests_superior(pair[0], pair[1])
            dispute = replace(dispute, superior_suggested=differs, timer=self._timers.start(CONSULT_DISPUTE, at))
            told = told_of_dispute("dispute_opened", dispute, dispute.claimant, dispute.respondent)
            self._desk.tell(tx, Thing(dispute.name, dispute_title(tx, dispute)), told, at)
            return dispute, {**_facts(step.caller, dispute), "officer": dispute.officer}

        made = self.create(self._disputes, "brokerage.OpenDispute", step, make, content=canonical(content.plain()))
        return self._timers.renew(made, self._clock.now())

    def answer_dispute(self, step: Step, answer: str) -> Dispute:
        """State the respondent's position."""
        with self.change(self._disputes, "brokerage.AnswerDispute", step) as it:
            it.after = it.before.state_position(it.caller, answer)
            _finish(it, "dispute_answered")
        return self._timers.renew(it.after, it.at)

    def propose_settlement(self, step: Step, settlement: str) -> Dispute:
        """Propose terms to the other party."""
        with self.change(self._disputes, "brokerage.ProposeSettlement", step) as it:
            it.after = it.before.propose(it.caller, settlement)
            _finish(it, "dispute_terms")
        return self._timers.renew(it.after, it.at)

    def agree_settlement(self, step: Step) -> Dispute:
        """Agree to the terms that the other party proposed."""
        with self.change(self._disputes, "brokerage.AgreeSettlement", step) as it:
            it.after = it.before.agree(it.caller, it.at)
            _finish(it, "dispute_settled")
        return self._timers.renew(it.after, it.at)

    def escalate_dispute(self, step: Step) -> Dispute:
        """Take a dispute to the authority, or after its decision to the government."""
        with self.change(self._disputes, "brokerage.EscalateDispute", step) as it:
            timer = self._timers.start(COORDINATE_DISPUTE, it.at)
            it.after = it.before.escalate(it.caller, step.reason, timer, is_over=self._timers.is_over(it.before, it.at))
            if it.before.state is DisputeState.DECIDED:  # another about the same thing may have been opened since
                it.tx.hold(f"dispute {it.before.resource}")
                _refuse_second(it.tx, it.before.resource)
            _finish(it, "dispute_escalated")
        return self._timers.renew(it.after, it.at)

    def pass_dispute(self, step: Step, coordinator: str) -> Dispute:
        """Pass a dispute on to the common superior of the two departments, as the authority."""
        uscc = parse_uscc(coordinator, field="coordinator")
        with self.change(self._disputes, "brokerage.PassDispute", step) as it:
            it.after = it.before.hand_over(it.caller, uscc, step.reason)
            _check_superior(it.tx, it.after)
            _finish(it, "dispute_passed_on")
        return self._timers.renew(it.after, it.at)

    def decide_dispute(self, step: Step, outcome: str, consequence: str) -> Dispute:
        """Decide a dispute, as who coordinates it; what it is about changes by the steps of whoever is bound by that."""
        with self.change(self._disputes, "brokerage.DecideDispute", step) as it:
            it.after = it.before.decide(it.caller, outcome, consequence)
            _finish(it, "dispute_decided")
        return self._timers.renew(it.after, it.at)

    def record_government_decision(self, step: Step, document_number: str, outcome: str, consequence: str) -> Dispute:
        """Record what the government decided, by the number of its document, as the authority."""
        with self.change(self._disputes, "brokerage.RecordGovernmentDecision", step) as it:
            it.after = it.before.record_government(it.caller, document_number, outcome, consequence, it.at)
            _finish(it, "dispute_decided")
        return self._timers.renew(it.after, it.at)

    def withdraw_dispute(self, step: Step) -> Dispute:
        """Take a dispute back, as the claimant."""
        with self.change(self._disputes, "brokerage.WithdrawDispute", step) as it:
            it.after = it.before.withdraw(it.caller, step.reason, it.at)
            _finish(it, "dispute_withdrawn")
        return self._timers.renew(it.after, it.at)

    def get_dispute(self, caller: Caller, name: str) -> Dispute:
        """Return a dispute to its parties and the authority."""
        return self._timers.renew(self.look(DISPUTES, caller, name), self._clock.now())

    def list_disputes(self, caller: Caller, size: int = 0, token: str = "", state: DisputeState | None = None) -> tuple[tuple[Dispute, ...], str]:
        """Return a page of the caller's disputes, newest first, and the token of the next page."""
        at = self._clock.now()
        with self._db.read() as tx:
            found, following = page_of(partial(DisputeStore(tx).newest, state=state), caller, size, token)
        return tuple(self._timers.renew(one, at) for one in found), following

    def sweep_disputes(self, at: datetime) -> tuple[Dispute, ...]:
        """Put on the log which disputes have taken too long by `at`, once for each tier."""
        facts = partial(_facts, Caller())
        return self._tell_once(at, self._disputes, lambda tx, after, count: DisputeStore(tx).timed(after, count), "brokerage.ExpireDispute", facts)


def _finish(it: Move[Dispute], kind: str) -> None:
    """Put the step on the log, and tell all that have a part in it but whoever took it."""
    it.record(**_facts(it.caller, it.after))
    everybody = (it.after.claimant, it.after.respondent, it.after.coordinator)
    it.tell(*told_of_dispute(kind, it.after, *(one for one in everybody if one != it.caller.department)))


def _matter(tx: Tx, caller: Caller, resource: str, at: datetime) -> Matter:
    """Return what a dispute about a thing would be; a thing that the caller may not know of is not there."""
    kind = resource.partition("/")[0]
    about = ABOUT.get(kind)
    if about is None:
        raise DISPUTE_ABOUT_UNKNOWN(field="dispute.resource", known=", ".join(f"{one}/ID" for one in ABOUT))
    store = about.store(tx)
    thing = visible(store.get(id_of(resource, kind, "dispute.resource")), caller, store.unknown)
    return about.matter(thing, at)


def _refuse_second(tx: Tx, resource: str) -> None:
    first = DisputeStore(tx).open_of(resource)
    if first is not None:
        raise DISPUTE_OPEN(dispute=first.name, state=first.state.value, step="open")


def _check_superior(tx: Tx, dispute: Dispute) -> None:
    """Refuse a coordinator that is not registered, takes no part, or is no common superior (Decree 809 art. 28)."""
    store = DepartmentStore(tx)
    superior: Department = store.get(dispute.coordinator)
    superior.check_provides()
    if not may_coordinate(superior, store.get(dispute.claimant), store.get(dispute.respondent)):
        raise NO_SUPERIOR(field="coordinator")


def _facts(caller: Caller, dispute: Dispute) -> dict[str, Any]:
    """Return what the log says of a step, beside who, when and what."""
    detail = {
        "state": dispute.state.value,
        "about": dispute.resource,
        "meanwhile": dispute.meanwhile.value,
        "coordinator": dispute.coordinator,
        "outcome": dispute.outcome,
        "document_number": dispute.document_number,
    }
    return {
        "other": dispute.respondent if caller.department == dispute.claimant else dispute.claimant,
        "detail": {name: value for name, value in detail.items() if value},
    }
