"""Keeping, waking, settling and erasing waiting questions: one transaction for each decision, and each change of one on the log."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from catalog.model import ShareMode
from catalog.store import EntryStore
from hub.access import HUB, Caller, Role
from hub.db import Tx
from hub.desk import Thing
from hub.errors import ConflictError, IntegrityError, NotFoundError
from hub.paging import page_size, place_of, to_token
from hub.resource import id_of, visible
from hub.unit_of_work import Actions, Aim, Change, Kit, Step
from questions.model import MOST_OF_CONSUMER, MOST_OF_PROVIDER, QuestionState, WaitingQuestion
from questions.reasons import QUESTIONS_TOO_MANY
from questions.sealing import QuestionBox
from questions.store import Content, QuestionStore
from shuniu.words import Word

_BATCH: Final = 100
_question_id: Final = partial(id_of, collection="waitingQuestions")
QUESTIONS: Final = Aim(store=QuestionStore, id_of=_question_id)
Obstacle = Callable[[str, datetime], str]
"""Tells by which code a grant (its resource name) cannot be used at a moment; empty where it can."""
_OF_CONSUMER: Final = Word("consumer", "of your department", "贵部门")
_OF_PROVIDER: Final = Word("provider", "for this provider", "对该提供方")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A question that was permitted and met nobody: who asked it under what, and what is sealed of it."""

    caller: Caller
    mode: ShareMode
    grant: str
    entry: str
    provider: str
    officer: str
    purpose: str
    case_number: str
    until: datetime
    digest: bytes
    asked: bytes
    cause: Word
    """What the provider met: its code, and its words."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of questions with what the caller may read of each, the token of the next page, and how many wait and are ready."""

    questions: tuple[tuple[WaitingQuestion, bytes], ...]
    following: str
    waiting: int
    ready: int


class QuestionActions(Actions):
    """The actions of waiting questions."""

    def __init__(self, kit: Kit, box: QuestionBox, obstacle: Obstacle) -> None:
        """Take the kit, what seals questions, and what says whether a grant holds."""
        super().__init__(kit)
        self.box, self._obstacle = box, obstacle

    def ask_again(self, caller: Caller, name: str, digest: bytes) -> WaitingQuestion:
        """Return the open question that is asked again; refuse one that has ended, and another question under its name."""
        question_id = _question_id(name, field="waiting_question")
        with self._db.read() as tx:
            store = QuestionStore(tx)
            one = visible(store.get(question_id), caller, store.unknown)
            one.check_open()
            kept = store.contents([one.id]).get(one.id)
        one.check_same(kept.digest if kept else b"", digest)
        return one

    def keep(self, asking: Asking, at: datetime) -> WaitingQuestion:
        """Keep a question, or have one wait on that is kept already; raise LimitError where too many wait."""
        with self._db.begin() as tx:
            tx.hold(f"waiting questions of {asking.caller.department}")
            tx.hold(f"waiting questions for {asking.provider}")
            store = QuestionStore(tx)
            before = store.same(asking.digest)
            if before is not None:
                return self._miss(tx, before, asking.until, at)
            _check_room(store, asking)
            one = _question_of(asking, self._ids.new(at), at)
            store.insert(one)
            store.put_content(one.id, Content(asking.digest, self.box.seal(one, asking.asked)))
            detail = {"mode": one.mode.value, "obstacle": asking.cause.id, "expire_time": one.expire_time.isoformat()}
            said = {"officer": asking.officer, "purpose": asking.purpose, "case_number": asking.case_number}
            self._journal.write(tx, _change("exchange.KeepQuestion", asking.caller, one, at, detail=detail, **said))
        return one

    def miss(self, one: WaitingQuestion, until: datetime | None, at: datetime) -> WaitingQuestion:
        """Have a question wait on that was asked again and met nobody."""
        with self._db.begin() as tx:
            before = QuestionStore(tx).get(one.id)
            return self._miss(tx, before, until, at) if before.is_open else before

    def settle(self, one: WaitingQuestion, refusal: str, caller: Caller, at: datetime) -> None:
        """End a question that was asked again, as answered or by the code of its refusal; where it has ended meanwhile, it stays as it is."""
        with self._db.begin() as tx:
            before = QuestionStore(tx).get(one.id)
            if before.is_open:
                after = before.refuse(refusal, at) if refusal else before.answer(at)
                self._put(tx, before, after, "exchange.RefuseQuestion" if refusal else "exchange.AnswerQuestion", at, caller)

    def withdraw(self, step: Step) -> WaitingQuestion:
        """Withdraw a question, as its department."""
        with self.change(QUESTIONS, "exchange.WithdrawQuestion", step) as it:
            it.after = it.before.withdraw(it.caller, step.reason, it.at)
            it.record(other=it.after.provider, grant=it.after.grant)
        return it.after

    def get(self, caller: Caller, name: str) -> tuple[WaitingQuestion, bytes]:
        """Return a question of the caller's department, and what it asks where the caller may read that."""
        one = self.look(QUESTIONS, caller, name)
        return self._opened(caller, [one])[0]

    def page(self, caller: Caller, size: int, token: str, state: QuestionState | None) -> Page:
        """Return a page of the department's questions, newest first. The authority gets the numbers of all departments beside its own."""
        count, before = page_size(size, default=50, most=200), place_of(token, 1, str)
        with self._db.read() as tx:
            store = QuestionStore(tx)
            found = store.listed(caller.department, before, count + 1, state)
            counts = store.counts(None if Role.AUTHORITY in caller.roles else caller.department)
        following = to_token(found[count - 1].id) if len(found) > count else ""
        waiting, ready = counts[QuestionState.WAITING], counts[QuestionState.READY]
        return Page(tuple(self._opened(caller, found[:count])), following, waiting, ready)

    def counts(self) -> dict[QuestionState, int]:
        """Return how many questions wait and are ready, of all departments."""
        with self._db.read() as tx:
            return QuestionStore(tx).counts()

    def wake(self, entry: str, seen: datetime, at: datetime, most: int) -> int:
        """Tell the departments of at most so many questions that a service was seen again; return of how many."""
        with self._db.read() as tx:
            found = QuestionStore(tx).wakeable(entry, seen, at, most)
        for one in found:
            with suppress(ConflictError):  # another process was quicker, or it was asked again
                self._move(one, one.wake(at), "exchange.WakeQuestion", at, "question_ready")
        return len(found)

    def sweep(self, at: datetime) -> None:
        """End questions whose deadline has passed, and those whose grant holds no more: a hundred of each kind, the next sweep goes on.

        Done again, it changes nothing.
        """
        self._end_some(lambda store: store.overdue(at, _BATCH), lambda one: one.expire(at), "exchange.ExpireQuestion", at, "question_expired")
        with self._db.read() as tx:
            grants = QuestionStore(tx).grants()
        for grant in grants:
            if why := self._obstacle(grant, at):
                self._end_under(grant, why, at)

    def _end_under(self, grant: str, why: str, at: datetime) -> None:
        self._end_some(lambda store: store.open_under(grant, _BATCH), lambda one: one.end(why, at), "exchange.EndQuestion", at, "question_ended")

    def _end_some(
        self,
        find: Callable[[QuestionStore], list[WaitingQuestion]],
        end: Callable[[WaitingQuestion], WaitingQuestion],
        action: str,
        at: datetime,
        kind: str,
    ) -> None:
        with self._db.read() as tx:
            found = find(QuestionStore(tx))
        for one in found:
            with suppress(ConflictError):  # somebody was quicker: the next sweep looks again
                self._move(one, end(one), action, at, kind)

    def _move(self, before: WaitingQuestion, after: WaitingQuestion, action: str, at: datetime, kind: str) -> None:
        with self._db.begin() as tx:
            self._put(tx, before, after, action, at, HUB, kind)

    def _miss(self, tx: Tx, before: WaitingQuestion, until: datetime | None, at: datetime) -> WaitingQuestion:
        after = before.miss(at, until)
        if before.state is after.state:
            return QuestionStore(tx).replace(before, after)  # the log has the access itself
        return self._put(tx, before, after, "exchange.MissQuestion", at, HUB)

    def _put(
        self, tx: Tx, before: WaitingQuestion, after: WaitingQuestion, action: str, at: datetime, actor: Caller, kind: str = ""
    ) -> WaitingQuestion:
        QuestionStore(tx).replace(before, after)
        if kind:
            self._desk.tell(tx, Thing(after.name, _title_of(tx, after)), (after.notice(kind),), at)
        self._journal.write(tx, _change(action, actor, after, at, detail=_detail(after)))
        return after

    def _opened(self, caller: Caller, found: list[WaitingQuestion]) -> list[tuple[WaitingQuestion, bytes]]:
        own = [one for one in found if one.is_open and one.is_of(caller)]
        with self._db.read() as tx:
            contents = QuestionStore(tx).contents([one.id for one in own])
        asked = {one.id: self.box.open(one, contents[one.id].sealed) for one in own if one.id in contents}
        return [(one, asked.get(one.id, b"")) for one in found]


def _change(action: str, actor: Caller, one: WaitingQuestion, at: datetime, **said: Any) -> Change:
    other = one.provider if actor.department else one.consumer
    return Change(at=at, action=action, actor=actor, resource=one.name, other=other, grant=one.grant, **said)


def _check_room(store: QuestionStore, asking: Asking) -> None:
    if store.count(consumer=asking.caller.department) >= MOST_OF_CONSUMER:
        raise QUESTIONS_TOO_MANY(cause=asking.cause, most=MOST_OF_CONSUMER, whose=_OF_CONSUMER)
    if store.count(provider=asking.provider) >= MOST_OF_PROVIDER:
        raise QUESTIONS_TOO_MANY(cause=asking.cause, most=MOST_OF_PROVIDER, whose=_OF_PROVIDER)


def _question_of(asking: Asking, question_id: str, at: datetime) -> WaitingQuestion:
    return WaitingQuestion(
        id=question_id,
        mode=asking.mode,
        grant=asking.grant,
        entry=asking.entry,
        provider=asking.provider,
        consumer=asking.caller.department,
        system=asking.caller.system,
        create_time=at,
        expire_time=asking.until,
        miss_time=at,
        wakeable_time=at,
    )


def _title_of(tx: Tx, one: WaitingQuestion) -> str:
    try:
        return EntryStore(tx).published(one.entry.removeprefix("entries/")).title
    except (NotFoundError, IntegrityError):
        return one.name


def _detail(one: WaitingQuestion) -> dict[str, str]:
    told = {"state": one.state.value, "wake_count": str(one.wake_count), "obstacle": one.end_reason}
    return {name: value for name, value in told.items() if value}
