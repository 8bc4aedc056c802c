"""The hub as a client sees it: a channel with the system's own certificate, one typed stub per service, and `query` in one line.

Calls without a timeout get the default deadline; a timeout given with a call wins. Failed calls raise `ShuniuCallError`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, TypeVar, Union

import grpc
import grpc.aio

from shuniu.answers import HEARD
from shuniu.calls import Explain, with_async_manners, with_manners
from shuniu.diagnosis import Diagnosis
from shuniu.digest import SALT_LENGTH
from shuniu.downloads import AsyncDownload, Download
from shuniu.errors import Details, IdentityError, ShuniuCallError
from shuniu.folder import Identity, read_identity
from shuniu.frames import arrow_table, columns_of, pandas_frame, rows_of
from shuniu.predicates import CheckAnswer
from shuniu.query_many import DEADLINE as MANY_DEADLINE
from shuniu.query_many import KeyAnswer, Keys, Told, told_by
from shuniu.receipts import LEAF_HASH_LENGTH, KeptAnswer, Receipt, ReceiptFolder
from shuniu.records import Python, from_record
from shuniu.retrying import NEVER, Retries
from shuniu.streams import AsyncStream, Stream
from shuniu.subscriptions import AsyncSubscription, OnReceipt, Subscription, kept_in, no_receipt
from shuniu.uploading import OnProgress, Upload, nothing, upload, upload_async
from shuniu.v1.audit_pb2_grpc import AuditServiceStub
from shuniu.v1.brokerage_pb2_grpc import BrokerageServiceStub
from shuniu.v1.case_pb2_grpc import CaseServiceStub
from shuniu.v1.catalog_pb2_grpc import CatalogServiceStub
from shuniu.v1.download_pb2 import DownloadRequest
from shuniu.v1.exchange_pb2 import DESCRIPTOR, CheckRequest, CheckResponse, QueryRequest, QueryResponse
from shuniu.v1.exchange_pb2_grpc import ExchangeServiceStub
from shuniu.v1.files_pb2_grpc import FileServiceStub
from shuniu.v1.identity_pb2_grpc import IdentityServiceStub
from shuniu.v1.license_pb2_grpc import LicenseServiceStub
from shuniu.v1.officer_pb2_grpc import OfficerServiceStub
from shuniu.v1.practice_pb2_grpc import PracticeServiceStub
from shuniu.v1.query_many_pb2 import QueryManyOpening, QueryManyRequest
from shuniu.v1.seal_pb2_grpc import SealServiceStub
from shuniu.v1.stream_pb2 import StreamRequest
from shuniu.v1.subscribe_pb2 import SubscribeRequest
from shuniu.v1.work_pb2 import ListWorkRequest, Work, WorkEvent
from shuniu.v1.work_pb2_grpc import WorkServiceStub
from shuniu.when_available import AsyncQuestions, Questions, Until, deadline_of, request_of
from shuniu.work_watching import watch, watch_async

if TYPE_CHECKING:
    from typing import Self

    from shuniu.v1 import exchange_pb2
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

DEADLINE: Final = 10.0
MAX_MESSAGE: Final = 8 * 1024 * 1024
_WORK_PAGE: Final = 500
_QUERY: Final = f"/{DESCRIPTOR.services_by_name['ExchangeService'].full_name}/Query"
_CHECK: Final = f"/{DESCRIPTOR.services_by_name['ExchangeService'].full_name}/Check"
_QUERY_MANY: Final = f"{_QUERY}Many"
"""Called without their stubs, which would read the answer and forget its bytes."""
_NO_RECEIPT: Final = Details(
    message_zh="枢纽返回的结果没有存证回执",
    next_action="do not use the answer; report the time of the call to the authority",
    next_action_zh="请勿使用该结果，并将调用时间报告数据共享主管部门",
)
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    ("grpc.max_send_message_length", MAX_MESSAGE),
    # A gRPC server takes pings without data less than 5 minutes apart for an attack and hangs up.
    ("grpc.keepalive_time_ms", 330_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    # also while nothing is called: firewalls forget quiet connections, and neither side hears of it
    ("grpc.keepalive_permit_without_calls", 1),
    # gRPC's own pauses between attempts grow to two minutes, so a client would stay away long after the hub is back.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # How long one attempt may take. Where packets are dropped, TCP repeats its first one after 1 and 3 s: a new attempt is sooner.
    ("grpc.min_reconnect_backoff_ms", 2_000),
    # gRPC quietly repeats a call that a closing server never saw. Where the connection is refused then, its core (1.85) tells how the call ended
    # but never gives back what was asked for before, so a stream waits for ever, past its deadline. The SDK repeats no call behind anybody's back.
    ("grpc.enable_retries", 0),
)
"""A client that kept calling through an outage is back within 2.5 s: the longest pause, with gRPC's jitter of a fifth, and the handshake."""


def _as_it_is(error: ShuniuCallError) -> ShuniuCallError:
    return error


@dataclass(frozen=True)
class UnderObjection:
    """That somebody objected to the record, which may be wrong: since when, to which field (empty: to the record), and what holds meanwhile.

    `objection` is its resource name where the caller's department may know of it, empty otherwise. The notice says that whoever shows valid
    proof is served all the same, in Chinese and in English.
    """

    objection: str
    entry: str
    field: str
    since: datetime
    notice_zh: str
    notice: str


@dataclass(frozen=True)
class Answer:
    """The answer to a Query: records as dictionaries, the fields whose values are masked, and the receipt.

    `data` is the answer byte for byte as it came: the digest in the log record is of these bytes (`Receipt.covers`). `under_objection` says
    what of the record is contested at the moment; look at it before you decide by the record.
    """

    records: list[dict[str, Python]]
    masked_fields: tuple[str, ...]
    receipt: Receipt
    data: bytes = field(default=b"", repr=False, compare=False)
    under_objection: tuple[UnderObjection, ...] = ()
    fields: tuple[str, ...] = field(default=(), compare=False)
    """The fields that were asked for; empty where all that are granted were."""

    def rows(self, types: Mapping[str, str] | None = None) -> list[dict[str, Python]]:
        """Return the records as rows of the same columns each, in one order; what a record does not have is None.

        `types` names the columns and their types (`shuniu.frames.types_of(entry, grant)`), so that an answer without records has them too.
        """
        return rows_of(self.records, columns_of(self.records, types, self.fields))

    def to_arrow(self, types: Mapping[str, str] | None = None) -> Any:
        """Return the records as a `pyarrow.Table` (`pip install "shuniu[arrow]"`)."""
        return arrow_table(self.records, columns_of(self.records, types, self.fields))

    def to_pandas(self, types: Mapping[str, str] | None = None) -> Any:
        """Return the records as a `pandas.DataFrame` with nullable types (`pip install "shuniu[pandas]"`)."""
        return pandas_frame(self.records, columns_of(self.records, types, self.fields))

    @property
    def kept(self) -> KeptAnswer:
        """The answer's bytes with their receipt, as they are kept."""
        return KeptAnswer(self.receipt, self.data)

    def keep(self) -> str:
        """Return a text to keep beside the case file: answer, receipt and salt, with which `shuniu receipt` checks what the log says."""
        return self.kept.to_json()


@dataclass(frozen=True)
class Checked:
    """The answer to a Check, with its receipt; `data` and `under_objection` are those of an `Answer`."""

    answer: CheckAnswer
    receipt: Receipt
    data: bytes = field(default=b"", repr=False, compare=False)
    under_objection: tuple[UnderObjection, ...] = ()

    @property
    def kept(self) -> KeptAnswer:
        """The answer's bytes with their receipt, as they are kept."""
        return KeptAnswer(self.receipt, self.data)

    def keep(self) -> str:
        """Return a text to keep beside the case file, as `Answer.keep` does."""
        return self.kept.to_json()


_Receipted = TypeVar("_Receipted", Answer, Checked)
Trailers = Iterable[tuple[str, Union[str, bytes]]]


class Client:
    """The hub's services over one kept connection; safe to share between threads, closed by `close` or `with`."""

    def __init__(
        self,
        channel: grpc.Channel,
        deadline: float = DEADLINE,
        explain: Explain = _as_it_is,
        *,
        receipts: ReceiptFolder | None = None,
        retries: Retries = NEVER,
    ) -> None:
        """Wrap an open channel; `explain` makes a better account of calls that failed.

        `receipts` keeps what every call that carries data answers; `retries` says how often `query` and `check` are repeated.
        """
        self.channel, self.explain = channel, explain
        self._deadline, self._receipts, self._retries = deadline, receipts, retries
        self._is_closed = False
        manners = with_manners(channel, deadline, explain)
        self.catalog: CatalogServiceStub = CatalogServiceStub(manners)
        self.brokerage: BrokerageServiceStub = BrokerageServiceStub(manners)
        self.cases: CaseServiceStub = CaseServiceStub(manners)
        self.exchange: ExchangeServiceStub = ExchangeServiceStub(manners)
        self.files: FileServiceStub = FileServiceStub(manners)
        self.licenses: LicenseServiceStub = LicenseServiceStub(manners)
        self.seals: SealServiceStub = SealServiceStub(manners)
        self.practice: PracticeServiceStub = PracticeServiceStub(manners)
        self.work: WorkServiceStub = WorkServiceStub(manners)
        self.audit: AuditServiceStub = AuditServiceStub(manners)
        self.identity: IdentityServiceStub = IdentityServiceStub(manners)
        self.officers: OfficerServiceStub = OfficerServiceStub(manners)
        self.questions = Questions(self.exchange, self.work)
        self._query: Any = manners.unary_unary(_QUERY, request_serializer=QueryRequest.SerializeToString)
        self._check: Any = manners.unary_unary(_CHECK, request_serializer=CheckRequest.SerializeToString)
        self._query_many: Any = manners.stream_stream(_QUERY_MANY, request_serializer=QueryManyRequest.SerializeToString)

    def query(
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
        """Get one subject's records under a grant; no field named means all that are granted.

        Where the provider is away, `when_available` has the question wait in the hub, sealed, for so long or until then; the call returns once the
        service is back and has answered, and raises what it heard last once the time is over. With `wait=False` it raises at once, and `ask_again`
        asks later by the name that the error's facts tell (`waiting_question`).
        """
        request = _request(grant, purpose, case_number, officer, subject_key, fields, entry=entry, request_id=request_id)
        return self._ask_patiently(self._query, request, timeout, lambda data, trailers: _answer(data, trailers, fields), when_available, wait=wait)

    def upload_file(
        self, path: Path | str, *, entry: str, officer: str, reason: str, encoding: str = "utf-8", on_progress: OnProgress = nothing
    ) -> DataFile:
        """Upload a CSV, .xlsx or .parquet file as the data of an entry and have it checked whole; the answer says what became of it.

        Called again after it was cut short, it goes on where the hub stopped. `on_progress` hears how many bytes have come, and of how many.
        """
        return upload(self.files, Upload.of(path, entry, officer, reason, encoding), on_progress)

    def check(
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
        """Ask a predicate about one subject: yes, no or unknown; `given` holds what it compares with, by field.

        `when_available` and `wait` are those of `query`.
        """
        request = _check(grant, predicate, purpose, case_number, officer, subject_key, given, entry=entry, request_id=request_id)
        return self._ask_patiently(self._check, request, timeout, _checked, when_available, wait=wait)

    def waiting_questions(self) -> Iterator[WaitingQuestion]:
        """Return the department's questions that are ready to be asked again, then those that wait still, page by page."""
        return self.questions.open()

    def ask_again(self, name: str, *, officer: str = "", timeout: float | None = None) -> Answer | Checked:
        """Ask a waiting question of this system again, also one that another process asked; by another officer where one is named."""
        request = request_of(self.questions.get(name), officer)
        if isinstance(request, CheckRequest):
            return self._ask(self._check, request, timeout, _checked)
        return self._ask(self._query, request, timeout, lambda data, trailers: _answer(data, trailers, request.fields))

    def _ask_patiently(
        self,
        rpc: Any,
        request: Any,
        timeout: float | None,
        read: Callable[[bytes, Trailers], _Receipted],
        when_available: Until | None,
        *,
        wait: bool,
    ) -> _Receipted:
        if when_available is None:
            return self._ask(rpc, request, timeout, read)
        request.when_available_until.FromDatetime(deadline_of(when_available))
        if not wait:
            return self._ask(rpc, request, timeout, read)
        return self.questions.patiently(request, lambda: self._ask(rpc, request, timeout, read))

    def _ask(self, rpc: Any, request: Any, timeout: float | None, read: Callable[[bytes, Trailers], _Receipted]) -> _Receipted:
        """Call, repeat where it was asked for and is safe, and keep the answer before it is handed out."""
        data, call = self._retries.call(lambda left: rpc.with_call(request, timeout=left), self._deadline if timeout is None else timeout)
        answer = read(data, call.trailing_metadata() or ())
        if self._receipts is not None:
            self._receipts.keep(answer.kept)
        return answer

    def query_many(
        self,
        *,
        grant: str,
        purpose: str,
        case_number: str,
        officer: str,
        keys: Iterable[str],
        fields: Sequence[str] = (),
        entry: str = "",
        request_id: str = "",
        timeout: float = MANY_DEADLINE,
    ) -> Iterator[KeyAnswer]:
        """Get the records of up to 1,000 keys of one case, each like a `query` of its own; in the order in which they come.

        What one key is refused stands in its `KeyAnswer`; what ends the stream is raised. `keys` are read in another thread, as fast as the hub
        takes them; whoever stops reading has the others given up.
        """
        sent = Keys(_opening(grant, purpose, case_number, officer, fields, entry), request_id)
        try:
            for data in self._query_many(sent.requests(keys), timeout=timeout):
                one = _key_answer(told_by(data), sent)
                if self._receipts is not None and one.answer is not None:
                    self._receipts.keep(one.answer.kept)
                yield one
        except ShuniuCallError:
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
    ) -> Stream:
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
        return Stream(self.exchange, request, self._receipts)

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
    ) -> Download:
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
        return Download(self.exchange, request, self._receipts)

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
    ) -> Subscription:
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
        return Subscription(self.exchange, request, kept_in(self._receipts, on_receipt))

    def open_work(self) -> Iterator[Work]:
        """Return what waits for the department, by due time, page by page."""
        request = ListWorkRequest(page_size=_WORK_PAGE)
        while True:
            page = self.work.ListWork(request)
            yield from page.work
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def watch_work(self, handler: Callable[[WorkEvent], object], *, resume_token: str = "") -> None:
        """Give the handler work and notices as they come, and acknowledge each when it has returned.

        Runs until the client is closed or the handler raises; goes on by itself when the hub was away. Without a token it begins behind what
        this system acknowledged. An event whose acknowledgement did not arrive comes again in the next run.
        """
        watch(self.work, handler, resume_token, lambda: self._is_closed)

    def close(self) -> None:
        """Close the connection; calls under way are cancelled."""
        self._is_closed = True
        self.channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class AsyncClient:
    """The same for asyncio; belongs to the event loop in which it was made."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        deadline: float = DEADLINE,
        explain: Explain = _as_it_is,
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
        self._query: Any = manners.unary_unary(_QUERY, request_serializer=QueryRequest.SerializeToString)
        self._check: Any = manners.unary_unary(_CHECK, request_serializer=CheckRequest.SerializeToString)
        self._query_many: Any = manners.stream_stream(_QUERY_MANY, request_serializer=QueryManyRequest.SerializeToString)

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
        request = _request(grant, purpose, case_number, officer, subject_key, fields, entry=entry, request_id=request_id)
        read = lambda data, trailers: _answer(data, trailers, fields)  # noqa: E731
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
        request = _check(grant, predicate, purpose, case_number, officer, subject_key, given, entry=entry, request_id=request_id)
        return await self._ask_patiently(self._check, request, timeout, _checked, when_available, wait=wait)

    def waiting_questions(self) -> AsyncIterator[WaitingQuestion]:
        """Return the department's open questions, as `Client.waiting_questions` does."""
        return self.questions.open()

    async def ask_again(self, name: str, *, officer: str = "", timeout: float | None = None) -> Answer | Checked:
        """Ask a waiting question of this system again, as `Client.ask_again` does."""
        request = request_of(await self.questions.get(name), officer)
        if isinstance(request, CheckRequest):
            return await self._ask(self._check, request, timeout, _checked)
        return await self._ask(self._query, request, timeout, lambda data, trailers: _answer(data, trailers, request.fields))

    async def _ask_patiently(
        self,
        rpc: Any,
        request: Any,
        timeout: float | None,
        read: Callable[[bytes, Trailers], _Receipted],
        when_available: Until | None,
        *,
        wait: bool,
    ) -> _Receipted:
        if when_available is None:
            return await self._ask(rpc, request, timeout, read)
        request.when_available_until.FromDatetime(deadline_of(when_available))
        if not wait:
            return await self._ask(rpc, request, timeout, read)
        return await self.questions.patiently(request, lambda: self._ask(rpc, request, timeout, read))

    async def _ask(self, rpc: Any, request: Any, timeout: float | None, read: Callable[[bytes, Trailers], _Receipted]) -> _Receipted:
        """Do what `Client._ask` does."""

        async def once(left: float) -> _Receipted:
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
        sent = Keys(_opening(grant, purpose, case_number, officer, fields, entry), request_id)
        try:
            async for data in self._query_many(sent.requests_async(keys), timeout=timeout):
                one = _key_answer(told_by(data), sent)
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
        request = ListWorkRequest(page_size=_WORK_PAGE)
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


def connect(
    address: str,
    folder: Path | str | None = None,
    *,
    ca: bytes = b"",
    cert: bytes = b"",
    key: bytes = b"",
    deadline: float = DEADLINE,
    server_name: str = "",
    receipts: Path | str | None = None,
    retries: int = 0,
) -> Client:
    """Open the members' port with the identity in `folder`, or with PEM bytes; `server_name` where the address is not in the certificate.

    `receipts` names a folder in which each answer of `query`, `check`, `query_many`, `stream` and `download` is kept with its receipt before it is
    handed out (`shuniu receipts verify` checks them), and the receipt of each portion of `subscribe` as it comes behind it; of a stream or a file,
    the SHA-256 of its bytes and where they stand. `retries` is how often at most such a call is repeated within its deadline, where that is safe
    (`shuniu.retrying`); 0 is never.
    """
    identity = _identity(folder, ca, cert, key)
    kept = None if receipts is None else ReceiptFolder(receipts)
    channel = grpc.secure_channel(address, _credentials(identity), options=_options(server_name))
    return Client(channel, deadline, Diagnosis(address, identity.ca, identity.certificate).of, receipts=kept, retries=Retries(retries))


def connect_async(
    address: str,
    folder: Path | str | None = None,
    *,
    ca: bytes = b"",
    cert: bytes = b"",
    key: bytes = b"",
    deadline: float = DEADLINE,
    server_name: str = "",
    receipts: Path | str | None = None,
    retries: int = 0,
) -> AsyncClient:
    """Do the same for asyncio; call it inside the running event loop."""
    identity = _identity(folder, ca, cert, key)
    kept = None if receipts is None else ReceiptFolder(receipts)
    channel = grpc.aio.secure_channel(address, _credentials(identity), options=_options(server_name))
    return AsyncClient(channel, deadline, Diagnosis(address, identity.ca, identity.certificate).of, receipts=kept, retries=Retries(retries))


def connect_public(address: str, ca: bytes, *, deadline: float = DEADLINE, server_name: str = "") -> Client:
    """Open the public port (enrolment, verification): the hub proves who it is, the caller stays anonymous."""
    channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(ca), options=_options(server_name))
    return Client(channel, deadline, Diagnosis(address, ca).of)


def _identity(folder: Path | str | None, ca: bytes, cert: bytes, key: bytes) -> Identity:
    if folder is not None and not (ca or cert or key):
        return read_identity(folder)
    if folder is None and ca and cert and key:
        return Identity(ca, cert, key)
    raise IdentityError(
        "the identity is missing or given twice",
        message_zh="未给出身份，或者给出了两种身份",
        next_action="pass either a folder, or ca, cert and key",
        next_action_zh="请给出身份目录，或者给出 CA 证书、证书和私钥，二者选一",
    )


def _credentials(identity: Identity) -> grpc.ChannelCredentials:
    # the CA, the key, then the chain
    return grpc.ssl_channel_credentials(identity.ca, identity.key, identity.certificate)


def _options(server_name: str) -> tuple[tuple[str, Any], ...]:
    return (*_OPTIONS, ("grpc.ssl_target_name_override", server_name)) if server_name else _OPTIONS


def _request(
    grant: str, purpose: str, case_number: str, officer: str, subject_key: str, fields: Sequence[str], *, entry: str, request_id: str
) -> QueryRequest:
    return QueryRequest(
        grant=grant,
        purpose=purpose,
        case_number=case_number,
        officer=officer,
        subject_key=subject_key,
        fields=fields,
        entry=entry,
        request_id=request_id,
    )


def _check(
    grant: str,
    predicate: str,
    purpose: str,
    case_number: str,
    officer: str,
    subject_key: str,
    given: Mapping[str, str] | None,
    *,
    entry: str,
    request_id: str,
) -> CheckRequest:
    return CheckRequest(
        grant=grant,
        predicate=predicate,
        purpose=purpose,
        case_number=case_number,
        officer=officer,
        subject_key=subject_key,
        given=given,
        entry=entry,
        request_id=request_id,
    )


def _checked(data: bytes, trailers: Trailers) -> Checked:
    receipt = receipt_of(trailers)
    response = CheckResponse.FromString(data)
    # an answer that this release does not know leaves the question open
    return Checked(HEARD.get(response.answer, CheckAnswer.UNKNOWN), receipt, data, tuple(map(_contested, response.under_objection)))


def _opening(grant: str, purpose: str, case_number: str, officer: str, fields: Sequence[str], entry: str) -> QueryManyOpening:
    return QueryManyOpening(grant=grant, purpose=purpose, case_number=case_number, officer=officer, fields=fields, entry=entry)


def _key_answer(told: Told, sent: Keys) -> KeyAnswer:
    key = sent.take(told.place)
    return KeyAnswer(told.place, key, error=told.error) if told.error else KeyAnswer(told.place, key, _answer(told.data, told.receipt))


def _answer(data: bytes, trailers: Trailers, fields: Iterable[str] = ()) -> Answer:
    receipt = receipt_of(trailers)
    response = QueryResponse.FromString(data)
    contested = tuple(map(_contested, response.under_objection))
    records = [from_record(record) for record in response.records]
    return Answer(records, tuple(response.masked_fields), receipt, data, contested, tuple(fields))


def _contested(told: exchange_pb2.UnderObjection) -> UnderObjection:
    since = told.create_time.ToDatetime(tzinfo=timezone.utc)
    return UnderObjection(told.objection, told.entry, told.field, since, told.service_continues_notice, told.service_continues_notice_en)


def receipt_of(trailers: Trailers) -> Receipt:
    """Return the receipt; an answer without a complete one is an error, because nobody could prove what the log says about it.

    A hub of a release before sends no salt.
    """
    told = dict(trailers)
    origin, index, leaf = (told.get(f"shuniu-log-{name}") for name in ("origin", "index", "leaf-bin"))
    salt = told.get("shuniu-answer-salt-bin", b"")
    # trailers ending in -bin are bytes, all others text
    readable = isinstance(origin, str) and isinstance(index, str) and index.isascii() and index.isdecimal() and len(index) < 20  # noqa: PLR2004 -- 2**63 has 19 digits
    if (
        not readable
        or not isinstance(leaf, bytes)
        or len(leaf) != LEAF_HASH_LENGTH
        or not isinstance(salt, bytes)
        or len(salt) not in {0, SALT_LENGTH}
    ):
        raise ShuniuCallError(grpc.StatusCode.DATA_LOSS, "the hub answered without a receipt", _NO_RECEIPT)
    return Receipt(str(origin), int(str(index)), leaf, salt)
