"""承继: what becomes of the cases of a department that passes into others, or is closed: requests, grants, objections and whatever else is open."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from brokerage.actions.posting import DEMANDS, GRANTS, NOTICES, BrokerageDesk
from brokerage.grants import DISPUTES_TOPIC
from brokerage.model import Complaint, ComplaintState, CorrectionNotice, DataRequest, Demand, DemandState, Dispute, Grant, Objection
from brokerage.model.request_procedure import DataRequestState
from brokerage.model.succession import (
    pass_complaint,
    pass_demand,
    pass_dispute,
    pass_grant,
    pass_notice,
    pass_objection,
    pass_request,
    told_of_passing,
)
from brokerage.store import ComplaintStore, CorrectionNoticeStore, DataRequestStore, DemandStore, DisputeStore, GrantStore, ObjectionStore
from brokerage.store.passing import complaints_of, demands_of, disputes_of, grants_of, notices_of, objections_of, partners_of, requests_of
from hub.carrying import CarryingActions
from hub.db import Tx
from hub.desk import Thing
from hub.succession import Passing
from hub.unit_of_work import Kit
from timing.timers import Timers


class CaseCarrier(BrokerageDesk, CarryingActions):
    """Carries what the brokerage keeps. Behind the entries: a grant is served by whoever has its entry."""

    def __init__(self, kit: Kit, timers: Timers) -> None:
        """Take the kit and the time limits."""
        super().__init__(kit)
        self._timers = timers

    def carry(self, passing: Passing, at: datetime) -> Iterator[bool]:
        """Pass or end what is left of the predecessor's."""
        own = passing.predecessor
        yield from self._carry_each(
            lambda tx, after, count: grants_of(tx, own, at, after, count), lambda one: one.id, lambda tx, one: self._grant(tx, one, passing, at)
        )
        yield from self._carry_each(
            lambda tx, after, count: requests_of(tx, own, after, count), lambda one: one.id, lambda tx, one: self._request(tx, one, passing, at)
        )
        yield from self._carry_each(
            lambda tx, after, count: objections_of(tx, own, after, count), lambda one: one.id, lambda tx, one: self._objection(tx, one, passing, at)
        )
        yield from self._carry_each(
            lambda tx, after, count: demands_of(tx, own, after, count), lambda one: one.id, lambda tx, one: self._demand(tx, one, passing, at)
        )
        yield from self._carry_each(
            lambda tx, after, count: complaints_of(tx, own, after, count), lambda one: one.id, lambda tx, one: self._complaint(tx, one, passing, at)
        )
        yield from self._carry_each(
            lambda tx, after, count: disputes_of(tx, own, after, count), lambda one: one.id, lambda tx, one: self._dispute(tx, one, passing, at)
        )
        yield from self._carry_each(
            lambda tx, after, count: notices_of(tx, own, after, count), lambda one: one.id, lambda tx, one: self._notice(tx, one, passing, at)
        )

    def concerned(self, tx: Tx, predecessor: str, at: datetime) -> Iterable[str]:
        """Return whoever uses data of the predecessor, or gives it some."""
        return partners_of(tx, predecessor, at)

    def _grant(self, tx: Tx, one: Grant, passing: Passing, at: datetime) -> None:
        after = GrantStore(tx).replace(one, pass_grant(one, passing))
        tx.announce("grants", after.id)
        ended = after.state is not one.state
        notices = told_of_passing("grant_ended" if ended else "grant_passed", one, after, passing)
        self._post(tx, GRANTS, after, notices, at)
        detail = {"state": after.state.value, "consumer": after.consumer, "provider": after.provider}
        action = "brokerage.EndGrant" if ended else "brokerage.PassGrant"
        self._journal.write(tx, passing.change(action, after.name, at, grant=after.name, detail=detail))

    def _request(self, tx: Tx, one: DataRequest, passing: Passing, at: datetime) -> None:
        after = DataRequestStore(tx).replace(one, pass_request(one, passing))
        self._post(tx, self._requests, after, (), at)
        detail = {"state": after.state.value, "consumer": after.consumer, "provider": after.provider}
        action = "brokerage.EndDataRequest" if after.state is DataRequestState.WITHDRAWN else "brokerage.PassDataRequest"
        self._journal.write(tx, passing.change(action, after.name, at, detail=detail))

    def _objection(self, tx: Tx, one: Objection, passing: Passing, at: datetime) -> None:
        after = ObjectionStore(tx).replace(one, pass_objection(one, passing, at))
        self._post(tx, self._objections, after, (), at)
        detail = {"state": after.state.value, "objector": after.objector, "source": after.source}
        action = "brokerage.PassObjection" if after.state is one.state else "brokerage.EndObjection"
        self._journal.write(tx, passing.change(action, after.name, at, detail=detail))

    def _demand(self, tx: Tx, one: Demand, passing: Passing, at: datetime) -> None:
        after = DemandStore(tx).replace(one, pass_demand(one, passing, at))
        self._post(tx, DEMANDS, after, (), at)
        detail = {"state": after.state.value, "filer": after.filer, "assignee": after.assignee}
        action = "brokerage.EndDemand" if after.state is DemandState.WITHDRAWN else "brokerage.PassDemand"
        self._journal.write(tx, passing.change(action, after.name, at, detail=_said(detail)))

    def _complaint(self, tx: Tx, one: Complaint, passing: Passing, at: datetime) -> None:
        after = ComplaintStore(tx).replace(one, pass_complaint(one, passing, at))
        self._post(tx, self._complaints, after, (), at)
        detail = {"state": after.state.value, "filer": after.filer, "assignee": after.assignee}
        action = "brokerage.EndComplaint" if after.state is ComplaintState.CLOSED else "brokerage.PassComplaint"
        self._journal.write(tx, passing.change(action, after.name, at, detail=_said(detail)))

    def _dispute(self, tx: Tx, one: Dispute, passing: Passing, at: datetime) -> None:
        after = DisputeStore(tx).replace(one, pass_dispute(one, passing, at))
        tx.announce(DISPUTES_TOPIC, after.resource)
        self._post(tx, self._disputes, after, (), at)
        detail = {"state": after.state.value, "claimant": after.claimant, "respondent": after.respondent, "coordinator": after.coordinator}
        # `PassDispute` is the authority's step: to hand a dispute over to the common superior
        action = "brokerage.CarryDispute" if after.state is one.state else "brokerage.EndDispute"
        self._journal.write(tx, passing.change(action, after.name, at, detail=_said(detail)))

    def _notice(self, tx: Tx, one: CorrectionNotice, passing: Passing, at: datetime) -> None:
        if not passing.successor:
            # nobody is left who could acknowledge it: it stays as it was sent, and is nobody's work any more
            self._desk.follow(tx, Thing(one.name, one.name), (), at)
            return
        after = CorrectionNoticeStore(tx).replace(one, pass_notice(one, passing))
        self._post(tx, NOTICES, after, (), at)
        self._journal.write(tx, passing.change("brokerage.PassCorrectionNotice", after.name, at, detail={"recipient": after.recipient}))


def _said(detail: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in detail.items() if value}
