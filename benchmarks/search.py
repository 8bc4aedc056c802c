"""Directory search over 100,000 published entries: a caller's first page against the same page by the same SQL on a bare connection.

What is compared is CPU time of the one thread in which both run, so that other work on the machine falls on neither.
"""

import itertools
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import insert, text

from audit.log import AuditLog
from benchmarks.table import Figure
from catalog.actions import CatalogActions
from catalog.bigram import fts5_match, index_text
from catalog.finding import Criteria
from catalog.model import Entry, EntryState, Field, FieldType, Level, OpenType, ShareMode, ShareType, Source, UpdatePeriod
from catalog.store import EntryStore
from catalog.store.entries import to_row
from catalog.store.index import add_to_index
from catalog.store.tables import entries
from catalog.synonyms import shipped_synonyms
from cli.synthetic import EntrySeed, entry_seeds
from hub.clock import StoppedClock
from hub.db import Database
from hub.ids import Ids
from hub.keys import Es256Signer
from hub.unit_of_work import Kit
from timing.clock_file import shipped_profiles
from timing.timers import Timers

QUERIES: Final = ("户籍", "人口", "企业", "许可", "医疗", "食品", "不动产", "居住证")
TIMERS: Final = Timers(shipped_profiles()["decree-809"])
SECONDS: Final = 1.0  # of each side in each round
NOW: Final = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_ALL: Final = 1_000_000  # more than there are
_AT_ONCE: Final = 10_000
_SAME_WORDS: Final = (
    "INSERT INTO entry_words (rowid, title, names, abstract) SELECT :number, :title, names, abstract FROM entry_words WHERE rowid = :like"
)
_HITS: Final = "SELECT rowid FROM entry_words WHERE entry_words MATCH"
_PAGE: Final = f"""
    SELECT id, version, revision, state, title, provider, region, level, share_type, content,
           CASE WHEN number IN ({_HITS} :typed) THEN 0 WHEN number IN ({_HITS} :title) THEN 1
                WHEN number IN ({_HITS} :names) THEN 2 ELSE 3 END AS rank, length(title) AS size
      FROM entries WHERE state = 'published' AND number IN ({_HITS} :words)
     ORDER BY rank, size, id DESC LIMIT 21
"""


def directory_search(rounds: int, count: int = 100_000) -> Figure:
    """Search as a caller does, folding, total and matched fields included, against the page's SQL alone, its rows left as they are."""
    with tempfile.TemporaryDirectory(prefix="shuniu-bench-", dir=Path.cwd()) as name:
        path = Path(name) / "directory.db"
        db = Database(f"sqlite:///{path}")
        db.create_tables()
        fill(db, count)
        signer = Es256Signer(ec.generate_private_key(ec.SECP256R1()))
        actions = CatalogActions(Kit(db, AuditLog("bench.invalid/log", bytes(32)), StoppedClock(NOW), Ids()), signer, "bench", TIMERS)
        connection = sqlite3.connect(path, isolation_level=None)

        def product(query: str) -> list[str]:
            return [hit.entry.id for hit in actions.search(Criteria(query)).hits]

        def bare(query: str) -> list[str]:
            return [row[0] for row in connection.execute(_PAGE, _asked(query)).fetchall()]

        for query in QUERIES:  # warms both up
            assert product(query) == bare(query)[:20] != [], query
        sides = (_Side(product), _Side(bare))
        ratios = [sides[0].rate() / sides[1].rate() for _ in range(rounds)]
        connection.close()
        db.close()
    figures = [one for side in sides for one in side.spread()]
    note = "ms of CPU a query, p50 and p99: product {:.1f} and {:.1f}, bare {:.1f} and {:.1f}".format(*figures)
    return Figure(f"directory search, {count:,} entries", "the page's full-text SQL, raw sqlite3", ratios, 0.50, 0.80, note)


def fill(db: Database, count: int) -> None:
    """Publish `count` entries without their drafts: a first batch through the store, further ones as the rows that it would write.

    The batches differ in their titles, so the words of names and abstract are those that the store wrote for the first.
    """
    first = [_entry(seed) for seed in entry_seeds(_ALL)][:count]
    with db.begin() as tx:
        for number, entry in enumerate(_batch(first, 1), start=1):
            EntryStore(tx).insert(entry)
            add_to_index(tx, number, entry)  # the table is new, so its numbers are 1, 2, 3
    numbers = range(len(first) + 1, count + 1)
    further = itertools.chain.from_iterable(_batch(first, batch) for batch in itertools.count(2))
    numbered = zip(numbers, further, strict=False)
    while some := list(itertools.islice(numbered, _AT_ONCE)):
        with db.begin() as tx:
            tx.execute(insert(entries), [{"number": number, **to_row(entry)} for number, entry in some])
            words = [{"number": number, "title": index_text(entry.title), "like": (number - 1) % len(first) + 1} for number, entry in some]
            tx.execute(text(_SAME_WORDS), words)


class _Side:
    """One of the two that are compared: what answers a query, how often a round asks all of them, and how long each took."""

    def __init__(self, answer: Callable[[str], list[str]]) -> None:
        """Find out how many passes over the queries take about a second."""
        self._answer = answer
        self.times: list[float] = []
        self._passes = max(1, round(SECONDS / self._pass()))
        self.times.clear()

    def rate(self) -> float:
        """Return queries a second over one round."""
        return self._passes * len(QUERIES) / sum(self._pass() for _ in range(self._passes))

    def spread(self) -> tuple[float, float]:
        """Return the median and the 99th percentile of a query, in milliseconds."""
        return 1000 * median(self.times), 1000 * quantiles(self.times, n=100)[98]

    def _pass(self) -> float:
        took = [self._timed(query) for query in QUERIES]
        self.times += took
        return sum(took)

    def _timed(self, query: str) -> float:
        start = time.thread_time()
        self._answer(query)
        return time.thread_time() - start


def _asked(query: str) -> dict[str, str]:
    """Return the four conditions of a search as the product words them."""
    wanted = fts5_match(query, shipped_synonyms())
    return {
        "typed": f"{{title}} : ({fts5_match(query)})",
        "title": f"{{title}} : ({wanted})",
        "names": f"{{title names}} : ({wanted})",
        "words": wanted,
    }


def _batch(first: Sequence[Entry], batch: int) -> Iterator[Entry]:
    """Yield the entries once more; ids rise in the order of publication, and only the first batch claims to be a system of record."""
    for place, entry in enumerate(first):
        at = NOW + timedelta(minutes=batch, milliseconds=place)
        name = Ids(partial(int.to_bytes, place, byteorder="big")).new(at)
        own = replace(entry, id=name, create_time=at, submit_time=at, publish_time=at)
        if batch > 1:
            own = replace(own, title=f"{entry.title}（第{batch}批）", resource_code=f"{entry.resource_code}-{batch}", source=Source())
        yield own


def _entry(seed: EntrySeed) -> Entry:
    """Return the published entry that becomes of a seed."""
    fields = tuple(
        Field(
            name=one.name,
            label=one.label,
            type=FieldType(one.type),
            length=one.length,
            nullable=one.nullable,
            key=one.key,
            sensitivity=one.sensitivity,
            personal=one.personal,
            mask=one.mask,
        )
        for one in seed.fields
    )
    return Entry(
        revision=3,
        state=EntryState.PUBLISHED,
        resource_code=seed.resource_code,
        title=seed.title,
        abstract=seed.abstract,
        keywords=seed.keywords,
        class_path=seed.class_path,
        region=seed.region,
        level=Level(seed.level),
        provider=seed.provider,
        provider_title=seed.provider_name,
        steward=seed.steward,
        steward_phone=seed.steward_phone,
        legal_basis=seed.legal_basis,
        share_type=ShareType(seed.share_type),
        share_condition=seed.share_condition,
        refusal_reason=seed.refusal_reason,
        refusal_basis=seed.refusal_basis,
        modes=tuple(map(ShareMode, seed.modes)),
        open_type=OpenType(seed.open_type),
        open_condition=seed.open_condition,
        update_period=UpdatePeriod(seed.update_period),
        fields=fields,
        source=Source(seed.record_term),
        retention_days=seed.retention_days,
        subject_domain=seed.subject_domain,
        change_reason="首次编目",
    )
