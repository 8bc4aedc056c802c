"""Questions that wait for their provider: how long, how a program hears that it is time, and the request that asks again.

The hub tells on the stream of work that a service was seen again (`question_ready`). One stream serves all waiting calls of a client; it
acknowledges nothing, so it takes no event from a program that reads its department's work. A look at the question itself every half minute makes
up for an event that did not come.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from secrets import randbelow
from typing import TYPE_CHECKING, Any, Final, TypeVar, Union

import grpc

from shuniu.errors import ShuniuCallError
from shuniu.reasons import QUESTION_NOT_READABLE, WAIT_WITHOUT_END
from shuniu.v1.catalog_pb2 import SHARE_MODE_CHECK
from shuniu.v1.exchange_pb2 import CheckRequest, QueryRequest
from shuniu.v1.waiting_question_pb2 import (
    WAITING_QUESTION_STATE_READY,
    WAITING_QUESTION_STATE_WAITING,
    GetWaitingQuestionRequest,
    ListWaitingQuestionsRequest,
    WaitingQuestion,
)
from shuniu.v1.work_pb2 import WatchWorkRequest, WorkEvent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from shuniu.v1.exchange_pb2_grpc import ExchangeServiceAsyncStub, ExchangeServiceStub
    from shuniu.v1.work_pb2_grpc import WorkServiceAsyncStub, WorkServiceStub

Until = Union[timedelta, datetime]
"""How long a question may wait, or until when: an aware datetime."""
WAITS: Final = "QUESTION_WAITS"
"""The reason of the refusal behind which a question waits."""
LOOK: Final = 30.0
"""Seconds between two looks at a question of which no event came."""
_OPEN: Final = 60.0
_PAUSE: Final = 1.0
_SOON: Final = 60.0
_PAGE: Final = 100
_KINDS: Final = frozenset({"question_ready", "question_expired", "question_ended"})
_T = TypeVar("_T")
_Request = Union[QueryRequest, CheckRequest]


def deadline_of(until: Until) -> datetime:
    """Return the moment until which a question may wait."""
    if isinstance(until, timedelta):
        return datetime.now(timezone.utc) + until
    if until.tzinfo is None:
        raise WAIT_WITHOUT_END(field="when_available")
    return until


def waiting_question_of(error: ShuniuCallError) -> str:
    """Return the name under which the question waits that was refused so, empty where none does."""
    return error.facts.get("waiting_question", "") if error.reason == WAITS else ""


def request_of(question: WaitingQuestion, officer: str = "") -> _Request:
    """Return the request that asks a waiting question again, by another officer where one is named."""
    if not question.HasField("question"):
        raise QUESTION_NOT_READABLE(waiting_question=question.name)
    asked = question.question
    said: dict[str, Any] = {name: getattr(asked, name) for name in ("purpose", "case_number", "officer", "subject_key", "entry", "request_id")}
    said.update(grant=question.grant, waiting_question=question.name, officer=officer or asked.officer)
    if question.mode == SHARE_MODE_CHECK:
        return CheckRequest(predicate=asked.predicate, given=asked.given, **said)
    return QueryRequest(fields=asked.fields, **said)


def _again(request: _Request, name: str) -> None:
    """Have a request ask the waiting question again, whose deadline the hub knows."""
    request.waiting_question = name
    request.ClearField("when_available_until")


def _named(event: WorkEvent) -> str:
    return event.notice.resource if event.WhichOneof("event") == "notice" and event.notice.kind in _KINDS else ""


def _pause() -> float:
    # a fifth more or less, so that those who wait together do not look together
    return LOOK * (0.8 + randbelow(400) / 1000)


def _may_pass(error: ShuniuCallError) -> bool:
    """Tell whether what ended an attempt passes soon while the question waits still: a hub that is away, a service that all come back to at once."""
    if error.code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return 0 < error.retry_after <= _SOON
    return error.code in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}


class Questions:
    """The waiting questions of one client: listed, waited for, asked again."""

    def __init__(self, exchange: ExchangeServiceStub, work: WorkServiceStub) -> None:
        """Take the stubs."""
        self._exchange, self._work = exchange, work
        self._lock = threading.Lock()
        self._news: dict[str, threading.Event] = {}
        self._watcher: threading.Thread | None = None

    def get(self, name: str) -> WaitingQuestion:
        """Return a question."""
        return self._exchange.GetWaitingQuestion(GetWaitingQuestionRequest(name=name))

    def open(self) -> Iterator[WaitingQuestion]:
        """Return the questions that are ready, then those that wait."""
        for state in (WAITING_QUESTION_STATE_READY, WAITING_QUESTION_STATE_WAITING):
            request = ListWaitingQuestionsRequest(page_size=_PAGE, state=state)
            while True:
                page = self._exchange.ListWaitingQuestions(request)
                yield from page.waiting_questions
                if not page.next_page_token:
                    break
                request.page_token = page.next_page_token

    def patiently(self, request: _Request, ask: Callable[[], _T], tell: Callable[[str], object] = str) -> _T:
        """Ask, and where the question waits, wait with it and ask again, until it is answered, refused or over; raise what was heard last.

        `tell` hears each time under which name it waits.
        """
        while True:
            try:
                return ask()
            except ShuniuCallError as error:
                last = error
                name = waiting_question_of(error) or request.waiting_question
                if not name or not (waiting_question_of(error) or _may_pass(error)):
                    raise
            _again(request, name)
            tell(name)
            if not waiting_question_of(last):
                time.sleep(max(last.retry_after, _PAUSE))
            if not self._wait(name):
                raise last

    def _wait(self, name: str) -> bool:
        """Return True once a question is ready, False when it has ended."""
        with self._lock:
            news = self._news.setdefault(name, threading.Event())
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="waiting questions", daemon=True)
                self._watcher.start()
        try:
            while True:
                try:
                    state = self.get(name).state
                except ShuniuCallError as error:
                    if not _may_pass(error):
                        raise
                    time.sleep(_PAUSE)
                    continue
                if state != WAITING_QUESTION_STATE_WAITING:
                    return bool(state == WAITING_QUESTION_STATE_READY)
                news.wait(_pause())
                news.clear()
        finally:
            with self._lock:
                self._news.pop(name, None)

    def _watch(self) -> None:
        """Read the stream of work for as long as somebody waits."""
        token = ""
        while self._is_waited_for():
            try:
                for event in self._work.WatchWork(WatchWorkRequest(resume_token=token), timeout=_OPEN):
                    token = event.token
                    with self._lock:
                        news = self._news.get(_named(event))
                    if news is not None:
                        news.set()
            except ShuniuCallError as error:
                token = token if _may_pass(error) else ""
                if error.code is not grpc.StatusCode.DEADLINE_EXCEEDED:  # which is how a stream ends on which nothing came
                    time.sleep(_PAUSE)
            except ValueError:  # gRPC's word for a call over a connection that is closed
                with self._lock:
                    self._watcher = None
                return

    def _is_waited_for(self) -> bool:
        with self._lock:
            if not self._news:
                self._watcher = None
            return bool(self._news)


class AsyncQuestions:
    """The same for asyncio."""

    def __init__(self, exchange: ExchangeServiceAsyncStub, work: WorkServiceAsyncStub) -> None:
        """Take the stubs."""
        self._exchange, self._work = exchange, work
        self._news: dict[str, asyncio.Event] = {}
        self._watcher: asyncio.Task[None] | None = None

    async def get(self, name: str) -> WaitingQuestion:
        """Return a question."""
        return await self._exchange.GetWaitingQuestion(GetWaitingQuestionRequest(name=name))

    async def open(self) -> AsyncIterator[WaitingQuestion]:
        """Return the questions that are ready, then those that wait."""
        for state in (WAITING_QUESTION_STATE_READY, WAITING_QUESTION_STATE_WAITING):
            request = ListWaitingQuestionsRequest(page_size=_PAGE, state=state)
            while True:
                page = await self._exchange.ListWaitingQuestions(request)
                for one in page.waiting_questions:
                    yield one
                if not page.next_page_token:
                    break
                request.page_token = page.next_page_token

    async def patiently(self, request: _Request, ask: Callable[[], Awaitable[_T]]) -> _T:
        """Do what `Questions.patiently` does."""
        while True:
            try:
                return await ask()
            except ShuniuCallError as error:
                last = error
                name = waiting_question_of(error) or request.waiting_question
                if not name or not (waiting_question_of(error) or _may_pass(error)):
                    raise
            _again(request, name)
            if not waiting_question_of(last):
                await asyncio.sleep(max(last.retry_after, _PAUSE))
            if not await self._wait(name):
                raise last

    async def _wait(self, name: str) -> bool:
        news = self._news.setdefault(name, asyncio.Event())
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.ensure_future(self._watch())
        try:
            while True:
                try:
                    state = (await self.get(name)).state
                except ShuniuCallError as error:
                    if not _may_pass(error):
                        raise
                    await asyncio.sleep(_PAUSE)
                    continue
                if state != WAITING_QUESTION_STATE_WAITING:
                    return bool(state == WAITING_QUESTION_STATE_READY)
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(news.wait(), _pause())
                news.clear()
        finally:
            self._news.pop(name, None)
            if not self._news:
                self._watcher.cancel()

    async def _watch(self) -> None:
        token = ""
        while True:
            try:
                async for event in self._work.WatchWork(WatchWorkRequest(resume_token=token), timeout=_OPEN):
                    token = event.token
                    news = self._news.get(_named(event))
                    if news is not None:
                        news.set()
            except ShuniuCallError as error:
                token = token if _may_pass(error) else ""
                if error.code is not grpc.StatusCode.DEADLINE_EXCEEDED:
                    await asyncio.sleep(_PAUSE)
