"""A whole table as it arrives: opened again wherever it breaks off, behind the last frame that was taken. Each row comes once.

for batch in client.stream(grant="grants/...", purpose="...", case_number="...", officer="..."):
    ...  # a pyarrow.RecordBatch
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Final, Generic, Protocol, TypeVar

from shuniu.digest import SALT_LENGTH, answer_digest
from shuniu.errors import ShuniuCallError
from shuniu.frames import batch_rows, table_frame
from shuniu.reasons import STREAM_DAMAGED, STREAM_NEEDS_ARROW
from shuniu.receipts import LEAF_HASH_LENGTH, KeptAnswer, KeptDelivery, Receipt, ReceiptFolder
from shuniu.retrying import PASSES
from shuniu.stream_file import StreamFile
from shuniu.v1.stream_pb2 import StreamEnd, StreamRequest, StreamResponse

if TYPE_CHECKING:
    from shuniu.records import Python
    from shuniu.v1.exchange_pb2_grpc import ExchangeServiceAsyncStub, ExchangeServiceStub

OPEN: Final = 86_400.0
"""Seconds for which one call stays open at most; the next one goes on where it ended."""
PATIENCE: Final = 120.0
"""Seconds without a new frame after which a stream that breaks off again is given up."""
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0
Progress = Callable[[int, int], object]
"""Told rows and bytes so far."""
R = TypeVar("R", bound="Resumable")


class Resumable(Protocol):
    """A request that says from where on."""

    resume_token: bytes


def nobody(_rows: int, _size: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Delivered:
    """A whole table that arrived: its rows and bytes, and what proves the last call of it: the receipt and the SHA-256 of that call's bytes."""

    rows: int
    size: int
    receipt: Receipt
    content: bytes
    place: KeptDelivery
    """Which bytes of the stream that call brought."""

    def kept(self, file: str = "") -> KeptAnswer:
        """Return what is kept of it, beside the file of this name into which it was written."""
        return KeptAnswer(self.receipt, self.content, delivery=replace(self.place, file=file))

    def keep(self) -> str:
        """Return a text to keep, with which `shuniu receipt` checks what the log says."""
        return self.kept().to_json()


class Course(Generic[R]):
    """How far a stream has come: what to ask for next, what is new of a part that came, whether another attempt makes sense."""

    def __init__(self, request: R, rows: int = 0, size: int = 0) -> None:
        """Begin where the request says; `rows` and `size` were there before."""
        self._request: R = request
        self.rows, self.size = rows, size
        self._is_counted = not (request.resume_token and not rows)
        self.schema = b""
        self.delivered: Delivered | None = None
        self.pause = 0.0
        self.start = size
        self._hash = sha256()
        self._last = time.monotonic()
        self._is_begun = False

    @property
    def token(self) -> bytes:
        """Return what resumes behind the last frame that was taken."""
        return self._request.resume_token

    @property
    def content(self) -> bytes:
        """Return the SHA-256 of what the present call brought."""
        return self._hash.digest()

    def note_progress(self) -> None:
        """Note that something came: another attempt makes sense from now on."""
        self._is_begun, self._last, self.pause = True, time.monotonic(), 0.0

    def add(self, data: bytes, first_row: int, rows: int, token: bytes) -> None:
        """Count rows that came; raise IntegrityError where they are not the next ones."""
        if not self._is_counted:  # a token of elsewhere: the hub says how many rows were there before
            self.rows, self._is_counted = first_row, True
        if first_row != self.rows:
            raise STREAM_DAMAGED()
        self._hash.update(data)
        self.rows, self.size = self.rows + rows, self.size + len(data)
        self._request.resume_token = token

    def request(self) -> R:
        """Return the request of the next call."""
        self._hash, self.start = sha256(), self.size
        return self._request

    def take(self, part: StreamResponse) -> bytes:
        """Return the bytes that are new: the schema the first time, a batch; none for the end. Raise IntegrityError where the end does not fit."""
        kind = part.WhichOneof("part")
        self.note_progress()
        if kind == "end":
            self._finish(part.end)
            return b""
        if kind == "schema":
            self._hash.update(part.schema)
            is_new = not self.schema
            if not is_new and part.schema != self.schema:
                raise STREAM_DAMAGED()
            self.schema = part.schema
            return self.schema if is_new else b""
        frame = part.frame
        self.add(frame.batch, frame.first_row, frame.rows, frame.resume_token)
        return frame.batch

    def _finish(self, end: StreamEnd) -> None:
        content = self.content
        fits = len(end.salt) == SALT_LENGTH and len(end.log_leaf) == LEAF_HASH_LENGTH
        if not fits or answer_digest(content, end.salt) != end.digest:
            raise STREAM_DAMAGED()
        before = len(self.schema)
        place = KeptDelivery("", before, before + self.start, before + self.size)
        self.delivered = Delivered(self.rows, self.size, Receipt(end.log_origin, end.log_index, end.log_leaf, end.salt), content, place)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Let one call run to its end; raise what the next would meet again, and what it met before anything came."""
        try:
            yield
        except ShuniuCallError as error:
            is_hopeless = error.code not in PASSES or time.monotonic() - self._last > PATIENCE
            if is_hopeless or not self._is_begun:
                raise
            self.pause = max(min(max(self.pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE), error.retry_after)
        else:
            if self.delivered is None:  # a call that ends without an end and without an error
                self.pause = _LONGEST_PAUSE


class Stream:
    """A whole table; iterate over it once, or write it to a file."""

    def __init__(self, stub: ExchangeServiceStub, request: StreamRequest, receipts: ReceiptFolder | None = None) -> None:
        """Take the way to the hub, what is asked for, and where its receipt is kept; nothing is called yet."""
        self._stub, self._request, self._receipts = stub, request, receipts
        self.course = Course(request)

    def __iter__(self) -> Iterator[Any]:
        """Yield record batches of pyarrow as they arrive, each checked in full; raise ConfigError where pyarrow is not installed."""
        pa = _arrow()
        chunks = self.chunks()
        schema = pa.ipc.read_schema(pa.py_buffer(next(chunks)))
        for chunk in chunks:
            yield read_batch(pa, chunk, schema)

    @property
    def delivered(self) -> Delivered | None:
        """Return what was delivered, None as long as it is not whole."""
        return self.course.delivered

    def rows(self) -> Iterator[dict[str, Python]]:
        """Yield rows as they arrive, as `Answer.rows` gives them: a dictionary each, in the order of the columns."""
        for batch in self:
            yield from batch_rows(batch)

    def to_arrow(self) -> Any:
        """Return the whole as a `pyarrow.Table`."""
        return _table(list(self), self.course.schema)

    def to_pandas(self) -> Any:
        """Return the whole as a `pandas.DataFrame` with nullable types (`pip install "shuniu[pandas]"`)."""
        return table_frame(self.to_arrow())

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes of an Arrow IPC stream as they arrive, without the marker at its end: first the schema, then batch after batch."""
        yield from self._chunks()
        keep_receipt(self._receipts, self.course)

    def _chunks(self) -> Iterator[bytes]:
        course = self.course
        while course.delivered is None:
            with course.attempt():
                for part in self._stub.Stream(course.request(), timeout=OPEN):
                    chunk = course.take(part)
                    if chunk:
                        yield chunk
            if course.delivered is None:
                time.sleep(course.pause)

    def to_file(self, path: Path | str, progress: Progress = nobody) -> Delivered:
        """Write the whole to a file as an Arrow IPC stream, as received, and return what was delivered; needs no pyarrow.

        It grows as FILE.part; after whatever interruption, that of this program included, the same call goes on behind the last frame in it.
        """
        with StreamFile.open(Path(path), self._request) as file:
            course = self.course = file.course(Course)
            for chunk in self._chunks():
                file.add(chunk, course)
                progress(course.rows, course.size)
            try:
                keep_receipt(self._receipts, course, Path(path).name)
            finally:  # the table came, whether or not its receipt could be kept
                delivered = file.finish(course)
            return delivered


class AsyncStream:
    """The same for asyncio."""

    def __init__(self, stub: ExchangeServiceAsyncStub, request: StreamRequest, receipts: ReceiptFolder | None = None) -> None:
        """Take the way to the hub, what is asked for, and where its receipt is kept; nothing is called yet."""
        self._stub, self._request, self._receipts = stub, request, receipts
        self.course = Course(request)

    async def __aiter__(self) -> AsyncIterator[Any]:
        """Yield record batches of pyarrow as they arrive, each checked in full."""
        pa, schema = _arrow(), None
        async for chunk in self.chunks():
            if schema is None:
                schema = pa.ipc.read_schema(pa.py_buffer(chunk))
            else:
                yield read_batch(pa, chunk, schema)

    @property
    def delivered(self) -> Delivered | None:
        """Return what was delivered, None as long as it is not whole."""
        return self.course.delivered

    async def rows(self) -> AsyncIterator[dict[str, Python]]:
        """Yield rows as they arrive, as `Stream.rows` does."""
        async for batch in self:
            for row in batch_rows(batch):
                yield row

    async def to_arrow(self) -> Any:
        """Return the whole as a `pyarrow.Table`."""
        return _table([one async for one in self], self.course.schema)

    async def to_pandas(self) -> Any:
        """Return the whole as a `pandas.DataFrame`, as `Stream.to_pandas` does."""
        return table_frame(await self.to_arrow())

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes of an Arrow IPC stream as they arrive, as `Stream.chunks` does."""
        async for chunk in self._chunks():
            yield chunk
        await asyncio.to_thread(keep_receipt, self._receipts, self.course)

    async def _chunks(self) -> AsyncIterator[bytes]:
        course = self.course
        while course.delivered is None:
            with course.attempt():
                async for part in self._stub.Stream(course.request(), timeout=OPEN):
                    chunk = course.take(part)
                    if chunk:
                        yield chunk
            if course.delivered is None:
                await asyncio.sleep(course.pause)

    async def to_file(self, path: Path | str, progress: Progress = nobody) -> Delivered:
        """Write the whole to a file, as `Stream.to_file` does; the disk is written to in the event loop."""
        with StreamFile.open(Path(path), self._request) as file:
            course = self.course = file.course(Course)
            async for chunk in self._chunks():
                file.add(chunk, course)
                progress(course.rows, course.size)
            try:
                await asyncio.to_thread(keep_receipt, self._receipts, course, Path(path).name)
            finally:
                delivered = file.finish(course)
            return delivered


def keep_receipt(receipts: ReceiptFolder | None, course: Course[Any], file: str = "") -> None:
    """Keep the receipt of a whole table before anybody is told that it is whole."""
    if receipts is not None and course.delivered is not None:
        receipts.keep(course.delivered.kept(file))


def read_batch(pa: Any, chunk: bytes, schema: Any) -> Any:
    """Return a record batch that was looked at in full: the hub decodes no column that it need not, so a provider's fault could be in one."""
    try:
        batch = pa.ipc.read_record_batch(pa.ipc.read_message(chunk), schema)
        batch.validate(full=True)
    except (pa.ArrowException, OSError, ValueError):
        raise STREAM_DAMAGED() from None
    return batch


def _table(batches: list[Any], schema: bytes) -> Any:
    pa = _arrow()
    return pa.Table.from_batches(batches, pa.ipc.read_schema(pa.py_buffer(schema)))


def _arrow() -> Any:
    try:
        import pyarrow as pa  # noqa: PLC0415 - a large library, for those who read tables
    except ImportError:
        raise STREAM_NEEDS_ARROW() from None
    return pa
