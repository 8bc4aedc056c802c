"""Tables of the directory. What is filtered, sorted or kept unique is a column of its own; the rest of an entry is JSON."""

from typing import Any, Final

from sqlalchemy import BigInteger, Column, ColumnElement, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint
from sqlalchemy.ext.compiler import compiles

from hub.db import Json, Moment, bind, metadata

entries = Table(
    "entries",
    metadata,
    Column("number", Integer, primary_key=True),  # the search index refers to it
    Column("id", String(26), nullable=False),
    Column("version", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("title", String(200), nullable=False),
    Column("provider", String(18), nullable=False),
    Column("region", String(6), nullable=False),
    Column("level", String(16), nullable=False),
    Column("share_type", String(16), nullable=False),
    Column("record_term", String(100), nullable=False),
    Column("digest", LargeBinary(32)),  # as published; None before
    Column("content", Json, nullable=False),
    UniqueConstraint("id", "version"),
)
_published = entries.c.state == "published"
_in_preparation = entries.c.state.in_(["draft", "submitted"])
_claimed = _published & (entries.c.record_term != "")
# the actions check these two as well, for better texts; where two act at once, the index decides
Index("uq_entries_published", entries.c.id, unique=True, sqlite_where=_published, postgresql_where=_published)
Index("uq_entries_open", entries.c.id, unique=True, sqlite_where=_in_preparation, postgresql_where=_in_preparation)
# who is the source of a term, `record_sources` says: an entry may still claim what the authority gave to another
Index("ix_entries_record_term", entries.c.record_term, sqlite_where=_claimed, postgresql_where=_claimed)
Index("ix_entries_state", entries.c.state, entries.c.id)
Index("ix_entries_provider", entries.c.provider, entries.c.id)
Index("ix_entries_region", entries.c.region, entries.c.id)


class ResourceCode(ColumnElement[str]):
    """The resource code within the JSON, spelled as the index has it: a path that is bound like a value would not be known for the same."""

    inherit_cache = True
    type = String()


@compiles(ResourceCode, "sqlite")
def _in_sqlite(*_of_statement: Any, **_options: Any) -> str:
    # of a row that somebody broke it is NULL: else one such row would stop every statement, and the making of the index
    return "(CASE WHEN json_valid(content) THEN json_extract(content, '$.resource_code') END)"


@compiles(ResourceCode, "postgresql")
def _in_postgresql(*_of_statement: Any, **_options: Any) -> str:
    return "(content ->> 'resource_code')"


Index("ix_entries_resource_code", entries.c.provider, ResourceCode())

OWN: Final = ("id", "version", "revision", "state", "title", "provider", "region", "level", "share_type")
"""Attributes of an entry that are columns under their own name."""


def text_of(attribute: str) -> ColumnElement[str]:
    """Return the text of an entry's attribute, wherever it is kept: in a column of its own, or within the JSON of the rest."""
    return entries.c[attribute] if attribute in OWN else entries.c.content[attribute].as_string()


releases = Table(
    "releases",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("entry_count", BigInteger, nullable=False),
    Column("create_time", Moment, nullable=False),
    Column("statement", LargeBinary, nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
    Column("public_key_pem", Text, nullable=False),
)

descriptions = Table(
    "descriptions",
    metadata,
    Column("department", String(18), primary_key=True),
    Column("system", String(40), primary_key=True),
    Column("resources", Json, nullable=False),
    Column("at", Moment, nullable=False),
)

bind(entries)
bind(releases)
