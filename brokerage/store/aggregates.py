"""One store for each aggregate, bound to a transaction. Every change is a compare-and-swap on the revision."""

from abc import ABC, abstractmethod
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import Table, insert, or_, select, update

from brokerage.model import CorrectionNotice, DataRequest, DataRequestState, Grant, Objection
from brokerage.store.rows import columns_of, grant_from, notice_from, objection_from, request_from
from brokerage.store.tables import correction_notices, data_requests, grants, objections
from hub.db import Tx
from hub.errors import ConflictError, NotFoundError

_T = TypeVar("_T", DataRequest, Grant, Objection, CorrectionNotice)


class _Aggregate(ABC, Generic[_T]):
    """The four stores are one: rows by id, newest first, seen from the departments concerned."""

    table: Table
    parties: tuple[str, ...]
    what: str
    zh: str

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def get(self, thing_id: str) -> _T:
        """Return the thing of that id; raise NotFoundError where there is none."""
        row = self._tx.execute(select(self.table).where(self.table.c.id == thing_id)).first()
        if row is None:
            raise self.unknown()
        return self.read(row._asdict())

    @abstractmethod
    def read(self, row: dict[str, Any]) -> _T:
        """Return a row as a value."""

    def insert(self, thing: _T) -> None:
        """Keep a new thing."""
        self._tx.execute(insert(self.table).values(columns_of(self.table, thing)))

    def replace(self, before: _T, after: _T) -> _T:
        """Put `after` in the place of `before`; raise ConflictError when somebody was quicker."""
        at = (self.table.c.id == before.id) & (self.table.c.revision == before.revision)
        changed = self._tx.execute(update(self.table).where(at).values(columns_of(self.table, after))).rowcount
        if changed != 1:
            raise ConflictError(
                f"the {self.what} was changed by somebody else", zh=f"{self.zh}已被他人修改", next_action="read it again and decide again"
            )
        return after

    def newest(self, party: str | None, before: str | None, count: int, state: StrEnum | None = None) -> list[_T]:
        """Return at most `count` things of which `party` is a party (None: of all), newest first, below the id `before`, in a state if asked."""
        query = select(self.table).order_by(self.table.c.id.desc()).limit(count)
        if party is not None:
            query = query.where(or_(*[self.table.c[name] == party for name in self.parties]))
        if before is not None:
            query = query.where(self.table.c.id < before)
        if state is not None:
            query = query.where(self.table.c.state == state.value)
        return [self.read(row._asdict()) for row in self._tx.execute(query)]

    @classmethod
    def unknown(cls) -> NotFoundError:
        """Return the error for what does not exist, and for what the caller may not know to exist: they look the same."""
        return NotFoundError(f"there is no such {cls.what}", zh=f"{cls.zh}不存在", next_action="list what your department takes part in")


class DataRequestStore(_Aggregate[DataRequest]):
    """Requests, within one transaction."""

    table, parties, what, zh = data_requests, ("consumer", "provider"), "data request", "数据共享申请"

    def read(self, row: dict[str, Any]) -> DataRequest:
        """Return a row as a request."""
        return request_from(row)

    def submitted(self, after: str, count: int) -> list[DataRequest]:
        """Return requests that wait for an answer, oldest first, above the id `after`: those whose clock may run out."""
        waiting = (data_requests.c.state == DataRequestState.SUBMITTED.value) & (data_requests.c.id > after)
        rows = self._tx.execute(select(data_requests).where(waiting).order_by(data_requests.c.id).limit(count))
        return [self.read(row._asdict()) for row in rows]


class GrantStore(_Aggregate[Grant]):
    """Grants, within one transaction; whoever changes one announces it, so that the live copies follow."""

    table, parties, what, zh = grants, ("consumer", "provider"), "grant", "共享授权"

    def read(self, row: dict[str, Any]) -> Grant:
        """Return a row as a grant."""
        return grant_from(row)

    def all(self) -> list[Grant]:
        """Return every grant."""
        return [self.read(row._asdict()) for row in self._tx.execute(select(grants))]


class ObjectionStore(_Aggregate[Objection]):
    """Objections, within one transaction."""

    table, parties, what, zh = objections, ("objector", "source"), "objection", "数据异议"

    def read(self, row: dict[str, Any]) -> Objection:
        """Return a row as an objection."""
        return objection_from(row)


class CorrectionNoticeStore(_Aggregate[CorrectionNotice]):
    """Correction notices, within one transaction."""

    table, parties, what, zh = correction_notices, ("recipient",), "correction notice", "更正通知"

    def read(self, row: dict[str, Any]) -> CorrectionNotice:
        """Return a row as a notice."""
        return notice_from(row)
