"""One connection to a service, on which every wait ends by one moment and no more is read than one answer may have."""

from __future__ import annotations

import io
import re
import selectors
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from shuniu.provider.http.documents import MAX_BYTES
from shuniu.provider.http.faults import Fault, ServiceError
from shuniu.provider.http.places import Address, Places
from shuniu.provider.http.template import Server

CONNECT_SECONDS: Final = 3.0
"""For one address of several, before the next is tried."""
IDLE_SECONDS: Final = 15.0
"""For which a connection is kept that nobody uses."""
MOST_WIRE: Final = MAX_BYTES + 1024 * 1024
"""Bytes read for one answer, with its head, answers in between and the marks of its parts."""
_REFUSED: Final = re.compile(r"ALERT.*(?:CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)")
"""What OpenSSL calls the other side's word that it does not accept this one's certificate, or misses it."""


class Line:
    """A connection; like a socket as far as `http.client.HTTPResponse` needs one."""

    def __init__(self, sock: socket.socket) -> None:
        """Take a connected socket."""
        self._sock = sock
        self._until = 0.0
        self._left = 0
        self.idle_since = 0.0
        self.is_used = False

    def begin(self, until: float) -> None:
        """Let the waits of one question and its answer end by a moment of the monotonic clock."""
        self._until, self._left = until, MOST_WIRE

    @property
    def is_untouched(self) -> bool:
        """Tell whether nothing has been read since `begin`."""
        return self._left == MOST_WIRE

    @property
    def is_alive(self) -> bool:
        """Tell whether an idle connection may be used: it is young, and the other side has neither closed it nor said anything unasked."""
        if monotonic() - self.idle_since > IDLE_SECONDS:
            return False
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, selectors.EVENT_READ)
            return not selector.select(0)

    def send(self, data: bytes) -> None:
        """Send a request."""
        self._sock.settimeout(seconds_until(self._until))
        self._sock.sendall(data)

    def read_into(self, buffer: Any) -> int:
        """Read what comes next; raise ServiceError once it is more than an answer has."""
        if self._left <= 0:
            raise ServiceError(Fault.TOO_LARGE, "more bytes than one answer has")
        self._sock.settimeout(seconds_until(self._until))
        count = self._sock.recv_into(buffer)
        self._left -= count
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return what an answer is read from."""
        return io.BufferedReader(_Reads(self))

    def close(self) -> None:
        """Close the connection without a farewell."""
        self._sock.close()


class _Reads(io.RawIOBase):
    def __init__(self, line: Line) -> None:
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._line.read_into(buffer)


@dataclass(frozen=True)
class Dial:
    """How the service is reached: the one host of the template, over TLS by the context, without one in clear."""

    server: Server
    places: Places
    tls: ssl.SSLContext | None

    def __call__(self, until: float) -> Line:
        """Connect to the first of the judged addresses that answers; the certificate is that of the name, whichever it is."""
        addresses = self.places.addresses_of(self.server.host, self.server.port)
        for address in addresses[:-1]:
            try:
                return self._connect(address, min(until, monotonic() + CONNECT_SECONDS))
            except ssl.SSLError:
                raise
            except OSError:
                seconds_until(until)
        return self._connect(addresses[-1], until)

    def _connect(self, address: Address, until: float) -> Line:
        sock = socket.create_connection((str(address), self.server.port), seconds_until(until))
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(seconds_until(until))
            if self.tls is None:
                return Line(sock)
            return Line(self.tls.wrap_socket(sock, server_hostname=self.server.host, suppress_ragged_eofs=False))
        except BaseException:
            sock.close()
            raise


def seconds_until(moment: float) -> float:
    """Return the seconds that are left; raise a timeout where none are."""
    left = moment - monotonic()
    if left <= 0:
        raise socket.timeout("the time is over")
    return left


def told(call: Callable[[], Any]) -> Any:
    """Return what a call over a line returns; what the network and TLS raise becomes a ServiceError."""
    try:
        return call()
    except ssl.SSLCertVerificationError as error:
        raise ServiceError(Fault.UNTRUSTED, f"certificate: {error.verify_code}") from None
    except ssl.SSLError as error:
        if _REFUSED.search(error.reason or ""):
            raise ServiceError(Fault.FORBIDDEN, f"TLS: {error.reason}") from None
        raise ServiceError(Fault.UNREACHABLE, f"TLS: {error.reason or type(error).__name__}", retry_after=5) from None
    except socket.timeout:
        raise ServiceError(Fault.SLOW, "no answer in time", retry_after=5) from None
    except OSError as error:
        raise ServiceError(Fault.UNREACHABLE, type(error).__name__, retry_after=5) from None
