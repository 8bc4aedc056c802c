"""A provider that does not keep to what it was asked: a bare gRPC server with a member's own identity, whose answers are any bytes."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from google.protobuf import duration_pb2
from google.rpc import error_details_pb2, status_pb2

from shuniu.errors import DETAILS
from shuniu.folder import read_identity
from shuniu.records import to_record
from shuniu.v1 import provider_pb2
from shuniu.v1.brokerage_pb2 import Grant
from tests.world import FIELDS, PROVIDER, RESIDENT, World

Answer = Callable[[provider_pb2.FetchRequest], bytes]


class RefusalError(Exception):
    """What a rogue provider refuses a call with: any status, any text, any bytes as its details."""

    def __init__(self, code: grpc.StatusCode, text: str = "", details: bytes = b"") -> None:
        self.code, self.text, self.details = code, text, details


def refusing(code: grpc.StatusCode, reason: str = "", *, text: str = "", retry: float = 0.0, **facts: str) -> Answer:
    """Refuse whatever is asked, with google.rpc details where a reason or a time is given."""
    status = status_pb2.Status(code=code.value[0], message=text)
    if reason or facts:
        status.details.add().Pack(error_details_pb2.ErrorInfo(reason=reason, domain="shuniu", metadata=facts))
    if retry:
        status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(seconds=int(retry))))
    details = status.SerializeToString() if status.details else b""

    def refuse(_request: provider_pb2.FetchRequest) -> bytes:
        raise RefusalError(code, text, details)

    return refuse


def answering(*records: Mapping[str, object]) -> Answer:
    """Answer with these records whatever was asked."""
    data = provider_pb2.FetchResponse(records=[to_record(record) for record in records]).SerializeToString()
    return lambda _request: data


def rogue_grant(world: World, answer: Answer, fields: tuple[str, ...] = ("id_number", "name", "address")) -> Grant:
    """Give a test a grant that a rogue provider serves."""
    by = world.member(PROVIDER, f"rogue-{world.number()}")
    port = world.run(serve(by.folder, answer, lambda: b"\xff"))
    by.do("SetEndpoint", endpoint=f"127.0.0.1:{port}")
    return world.grant(world.entry(by, fields=FIELDS), fields)


async def serve(folder: Path, answer: Answer, describe: Callable[[], bytes] | None = None) -> int:
    """Serve with the identity in a folder; without `describe` a call of Describe is answered late."""
    identity = read_identity(folder)
    server = grpc.aio.server(options=(("grpc.max_send_message_length", -1),))

    async def fetch(request: provider_pb2.FetchRequest, context: grpc.aio.ServicerContext[Any, Any]) -> bytes:
        try:
            return answer(request)
        except RefusalError as refusal:
            await context.abort(refusal.code, refusal.text, ((DETAILS, refusal.details),) if refusal.details else ())

    async def describing(_request: bytes, _context: object) -> bytes:
        if describe is None:
            await asyncio.sleep(2)  # longer than the test lets the hub wait
        return describe() if describe else b""

    handlers: dict[str, Any] = {
        "Fetch": grpc.unary_unary_rpc_method_handler(fetch, request_deserializer=provider_pb2.FetchRequest.FromString),
        "Describe": grpc.unary_unary_rpc_method_handler(describing),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("shuniu.v1.ProviderService", handlers),))
    credentials = grpc.ssl_server_credentials([(identity.key, identity.certificate)], identity.ca, require_client_auth=True)
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    _KEPT.append(server)
    return port


_KEPT: list[grpc.aio.Server] = []  # a server that nobody holds is collected and closed

RECORD = {name: RESIDENT[name] for name in ("id_number", "name", "address")}
