"""Plumbing tables: the feed of changes, the requests that were answered, and what binds the rows of other tables to the log."""

from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, LargeBinary, MetaData, String, Table

# Names by rule: a migration must name the constraint that it drops, and SQLite gives none of its own.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    },
)

# One row. A sequence of the database would not do: its numbers come in another order than the commits.
change_counter = Table(
    "change_counter",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("topic", String(40), nullable=False),
    Column("key", String(200), nullable=False),
)

request_ids = Table(
    "request_ids",
    metadata,
    Column("caller", String(120), primary_key=True),
    Column("method", String(80), primary_key=True),
    Column("request_id", String(64), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("answer", String(200), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("ix_request_ids_at", "at"),
)

hub_owner = Table(
    "hub_owner",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", String(64), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""One row: the key set to which this database belongs, as SHA-256 over its public keys (hexadecimal)."""

row_digests = Table(
    "row_digests",
    metadata,
    Column("table", String(40), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("position", BigInteger, nullable=False),
)
"""One row for each bound row: its keyed digest, and the index of the log record that bound it (`hub.db.binding`)."""

row_sums = Table(
    "row_sums",
    metadata,
    Column("table", String(40), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("sum", LargeBinary(32), nullable=False),
)
"""One row for each bound table: how many rows it has, and the sum of their digests."""

row_lists = Table(
    "row_lists",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)
"""What each log record bound: CBOR lists of [table, key, digest or null]. The record holds a keyed digest of it all."""

key_checks = Table(
    "key_checks",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("check", LargeBinary(32), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""One row for each key of the hub: a value by which a missing or swapped one is known, and which tells nothing of it."""
