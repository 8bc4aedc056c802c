"""What of the brokerage still belongs to a department, for what passes to its successor (`brokerage.actions.succession`)."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, or_, select

from brokerage.model import Complaint, CorrectionNotice, DataRequest, Demand, Dispute, Grant, GrantState, Objection
from brokerage.model.complaint_procedure import COMPLAINT_PROCEDURE, ComplaintStep
from brokerage.model.demand_procedure import DEMAND_PROCEDURE, DemandStep
from brokerage.model.dispute_procedure import DISPUTE_PROCEDURE, DisputeStep
from brokerage.model.objection_procedure import OBJECTION_PROCEDURE, ObjectionStep
from brokerage.model.request_procedure import REQUEST_PROCEDURE, RequestStep
from brokerage.store.aggregates import CorrectionNoticeStore, DataRequestStore, GrantStore, ObjectionStore
from brokerage.store.complaints import ComplaintStore, complaints
from brokerage.store.demands import DemandStore, demands
from brokerage.store.disputes import DisputeStore, disputes
from brokerage.store.tables import correction_notices, data_requests, grants, objections
from hub.db import Aggregate, Tx, fitting_page
from hub.procedure import Procedure

_T = TypeVar("_T", DataRequest, Grant, Objection, CorrectionNotice, Demand, Complaint, Dispute)
_LIVING: Final = (GrantState.ACTIVE.value, GrantState.SUSPENDED.value)


def requests_of(tx: Tx, department: str, after: str, count: int) -> list[DataRequest]:
    """Return undecided requests of which a department is a party, by their ids above `after`."""
    return _page(DataRequestStore(tx), tx, department, after, count, data_requests.c.state.in_(_open(REQUEST_PROCEDURE, RequestStep.END)))


def grants_of(tx: Tx, department: str, at: datetime, after: str, count: int) -> list[Grant]:
    """Return grants that live at a moment, of which a department is a party, by their ids above `after`."""
    living = grants.c.state.in_(_LIVING) & (grants.c.expire_time > at)
    return _page(GrantStore(tx), tx, department, after, count, living)


def objections_of(tx: Tx, department: str, after: str, count: int) -> list[Objection]:
    """Return objections that are not closed, of which a department is a party, by their ids above `after`."""
    return _page(ObjectionStore(tx), tx, department, after, count, objections.c.state.in_(_open(OBJECTION_PROCEDURE, ObjectionStep.END)))


def notices_of(tx: Tx, department: str, after: str, count: int) -> list[CorrectionNotice]:
    """Return correction notices that a department has not acknowledged, by their ids above `after`."""
    return _page(CorrectionNoticeStore(tx), tx, department, after, count, correction_notices.c.acknowledge_time.is_(None))


def demands_of(tx: Tx, department: str, after: str, count: int) -> list[Demand]:
    """Return open demands that a department filed or looks at, by their ids above `after`."""
    return _page(DemandStore(tx), tx, department, after, count, demands.c.state.in_(_open(DEMAND_PROCEDURE, DemandStep.END)))


def complaints_of(tx: Tx, department: str, after: str, count: int) -> list[Complaint]:
    """Return open complaints that a department filed or answers, by their ids above `after`."""
    return _page(ComplaintStore(tx), tx, department, after, count, complaints.c.state.in_(_open(COMPLAINT_PROCEDURE, ComplaintStep.END)))


def disputes_of(tx: Tx, department: str, after: str, count: int) -> list[Dispute]:
    """Return open disputes of which a department is a party or the coordinator, by their ids above `after`."""
    return _page(DisputeStore(tx), tx, department, after, count, disputes.c.state.in_(_open(DISPUTE_PROCEDURE, DisputeStep.END)))


def partners_of(tx: Tx, department: str, at: datetime) -> frozenset[str]:
    """Return the other parties of a department's living grants."""
    living = (grants.c.state.in_(_LIVING), grants.c.expire_time > at)
    given = select(grants.c.consumer).where(grants.c.provider == department, *living)
    used = select(grants.c.provider).where(grants.c.consumer == department, *living)
    return frozenset(row[0] for query in (given, used) for row in tx.execute(query.distinct()))


def _open(procedure: Procedure[Any, Any], end: StrEnum) -> list[str]:
    """Return the states from which the end of a department leads on: whatever has one is open, and whatever is open has one."""
    return [state.value for state, step in procedure.next if step is end]


def _page(store: Aggregate[_T], tx: Tx, department: str, after: str, count: int, which: ColumnElement[bool]) -> list[_T]:
    table = store.table
    party = or_(*(table.c[name] == department for name in store.parties))
    rows = fitting_page(tx, table, select(table).where(party, which, table.c.id > after), table.c.id, count)
    return [store.read(row._asdict()) for row in rows]
