"""The hub as a client sees it: a channel with the system's own certificate, one typed stub per service, and `query` in one line.

Calls without a timeout get the default deadline; a timeout given with a call wins. Failed calls raise `ShuniuCallError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio

from shuniu.async_client import AsyncClient
from shuniu.calls import Explain, as_it_is, with_manners
from shuniu.diagnosis import Diagnosis
from shuniu.dialing import DEADLINE, MAX_MESSAGE, credentials_of, identity_of, options_for
from shuniu.downloads import Download
from shuniu.errors import ShuniuCallError
from shuniu.exchange_calls import (
    CHECK,
    QUERY,
    QUERY_MANY,
    Answer,
    Checked,
    Receipted,
    Trailers,
    UnderObjection,
    answer_from,
    check_request,
    checked_from,
    key_answer,
    opening_of,
    query_request,
    receipt_of,
)
from shuniu.query_many import DEADLINE as MANY_DEADLINE
from shuniu.query_many import KeyAnswer, Keys, told_by
from shuniu.receipts import ReceiptFolder
from shuniu.retrying import NEVER, Retries
from shuniu.streams import Stream
from shuniu.subscriptions import OnReceipt, Subscription, kept_in, no_receipt
from shuniu.uploading import OnProgress, Upload, nothing, upload
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
from shuniu.when_available import Questions, Until, deadline_of, request_of
from shuniu.work_watching import WORK_PAGE, watch

if TYPE_CHECKING:
    from typing import Self

    from shuniu.v1.files_pb2 import DataFile
    from shuniu.v1.waiting_question_pb2 import WaitingQuestion


__all__ = [
    "DEADLINE",
    "MAX_MESSAGE",
    "Answer",
    "AsyncClient",
    "Checked",
    "Client",
    "UnderObjection",
    "connect",
    "connect_async",
    "connect_public",
    "receipt_of",
]


class Client:
    """The hub's services over one kept connection; safe to share between threads, closed by `close` or `with`."""

    def __init__(
        self,
        channel: grpc.Channel,
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
        self._query: Any = manners.unary_unary(QUERY, request_serializer=QueryRequest.SerializeToString)
        self._check: Any = manners.unary_unary(CHECK, request_serializer=CheckRequest.SerializeToString)
        self._query_many: Any = manners.stream_stream(QUERY_MANY, request_serializer=QueryManyRequest.SerializeToString)

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
        request = query_request(grant, purpose, case_number, officer, subject_key, fields, entry=entry, request_id=request_id)
        return self._ask_patiently(
            self._query, request, timeout, lambda data, trailers: answer_from(data, trailers, fields), when_available, wait=wait
        )

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
        request = check_request(grant, predicate, purpose, case_number, officer, subject_key, given, entry=entry, request_id=request_id)
        return self._ask_patiently(self._check, request, timeout, checked_from, when_available, wait=wait)

    def waiting_questions(self) -> Iterator[WaitingQuestion]:
        """Return the department's questions that are ready to be asked again, then those that wait still, page by page."""
        return self.questions.open()

    def ask_again(self, name: str, *, officer: str = "", timeout: float | None = None) -> Answer | Checked:
        """Ask a waiting question of this system again, also one that another process asked; by another officer where one is named."""
        request = request_of(self.questions.get(name), officer)
        if isinstance(request, CheckRequest):
            return self._ask(self._check, request, timeout, checked_from)
        return self._ask(self._query, request, timeout, lambda data, trailers: answer_from(data, trailers, request.fields))

    def _ask_patiently(
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
            return self._ask(rpc, request, timeout, read)
        request.when_available_until.FromDatetime(deadline_of(when_available))
        if not wait:
            return self._ask(rpc, request, timeout, read)
        return self.questions.patiently(request, lambda: self._ask(rpc, request, timeout, read))

    def _ask(self, rpc: Any, request: Any, timeout: float | None, read: Callable[[bytes, Trailers], Receipted]) -> Receipted:
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
        sent = Keys(opening_of(grant, purpose, case_number, officer, fields, entry), request_id)
        try:
            for data in self._query_many(sent.requests(keys), timeout=timeout):
                one = key_answer(told_by(data), sent)
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
        request = ListWorkRequest(page_size=WORK_PAGE)
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
    identity = identity_of(folder, ca, cert, key)
    kept = None if receipts is None else ReceiptFolder(receipts)
    channel = grpc.secure_channel(address, credentials_of(identity), options=options_for(server_name))
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
    identity = identity_of(folder, ca, cert, key)
    kept = None if receipts is None else ReceiptFolder(receipts)
    channel = grpc.aio.secure_channel(address, credentials_of(identity), options=options_for(server_name))
    return AsyncClient(channel, deadline, Diagnosis(address, identity.ca, identity.certificate).of, receipts=kept, retries=Retries(retries))


def connect_public(address: str, ca: bytes, *, deadline: float = DEADLINE, server_name: str = "") -> Client:
    """Open the public port (enrolment, verification): the hub proves who it is, the caller stays anonymous."""
    channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(ca), options=options_for(server_name))
    return Client(channel, deadline, Diagnosis(address, ca).of)
