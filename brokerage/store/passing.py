"""What of the brokerage still belongs to a department, for what passes to its successor (`brokerage.actions.succession`)."""

from datetime import datetime
from typing import Final, TypeVar

from sqlalchemy import ColumnElement, or_, select

from brokerage.model import CorrectionNotice, DataRequest, DataRequestState, Grant, GrantState, Objection, ObjectionState
from brokerage.store.aggregates import CorrectionNoticeStore, DataRequestStore, GrantStore, ObjectionStore
from brokerage.store.tables import correction_notices, data_requests, grants, objections
from hub.db import Aggregate, Tx, fitting_page

_T = TypeVar("_T", DataRequest, Grant, Objection, CorrectionNotice)
_DECIDED: Final = (DataRequestState.APPROVED.value, DataRequestState.REFUSED.value, DataRequestState.WITHDRAWN.value)
_LIVING: Final = (GrantState.ACTIVE.value, GrantState.SUSPENDED.value)


def requests_of(tx: Tx, department: str, after: str, count: int) -> list[DataRequest]:
    """Return undecided requests of which a department is a party, by their ids above `after`."""
    return _page(DataRequestStore(tx), tx, department, after, count, data_requests.c.state.not_in(_DECIDED))


def grants_of(tx: Tx, department: str, at: datetime, after: str, count: int) -> list[Grant]:
    """Return grants that live at a moment, of which a department is a party, by their ids above `after`."""
    living = grants.c.state.in_(_LIVING) & (grants.c.expire_time > at)
    return _page(GrantStore(tx), tx, department, after, count, living)


def objections_of(tx: Tx, department: str, after: str, count: int) -> list[Objection]:
    """Return objections that are not closed, of which a department is a party, by their ids above `after`."""
    return _page(ObjectionStore(tx), tx, department, after, count, objections.c.state != ObjectionState.CLOSED.value)


def notices_of(tx: Tx, department: str, after: str, count: int) -> list[CorrectionNotice]:
    """Return correction notices that a department has not acknowledged, by their ids above `after`."""
    return _page(CorrectionNoticeStore(tx), tx, department, after, count, correction_notices.c.acknowledge_time.is_(None))


def partners_of(tx: Tx, department: str, at: datetime) -> frozenset[str]:
    """Return the other parties of a department's living grants."""
    living = (grants.c.state.in_(_LIVING), grants.c.expire_time > at)
    given = select(grants.c.consumer).where(grants.c.provider == department, *living)
    used = select(grants.c.provider).where(grants.c.consumer == department, *living)
    return frozenset(row[0] for query in (given, used) for row in tx.execute(query.distinct()))


def _page(store: Aggregate[_T], tx: Tx, department: str, after: str, count: int, which: ColumnElement[bool]) -> list[_T]:
    table = store.table
    party = or_(*(table.c[name] == department for name in store.parties))
    rows = fitting_page(tx, table, select(table).where(party, which, table.c.id > after), table.c.id, count)
    return [store.read(row._asdict()) for row in rows]
