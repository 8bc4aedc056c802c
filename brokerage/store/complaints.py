"""Where complaints live."""

from typing import Any, Final

from sqlalchemy import Column, Index, Integer, String, Table, Text, select

from brokerage.model import COMPLAINT_PROCEDURE, Complaint, ComplaintChannel, ComplaintState
from brokerage.store.rows import row_of
from hub.db import Aggregate, Json, Moment, bind, fitting_page, metadata
from timing.keeping import timer_from

complaints: Final = Table(
    "complaints",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("about_department", String(18), nullable=False),
    Column("entry", String(64), nullable=False),
    Column("statement", Text, nullable=False),
    Column("contact_reference", String(128), nullable=False),
    Column("case_number", String(128), nullable=False),
    Column("filer", String(18), nullable=False),
    Column("assignee", String(18), nullable=False),
    Column("answer", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("clock", Json),
    Column("officer", String(64), nullable=False),
    Column("create_time", Moment, nullable=False),
    Column("end_time", Moment),
)
Index("ix_complaints_filer", complaints.c.filer, complaints.c.id)
Index("ix_complaints_assignee", complaints.c.assignee, complaints.c.id)
Index("ix_complaints_state", complaints.c.state, complaints.c.id)
bind(complaints)
_TIMED: Final = (ComplaintState.FILED.value, ComplaintState.ACCEPTED.value)


class ComplaintStore(Aggregate[Complaint]):
    """Complaints, within one transaction."""

    table, thing, parties = complaints, COMPLAINT_PROCEDURE.thing, ("filer", "assignee")

    def read(self, row: dict[str, Any]) -> Complaint:
        """Return a row as a complaint."""
        timer = timer_from(row.pop("clock"))
        return Complaint(**{**row, "state": ComplaintState(row["state"]), "channel": ComplaintChannel(row["channel"]), "timer": timer})

    def row(self, thing: Complaint) -> dict[str, Any]:
        """Return a complaint as a row."""
        return row_of(self.table, thing)

    def timed(self, after: str, count: int) -> list[Complaint]:
        """Return complaints that nobody has answered, oldest first, above the id `after`."""
        query = select(complaints).where(complaints.c.state.in_(_TIMED), complaints.c.id > after)
        return [self.read(row._asdict()) for row in fitting_page(self._tx, complaints, query, complaints.c.id, count)]
