"""Where waiting questions live: what they are, and what they ask, sealed, while they are open.

No row here is bound to the log: whoever changed one could have a question woken, or ended; what is asked opens in its own place alone, and
whoever asks again is checked anew in any case.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, ColumnElement, Index, Integer, LargeBinary, String, Table, Text, delete, func, insert, select

from catalog.model import ShareMode
from hub.db import Moment, Tx, forget_rows, metadata, swap
from hub.errors import NotFoundError
from hub.reasons import NO_SUCH_THING
from questions.model import OPEN, QUESTION_PROCEDURE, QuestionState, WaitingQuestion

waiting_questions: Final = Table(
    "waiting_questions",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("grant", String(64), nullable=False),
    Column("entry", String(64), nullable=False),
    Column("provider", String(18), nullable=False),
    Column("consumer", String(18), nullable=False),
    Column("system", String(64), nullable=False),
    Column("create_time", Moment, nullable=False),
    Column("expire_time", Moment, nullable=False),
    Column("miss_time", Moment, nullable=False),
    Column("wakeable_time", Moment, nullable=False),
    Column("wake_time", Moment),
    Column("wake_count", Integer, nullable=False),
    Column("end_time", Moment),
    Column("end_reason", Text, nullable=False),
)
Index("ix_waiting_questions_consumer", waiting_questions.c.consumer, waiting_questions.c.id)
Index("ix_waiting_questions_provider", waiting_questions.c.provider, waiting_questions.c.state)
Index("ix_waiting_questions_state", waiting_questions.c.state, waiting_questions.c.entry, waiting_questions.c.id)
Index("ix_waiting_questions_grant", waiting_questions.c.grant, waiting_questions.c.state)
Index("ix_waiting_questions_end_time", waiting_questions.c.end_time)

waiting_question_contents: Final = Table(
    "waiting_question_contents",
    metadata,
    Column("question", String(26), primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
# of two that keep the same question at once, the index refuses one
Index("uq_waiting_question_contents_digest", waiting_question_contents.c.digest, unique=True)

KEPT: Final = timedelta(days=90)
"""How long the row of a question is kept that has ended."""
_of: Final = waiting_questions.c
_OPEN: Final = _of.state.in_(sorted(one.value for one in OPEN))
_WAITS: Final = _of.state == QuestionState.WAITING.value


class Content(NamedTuple):
    """What is kept of what a question asks: its digest, and the question itself, sealed."""

    digest: bytes
    sealed: bytes


class QuestionStore:
    """Waiting questions, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def get(self, question_id: str) -> WaitingQuestion:
        """Return a question; raise NotFoundError where there is none."""
        found = self._read(_of.id == question_id)
        if not found:
            raise self.unknown()
        return found[0]

    def insert(self, one: WaitingQuestion) -> None:
        """Keep a new question."""
        self._tx.execute(insert(waiting_questions).values(_row(one)))

    def replace(self, before: WaitingQuestion, after: WaitingQuestion) -> WaitingQuestion:
        """Put `after` in the place of `before`, and erase what an ended one asked; raise ConflictError where somebody was quicker."""
        swap(self._tx, waiting_questions, {"id": before.id, "revision": before.revision}, _row(after), before.name)
        if not after.is_open:
            self._tx.execute(delete(waiting_question_contents).where(waiting_question_contents.c.question == before.id))
        return after

    @staticmethod
    def unknown() -> NotFoundError:
        """Return the error for what does not exist, and for what the caller may not know to exist: they look the same."""
        return NO_SUCH_THING(thing=QUESTION_PROCEDURE.thing)

    def put_content(self, question_id: str, content: Content) -> None:
        """Keep what a question asks."""
        self._tx.execute(insert(waiting_question_contents).values(question=question_id, **content._asdict()))

    def contents(self, ids: Collection[str]) -> dict[str, Content]:
        """Return what is kept of what questions ask, by their ids."""
        query = select(waiting_question_contents).where(waiting_question_contents.c.question.in_(ids))
        return {row.question: Content(row.digest, row.sealed) for row in self._tx.execute(query)} if ids else {}

    def same(self, digest: bytes) -> WaitingQuestion | None:
        """Return the open question of a digest, None where none waits."""
        found = self._tx.scalar(select(waiting_question_contents.c.question).where(waiting_question_contents.c.digest == digest))
        return None if found is None else self.get(found)

    def count(self, *, consumer: str = "", provider: str = "") -> int:
        """Return how many questions are open, of a department or for one."""
        where = [_OPEN, *([_of.consumer == consumer] if consumer else []), *([_of.provider == provider] if provider else [])]
        return int(self._tx.scalar(select(func.count()).select_from(waiting_questions).where(*where)) or 0)

    def counts(self, consumer: str | None = None) -> dict[QuestionState, int]:
        """Return how many questions wait and are ready, of a department or (None) of all."""
        where = [_OPEN] if consumer is None else [_OPEN, _of.consumer == consumer]
        rows = self._tx.execute(select(_of.state, func.count().label("number")).where(*where).group_by(_of.state))
        found = {QuestionState(row.state): int(row.number) for row in rows}
        return {state: found.get(state, 0) for state in sorted(OPEN)}

    def listed(self, consumer: str, before: str | None, count: int, state: QuestionState | None) -> list[WaitingQuestion]:
        """Return at most `count` questions of a department, newest first, below the id `before`, in a state if asked."""
        where = [_of.consumer == consumer, *([] if before is None else [_of.id < before]), *([] if state is None else [_of.state == state.value])]
        return self._read(*where, order=_of.id.desc(), count=count)

    def waiting_entries(self) -> list[str]:
        """Return the entries for which questions wait."""
        return list(self._tx.execute(select(_of.entry).where(_WAITS).distinct().order_by(_of.entry)).scalars())

    def wakeable(self, entry: str, seen: datetime, at: datetime, most: int) -> list[WaitingQuestion]:
        """Return at most `most` questions that waited before the service of an entry was seen: of each department the oldest, in turn."""
        where = (_WAITS, _of.entry == entry, _of.miss_time < seen, _of.wakeable_time <= at)
        oldest = select(_of.consumer).where(*where).group_by(_of.consumer).order_by(func.min(_of.id)).limit(most)
        consumers = list(self._tx.execute(oldest).scalars())
        share = max(1, most // max(1, len(consumers)))
        return [one for consumer in consumers for one in self._read(*where, _of.consumer == consumer, count=share)]

    def overdue(self, at: datetime, count: int) -> list[WaitingQuestion]:
        """Return at most `count` open questions whose deadline has passed."""
        return self._read(_OPEN, _of.expire_time <= at, count=count)

    def grants(self) -> list[str]:
        """Return the grants under which questions are open."""
        return list(self._tx.execute(select(_of.grant).where(_OPEN).distinct()).scalars())

    def open_under(self, grant: str, count: int) -> list[WaitingQuestion]:
        """Return at most `count` open questions under a grant."""
        return self._read(_OPEN, _of.grant == grant, count=count)

    def open_of(self, department: str, after: str, count: int) -> list[WaitingQuestion]:
        """Return open questions that a department asked, or that are for one, by id, above `after`."""
        return self._read(_OPEN, (_of.consumer == department) | (_of.provider == department), _of.id > after, count=count)

    def _read(self, *where: ColumnElement[bool], order: Any = None, count: int = 1) -> list[WaitingQuestion]:
        query = select(waiting_questions).where(*where).order_by(_of.id if order is None else order).limit(count)
        return [_question(row._asdict()) for row in self._tx.execute(query)]


def forget_questions(tx: Tx, at: datetime, most: int) -> int:
    """Forget questions that ended long ago; the log has what became of them."""
    return forget_rows(tx, waiting_questions, _of.end_time < at - KEPT, most)


def _row(one: WaitingQuestion) -> dict[str, Any]:
    return {column.name: getattr(one, column.name) for column in waiting_questions.columns} | {"state": one.state.value, "mode": one.mode.value}


def _question(row: dict[str, Any]) -> WaitingQuestion:
    return WaitingQuestion(**{**row, "state": QuestionState(row["state"]), "mode": ShareMode(row["mode"])})
