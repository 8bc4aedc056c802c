"""A data file as it arrives: gone on with wherever it breaks off, behind the last part that was taken. Each byte comes once.

done = client.download(grant="grants/...", purpose="...", case_number="...", officer="...").to_file("residents.csv")
print(done.sha256)
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from shuniu.digest import SALT_LENGTH, answer_digest
from shuniu.reasons import STREAM_DAMAGED
from shuniu.receipts import LEAF_HASH_LENGTH, KeptDelivery, Receipt, ReceiptFolder
from shuniu.stream_file import StreamFile
from shuniu.streams import OPEN, Course, Delivered, Progress, keep_receipt, nobody
from shuniu.v1.download_pb2 import DownloadEnd, DownloadRequest, DownloadResponse

if TYPE_CHECKING:
    from shuniu.v1.exchange_pb2_grpc import ExchangeServiceAsyncStub, ExchangeServiceStub

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Downloaded:
    """A data file that arrived: what was delivered, and the SHA-256 of the whole file, in hexadecimal digits, which `sha256sum` prints too."""

    delivered: Delivered
    sha256: str


class DownloadCourse(Course[DownloadRequest]):
    """How far a download has come."""

    def take(self, part: DownloadResponse) -> bytes:  # type: ignore[override]  # another call's parts
        """Return the bytes of a part; none for the end. Raise IntegrityError where the end does not fit."""
        self.note_progress()
        if part.WhichOneof("content") == "end":
            self._close(part.end)
            return b""
        came = part.part
        self.add(came.data, came.first_row, came.rows, came.resume_token)
        return came.data

    def _close(self, end: DownloadEnd) -> None:
        content = self.content
        fits = len(end.salt) == SALT_LENGTH and len(end.log_leaf) == LEAF_HASH_LENGTH and end.sha256 == content
        if not fits or answer_digest(content, end.salt) != end.digest:
            raise STREAM_DAMAGED()
        place = KeptDelivery("", 0, self.start, self.size)
        self.delivered = Delivered(self.rows, self.size, Receipt(end.log_origin, end.log_index, end.log_leaf, end.salt), content, place)


class Download:
    """A data file; read its bytes once, or write it to a file."""

    def __init__(self, stub: ExchangeServiceStub, request: DownloadRequest, receipts: ReceiptFolder | None = None) -> None:
        """Take the way to the hub, what is asked for, and where its receipt is kept; nothing is called yet."""
        self._stub, self._request, self._receipts = stub, request, receipts
        self.course = DownloadCourse(request)

    @property
    def delivered(self) -> Delivered | None:
        """Return what was delivered, None as long as it is not whole."""
        return self.course.delivered

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes of the file as they arrive, in pieces that begin and end with a line of it; the first is the header row."""
        yield from self._chunks()
        keep_receipt(self._receipts, self.course)

    def _chunks(self) -> Iterator[bytes]:
        course = self.course
        while course.delivered is None:
            with course.attempt():
                for part in self._stub.Download(course.request(), timeout=OPEN):
                    chunk = course.take(part)
                    if chunk:
                        yield chunk
            if course.delivered is None:
                time.sleep(course.pause)

    def to_file(self, path: Path | str, progress: Progress = nobody) -> Downloaded:
        """Write the file, and return what was delivered and its SHA-256.

        It grows as FILE.part, and has its name once it is whole; after whatever interruption, that of this program included, the same call goes on
        behind the last part in it.
        """
        target = Path(path)
        with StreamFile.open(target, self._request, b"") as file:
            course = self.course = file.course(DownloadCourse)
            for chunk in self._chunks():
                file.add(chunk, course)
                progress(course.rows, course.size)
            try:
                keep_receipt(self._receipts, course, target.name)
            finally:  # the file came, whether or not its receipt could be kept
                delivered = file.finish(course)
        return Downloaded(delivered, _digest_of(target))


class AsyncDownload:
    """The same for asyncio."""

    def __init__(self, stub: ExchangeServiceAsyncStub, request: DownloadRequest, receipts: ReceiptFolder | None = None) -> None:
        """Take the way to the hub, what is asked for, and where its receipt is kept; nothing is called yet."""
        self._stub, self._request, self._receipts = stub, request, receipts
        self.course = DownloadCourse(request)

    @property
    def delivered(self) -> Delivered | None:
        """Return what was delivered, None as long as it is not whole."""
        return self.course.delivered

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes of the file as they arrive, as `Download.chunks` does."""
        async for chunk in self._chunks():
            yield chunk
        await asyncio.to_thread(keep_receipt, self._receipts, self.course)

    async def _chunks(self) -> AsyncIterator[bytes]:
        course = self.course
        while course.delivered is None:
            with course.attempt():
                async for part in self._stub.Download(course.request(), timeout=OPEN):
                    chunk = course.take(part)
                    if chunk:
                        yield chunk
            if course.delivered is None:
                await asyncio.sleep(course.pause)

    async def to_file(self, path: Path | str, progress: Progress = nobody) -> Downloaded:
        """Write the file, as `Download.to_file` does; the disk is written to in the event loop."""
        target = Path(path)
        with StreamFile.open(target, self._request, b"") as file:
            course = self.course = file.course(DownloadCourse)
            async for chunk in self._chunks():
                file.add(chunk, course)
                progress(course.rows, course.size)
            try:
                await asyncio.to_thread(keep_receipt, self._receipts, course, target.name)
            finally:
                delivered = file.finish(course)
        return Downloaded(delivered, await asyncio.to_thread(_digest_of, target))


def _digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, read again: what came in several calls was hashed call by call."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
