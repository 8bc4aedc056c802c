"""What one caller, and all strangers together, may take of the hub: the keys of `[limits]` in `shuniu.toml`.

The defaults bind nobody who works: a share is held to only while others want something. Calls under a grant are bounded by the grant's own
quota and by nothing here.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit that an operator may set; all are more than 0."""

    refusals_per_second: float = 20.0
    """Refusals of one system that are written one by one; what is beyond waits for the next second, told by RESOURCE_EXHAUSTED, and is summed up."""
    refusal_bytes_per_second: int = 64 * 1024
    """Bytes of log that the refusals of one system may take in a second."""
    writes_per_second: float = 500.0
    """Calls of one system that write, all but queries under a grant; ten seconds' worth may come at once."""
    write_bytes_per_second: int = 1024 * 1024
    """Bytes of the requests of such calls; ten seconds' worth may come at once."""
    strangers_at_once: int = 2
    """Pages and verifications of strangers under way at a time."""
    strangers_waiting: int = 64
    """How many of them wait for a place, from one address three quarters, and an eighth while departments call; the others are told to come back."""
    strangers_share: float = 0.2
    """Share of one core's time that the work of strangers gets while departments call (and two seconds more); else all of it."""
    stranger_body_bytes: int = 32 * 1024 * 1024
    """Bytes of bodies of strangers that are held in memory at a time."""
    member_connections: int = 4_096
    """Connections at the members' door."""
    public_connections: int = 1_024
    """Connections at the public gRPC door, and as many at the pages' door."""
    connections_per_address: int = 256
    """Connections of one address at one door."""
    handshake_seconds: float = 10.0
    """How long a connection may take until TLS and HTTP/2 stand."""
