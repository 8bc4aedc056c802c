"""How a hub is reached: with whose identity, and by which manners of gRPC."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import grpc
import grpc.aio

from shuniu.errors import IdentityError
from shuniu.folder import Identity, read_identity

DEADLINE: Final = 10.0
"""Seconds that a call may take where nothing else is said."""
MAX_MESSAGE: Final = 8 * 1024 * 1024
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    ("grpc.max_send_message_length", MAX_MESSAGE),
    # A gRPC server takes pings without data less than 5 minutes apart for an attack and hangs up.
    ("grpc.keepalive_time_ms", 330_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    # also while nothing is called: firewalls forget quiet connections, and neither side hears of it
    ("grpc.keepalive_permit_without_calls", 1),
    # gRPC's own pauses between attempts grow to two minutes, so a client would stay away long after the hub is back.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # How long one attempt may take. Where packets are dropped, TCP repeats its first one after 1 and 3 s: a new attempt is sooner.
    ("grpc.min_reconnect_backoff_ms", 2_000),
    # gRPC quietly repeats a call that a closing server never saw. Where the connection is refused then, its core (1.85) tells how the call ended
    # but never gives back what was asked for before, so a stream waits for ever, past its deadline. The SDK repeats no call behind anybody's back.
    ("grpc.enable_retries", 0),
)
"""A client that kept calling through an outage is back within 2.5 s: the longest pause, with gRPC's jitter of a fifth, and the handshake."""


def identity_of(folder: Path | str | None, ca: bytes, cert: bytes, key: bytes) -> Identity:
    """Return the identity of a folder, or of PEM bytes; raise IdentityError where neither or both are given."""
    if folder is not None and not (ca or cert or key):
        return read_identity(folder)
    if folder is None and ca and cert and key:
        return Identity(ca, cert, key)
    raise IdentityError(
        "the identity is missing or given twice",
        message_zh="未给出身份，或者给出了两种身份",
        next_action="pass either a folder, or ca, cert and key",
        next_action_zh="请给出身份目录，或者给出 CA 证书、证书和私钥，二者选一",
    )


def credentials_of(identity: Identity) -> grpc.ChannelCredentials:
    """Return the credentials of mTLS."""
    # the CA, the key, then the chain
    return grpc.ssl_channel_credentials(identity.ca, identity.key, identity.certificate)


def options_for(server_name: str) -> tuple[tuple[str, Any], ...]:
    """Return the options of a channel; `server_name` where the address is not in the hub's certificate."""
    return (*_OPTIONS, ("grpc.ssl_target_name_override", server_name)) if server_name else _OPTIONS
