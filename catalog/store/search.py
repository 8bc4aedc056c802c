"""Search over the published entries, in the same order on both databases.

Hits in the title as typed come first, then in the title by another name of the same meaning, then in names, then in the abstract.
Within each, the shorter title first (more of it is what was asked for), then the newer entry. The order is made of whole
numbers and ids, so a page token names a place in it exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, column, func, literal, or_, select, text, tuple_

from catalog.bigram import fts5_match, pieces, tsquery
from catalog.finding import FACETS, LAST_RANK, Criteria, HitPlace
from catalog.model import Entry, EntryState
from catalog.store.entries import from_row
from catalog.store.tables import entries, text_of
from catalog.synonyms import Synonyms
from hub.db import Tx, fitting

_IN_WORDS: Final[Mapping[str, str]] = {
    "sqlite": "entries.number IN (SELECT rowid FROM entry_words WHERE entry_words MATCH :{name})",
    "postgresql": "entries.number IN (SELECT entry_words.number FROM entry_words WHERE {column} @@ CAST(:{name} AS tsquery))",
}

LONGEST_IN_PARTS: Final = 40  # characters; each may cost a look into the index
MOST_PARTS: Final = 8


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One page: the entries, where the next page begins (None on the last), how many there are in all."""

    entries: tuple[Entry, ...]
    next: HitPlace | None
    total: int


class EntrySearch:
    """Finds published entries, within one transaction."""

    def __init__(self, tx: Tx, synonyms: Synonyms) -> None:
        """Bind to a transaction and to the names of the same meaning."""
        self._tx = tx
        self._synonyms = synonyms

    def parts(self, criteria: Criteria) -> tuple[str, ...]:
        """Return parts of a query that is found nowhere as a whole, in their order: those that some entry has all of; none where there are none.

        Each part is as long as the directory knows it. The parts stand around the longest one, or around the first, whichever leaves less of the
        query out.
        """
        known = self._known_parts(criteria)
        if not known:
            return ()
        around = dict.fromkeys((max(known, key=len), known[0]))
        # of two that leave out as much, `max` takes the first: the one around the longest part
        return max((self._known_parts(criteria, seed) for seed in around), key=lambda parts: sum(map(len, parts)))

    def _known_parts(self, criteria: Criteria, seed: str = "") -> tuple[str, ...]:
        """Return the parts that the directory knows; with a seed it is one of them, and some entry has all of them."""
        found: list[str] = []
        for piece in pieces(criteria.query[:LONGEST_IN_PARTS]):
            start = 0
            while start + 1 < len(piece) and len(found) < MOST_PARTS:
                end = start + len(seed) if seed and piece.startswith(seed, start) else start + 1
                others = () if not seed else (*found, *(() if seed in found else (seed,)))
                # what is known as a whole is known from its beginning on: the first step that fails ends the part
                while end < len(piece) and self._holds(criteria, " ".join((*others, piece[start : end + 1]))):
                    end += 1
                if end > start + 1 and piece[start:end] not in found:
                    found.append(piece[start:end])
                start = end
        return tuple(found)

    def _holds(self, criteria: Criteria, query: str) -> bool:
        where = and_(entries.c.state == EntryState.PUBLISHED.value, *_filters(criteria), self._matches(query)["words"])
        return self._tx.scalar(select(entries.c.number).where(where).limit(1)) is not None

    def find(self, criteria: Criteria, start: HitPlace | None, limit: int) -> EntryPage:
        """Return at most `limit` hits that come after `start`."""
        where = and_(entries.c.state == EntryState.PUBLISHED.value, *_filters(criteria))
        rank: ColumnElement[int] = literal(0)
        size: ColumnElement[int] = literal(0)
        order: list[ColumnElement[Any]] = [entries.c.id.desc()]
        if criteria.query.strip():
            match = self._matches(criteria.query)
            where = and_(where, match["words"])
            rank = case((match["typed"], 0), (match["title"], 1), (match["names"], 2), else_=LAST_RANK)
            size = func.length(entries.c.title)
            order = [column("rank"), column("size"), *order]
        hits = select(entries, rank.label("rank"), size.label("size")).where(where)
        # counted before `start` is applied: all hits, whichever page is shown
        total = int(self._tx.scalar(select(func.count()).select_from(entries).where(where)))
        if start is not None:
            hits = hits.where(_beyond(rank, size, start))
        # one more than the page holds tells whether another page follows
        rows = self._tx.execute(hits.order_by(*order).limit(limit + 1)).all()
        last = rows[limit - 1] if len(rows) > limit else None
        following = None if last is None else HitPlace(last.rank, last.size, last.id)
        return EntryPage(tuple(from_row(row) for row in fitting(self._tx, entries, rows[:limit])), following, total)

    def _matches(self, query: str) -> dict[str, ColumnElement[bool]]:
        """Return the conditions "as typed in the title", "in the title", "in title or names", "anywhere"."""
        if self._tx.dialect == "sqlite":
            wanted = fts5_match(query, self._synonyms)
            conditions = {"title": f"{{title}} : ({wanted})", "names": f"{{title names}} : ({wanted})", "words": wanted}
            conditions["typed"] = f"{{title}} : ({fts5_match(query)})"
        else:
            conditions = {**dict.fromkeys(("title", "names", "words"), tsquery(query, self._synonyms)), "typed": tsquery(query)}
        return {name: _in_words(self._tx.dialect, name, match) for name, match in conditions.items()}


def _in_words(dialect: str, name: str, match: str) -> Any:
    column = "title" if name == "typed" else name
    return text(_IN_WORDS[dialect].format(name=name, column=column)).bindparams(**{name: match})


def _filters(criteria: Criteria) -> list[ColumnElement[bool]]:
    bounds = [(text_of(facet.attribute), span) for facet in FACETS if (span := facet.bounds(criteria)) is not None]
    return [attribute == least if least == most else attribute.between(least, most) for attribute, (least, most) in bounds]


def _beyond(rank: ColumnElement[int], size: ColumnElement[int], start: HitPlace) -> ColumnElement[bool]:
    # rank and size ascend, ids descend, so the three are not compared as one tuple
    same = and_(rank == start.rank, size == start.size, entries.c.id < start.id)
    return or_(tuple_(rank, size) > tuple_(literal(start.rank), literal(start.size)), same)
