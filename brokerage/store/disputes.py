"""Where disputes live."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, select

from brokerage.model import DISPUTE_PROCEDURE, OPEN_DISPUTE, Dispute, DisputeState, Meanwhile
from brokerage.store.rows import row_of
from hub.db import Aggregate, Json, Moment, Tx, bind, fitting_page, metadata
from timing.keeping import timer_from

disputes: Final = Table(
    "disputes",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("resource", String(160), nullable=False),
    Column("entry", String(64), nullable=False),
    Column("claimant", String(18), nullable=False),
    Column("respondent", String(18), nullable=False),
    Column("coordinator", String(18), nullable=False),
    Column("superior_suggested", Boolean, nullable=False),
    Column("meanwhile", String(20), nullable=False),
    Column("statement", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("settlement", Text, nullable=False),
    Column("proposer", String(18), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("consequence", Text, nullable=False),
    Column("document_number", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("clock", Json),
    Column("officer", String(64), nullable=False),
    Column("create_time", Moment, nullable=False),
    Column("end_time", Moment),
)
Index("ix_disputes_claimant", disputes.c.claimant, disputes.c.id)
Index("ix_disputes_respondent", disputes.c.respondent, disputes.c.id)
Index("ix_disputes_coordinator", disputes.c.coordinator, disputes.c.id)
Index("ix_disputes_resource", disputes.c.resource)
Index("ix_disputes_state", disputes.c.state, disputes.c.id)
bind(disputes)
_OPEN: Final = tuple(sorted(state.value for state in OPEN_DISPUTE))
_TIMED: Final = (DisputeState.CONSULTING.value, DisputeState.COORDINATING.value)


class DisputeStore(Aggregate[Dispute]):
    """Disputes, within one transaction."""

    table, thing, parties = disputes, DISPUTE_PROCEDURE.thing, ("claimant", "respondent", "coordinator")

    def read(self, row: dict[str, Any]) -> Dispute:
        """Return a row as a dispute."""
        timer = timer_from(row.pop("clock"))
        return Dispute(**{**row, "state": DisputeState(row["state"]), "meanwhile": Meanwhile(row["meanwhile"]), "timer": timer})

    def row(self, thing: Dispute) -> dict[str, Any]:
        """Return a dispute as a row."""
        return row_of(self.table, thing)

    def open_of(self, resource: str) -> Dispute | None:
        """Return the dispute about a thing (its resource name) that is open; None where none is."""
        found = self.page(None, None, 1, disputes.c.resource == resource, disputes.c.state.in_(_OPEN))
        return found[0] if found else None

    def open_about(self, resource: str) -> bool:
        """Tell whether a dispute about a thing (its resource name) is open."""
        return self.open_of(resource) is not None

    def about(self, resources: Sequence[str], party: str | None, count: int) -> list[Dispute]:
        """Return at most `count` disputes about these things (resource names) of which `party` is a party (None: of all), newest first."""
        return self.page(party, None, count, disputes.c.resource.in_(resources))

    def timed(self, after: str, count: int) -> list[Dispute]:
        """Return disputes whose time runs, oldest first, above the id `after`."""
        query = select(disputes).where(disputes.c.state.in_(_TIMED), disputes.c.id > after)
        return [self.read(row._asdict()) for row in fitting_page(self._tx, disputes, query, disputes.c.id, count)]


def is_disputed(tx: Tx, resource: str) -> bool:
    """Tell whether a dispute about a thing (its resource name) is open."""
    return DisputeStore(tx).open_about(resource)
