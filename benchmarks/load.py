"""One load: so many callers, each sending the next call when it has its answer, for so many seconds, in a process of its own.

Reads a JSON object from standard input {"address", "ca", "cert"?, "key"?, "method", "request" (hex), "callers", "seconds"},
prints {"calls", "per_second", "p50_us", "p99_us", "errors"}. Loopback only; it stops by itself.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import uvloop


async def main(spec: dict[str, Any]) -> None:
    if not spec["address"].startswith("127.0.0.1:"):
        raise SystemExit("loads are sent to loopback only")
    read = lambda name: Path(spec[name]).read_bytes() if spec.get(name) else None  # noqa: E731
    credentials = grpc.ssl_channel_credentials(read("ca"), read("key"), read("cert"))
    request = bytes.fromhex(spec["request"])
    latencies: list[float] = []
    errors: dict[str, int] = {}
    async with grpc.aio.secure_channel(spec["address"], credentials) as channel:
        call: Any = channel.unary_unary(spec["method"])
        await call(request, timeout=10)
        end = time.perf_counter() + spec["seconds"]

        async def caller() -> None:
            while (start := time.perf_counter()) < end:
                try:
                    await call(request, timeout=10)
                except grpc.aio.AioRpcError as error:
                    name = error.code().name
                    errors[name] = errors.get(name, 0) + 1
                    continue
                latencies.append(time.perf_counter() - start)

        start = time.perf_counter()
        await asyncio.gather(*(caller() for _ in range(spec["callers"])))
        took = time.perf_counter() - start
    latencies.sort()
    at = lambda share: round(latencies[int(len(latencies) * share)] * 1e6, 1) if latencies else 0  # noqa: E731
    print(json.dumps({"calls": len(latencies), "per_second": len(latencies) / took, "p50_us": at(0.5), "p99_us": at(0.99), "errors": errors}))


if __name__ == "__main__":
    uvloop.run(main(json.load(sys.stdin)))
