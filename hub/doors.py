"""The gRPC doors of the hub: one server over TLS for each port, the same services behind each, every call through the gate of its port.

This is a border like `hub.rpc`, which is the gate: a server and its TLS are gRPC's own things, so gRPC is spoken here, and the composition
root above need not speak it.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Final, Protocol, cast

import grpc
import grpc.aio
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.reflection import aio as reflection_aio

from hub.access import Port
from hub.health import HealthService
from hub.limits import Limits
from hub.rpc import SERVER_OPTIONS, Gate, mount
from hub.warden import Warden
from shuniu.steady import SteadyServer

IDLE_SECONDS: Final = 60
"""For so long a stranger's connection may stand without a call; a member's stands for as long as the member wants."""
STREAMS_OF_STRANGERS: Final = 128
"""Calls that a stranger may have under way on one connection. What is beyond, gRPC's core refuses (UNAVAILABLE), and it counts a call for some
time after its answer: a client with 32 callers needs nearly 100."""
CALLS_OF_STRANGERS: Final = 8_192
"""Calls of all strangers under way, most of which wait to hear no: each takes 26 KB. What is beyond hears it at once."""
PING_SECONDS: Final = 10
"""Pings that come closer together while nothing is sent are strikes, and the third is the last. A client keeps alive far more rarely."""


def options(port: Port, limits: Limits) -> list[tuple[str, int]]:
    """Return gRPC's settings for a door: how many connections it takes, how long each may take to stand, and what ends it."""
    members = port is Port.MEMBERS
    every = {
        **dict(SERVER_OPTIONS),
        # Whatever has not spoken TLS and HTTP/2 by then is closed: 120 and 63 seconds are the library's own.
        "grpc.server_handshake_timeout_ms": int(limits.handshake_seconds * 1000),
        # Beyond, a connection is closed as soon as it is accepted. Those that have not spoken yet count too.
        "grpc.max_allowed_incoming_connections": limits.member_connections if members else limits.public_connections,
        # Where this does not end the connection, because pings keep coming, the warden does.
        "grpc.http2.min_ping_interval_without_data_ms": PING_SECONDS * 1000,
        "grpc.http2.max_ping_strikes": 2,
    }
    if not members:
        every |= {"grpc.max_connection_idle_ms": IDLE_SECONDS * 1000, "grpc.max_concurrent_streams": STREAMS_OF_STRANGERS}
    return list(every.items())


class DoorCredentials(Protocol):
    """What the hub shows in TLS, all PEM; who issues it is decided above."""

    @property
    def key_pem(self) -> bytes:
        """Return the private key."""

    @property
    def chain_pem(self) -> bytes:
        """Return the certificate followed by its CA."""

    @property
    def ca_pem(self) -> bytes:
        """Return the CA under which the certificates of members stand."""


class Servicer(Protocol):
    """What answers the calls of one service: it has a method for each of its rpcs, by the same name."""

    @property
    def SERVICE(self) -> ServiceDescriptor:  # noqa: N802 - a constant of each servicer
        """Return the service that it answers."""


class Doors:
    """The doors of one hub. Health and reflection, which tell of the services, are offered beside them."""

    def __init__(
        self, servicers: Sequence[Servicer], own: Callable[[], DoorCredentials], limits: Limits, warden: Warden, releasing: Collection[str] = ()
    ) -> None:
        """Take the servicers, what the hub shows of itself, the limits and who holds connections to them; nothing listens yet.

        `own` is asked at every handshake, and answers with the same object while nothing has changed. `releasing` names the services that
        release nothing without a log record.
        """
        names = [one.SERVICE.full_name for one in servicers]
        self._own, self._limits, self._warden = own, limits, warden
        self._health = HealthService(names, releasing)
        self._services = {
            **{one.SERVICE: one for one in servicers},
            health_pb2.DESCRIPTOR.services_by_name["Health"]: self._health,
            reflection_pb2.DESCRIPTOR.services_by_name["ServerReflection"]: reflection_aio.ReflectionServicer(names),
        }
        self._servers: list[SteadyServer] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    async def open(self, address: str, gate: Gate) -> str:
        """Open a door at host:port and return where it can be called: port 0 takes a free one. A method that a servicer lacks stops the start."""
        self._loop = asyncio.get_running_loop()
        server = SteadyServer(options(gate.port, self._limits), CALLS_OF_STRANGERS if gate.port is Port.PUBLIC else None)
        for service, servicer in self._services.items():
            mount(server, servicer, service, gate)
        port = server.add_secure_port(address, _Shown(self._own).tls(gate.port))
        await server.start()
        self._servers.append(server)
        self._warden.guard(port, strangers=gate.port is Port.PUBLIC)
        return f"{address.rpartition(':')[0]}:{port}"

    def send_away(self) -> None:
        """Say at every door from now on that nothing is served, so that load balancers go elsewhere; calls are still taken."""
        self._health.stop()

    def refuse(self) -> None:
        """Say at every door, until the process ends, that nothing is released; calls are still taken and hear why. From any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and the doors with it
                self._loop.call_soon_threadsafe(self._health.refuse)

    async def close(self, grace: float) -> None:
        """Let nobody in any more, and give the calls under way `grace` seconds to finish."""
        # All doors at once: the grace is one period for all of them, not one behind the other.
        await asyncio.gather(*(server.stop(grace) for server in self._servers))


class _Shown:
    """What one door shows in TLS: read anew at each handshake, so that a certificate that was renewed needs no restart."""

    def __init__(self, own: Callable[[], DoorCredentials]) -> None:
        self._own, self._last = own, own()

    def tls(self, port: Port) -> grpc.ServerCredentials:
        """Return the TLS of a port: the members' one asks for client certificates."""
        # The handshake checks the chain and the dates. Who it is, and whether the certificate was revoked, the gate asks on every call.
        fetch = cast("Callable[[], grpc.ServerCertificateConfiguration]", self._if_changed)  # the stubs do not know that None means no change
        return grpc.dynamic_ssl_server_credentials(_configuration(self._last), fetch, require_client_authentication=port is Port.MEMBERS)

    def _if_changed(self) -> grpc.ServerCertificateConfiguration | None:
        """Return the new certificate at a handshake, None to keep the old one; called in a thread of gRPC's own."""
        now = self._own()
        if now is self._last:
            return None
        self._last = now
        return _configuration(now)


def _configuration(own: DoorCredentials) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(own.key_pem, own.chain_pem)], root_certificates=own.ca_pem)
