"""Proposals: stored, found by department and by thing."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from hub.access import ACCESS, Caller, Duty
from hub.db import Aggregate, Database, fitting
from hub.errors import IntegrityError, NotFoundError
from work.model import PROPOSAL_PROCEDURE, Proposal, ProposalState
from work.pending import Pending
from work.store.tables import proposals


class ProposalStore(Aggregate[Proposal]):
    """Proposals, within one transaction; whoever changes one announces it."""

    table, thing, parties = proposals, PROPOSAL_PROCEDURE.thing, ("department",)

    def read(self, row: dict[str, Any]) -> Proposal:
        """Return a row as a proposal."""
        return Proposal(**{**row, "state": ProposalState(row["state"]), "duties": tuple(map(Duty, row["duties"])), "request": bytes(row["request"])})

    def row(self, thing: Proposal) -> dict[str, Any]:
        """Return a proposal as a row."""
        return {**asdict(thing), "state": thing.state.value, "duties": list(thing.duties)}

    def waiting(self, resource: str, department: str, at: datetime) -> Proposal | None:
        """Return what a department proposed about a thing and has not decided at a moment."""
        where = (proposals.c.resource == resource, proposals.c.state == ProposalState.PROPOSED.value, proposals.c.department == department)
        rows = fitting(self._tx, proposals, self._tx.execute(select(proposals).where(*where)).all())
        found = [one.as_of(at) for one in (self.read(row._asdict()) for row in rows)]
        return next((one for one in found if one.state is ProposalState.PROPOSED), None)

    def overdue(self, at: datetime, count: int) -> list[Proposal]:
        """Return at most `count` proposals that nobody decided in time, the ones that ended first coming first."""
        where = (proposals.c.state == ProposalState.PROPOSED.value, proposals.c.expire_time <= at)
        query = select(proposals).where(*where).order_by(proposals.c.expire_time).limit(count)
        return [self.read(row._asdict()) for row in fitting(self._tx, proposals, self._tx.execute(query).all())]

    def newest_of(self, caller: Caller, before: str | None, count: int, state: ProposalState | None) -> list[Proposal]:
        """Return at most `count` proposals that a caller may know of, newest first, below the id `before`, in a state if asked."""
        return self.page(None, before, count, _seen_by(caller), *(() if state is None else (proposals.c.state == state.value,)))

    def newest_ended(self, caller: Caller, before: str | None, count: int, at: datetime) -> list[Proposal]:
        """Return at most `count` of a caller's proposals that were decided by `at` by nobody, whether that was written down already or not."""
        waits = and_(proposals.c.state == ProposalState.PROPOSED.value, proposals.c.expire_time <= at)
        return self.page(None, before, count, _seen_by(caller), or_(proposals.c.state == ProposalState.EXPIRED.value, waits))

    def all_waiting(self) -> list[Proposal]:
        """Return every proposal that nobody has decided."""
        query = select(proposals).where(proposals.c.state == ProposalState.PROPOSED.value)
        return [self.read(row._asdict()) for row in fitting(self._tx, proposals, self._tx.execute(query).all())]


def _seen_by(caller: Caller) -> ColumnElement[bool]:
    """Return the condition of what `Proposal.seen_by` shows to a caller."""
    methods = [method for method, row in ACCESS.items() if row.second and row.second.role in caller.roles]
    own = proposals.c.department == caller.department
    return or_(own, proposals.c.method.in_(methods)) if methods else own


def live_pending(database: Database) -> Pending:
    """Return the proposals that wait, which follow every change that is announced."""

    def load_one(proposal_id: str) -> Proposal | None:
        with database.read() as tx:
            try:
                return ProposalStore(tx).get(proposal_id)
            except (NotFoundError, IntegrityError):
                return None

    def load_all() -> Iterable[Proposal]:
        with database.read() as tx:
            return ProposalStore(tx).all_waiting()

    pending = Pending(load_one, load_all)
    database.on_change(pending.reload, pending.load_all)
    return pending
