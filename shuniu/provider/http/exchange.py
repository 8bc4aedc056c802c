"""One question and its answer over HTTP/1.1: connections are kept and bounded, redirects are not followed, proxies not asked.

The request is written here, and `http.client` reads the answer: it bounds lines and heads, and the line bounds bytes and time. A question is
asked once more where a kept connection turns out to be closed before anything of the answer came: a look-up changes nothing.
"""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from time import monotonic
from typing import Any, Final

from shuniu.provider.http.documents import MAX_BYTES
from shuniu.provider.http.faults import Fault, ServiceError
from shuniu.provider.http.line import Dial, Line, told

MOST_IDLE: Final = 8
"""Connections that are kept while nobody uses them; there are never more in use than the provider has threads."""
_PIECE: Final = 64 * 1024
_BROKEN: Final = (ConnectionError, EOFError, HTTPException, ssl.SSLEOFError)


@dataclass(frozen=True)
class Answer:
    """What came: the status, the type of the content as the head has it, and the bytes."""

    status: int
    content_type: str
    encodings: str
    retry_after: str
    body: bytes


class Exchange:
    """The connections to one service."""

    def __init__(self, dial: Dial) -> None:
        """Begin without any."""
        self._dial = dial
        self._idle: list[Line] = []
        self._lock = threading.Lock()

    def greet(self, until: float) -> None:
        """Connect, and keep the connection for the first question; raise ServiceError."""
        self._give(told(lambda: self._dial(until)))

    def ask(self, head: bytes, body: bytes, until: float) -> Answer:
        """Send a request and return its answer; raise ServiceError."""
        answer: Answer = told(lambda: self._ask(head + body, until))
        return answer

    def close(self) -> None:
        """Close what is kept."""
        with self._lock:
            lines, self._idle[:] = list(self._idle), []
        for line in lines:
            line.close()

    def _ask(self, request: bytes, until: float) -> Answer:
        line = self._take() or self._dial(until)
        try:
            return self._on(line, request, until)
        except _BROKEN:
            if not (line.is_used and line.is_untouched):
                raise ServiceError(Fault.UNREACHABLE, "the connection broke off", retry_after=5) from None
        return self._again(request, until)

    def _again(self, request: bytes, until: float) -> Answer:
        try:
            return self._on(self._dial(until), request, until)
        except _BROKEN:
            raise ServiceError(Fault.UNREACHABLE, "the connection broke off", retry_after=5) from None

    def _on(self, line: Line, request: bytes, until: float) -> Answer:
        """Ask over one connection, which is kept when the answer has been read whole."""
        try:
            line.begin(until)
            line.send(request)
            response = HTTPResponse(line)  # type: ignore[arg-type]  # as much of a socket as it uses
            response.begin()
            types, encodings, waits = (_header(response, name) for name in ("content-type", "content-encoding", "retry-after"))
            answer = Answer(response.status, types, encodings, waits, _body(response))
        except BaseException:
            line.close()
            raise
        # two lengths, or a length and parts, are read in two ways by two sides (RFC 9112 section 6.3)
        lengths = len(response.headers.get_all("content-length", [])) + len(response.headers.get_all("transfer-encoding", []))
        if response.will_close or lengths > 1:
            line.close()
        else:
            self._give(line)
        return answer

    def _take(self) -> Line | None:
        while True:
            with self._lock:
                line = self._idle.pop() if self._idle else None
            if line is None or line.is_alive:
                return line
            line.close()

    def _give(self, line: Line) -> None:
        line.is_used, line.idle_since = True, monotonic()
        with self._lock:
            if len(self._idle) < MOST_IDLE:
                self._idle.append(line)
                return
        line.close()


def _header(response: HTTPResponse, name: str) -> str:
    values: list[Any] = response.headers.get_all(name, [])
    return ", ".join(map(str, values))


def _body(response: HTTPResponse) -> bytes:
    """Return the whole body; raise ServiceError for a long one, HTTPException for one that ends before its end."""
    pieces, size = [], 0
    while True:
        try:
            piece = response.read(_PIECE)
        except ValueError:  # a length of a part that is no number
            raise ServiceError(Fault.ANSWER, "not the form of HTTP") from None
        if not piece:
            break
        size += len(piece)
        if size > MAX_BYTES:
            raise ServiceError(Fault.TOO_LARGE, "more bytes than one answer has")
        pieces.append(piece)
    if response.length:
        raise EOFError
    return b"".join(pieces)
