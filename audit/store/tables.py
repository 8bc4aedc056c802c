"""The tables of the log. The batches are the truth; the index, what was found damaged and the running instances are derived or stand beside it."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text, text

from audit.model import DECISIONS
from hub.db import Json, Moment, bind, metadata

records = Table(
    "audit_records",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("action", String(100), nullable=False),
    Column("department", String(18), nullable=False),
    Column("officer", String(64), nullable=False),
    Column("other", String(18), nullable=False),
    Column("resource", String(256), nullable=False),
    Column("case_number", String(128), nullable=False),
    Column("status", String(64), nullable=False),
    Column("pseudonym", LargeBinary(16)),
    Column("leaf", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary(32), nullable=False),
    Column("payload", LargeBinary),
    Column("salt", LargeBinary(32)),
)
Index("ix_audit_records_pseudonym", records.c.pseudonym, records.c.position)
Index("ix_audit_records_department", records.c.department, records.c.position)
Index("ix_audit_records_other", records.c.other, records.c.position, sqlite_where=records.c.other != "", postgresql_where=records.c.other != "")
Index(
    "ix_audit_records_officer", records.c.officer, records.c.position, sqlite_where=records.c.officer != "", postgresql_where=records.c.officer != ""
)
Index(
    "ix_audit_records_case_number",
    records.c.case_number,
    records.c.position,
    sqlite_where=records.c.case_number != "",
    postgresql_where=records.c.case_number != "",
)

tree = Table(
    "audit_tree",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("range", LargeBinary, nullable=False),
)

checkpoints = Table(
    "audit_checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

batches = Table(
    "audit_batches",
    metadata,
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index("ix_audit_batches_count", batches.c.count)  # the sum over all batches, which the start compares with the tree, reads this and no body

index = Table(
    "audit_index",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, primary_key=True, autoincrement=False),  # in the key because PostgreSQL partitions by it
    Column("kind", String(16), nullable=False),
    Column("department", String(18), nullable=False),
    Column("other", String(18), nullable=False),
    Column("officer", String(64), nullable=False),
    Column("case_number", String(128), nullable=False),
    Column("resource", String(256), nullable=False),
    Column("pseudonym", LargeBinary(16)),
    # NULL but in bulk deliveries (audit.bulk)
    Column("holds", String(32)),
    Column("under", String(128)),
    Column("begins", Integer),
    sqlite_with_rowid=False,
    postgresql_partition_by="RANGE (at)",
)
"""One row a record: what records are searched by. Written behind the answer, in order of position; may be thrown away and made anew."""
Index("ix_audit_index_at", index.c.at, index.c.position)
Index("ix_audit_index_department", index.c.department, index.c.at, index.c.position)
for _column, _given in (
    (index.c.other, index.c.other != ""),
    (index.c.officer, index.c.officer != ""),
    (index.c.case_number, index.c.case_number != ""),
    (index.c.pseudonym, index.c.pseudonym.is_not(None)),
):
    Index(f"ix_audit_index_{_column.name}", _column, index.c.at, index.c.position, sqlite_where=_given, postgresql_where=_given)
_change = index.c.kind == "change"
Index("ix_audit_index_resource", index.c.resource, index.c.position, sqlite_where=_change, postgresql_where=_change)
_decision = index.c.kind.in_(DECISIONS)
Index("ix_audit_index_decision", index.c.position, sqlite_where=_decision, postgresql_where=_decision)
_bulk = index.c.holds.is_not(None)
Index(
    "ix_audit_index_holds",  # all that is asked of bulk deliveries, so that no row is looked up
    *(index.c[name] for name in ("holds", "kind", "resource", "department", "other", "under", "at", "position", "begins")),
    sqlite_where=_bulk,
    postgresql_where=_bulk,
)
SAYS_NOTHING = "(kind IN ('intent', 'outcome', 'change', 'seal_use') AND resource = '') OR (kind = 'search' AND officer = '')"
"""The condition of rows that say less than the hub writes of such records: what an erasure leaves, or somebody who hides an access."""
Index(
    "ix_audit_index_blank",
    *(index.c[name] for name in ("position", "kind", "resource", "officer")),  # the condition's own too: no row is looked up then
    sqlite_where=text(SAYS_NOTHING),
    postgresql_where=text(SAYS_NOTHING),
)
Index("ix_audit_records_empty", records.c.position, sqlite_where=records.c.payload.is_(None), postgresql_where=records.c.payload.is_(None))

erasures = Table(
    "audit_erasures",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("erased_by", BigInteger, nullable=False),
)
"""Which record of the log erased a record. It only leads there: what that record says counts (`audit.store.erasures`)."""

proposals = Table(
    "erasure_proposals",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("indexes", Json, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("proposer", String(18), nullable=False),
    Column("officer", String(64), nullable=False),
    Column("create_time", Moment, nullable=False),
    Column("decider", String(18), nullable=False),
    Column("decide_officer", String(64), nullable=False),
    Column("decide_reason", Text, nullable=False),
    Column("decide_time", Moment),
    Column("erasure_index", BigInteger),
)
for _table in (erasures, proposals):
    bind(_table)

index_state = Table(
    "audit_index_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
)
"""One row: the index covers every record below `size`."""

damage = Table(
    "audit_damage",
    metadata,
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("reason", String(64), nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("acknowledged", BigInteger),
)
"""Records, from `first` to `last`, that are not what was written; `acknowledged` is the index of the record by which an operator took note."""

instances = Table(
    "audit_instances",
    metadata,
    Column("instance", String(26), primary_key=True),
    Column("started_at", BigInteger, nullable=False),
    Column("closed_below", BigInteger, nullable=False),
)
"""Hub processes that live, or died without a word: every intent of theirs below `closed_below` has its outcome. A process that ends well leaves."""
