"""One attack, as a bounded load of its own process: reads a JSON object from standard input, loopback only, and stops by itself.

{"kind", "address" (host:port), "seconds", "connections", and what the kind needs}; prints {"sent", "answers": {outcome: count}}. The same load
goes to the hub and to a bare server, so whatever a kind sends must suit both.
"""

import asyncio
import json
import ssl
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import uvloop

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
_CHUNK = 64 * 1024


class Attack:
    """What all kinds share: the target, the end, the count of what came back."""

    def __init__(self, spec: dict[str, Any]) -> None:
        if not spec["address"].startswith("127.0.0.1:"):
            raise SystemExit("loads are sent to loopback only")
        self.spec = spec
        host, _, port = spec["address"].partition(":")
        self.host, self.port = host, int(port)
        self.end = time.monotonic() + float(spec["seconds"])
        self.answers: Counter[str] = Counter()
        self.body = Path(spec["body"]).read_bytes() if spec.get("body") else b""

    @property
    def runs(self) -> bool:
        """Tell whether its time is not over."""
        return time.monotonic() < self.end

    async def calls(self) -> None:
        """Send a gRPC request again and again from each of so many callers, over one connection."""
        read = lambda name: Path(self.spec[name]).read_bytes() if self.spec.get(name) else None  # noqa: E731
        credentials = grpc.ssl_channel_credentials(read("ca"), read("key"), read("cert"))
        request, timeout = bytes.fromhex(self.spec["request"]), self.spec.get("timeout", 10)
        async with grpc.aio.secure_channel(self.spec["address"], credentials, options=(("grpc.max_receive_message_length", -1),)) as channel:
            call: Any = channel.unary_unary(self.spec["method"])

            async def one() -> None:
                try:
                    await call(request, timeout=timeout)
                    self.answers["OK"] += 1
                except grpc.aio.AioRpcError as error:
                    self.answers[error.code().name] += 1
                await asyncio.sleep(self.spec.get("pause", 0))

            await self._each(one)

    async def requests(self) -> None:
        """Send an HTTP request again and again over each of so many connections, made anew where the other side closes."""
        body = self.body
        lines = [f"{'POST' if body else 'GET'} {self.spec['path']} HTTP/1.1", f"Host: {self.spec['address']}", *self.spec.get("headers", ())]
        head = "\r\n".join([*lines, *([f"Content-Length: {len(body)}"] if body else []), "", ""]).encode()

        async def connection() -> None:
            reader, writer = await asyncio.open_connection(self.host, self.port)
            try:
                while self.runs:
                    writer.write(head + body)
                    await writer.drain()
                    answer = await reader.readuntil(b"\r\n\r\n")
                    self.answers[answer[9:12].decode()] += 1
                    if (length := _length(answer)) is None or b"connection: close" in answer.lower():
                        return
                    await reader.readexactly(length)
            finally:
                writer.close()

        await self._each(connection)

    async def bodies(self) -> None:
        """Send most of a large body over each connection, and then nothing."""
        size = self.spec["size"]
        head = "\r\n".join([f"POST {self.spec['path']} HTTP/1.1", "Host: x", *self.spec["headers"], f"Content-Length: {size}", "", ""]).encode()

        async def connection() -> None:
            _, writer = await asyncio.open_connection(self.host, self.port)
            try:
                writer.write(head + self.spec["begin"].encode())
                for _ in range(size // _CHUNK - 1):
                    writer.write(bytes(_CHUNK))
                    await asyncio.wait_for(writer.drain(), max(self.end - time.monotonic(), 0.01))
                self.answers["sent"] += 1
                await asyncio.sleep(max(self.end - time.monotonic(), 0))
            finally:
                writer.close()

        await self._each(connection, again=False)

    async def silence(self) -> None:
        """Open connections and say nothing."""

        async def connection() -> None:
            reader, writer = await asyncio.open_connection(self.host, self.port)
            self.answers["open"] += 1
            try:
                await asyncio.wait_for(reader.read(), max(self.end - time.monotonic(), 0.01))
            finally:
                writer.close()

        await self._each(connection, again=False)

    async def frames(self) -> None:
        """Over TLS and HTTP/2, send a frame (hex) so many times on each connection, made anew where the other side closes."""
        context = ssl.create_default_context(cafile=self.spec["ca"])
        context.set_alpn_protocols(["h2"])
        frame = bytes.fromhex(self.spec["frame"])

        async def connection() -> None:
            reader, writer = await asyncio.open_connection(self.host, self.port, ssl=context, server_hostname="localhost")
            try:
                writer.write(_PREFACE + _SETTINGS)
                for _ in range(self.spec["times"]):
                    writer.write(frame)
                    await writer.drain()
                    self.answers["sent"] += 1
                    if not self.runs:
                        break
                await asyncio.wait_for(reader.read(), 0.5)
            finally:
                writer.close()

        await self._each(connection)

    async def _each(self, work: Callable[[], Awaitable[None]], *, again: bool = True) -> None:
        async def one() -> None:
            while self.runs:
                try:
                    await work()
                except (OSError, EOFError, TimeoutError, ssl.SSLError, asyncio.IncompleteReadError) as error:
                    self.answers[type(error).__name__] += 1
                    await asyncio.sleep(0.01)
                if not again:
                    return

        async with asyncio.timeout(self.spec["seconds"] + 20):
            await asyncio.gather(*(one() for _ in range(self.spec["connections"])))


def _length(head: bytes) -> int | None:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return None


async def main(spec: dict[str, Any]) -> None:
    attack = Attack(spec)
    await getattr(attack, spec["kind"])()
    print(json.dumps({"answers": dict(attack.answers)}))


if __name__ == "__main__":
    uvloop.run(main(json.load(sys.stdin)))
