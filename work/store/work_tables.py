"""The tables of work, notices and the events of their streams. No row of them decides anything: what may be done is read from the thing itself."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, UniqueConstraint

from hub.db import Json, Moment, metadata

work = Table(
    "work",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("department", String(18), nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("step", String(100), nullable=False),
    Column("resource", String(200), nullable=False),
    Column("title", String(300), nullable=False),
    Column("duties", String(200), nullable=False),  # each between blanks, in one order: few texts occur
    Column("since_time", Moment(), nullable=False),
    Column("due_time", Moment()),
    Column("order_time", Moment(), nullable=False),  # the due time; a far one where none runs
    Column("limit_id", String(60), nullable=False),
    Column("article", String(200), nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("checked", String(300), nullable=False),
    Column("told", Integer, nullable=False),
    Column("look_time", Moment()),  # when something is to be told of its time next
    Column("escalated", Boolean, nullable=False),
    Column("settle_time", Moment()),
    Index("ix_work_department", "department", "is_open", "order_time", "id"),
    Index("ix_work_duties", "department", "is_open", "duties", "order_time", "id"),
    Index("ix_work_resource", "resource", "is_open"),
    Index("ix_work_look_time", "look_time"),
    Index("ix_work_escalated", "escalated", "is_open", "order_time", "id"),
    Index("ix_work_escalated_duties", "escalated", "is_open", "duties", "order_time", "id"),
    Index("ix_work_settle_time", "settle_time"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("department", String(18), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("resource", String(200), nullable=False),
    Column("title", String(300), nullable=False),
    Column("duties", String(200), nullable=False),
    Column("time", Moment(), nullable=False),
    Column("article", String(200), nullable=False),
    Column("key", String(200)),  # NULL is told each time
    Column("facts", Json, nullable=False),
    UniqueConstraint("resource", "department", "key", name="uq_notices_key"),
    Index("ix_notices_department", "department", "id"),
    Index("ix_notices_duties", "department", "duties", "id"),
    Index("ix_notices_time", "time"),
)

# A row a department, locked until commit: the order of the numbers is the order of the commits, and none is left out.
work_counters = Table(
    "work_counters",
    metadata,
    Column("department", String(18), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("forgotten", BigInteger, nullable=False),  # the newest event that is not kept any more
)

work_events = Table(
    "work_events",
    metadata,
    Column("department", String(18), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(10), nullable=False),
    Column("time", Moment(), nullable=False),
    Column("about", Json, nullable=False),  # as it stood then
    Index("ix_work_events_time", "time"),
)

work_cursors = Table(
    "work_cursors",
    metadata,
    Column("department", String(18), primary_key=True),
    Column("system", String(40), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("time", Moment(), nullable=False),
)
