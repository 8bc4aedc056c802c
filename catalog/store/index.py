"""The search index: an FTS5 table in SQLite, tsvector columns under a GIN index in PostgreSQL, both filled with the same bigrams.

It holds the published versions alone and is written in the transaction that publishes or withdraws.
`names` are keywords, fields and the provider's names; in PostgreSQL each column includes those before it, `words` is everything.
"""

from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any, Final

from sqlalchemy import JSON, Connection, Integer, String, column, event, select, table, text

from catalog.bigram import index_text, index_tokens
from catalog.model import Entry, EntryState, to_plain
from catalog.store.tables import entries
from certs.model import Department
from certs.store import DepartmentStore
from hub.db import Tx

_LAST_POSITION: Final = 16_383  # PostgreSQL keeps no position beyond it (documentation, section 8.11.1)
_CREATE: Final[Mapping[str, tuple[str, ...]]] = {
    # five: a single character is looked for as `z` and the four digits of a bigram's first half
    "sqlite": ("CREATE VIRTUAL TABLE entry_words USING fts5(title, names, abstract, prefix='5')",),
    "postgresql": (
        "CREATE TABLE entry_words (number integer PRIMARY KEY REFERENCES entries, title tsvector, names tsvector, words tsvector)",
        "CREATE INDEX ix_entry_words_words ON entry_words USING gin (words)",
    ),
}
_PORTION: Final = 500
# by name and not by `entries`: a migration runs on the columns of its own time
_OF_MIGRATION: Final = table(
    "entries", column("number", Integer), column("state", String), column("title", String), column("provider", String), column("content", JSON)
)
_PROVIDERS: Final = table("departments", column("uscc", String), column("title", String), column("short_title", String))
_DROP: Final = "DROP TABLE IF EXISTS entry_words"
_INSERT: Final = {
    "sqlite": text("INSERT INTO entry_words (rowid, title, names, abstract) VALUES (:number, :title, :names, :words)"),
    "postgresql": text(
        "INSERT INTO entry_words (number, title, names, words)"
        " VALUES (:number, CAST(:title AS tsvector), CAST(:names AS tsvector), CAST(:words AS tsvector))",
    ),
}
_DELETE: Final = {
    "sqlite": text("DELETE FROM entry_words WHERE rowid = :number"),
    "postgresql": text("DELETE FROM entry_words WHERE number = :number"),
}


def create_search_index(connection: Connection) -> None:
    """Make the index of this dialect, as a migration does; `create_all` does it by itself."""
    for statement in _CREATE[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def drop_search_index(connection: Connection) -> None:
    """Remove the index."""
    connection.exec_driver_sql(_DROP)


def add_to_index(tx: Tx, number: int, entry: Entry) -> None:
    """Make a version findable."""
    provider = DepartmentStore(tx).find(entry.provider)
    names = (provider.title, provider.short_title) if provider else ()
    tx.execute(_INSERT[tx.dialect], _row(tx.dialect, number, _parts(entry.title, to_plain(entry), names)))


def index_provider(tx: Tx, provider: Department) -> None:
    """Make what a department published findable by the names that it has now, in the transaction that gives it these.

    About half a millisecond for each entry in force, for as long as the transaction holds what it holds: a department is renamed once in years.
    """
    published = (entries.c.provider == provider.uscc, entries.c.state == EntryState.PUBLISHED.value)
    rows = tx.execute(select(entries.c.number, entries.c.title, entries.c.content).where(*published)).all()
    names = provider.title, provider.short_title
    if rows:
        tx.execute(_DELETE[tx.dialect], [{"number": row.number} for row in rows])
        tx.execute(_INSERT[tx.dialect], [_row(tx.dialect, row.number, _parts(row.title, row.content, names)) for row in rows])


def rebuild_search_index(connection: Connection) -> None:
    """Make every published version findable anew, as a migration does when the words of the index change."""
    dialect = connection.dialect.name
    connection.exec_driver_sql("DELETE FROM entry_words")
    number, after = _OF_MIGRATION.c.number, 0
    provider = _OF_MIGRATION.c.provider == _PROVIDERS.c.uscc
    wanted = select(_OF_MIGRATION, _PROVIDERS.c.title.label("name"), _PROVIDERS.c.short_title.label("short")).outerjoin_from(
        _OF_MIGRATION, _PROVIDERS, provider
    )
    published = wanted.where(_OF_MIGRATION.c.state == EntryState.PUBLISHED.value).order_by(number).limit(_PORTION)
    while rows := connection.execute(published.where(number > after)).all():
        connection.execute(_INSERT[dialect], [_row(dialect, row.number, _parts(row.title, row.content, (row.name, row.short))) for row in rows])
        after = rows[-1].number


def _parts(title: str, content: Mapping[str, Any], provider: Iterable[str | None]) -> tuple[str, str, str]:
    """Return the parts of an index row from the columns of an entry's and its provider's names; the one of the publication finds it as well."""
    fields = (f"{field['label']}\n{field['name']}\n{field.get('term', '')}" for field in content.get("fields", ()))
    names = dict.fromkeys(filter(None, (content.get("provider_title"), *content.get("former_provider_titles", ()), *provider)))
    return title, "\n".join((*content.get("keywords", ()), *names, *fields)), content.get("abstract", "")


def _row(dialect: str, number: int, parts: tuple[str, str, str]) -> dict[str, Any]:
    texts = map(index_text, parts) if dialect == "sqlite" else (_tsvector(parts[:size]) for size in (1, 2, 3))
    return dict(zip(("number", "title", "names", "words"), (number, *texts), strict=True))


def remove_from_index(tx: Tx, number: int) -> None:
    """Make a version unfindable."""
    tx.execute(_DELETE[tx.dialect], {"number": number})


def _tsvector(parts: Iterable[str]) -> str:
    """Return the tokens with their positions; a place stays free between two parts, so that no phrase runs across."""
    places, words = count(1), []
    for part in parts:
        # tokens come first in `zip`: where they end, no place is taken from the counter
        words += [f"'{token}':{place}" for token, place in zip(index_tokens(part), places, strict=False)]
        next(places)
    return " ".join(words[:_LAST_POSITION])


def _create(_table: Any, connection: Connection, **_options: Any) -> None:
    create_search_index(connection)


def _drop(_table: Any, connection: Connection, **_options: Any) -> None:
    drop_search_index(connection)


event.listen(entries, "after_create", _create)
event.listen(entries, "before_drop", _drop)
