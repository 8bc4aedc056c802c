"""The client for asyncio: what `shuniu.client` is, awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio

from shuniu.calls import Explain, as_it_is, with_async_manners
from shuniu.dialing import DEADLINE
from shuniu.downloads import AsyncDownload
from shuniu.errors import ShuniuCallError
from shuniu.exchange_calls import (
    CHECK,
    QUERY,
    QUERY_MANY,
    Answer,
    Checked,
    Receipted,
    Trailers,
    answer_from,
    check_request,
    checked_from,
    key_answer,
    opening_of,
    query_request,
)
from shuniu.query_many import DEADLINE as MANY_DEADLINE
from shuniu.query_many import KeyAnswer, Keys, told_by
from shuniu.receipts import ReceiptFolder
from shuniu.retrying import NEVER, Retries
from shuniu.streams import AsyncStream
from shuniu.subscriptions import AsyncSubscription, OnReceipt, kept_in, no_receipt
from shuniu.uploading import OnProgress, Upload, nothing, upload_async
from shuniu.v1.audit_pb2_grpc import AuditServiceStub
from shuniu.v1.brokerage_pb2_grpc import BrokerageServiceStub
from shuniu.v1.case_pb2_grpc import CaseServiceStub
from shuniu.v1.catalog_pb2_grpc import CatalogServiceStub
from shuniu.v1.download_pb2 import DownloadRequest
from shuniu.v1.exchange_pb2 import CheckRequest, QueryRequest
from shuniu.v1.exchange_pb2_grpc import ExchangeServiceStub
from shuniu.v1.files_pb2_grpc import FileServiceStub
from shuniu.v1.identity_pb2_grpc import IdentityServiceStub
from shuniu.v1.license_pb2_grpc import LicenseServiceStub
from shuniu.v1.officer_pb2_grpc import OfficerServiceStub
from shuniu.v1.practice_pb2_grpc import PracticeServiceStub
from shuniu.v1.query_many_pb2 import QueryManyRequest
from shuniu.v1.seal_pb2_grpc import SealServiceStub
from shuniu.v1.stream_pb2 import StreamRequest
from shuniu.v1.subscribe_pb2 import SubscribeRequest
from shuniu.v1.work_pb2 import ListWorkRequest, Work, WorkEvent
from shuniu.v1.work_pb2_grpc import WorkServiceStub
from shuniu.when_available import AsyncQuestions, Until, deadline_of, request_of
from shuniu.work_watching import WORK_PAGE, watch_async

if TYPE_CHECKING:
    from typing import Self

    from shuniu.v1.audit_pb2_grpc import AuditServiceAsyncStub
    from shuniu.v1.brokerage_pb2_grpc import BrokerageServiceAsyncStub
    from shuniu.v1.case_pb2_grpc import CaseServiceAsyncStub
    from shuniu.v1.catalog_pb2_grpc import CatalogServiceAsyncStub
    from shuniu.v1.exchange_pb2_grpc import ExchangeServiceAsyncStub
    from shuniu.v1.files_pb2 import DataFile
    from shuniu.v1.files_pb2_grpc import FileServiceAsyncStub
    from shuniu.v1.identity_pb2_grpc import IdentityServiceAsyncStub
    from shuniu.v1.license_pb2_grpc import LicenseServiceAsyncStub
    from shuniu.v1.officer_pb2_grpc import OfficerServiceAsyncStub
    from shuniu.v1.practice_pb2_grpc import PracticeServiceAsyncStub
    from shuniu.v1.seal_pb2_grpc import SealServiceAsyncStub
    from shuniu.v1.waiting_question_pb2 import WaitingQuestion
    from shuniu.v1.work_pb2_grpc import WorkServiceAsyncStub


class AsyncClient:
    """The same for asyncio; belongs to the event loop in which it was made."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        deadline: float = DEADLINE,
        explain: Explain = as_it_is,
        *,
        receipts: ReceiptFolder | None = None,
        retries: Retries = NEVER,
    ) -> None:
        """Wrap an open channel; `explain` makes a better account of calls that failed.

        `receipts` keeps what every call that carries data answers; `retries` says how often `query` and `check` are repeated.
        """
        self.channel, self.explain = channel, explain
        self._deadline, self._receipts, self._retries = deadline, receipts, retries
        manners = with_async_manners(channel, deadline, explain)
        self.catalog: CatalogServiceAsyncStub = CatalogServiceStub(manners)
        self.brokerage: BrokerageServiceAsyncStub = BrokerageServiceStub(manners)
        self.cases: CaseServiceAsyncStub = CaseServiceStub(manners)
        self.exchange: ExchangeServiceAsyncStub = ExchangeServiceStub(manners)
        self.files: FileServiceAsyncStub = FileServiceStub(manners)
        self.licenses: LicenseServiceAsyncStub = LicenseServiceStub(manners)
        self.seals: SealServiceAsyncStub = SealServiceStub(manners)
        self.practice: PracticeServiceAsyncStub = PracticeServiceStub(manners)
        self.work: WorkServiceAsyncStub = WorkServiceStub(manners)
        self.audit: AuditServiceAsyncStub = AuditServiceStub(manners)
        self.identity: IdentityServiceAsyncStub = IdentityServiceStub(manners)
        self.officers: OfficerServiceAsyncStub = OfficerServiceStub(manners)
        self.questions = AsyncQuestions(self.exchange, self.work)
        self._query: Any = manners.unary_unary(QUERY, request_serializer=QueryRequest.SerializeToString)
        self._check: Any = manners.unary_unary(CHECK, request_serializer=CheckRequest.SerializeToString)
        self._query_many: Any = manners.stream_stream(QUERY_MANY, request_serializer=QueryManyRequest.SerializeToString)

    async def query(
        self,
        *,
        grant: str,
        purpose: str,
        case_number: str,
        officer: str,
        subject_key: str,
        fields: Sequence[str] = (),
        entry: str = "",
        request_id: str = "",
        timeout: float | None = None,
        when_available: Until | None = None,
        wait: bool = True,
    ) -> Answer:
        """Get one subject's records under a grant, as `Client.query` does."""
        request = query_request(grant, purpose, case_number, officer, subject_key, fields, entry=entry, request_id=request_id)
        read = lambda data, trailers: answer_from(data, trailers, fields)  # noqa: E731
        return await self._ask_patiently(self._query, request, timeout, read, when_available, wait=wait)

    async def upload_file(
        self, path: Path | str, *, entry: str, officer: str, reason: str, encoding: str = "utf-8", on_progress: OnProgress = nothing
    ) -> DataFile:
        """Upload a CSV, .xlsx or .parquet file as the data of an entry and have it checked whole; the answer says what became of it.

        Called again after it was cut short, it goes on where the hub stopped. `on_progress` hears how many bytes have come, and of how many.
        """
        return await upload_async(self.files, Upload.of(path, entry, officer, reason, encoding), on_progress)

    async def check(
        self,
        *,
        grant: str,
        predicate: str,
        purpose: str,
        case_number: str,
        officer: str,
        subject_key: str,
        given: Mapping[str, str] | None = None,
        entry: str = "",
        request_id: str = "",
        timeout: float | None = None,
        when_available: Until | None = None,
        wait: bool = True,
    ) -> Checked:
        """Ask a predicate about one subject, as `Client.check` does."""
        request = check_request(grant, predicate, purpose, case_number, officer, subject_key, given, entry=entry, request_id=request_id)
        return await self._ask_patiently(self._check, request, timeout, checked_from, when_available, wait=wait)

    def waiting_questions(self) -> AsyncIterator[WaitingQuestion]:
        """Return the department's open questions, as `Client.waiting_questions` does."""
        return self.questions.open()

    async def ask_again(self, name: str, *, officer: str = "", timeout: float | None = None) -> Answer | Checked:
        """Ask a waiting question of this system again, as `Client.ask_again` does."""
        request = request_of(await self.questions.get(name), officer)
        if isinstance(request, CheckRequest):
            return await self._ask(self._check, request, timeout, checked_from)
        return await self._ask(self._query, request, timeout, lambda data, trailers: answer_from(data, trailers, request.fields))

    async def _ask_patiently(
        self,
        rpc: Any,
        request: Any,
        timeout: float | None,
        read: Callable[[bytes, Trailers], Receipted],
        when_available: Until | None,
        *,
        wait: bool,
    ) -> Receipted:
        if when_available is None:
            return await self._ask(rpc, request, timeout, read)
        request.when_available_until.FromDatetime(deadline_of(when_available))
        if not wait:
            return await self._ask(rpc, request, timeout, read)
        return await self.questions.patiently(request, lambda: self._ask(rpc, request, timeout, read))

    async def _ask(self, rpc: Any, request: Any, timeout: float | None, read: Callable[[bytes, Trailers], Receipted]) -> Receipted:
        """Do what `Client._ask` does."""

        async def once(left: float) -> Receipted:
            call = rpc(request, timeout=left)
            data = await call
            return read(data, await call.trailing_metadata() or ())

        answer = await self._retries.call_async(once, self._deadline if timeout is None else timeout)
        if self._receipts is not None:
            # in a thread: the file is on disk before the answer is handed out
            await asyncio.to_thread(self._receipts.keep, answer.kept)
        return answer

    async def query_many(
        self,
        *,
        grant: str,
        purpose: str,
        case_number: str,
        officer: str,
        keys: Iterable[str] | AsyncIterable[str],
        fields: Sequence[str] = (),
        entry: str = "",
        request_id: str = "",
        timeout: float = MANY_DEADLINE,
    ) -> AsyncIterator[KeyAnswer]:
        """Get the records of up to 1,000 keys of one case, as `Client.query_many` does."""
        sent = Keys(opening_of(grant, purpose, case_number, officer, fields, entry), request_id)
        try:
            async for data in self._query_many(sent.requests_async(keys), timeout=timeout):
                one = key_answer(told_by(data), sent)
                if self._receipts is not None and one.answer is not None:
                    await asyncio.to_thread(self._receipts.keep, one.answer.kept)
                yield one
        except (ShuniuCallError, asyncio.CancelledError):
            sent.raise_failed()
            raise

    def stream(
        self,
        *,
        grant: str,
        purpose: str,
        case_number: str,
        officer: str,
        fields: Sequence[str] = (),
        entry: str = "",
        request_id: str = "",
        resume_token: bytes = b"",
    ) -> AsyncStream:
        """Get a whole table under a grant of mode stream: iterate over it for record batches of pyarrow, or write it with `to_file`.

        Nothing is called before. It goes on by itself when the hub or the provider was away.
        """
        request = StreamRequest(
            grant=grant,
            purpose=purpose,
            case_number=case_number,
            officer=officer,
            fields=fields,
            entry=entry,
            request_id=request_id,
            resume_token=resume_token,
        )
        return AsyncStream(self.exchange, request, self._receipts)

    def download(
        self,
        *,
        grant: str,
        purpose: str,
        case_number: str,
        officer: str,
        fields: Sequence[str] = (),
        entry: str = "",
        request_id: str = "",
        resume_token: bytes = b"",
    ) -> AsyncDownload:
        """Get an entry's data file under a grant of mode file, as CSV: write it with `to_file`, or read its `chunks`.

        Nothing is called before. It goes on by itself when the hub was away.
        """
        request = DownloadRequest(
            grant=grant,
            purpose=purpose,
            case_number=case_number,
            officer=officer,
            fields=fields,
            entry=entry,
            request_id=request_id,
            resume_token=resume_token,
        )
        return AsyncDownload(self.exchange, request, self._receipts)

    def subscribe(
        self,
        *,
        grant: str,
        purpose: str,
        case_number: str,
        officer: str,
        fields: Sequence[str] = (),
        entry: str = "",
        request_id: str = "",
        resume_token: bytes = b"",
        from_beginning: bool = False,
        on_receipt: OnReceipt = no_receipt,
    ) -> AsyncSubscription:
        """Follow the changes of an entry under a grant of mode subscribe: iterate over it, and `ack()` what you have kept.

        Nothing is called before. Without a token it begins behind what this system acknowledged, at first from the beginning with every record.
        It goes on by itself when the hub or the provider was away.
        """
        request = SubscribeRequest(
            grant=grant,
            purpose=purpose,
            case_number=case_number,
            officer=officer,
            fields=fields,
            entry=entry,
            request_id=request_id,
            resume_token=resume_token,
            from_beginning=from_beginning,
        )
        return AsyncSubscription(self.exchange, request, kept_in(self._receipts, on_receipt))

    async def open_work(self) -> AsyncIterator[Work]:
        """Return what waits for the department, by due time, page by page."""
        request = ListWorkRequest(page_size=WORK_PAGE)
        while True:
            page = await self.work.ListWork(request)
            for one in page.work:
                yield one
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def watch_work(self, handler: Callable[[WorkEvent], Awaitable[object]], *, resume_token: str = "") -> None:
        """Give the handler work and notices as they come, as `Client.watch_work` does; cancel the task to end it."""
        await watch_async(self.work, handler, resume_token)

    async def close(self) -> None:
        """Close the connection; calls under way are cancelled."""
        await self.channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()
