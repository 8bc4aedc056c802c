"""What the tests of streams share: a provider of any parts whatever, and parts that are as they should be."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import grpc
import grpc.aio
import pyarrow as pa

from shuniu.folder import read_identity
from shuniu.v1 import brokerage_pb2, catalog_pb2, stream_pb2
from tests.world import FIELDS, PROVIDER, World

Part = stream_pb2.ProviderStreamResponse
Said = bytes | Part | float
"""A message, bytes that may be none, or seconds of silence."""
Sending = Callable[[stream_pb2.ProviderStreamRequest], Iterable[Said]]
ID = pa.schema([("id_number", pa.utf8()), ("address", pa.utf8())])
_KEPT: list[grpc.aio.Server] = []


def schema(of: pa.Schema = ID) -> Part:
    return Part(schema=of.serialize().to_pybytes())


def people(count: int, start: int = 0) -> pa.RecordBatch:
    numbers = [f"{number:018d}" for number in range(start, start + count)]
    return pa.record_batch([pa.array(numbers), pa.array(["银川市"] * count)], schema=ID)


def batch(of: pa.RecordBatch | bytes, cursor: bytes = b"1") -> Part:
    data = of if isinstance(of, bytes) else of.serialize().to_pybytes()
    return Part(batch=stream_pb2.ProviderStreamBatch(batch=data, cursor=cursor))


def end() -> Part:
    return Part(end=stream_pb2.ProviderStreamEnd())


def sent(world: World, sending: Sending, fields: tuple[str, ...] = ("id_number", "address"), **changed: Any) -> brokerage_pb2.Grant:
    """Give a test a grant of mode stream that a provider of these parts serves."""
    by = world.member(PROVIDER, f"sending-{world.number()}")
    port = world.run(_serve(by.folder, sending))
    by.do("SetEndpoint", endpoint=f"127.0.0.1:{port}")
    entry = world.entry(by, fields=FIELDS, modes=[catalog_pb2.SHARE_MODE_STREAM])
    return world.grant(entry, fields, mode="stream", **changed)


async def _serve(folder: Any, sending: Sending) -> int:
    identity = read_identity(folder)
    server = grpc.aio.server(options=(("grpc.max_send_message_length", -1),))

    async def stream(request: stream_pb2.ProviderStreamRequest, _context: Any) -> AsyncIterator[bytes]:
        for said in sending(request):
            if isinstance(said, float):
                await asyncio.sleep(said)
            else:
                yield said if isinstance(said, bytes) else said.SerializeToString()

    handlers: dict[str, Any] = {
        "Stream": grpc.unary_stream_rpc_method_handler(stream, request_deserializer=stream_pb2.ProviderStreamRequest.FromString)
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("shuniu.v1.ProviderService", handlers),))
    credentials = grpc.ssl_server_credentials([(identity.key, identity.certificate)], identity.ca, require_client_auth=True)
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    _KEPT.append(server)
    return port
