"""The tables of the brokerage: lists, terms and timers are JSON, whatever is searched is a column with an index."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from hub.db import Json, Moment, bind, metadata

data_requests = Table(
    "data_requests",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("entry", String(64), nullable=False),
    Column("entry_version", Integer, nullable=False),
    Column("consumer", String(18), nullable=False),
    Column("provider", String(18), nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("scenario", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("asked", Json, nullable=False),
    Column("offered", Json),
    Column("gaps", Json, nullable=False),
    Column("supplements", Json, nullable=False),
    Column("reason", Text, nullable=False),
    Column("refusal_basis", Text, nullable=False),
    Column("clock", Json),
    Column("grant", String(64), nullable=False),
    Column("officer", String(64), nullable=False),
    Column("create_time", Moment, nullable=False),
    Column("submit_time", Moment),
    Column("decide_time", Moment),
    Column("extension", Json),
    Column("return_flow", Boolean),
    # null in what earlier releases wrote: rows are bound to the log (ADR 0026)
    Column("follows", String(64)),
    Column("follow_kind", String(16)),
    Column("disposal_terms", Text),
)
Index("ix_data_requests_consumer", data_requests.c.consumer, data_requests.c.id)
Index("ix_data_requests_provider", data_requests.c.provider, data_requests.c.id)
Index("ix_data_requests_state", data_requests.c.state, data_requests.c.id)

grants = Table(
    "grants",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("data_request", String(64), nullable=False, unique=True),  # a request gives one grant
    Column("entry", String(64), nullable=False),
    Column("entry_version", Integer, nullable=False),
    Column("consumer", String(18), nullable=False),
    Column("provider", String(18), nullable=False),
    Column("terms", Json, nullable=False),
    Column("start_time", Moment, nullable=False),
    Column("expire_time", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("follows", String(64)),
    Column("followed_by", String(64)),
    Column("clock", Json),
    Column("first_use_time", Moment),
    Column("delivery_explanation", Json),
    Column("mending", Json),
    Column("disposal_terms", Text),
    Column("disposal", Json),
    Column("end_time", Moment),
    Column("use_record_time", Moment),
    Column("use_record_due", Json),
)
Index("ix_grants_use_record_time", grants.c.use_record_time)
Index("ix_grants_consumer", grants.c.consumer, grants.c.id)
Index("ix_grants_provider", grants.c.provider, grants.c.id)
Index("ix_grants_entry", grants.c.entry, grants.c.id)
Index("ix_grants_expire_time", grants.c.expire_time)

disposals_begin = Table("disposals_begin", metadata, Column("time", Moment, primary_key=True))
"""When a hub with grants learnt of disposals: of a grant that ended before, no receipt is owed. No row: from the beginning."""

objections = Table(
    "objections",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("target", String(16), nullable=False),
    Column("resource", String(160), nullable=False),
    Column("subject_domain", String(32), nullable=False),
    Column("subject_pseudonym", LargeBinary(16), nullable=False),
    Column("field", String(64), nullable=False),
    Column("statement", Text, nullable=False),
    Column("evidence_digest", LargeBinary(32), nullable=False),
    Column("objector", String(18), nullable=False),
    Column("source", String(18), nullable=False),
    Column("case_number", String(128), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("clock", Json),
    Column("notice_count", Integer, nullable=False),
    Column("officer", String(64), nullable=False),
    Column("create_time", Moment, nullable=False),
    Column("end_time", Moment),
    # NULL in what earlier releases wrote, and wherever nobody appealed, decided, withdrew or replaced
    Column("appeal", Text),
    Column("appeal_time", Moment),
    Column("ruling", String(16)),
    Column("decision", Text),
    Column("decision_officer", String(64)),
    Column("decide_time", Moment),
    Column("withdrawal", Text),
    Column("successor", String(160)),
)
Index("ix_objections_objector", objections.c.objector, objections.c.id)
Index("ix_objections_source", objections.c.source, objections.c.id)
# what is open: at the start, in every sweep, and before another objection to the same is filed
Index("ix_objections_state", objections.c.state, objections.c.id)
Index("ix_objections_resource", objections.c.resource, objections.c.subject_pseudonym, objections.c.state)

correction_notices = Table(
    "correction_notices",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("objection", String(64), nullable=False),
    Column("recipient", String(18), nullable=False),
    Column("entry", String(64), nullable=False),
    Column("case_numbers", Json, nullable=False),
    Column("log_indexes", Json, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("create_time", Moment, nullable=False),
    Column("acknowledge_time", Moment),
    Column("officer", String(64), nullable=False),
    # NULL in what earlier releases wrote, and where no table was received as a whole
    Column("bulk_count", Integer),
    Column("bulk_grants", Json),
    # one notice to a department, however often it had received the record
    Index("ix_correction_notices_objection", "objection", "recipient", unique=True),
)
Index("ix_correction_notices_recipient", correction_notices.c.recipient, correction_notices.c.id)

for _table in (data_requests, grants, objections, correction_notices):
    bind(_table)
