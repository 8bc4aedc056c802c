"""Plumbing tables: the feed of changes and the requests that were answered."""

from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, MetaData, String, Table

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
