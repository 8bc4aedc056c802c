"""grpc.health.v1, what load balancers and `shuniu doctor` ask."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence

from grpc_health.v1 import health_pb2 as pb

from hub.reasons import NO_SUCH_SERVICE
from hub.rpc import Call


class HealthService:
    """Tells whether the hub serves; the empty name stands for all of it."""

    def __init__(self, services: Sequence[str], releasing: Collection[str] = ()) -> None:
        """Take the full names of the services, and of those among them that release nothing without a log record; they serve until `stop`."""
        # Two events for all watchers, and nothing kept for each name: a stranger who watches many names costs no memory (ADR 0022).
        self._stopped, self._refusing = asyncio.Event(), asyncio.Event()
        self._ends = {name: self._refusing if name in {"", *releasing} else self._stopped for name in ("", *services)}

    def stop(self) -> None:
        """Say from now on that nothing is served: load balancers go elsewhere while calls under way finish."""
        self._stopped.set()
        self._refusing.set()

    def refuse(self) -> None:
        """Say from now on, and until the process ends, that nothing is released: of the hub as a whole and of those services."""
        self._refusing.set()

    async def Check(self, request: pb.HealthCheckRequest, _call: Call) -> pb.HealthCheckResponse:  # noqa: N802 - the rpc's name
        """Answer for one service; raise NotFoundError for an unknown one."""
        if request.service not in self._ends:
            raise NO_SUCH_SERVICE()
        return pb.HealthCheckResponse(status=self._status(request.service))

    async def List(self, _request: pb.HealthListRequest, _call: Call) -> pb.HealthListResponse:  # noqa: N802 - the rpc's name
        """Answer for all services."""
        return pb.HealthListResponse(statuses={name: pb.HealthCheckResponse(status=self._status(name)) for name in self._ends})

    async def Watch(self, request: pb.HealthCheckRequest, call: Call) -> AsyncIterator[pb.HealthCheckResponse]:  # noqa: N802 - the rpc's name
        """Answer now and when it changes."""
        if request.service not in self._ends:
            # health.proto would keep the stream open. The services are fixed at the start, so an unknown one never becomes known: it ends.
            yield pb.HealthCheckResponse(status=pb.HealthCheckResponse.SERVICE_UNKNOWN)
            return
        yield pb.HealthCheckResponse(status=self._status(request.service))
        call.rest()  # whoever waits holds nobody up
        await self._ends[request.service].wait()
        yield pb.HealthCheckResponse(status=self._status(request.service))

    def _status(self, service: str) -> "pb.HealthCheckResponse.ServingStatus.ValueType":
        return pb.HealthCheckResponse.NOT_SERVING if self._ends[service].is_set() else pb.HealthCheckResponse.SERVING
