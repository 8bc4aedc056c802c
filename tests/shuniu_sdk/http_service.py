"""A department's HTTP service as the tests need it: one that answers well, and one that answers with whatever bytes it is told."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable

JSON = "application/json; charset=utf-8"


class Service(ThreadingHTTPServer):
    """Answers each request by `answer`, (method, target, body) -> (status, headers, body); `seen` and `lines` say what came, and over how many."""

    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.lines = 0
        self.answer: Callable[[str, str, bytes], Any] = lambda _method, _target, _body: (200, {}, [])
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)

    @property
    def port(self) -> int:
        return self.server_address[1]

    def says(self, document: Any, status: int = 200, **headers: str) -> None:
        """Answer everything with one document: bytes as they are, anything else as JSON."""
        self.answer = lambda _method, _target, _body: (status, {one.replace("_", "-"): value for one, value in headers.items()}, document)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that break off are what is tested."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        service: Any = self.server
        service.lines += 1

    def _handle(self) -> None:
        service: Any = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        service.seen.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        status, headers, document = service.answer(self.command, self.path, body)
        raw = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in {"Content-Type": JSON, "Content-Length": str(len(raw)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = _handle  # noqa: N815 -- as http.server calls them

    def log_message(self, *_args: Any) -> None:
        pass


@contextmanager
def running(service: Service) -> Iterator[Service]:
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        service.shutdown()
        thread.join()
        service.server_close()


@contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Let a function talk to each connection, one after the other, once a request came; give the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                one, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_talk, args=(one, answer), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _talk(one: socket.socket, answer: Callable[[socket.socket], None]) -> None:
    with one:
        try:
            if one.recv(65536):
                answer(one)
        except OSError:
            pass
