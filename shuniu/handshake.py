"""What the other side of a TLS connection shows, before anybody trusts it.

Nothing is sent but the handshake, and nothing that is read counts until it was compared with something known (a digest, a CA, a clock).
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

SECONDS: Final = 5.0
_MOST: Final = 8
"""Certificates of a chain that are looked at; a hub shows two."""


def chain_at(address: str, seconds: float = SECONDS) -> list[bytes]:
    """Return the certificates that a server shows (DER, its own first); raise OSError where nobody answers in TLS.

    On Python 3.9, whose `ssl` gives no chain, it is the server's own alone.
    """
    with _connected(address, seconds) as tls:
        return _chain(tls) or [tls.getpeercert(binary_form=True) or b""]


def host_of(address: str) -> str:
    """Return the host of host:port, without the brackets of an IPv6 address."""
    host = address.rpartition(":")[0]
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


@contextmanager
def _connected(address: str, seconds: float) -> Iterator[ssl.SSLSocket]:
    host, port = host_of(address), address.rpartition(":")[2]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Not verified here: whoever asks compares what is shown with what it knows, and sends nothing over this connection.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])  # gRPC's servers hang up on others
    with socket.create_connection((host, int(port)), timeout=seconds) as raw, context.wrap_socket(raw, server_hostname=host) as tls:
        yield tls


def demands_certificate(address: str, seconds: float = SECONDS) -> bool:
    """Tell whether a server hangs up on whoever shows no certificate: a hub's other port speaks first, with its HTTP/2 settings."""
    try:
        with _connected(address, seconds) as tls:
            return not tls.recv(1)
    except socket.timeout:
        return False
    except OSError:  # the alert, or a connection that is cut
        return True


def _chain(tls: ssl.SSLSocket) -> list[bytes]:
    known: Any = tls
    # Public from 3.13 on; the object inside has it since 3.10.
    for owner in (known, getattr(known, "_sslobj", None)):
        ask = getattr(owner, "get_unverified_chain", None)
        if ask is not None:
            return [one if isinstance(one, bytes) else one.public_bytes(_der()) for one in (ask() or ())[:_MOST]]
    return []


def _der() -> int:
    inner: Any = ssl
    return int(inner._ssl.ENCODING_DER)  # noqa: SLF001 - it has no public name before 3.13
