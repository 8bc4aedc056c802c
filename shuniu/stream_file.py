"""The file into which a stream is written, and beside it how far it has come: FILE.part, FILE.part.place, and in the end FILE.

After each frame the place is replaced, and names the length up to which FILE.part is good. Whoever was ended in between goes on there: what was
written behind it is cut off, and comes again.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Callable, Final, TypeVar

from shuniu.reasons import STREAM_FILE_FOREIGN

if TYPE_CHECKING:
    from typing import Self

    from shuniu.streams import Course, Delivered

END: Final = b"\xff\xff\xff\xff\x00\x00\x00\x00"
"""What ends an Arrow IPC stream."""
C = TypeVar("C", bound="Course[Any]")


@dataclass(frozen=True)
class _Place:
    """How far a file has come: for what was asked, and what was written."""

    asked: list[Any]
    token: bytes = b""
    length: int = 0
    rows: int = 0
    schema: bytes = b""

    def to_json(self) -> str:
        told = {"asked": self.asked, "token": _text(self.token), "length": self.length, "rows": self.rows, "schema": _text(self.schema)}
        return json.dumps(told)

    @classmethod
    def from_json(cls, text: str) -> Self:
        told = json.loads(text)
        return cls(told["asked"], b64decode(told["token"]), int(told["length"]), int(told["rows"]), b64decode(told["schema"]))


class StreamFile:
    """One file that grows; with mode 0600, since it holds what the table holds."""

    def __init__(self, path: Path, request: Any, file: IO[bytes], place: _Place, end: bytes) -> None:
        """Take the open FILE.part, how far it is good, and what ends a whole one."""
        self._path, self._request, self._file, self._place, self._end = path, request, file, place, end

    @classmethod
    @contextmanager
    def open(cls, path: Path, request: Any, end: bytes = END) -> Iterator[StreamFile]:
        """Open what is to be written, behind what an earlier run left of the same request; raise IllegalStateError for anybody else's file."""
        part = _beside(path, ".part")
        place = _place_of(path, request)
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            file.truncate(place.length)
            file.seek(place.length)
            yield cls(path, request, file, place, end)

    def course(self, make: Callable[..., C]) -> C:
        """Return how far the stream has come."""
        request = type(self._request)()
        request.CopyFrom(self._request)
        if self._place.token:
            request.resume_token = self._place.token
        course = make(request, self._place.rows, max(self._place.length - len(self._place.schema), 0))
        course.schema = self._place.schema
        return course

    def add(self, chunk: bytes, course: Course[Any]) -> None:
        """Write bytes that came, and then that they did."""
        self._file.write(chunk)
        self._file.flush()
        self._place = _Place(self._place.asked, course.token, self._file.tell(), course.rows, course.schema)
        _replace(_beside(self._path, ".part.place"), self._place.to_json())

    def finish(self, course: Course[Any]) -> Delivered:
        """End the file, give it its name and return what was delivered."""
        self._file.write(self._end)
        self._file.flush()
        os.fsync(self._file.fileno())
        _beside(self._path, ".part").replace(self._path)
        with suppress(FileNotFoundError):
            _beside(self._path, ".part.place").unlink()
        delivered = course.delivered
        if delivered is None:  # the stream ends with its end or with an error
            raise RuntimeError("the stream is not whole")
        return delivered


def _place_of(path: Path, request: Any) -> _Place:
    asked = [request.grant, list(request.fields)]
    note, part = _beside(path, ".part.place"), _beside(path, ".part")
    if path.exists():
        raise STREAM_FILE_FOREIGN(file=path)
    if request.resume_token or not note.exists():
        return _Place(asked)
    try:
        place = _Place.from_json(note.read_text("utf-8"))
    except (ValueError, KeyError, TypeError):
        raise STREAM_FILE_FOREIGN(file=path) from None
    if place.asked != asked:
        raise STREAM_FILE_FOREIGN(file=path)
    # after a loss of power the note may have come to the disk and the rows not
    is_there = part.exists() and part.stat().st_size >= place.length
    return place if is_there else _Place(asked)


def _replace(path: Path, text: str) -> None:
    """Replace a small file at once; what the system has in memory outlives a program that is killed, so nothing waits for the disk."""
    new = path.with_name(path.name + ".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _text(data: bytes) -> str:
    return b64encode(data).decode()
