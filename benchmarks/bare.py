"""The bare reference: a grpc.aio server on uvloop with the same TLS, no rules and no log.

`python -m benchmarks.bare FOLDER PROVIDER` opens two doors: `/bench/Hop` (mTLS) passes the request's bytes to the provider's Fetch and its
bytes back; `/bench/Echo` (server TLS) answers with a fixed number of bytes. It prints {"hop", "echo"} and runs until its parent goes.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import uvloop

from exchange.providers import FETCH_METHOD
from hub.rpc import SERVER_OPTIONS

ECHO_BYTES = 400


def _raw(method: str, function: Any) -> Any:
    service, name = method.removeprefix("/").split("/")
    handler: Any = grpc.unary_unary_rpc_method_handler(function)
    return grpc.method_handlers_generic_handler(service, {name: handler})


async def main(folder: Path, provider: str, trusted: bytes) -> None:
    key = (folder / "keys" / "hub-server.pem").read_bytes()
    certificate = (folder / "certs" / "hub-server.crt.pem").read_bytes()
    ca = (folder / "certs" / "ca.crt.pem").read_bytes()
    channel = grpc.aio.secure_channel(provider, grpc.ssl_channel_credentials(trusted, key, certificate + ca))
    fetch: Any = channel.unary_unary(FETCH_METHOD)

    async def hop(request: bytes, _context: Any) -> bytes:
        answer: bytes = await fetch(request, timeout=10)
        return answer

    async def echo(_request: bytes, _context: Any) -> bytes:
        return bytes(ECHO_BYTES)

    addresses = {}
    servers = []
    for name, function, client_auth in (("hop", hop, True), ("echo", echo, False)):
        server = grpc.aio.server(options=SERVER_OPTIONS)
        server.add_generic_rpc_handlers((_raw(f"/bench/{name.title()}", function),))
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, certificate + ca)], ca, require_client_auth=client_auth))
        await server.start()
        servers.append(server)
        addresses[name] = f"127.0.0.1:{port}"
    print(json.dumps(addresses), flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(0.5)


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]).read_bytes()))
