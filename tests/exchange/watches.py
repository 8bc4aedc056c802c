"""What the tests of subscriptions share: a provider of any messages whatever, and messages that are as they should be."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import grpc
import grpc.aio

from shuniu.folder import read_identity
from shuniu.records import to_record
from shuniu.v1 import brokerage_pb2, catalog_pb2, subscribe_pb2
from tests.world import FIELDS, PROVIDER, World

Message = subscribe_pb2.ProviderWatchResponse
Said = bytes | Message | float
"""A message, bytes that may be none, or seconds of silence."""
Sending = Callable[[subscribe_pb2.ProviderWatchRequest], Iterable[Said]]
UPSERT, DELETE = subscribe_pb2.CHANGE_OP_UPSERT, subscribe_pb2.CHANGE_OP_DELETE
_KEPT: list[grpc.aio.Server] = []


def upsert(key: str, **fields: object) -> subscribe_pb2.ProviderChange:
    return subscribe_pb2.ProviderChange(op=UPSERT, key=key, record=to_record({"id_number": key, "address": "银川市", **fields}))


def delete(key: str) -> subscribe_pb2.ProviderChange:
    return subscribe_pb2.ProviderChange(op=DELETE, key=key)


def told(*changes: subscribe_pb2.ProviderChange, cursor: bytes = b"1", more: bool = False) -> Message:
    return Message(changes=changes, cursor=cursor, more=more)


def watched(world: World, sending: Sending, fields: tuple[str, ...] = ("id_number", "address"), **changed: Any) -> brokerage_pb2.Grant:
    """Give a test a grant of mode subscribe that a provider of these messages serves."""
    by = world.member(PROVIDER, f"watched-{world.number()}")
    port = world.run(_serve(by.folder, sending))
    by.do("SetEndpoint", endpoint=f"127.0.0.1:{port}")
    entry = world.entry(by, fields=FIELDS, modes=[catalog_pb2.SHARE_MODE_SUBSCRIBE])
    return world.grant(entry, fields, mode="subscribe", **changed)


async def _serve(folder: Any, sending: Sending) -> int:
    identity = read_identity(folder)
    server = grpc.aio.server(options=(("grpc.max_send_message_length", -1),))

    async def watch(request: subscribe_pb2.ProviderWatchRequest, _context: Any) -> AsyncIterator[bytes]:
        for said in sending(request):
            if isinstance(said, float):
                await asyncio.sleep(said)
            else:
                yield said if isinstance(said, bytes) else said.SerializeToString()

    handlers: dict[str, Any] = {
        "Watch": grpc.unary_stream_rpc_method_handler(watch, request_deserializer=subscribe_pb2.ProviderWatchRequest.FromString)
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("shuniu.v1.ProviderService", handlers),))
    credentials = grpc.ssl_server_credentials([(identity.key, identity.certificate)], identity.ca, require_client_auth=True)
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    _KEPT.append(server)
    return port
