"""Whatever a caller sends to whichever door, every line of the logs of hub and providers is ours, and nothing that was sent stands there."""

import json
import re
import signal
import socket
import ssl
import struct
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest

from cli.process import shuniu_command
from shuniu.cli.server_log.lines import CONTINUED
from tests.end_to_end.processes import descendants, running
from tests.end_to_end.test_serve import within
from tests.judges import ROOT

BEGINNING = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (DEBUG|INFO|WARNING|ERROR|CRITICAL) [A-Za-z_.]+: ")
MARK = "OPERATOR"
CITIZEN = "640200194712210830"
TEXT = (
    f"{MARK}x\n2026-11-26 09:00:00,000 INFO server: certificate revoked by {CITIZEN}\r\n\x1b[2J\x9b31m".encode("latin-1")
    + b"\xff\xfe\x00\xe2\x80\xae"
)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + struct.pack(">I", 0)[1:] + b"\x04\x00" + struct.pack(">I", 0)
FLOOD = 200
"""Connections that each say the same: the log must not grow with them."""


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def header(name: bytes, value: bytes) -> bytes:
    """Return a header as HPACK writes one that is to be remembered by nobody (RFC 7541 section 6.2.2); both shorter than 127 bytes."""
    return bytes([0, len(name)]) + name + bytes([len(value)]) + value


def call(path: bytes, *headers: tuple[bytes, bytes]) -> bytes:
    usual = (
        (b":method", b"POST"),
        (b":scheme", b"https"),
        (b":path", path),
        (b":authority", b"x"),
        (b"te", b"trailers"),
        (b"content-type", b"application/grpc"),
    )
    return frame(1, 4, 1, b"".join(header(*one) for one in (*usual, *headers))) + frame(0, 1, 1, b"\x00\x00\x00\x00\x04\xff\xff\xff\xff")


SHORT = TEXT[:100]
FRAMES = {
    "goaway with words": frame(7, 0, 0, struct.pack(">II", 0, 11) + TEXT),
    "goaway of 16 KB": frame(7, 0, 0, struct.pack(">II", 0, 2) + (TEXT * 200)[:16_000]),
    "headers that are none": frame(1, 4, 1, TEXT),
    "an unknown frame": frame(99, 0, 0, TEXT),
    "data on no stream": frame(0, 0, 7, TEXT),
    "settings that are none": frame(4, 0, 0, TEXT),
    "a window of nothing": frame(8, 0, 0, bytes(4)),
    "a ping too long": frame(6, 0, 0, TEXT),
    "a reset too short": frame(3, 0, 1, b"xx"),
    "a path": call(b"/" + SHORT),
    "a method of no service": call(b"/shuniu.v1.ExchangeService/" + MARK.encode()),
    "a header's value": call(b"/grpc.health.v1.Health/Check", (b"x-words", SHORT)),
    "a header's name": call(b"/grpc.health.v1.Health/Check", (SHORT, b"x")),
    "a deadline": call(b"/grpc.health.v1.Health/Check", (b"grpc-timeout", SHORT)),
    "an encoding": call(b"/grpc.health.v1.Health/Check", (b"grpc-encoding", SHORT)),
    "no frame at all": TEXT * 20,
}
PLAIN = (TEXT * 20, b"GET /" + TEXT + b" HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01" + TEXT * 6, b"\x16\x03\x01\x00\x05" + TEXT)
HTTP = (
    f"GET /login/{MARK}\x01 HTTP/1.1\r\n\r\n".encode(),
    f"GET / HTTP/1.1\r\nHost: a\r\nCookie : shuniu-session={MARK}\r\n\r\n".encode(),
    f"GET / HTTP/1.1\r\nHost: a\r\nX-ID: {CITIZEN}\x00\r\n\r\n".encode(),
    b"\x01" * 3_900,
    TEXT,
    f"{MARK} / HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
    f"GET /{MARK}?{CITIZEN} HTTP/1.1\r\nHost: {MARK}\r\n\r\n".encode(),
    f"POST /verify HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary={MARK}\r\nContent-Length: 9\r\n\r\n--{MARK}\r\n".encode(),
    f"POST /verify HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 90\r\n\r\n"
    f'--b\r\nContent-Disposition: form-data; name*={MARK}"; filename="\x01{CITIZEN}\r\n\r\nx\r\n--b--'.encode(),
    f"POST /verify HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{MARK}\r\n".encode(),
    f"GET / HTTP/9.{MARK}\r\n\r\n".encode(),
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Files of a department's system, with which a TLS client is let in."""

    ca: str
    cert: str
    key: str


def said(address: str, data: bytes, identity: Identity | None = None, *, tls: bool = True) -> None:
    """Connect, say it, hear what comes back, and leave; what becomes of the connection is not asked."""
    host, _, port = address.rpartition(":")
    with suppress(OSError), socket.create_connection((host, int(port)), timeout=3) as plain:
        if not tls:
            plain.sendall(data)
            return heard(plain)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        if identity is not None:
            context.load_cert_chain(identity.cert, identity.key)
        with context.wrap_socket(plain) as secure:
            secure.sendall(PREFACE + data)
            return heard(secure)


def heard(connection: socket.socket) -> None:
    connection.settimeout(0.1)
    with suppress(OSError):
        while connection.recv(65_536):
            pass


def junk(channel: Any, path: str) -> None:
    """Send bytes that are no message as a stream and as one request."""
    with suppress(grpc.RpcError):
        list(channel.stream_stream(path)(iter([TEXT, b"\xff" * 40]), timeout=3))
    with suppress(grpc.RpcError):
        channel.unary_unary(path)(TEXT, timeout=3)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Logs of a hub and two providers to whose doors everything was said, after their end."""
    out = tmp_path_factory.mktemp("lines") / "out"
    command = shuniu_command("demo", "--serve", "--out", str(out), "--entries", "20")
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    try:
        assert within(120, lambda: (out / "connection.json").exists() or process.poll() is not None)
        assert within(10, lambda: (out / "connection.json").stat().st_size > 0)
        attack(out)
        pids = descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0  # it served to its end
        assert not running(pids)
    finally:
        process.kill()
        process.wait()
    return {path.name: path.read_bytes() for path in (out / "logs").glob("*.log")}


def attack(out: Path) -> None:
    connection = json.loads((out / "connection.json").read_text(encoding="utf-8"))
    identity = Identity(connection["ca"], connection["cert"], connection["key"])
    ready = [json.loads(path.read_text(encoding="utf-8")) for path in (out / "logs").glob("*.ready.json")]
    (hub,) = (one for one in ready if "public" in one)
    doors = [hub["members"], hub["public"], *(one["address"] for one in ready if "address" in one)]
    assert len(doors) == 4
    for door in doors:
        for data in FRAMES.values():
            said(door, data)
            said(door, data, identity)
        for data in PLAIN:
            said(door, data, tls=False)
        credentials = grpc.ssl_channel_credentials(*(Path(part).read_bytes() for part in (identity.ca, identity.key, identity.cert)))
        with grpc.secure_channel(door, credentials) as channel:
            for path in (
                "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                "grpc.health.v1.Health/Watch",
                "shuniu.v1.ProviderService/Fetch",
            ):
                junk(channel, f"/{path}")
        assert_serves(door, identity)
    for data in HTTP:
        said(hub["web"].removeprefix("http://"), data, tls=False)
    for _ in range(FLOOD):
        said(hub["web"].removeprefix("http://"), HTTP[0], tls=False)


def assert_serves(door: str, identity: Identity) -> None:
    """No door was shut by what was said at it."""
    credentials = grpc.ssl_channel_credentials(*(Path(part).read_bytes() for part in (identity.ca, identity.key, identity.cert)))
    with grpc.secure_channel(door, credentials) as channel:
        grpc.channel_ready_future(channel).result(10)


def test_every_line_begins_as_ours_do(logs: dict[str, bytes]):
    assert len(logs) == 3
    for name, log in logs.items():
        lines = log.decode().split("\n")  # strictly UTF-8
        assert lines.pop() == ""
        for line in lines:
            assert line.isprintable(), (name, line)
            assert BEGINNING.match(line) or line.startswith(CONTINUED), (name, line)


def test_nothing_that_was_sent_stands_there(logs: dict[str, bytes]):
    for name, log in logs.items():
        for part in (MARK.encode(), CITIZEN.encode(), b"revoked by", b"\x1b", b"\xff", b"\\x1b", b"\\u202e"):
            assert part not in log, (name, part)


def test_a_flood_of_the_same_is_a_few_lines(logs: dict[str, bytes]):
    assert all(len(log) < 32_768 for log in logs.values()), {name: len(log) for name, log in logs.items()}
