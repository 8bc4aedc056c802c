"""Uploading a data file in parts: each waits for the one before, so that an upload cut short goes on where the hub stopped."""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import grpc

from shuniu.errors import ShuniuCallError
from shuniu.v1 import files_pb2

if TYPE_CHECKING:
    from collections.abc import Generator

    from shuniu.v1.files_pb2 import DataFile
    from shuniu.v1.files_pb2_grpc import FileServiceAsyncStub, FileServiceStub

PART_BYTES: Final = 512 * 1024
CHECK_SECONDS: Final = 600.0
"""How long the hub may take to check a file: some ten seconds for 32 MiB."""
_PATIENCE: Final = 120
"""How often a part waits for its turn: a hub takes some 1 MiB a second of one system."""
_BLOCK: Final = 1024 * 1024
_ENCODINGS: Final = {
    "utf-8": files_pb2.DATA_FILE_ENCODING_UTF8,
    "utf8": files_pb2.DATA_FILE_ENCODING_UTF8,
    "gb18030": files_pb2.DATA_FILE_ENCODING_GB18030,
    "gbk": files_pb2.DATA_FILE_ENCODING_GB18030,
    "gb2312": files_pb2.DATA_FILE_ENCODING_GB18030,
}
_FORMATS: Final = {
    ".xlsx": files_pb2.DATA_FILE_FORMAT_XLSX,
    ".parquet": files_pb2.DATA_FILE_FORMAT_PARQUET,
    ".pq": files_pb2.DATA_FILE_FORMAT_PARQUET,
}
"""How a file is written, by the ending of its name; any other is CSV."""
OnProgress = Callable[[int, int], object]
_Call = tuple[str, Any, float]
"""Method, request, and for how many seconds at most."""


def nothing(_received: int, _size: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Upload:
    """A file and what is said of it."""

    path: Path
    begin: files_pb2.BeginUploadRequest
    officer: str

    @classmethod
    def of(cls, path: Path | str, entry: str, officer: str, reason: str, encoding: str) -> Upload:
        """Read through a file for its digest; raise ValueError for an encoding that no data file has."""
        place, digest, size = Path(path), hashlib.sha256(), 0
        known = _ENCODINGS.get(encoding.lower())
        if known is None:
            raise ValueError(f"encoding is one of {', '.join(_ENCODINGS)}")
        with place.open("rb") as file:
            while data := file.read(_BLOCK):
                digest.update(data)
                size += len(data)
        begin = files_pb2.BeginUploadRequest(
            entry=entry,
            format=_FORMATS.get(place.suffix.lower(), files_pb2.DATA_FILE_FORMAT_CSV),
            encoding=known,
            size_bytes=size,
            sha256=digest.hexdigest(),
            officer=officer,
            reason=reason,
        )
        # the same file for the same entry is the same request for a day: what was cut short is found again
        said = f"{begin.SerializeToString(deterministic=True)!r} {time.strftime('%Y%m%d')}"
        begin.request_id = f"upload-{hashlib.sha256(said.encode()).hexdigest()[:32]}"
        return cls(place, begin, officer)


def upload(stub: FileServiceStub, one: Upload, on_progress: OnProgress = nothing) -> DataFile:
    """Upload a file; return it as the hub judged it."""
    with one.path.open("rb") as file, closing(_calls(one, file, on_progress)) as calls:
        answer: Any = None
        while True:
            try:
                method, request, seconds = calls.send(answer)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            for turn in range(_PATIENCE):
                try:
                    answer = getattr(stub, method)(request, timeout=seconds)
                    break
                except ShuniuCallError as error:
                    time.sleep(_rest(error, turn))


async def upload_async(stub: FileServiceAsyncStub, one: Upload, on_progress: OnProgress = nothing) -> DataFile:
    """Do the same for asyncio; the file is read a part at a time."""
    with one.path.open("rb") as file, closing(_calls(one, file, on_progress)) as calls:
        answer: Any = None
        while True:
            try:
                method, request, seconds = calls.send(answer)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            for turn in range(_PATIENCE):
                try:
                    answer = await getattr(stub, method)(request, timeout=seconds)
                    break
                except ShuniuCallError as error:
                    await asyncio.sleep(_rest(error, turn))


def _calls(one: Upload, file: IO[bytes], on_progress: OnProgress) -> Generator[_Call, DataFile, DataFile]:
    """Yield the calls of an upload, each made of the answer to the one before; return the file as it was judged."""
    now = yield "BeginUpload", one.begin, 30.0
    if now.state == files_pb2.DATA_FILE_STATE_IN_FORCE:
        return now  # it was committed already, by a call whose answer was lost
    if now.state != files_pb2.DATA_FILE_STATE_UPLOADING:  # refused or erased since: this is another upload
        one.begin.request_id = f"upload-{uuid.uuid4().hex}"
        now = yield "BeginUpload", one.begin, 30.0
    while now.received_bytes < one.begin.size_bytes:
        file.seek(now.received_bytes)
        part = files_pb2.PutPartRequest(name=now.name, etag=now.etag, offset=now.received_bytes, data=file.read(PART_BYTES))
        now = yield "PutPart", part, 60.0
        on_progress(now.received_bytes, one.begin.size_bytes)
    return (yield "CommitUpload", files_pb2.CommitUploadRequest(name=now.name, etag=now.etag, officer=one.officer), CHECK_SECONDS)


def _rest(error: ShuniuCallError, turn: int) -> float:
    """Return for how long a call waits that the hub puts off for its share alone; raise every other error."""
    if error.code is not grpc.StatusCode.RESOURCE_EXHAUSTED or not error.retry_after or turn + 1 == _PATIENCE:
        raise error
    return float(error.retry_after)
