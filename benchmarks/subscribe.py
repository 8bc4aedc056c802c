"""`python -m benchmarks.subscribe [--seconds N] [--wide N] [--rate N]`: changes through the hub, to one consumer and to many.

Three processes: a provider that sends ready changes at a rate, the hub (this process), and consumers in one process, which read with the SDK and
acknowledge once a second. Printed are the changes that arrived in each second, the delay from provider to consumer, CPU of the hub for a change,
and how long after the doors are open again the first change of a hub that was stopped arrives.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from typing import Any

import grpc
import grpc.aio

from hub.rpc import SERVER_OPTIONS
from shuniu import connect_async
from shuniu.folder import read_identity
from shuniu.records import to_record
from shuniu.v1 import catalog_pb2, subscribe_pb2
from tests.world import CASE, CONSUMER, OFFICER, PROVIDER, PURPOSE, World

BEAT, SLOW_BEAT = 0.05, 0.5
"""Seconds between two messages of the provider, to one consumer and to many: a provider of the SDK looks for changes twice a second."""
_UPSERT = subscribe_pb2.CHANGE_OP_UPSERT


async def provide(folder: Path, rate: int, beat: float) -> None:
    """Tell so many changes a second to every watch; the address of each is when it was made."""
    identity, count = read_identity(folder), max(int(rate * beat), 1)

    async def watch(request: subscribe_pb2.ProviderWatchRequest, _context: Any) -> AsyncIterator[bytes]:
        number, due = int(request.cursor or b"0"), time.monotonic()
        while True:
            moment = str(time.time_ns())
            keys = [f"{one:018d}" for one in range(number, number + count)]
            rows = [{"id_number": key, "name": "王小明", "address": moment, "children": 2} for key in keys]
            changes = [subscribe_pb2.ProviderChange(op=_UPSERT, key=str(row["id_number"]), record=to_record(row)) for row in rows]
            number += count
            yield subscribe_pb2.ProviderWatchResponse(changes=changes, cursor=str(number).encode()).SerializeToString()
            due += count / rate
            await asyncio.sleep(max(due - time.monotonic(), 0))

    server = grpc.aio.server(options=SERVER_OPTIONS)
    handler: Any = grpc.unary_stream_rpc_method_handler(watch, request_deserializer=subscribe_pb2.ProviderWatchRequest.FromString)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("shuniu.v1.ProviderService", {"Watch": handler}),))
    port = server.add_secure_port(
        "127.0.0.1:0", grpc.ssl_server_credentials([(identity.key, identity.certificate)], identity.ca, require_client_auth=True)
    )
    await server.start()
    print(json.dumps({"port": port}), flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(0.5)


async def follow(address: str, folder: Path, grant: str, count: int, seconds: float) -> None:
    """Follow so many times for so long, behind a second to warm up, and print what arrived."""
    delays: list[float] = []
    counts = [0] * count
    begin = time.monotonic() + 2.0

    async def one(client: Any, place: int) -> None:
        subscription = client.subscribe(grant=grant, purpose=PURPOSE, case_number=CASE, officer=OFFICER, from_beginning=True)
        noted = time.monotonic()
        async for batch in subscription.messages():
            now = time.monotonic()
            if now > begin + seconds:
                return
            if now > begin and batch.changes:
                counts[place] += len(batch.changes)
                delays.append((time.time_ns() - int(batch.changes[-1].record.fields["address"].string_value)) / 1e9)
            if now > noted + 1.0 and batch.changes:
                noted = now
                await subscription.ack(batch.changes[-1].token)

    async with connect_async(address, folder) as client:
        await asyncio.gather(*(one(client, place) for place in range(count)))
    print(json.dumps({"counts": counts, "delays": sorted(delays)}), flush=True)


def _start(*said: object) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-P", "-m", "benchmarks.subscribe", *map(str, said)], stdout=subprocess.PIPE, text=True)


def _told(process: "subprocess.Popen[str]") -> dict[str, Any]:
    assert process.stdout is not None
    told: dict[str, Any] = json.loads(process.stdout.readline())
    return told


def measure(seconds: float, wide: int, rate: int) -> None:
    """Run both and print."""
    with World() as world:
        consumer = world.member(CONSUMER)
        for count, each, beat in ((1, rate, BEAT), (wide, rate // wide, SLOW_BEAT)):
            by = world.member(PROVIDER, f"changes-{count}")
            provider = _start("provide", by.folder, each, beat)
            by.do("SetEndpoint", endpoint=f"127.0.0.1:{_told(provider)['port']}")
            entry = world.entry(by, modes=[catalog_pb2.SHARE_MODE_SUBSCRIBE])
            grant = world.grant(entry, ("id_number", "name", "address", "children"), mode="subscribe")
            load, used, began = os.getloadavg()[0], time.process_time(), time.monotonic()
            told = _told(_start("follow", world.addresses["members"], consumer.folder, grant.name, count, seconds))
            used, took = time.process_time() - used, time.monotonic() - began
            provider.terminate()
            _print(count, each, told, seconds, used / took, load)


def _print(count: int, each: int, told: dict[str, Any], seconds: float, share: float, load: float) -> None:
    total, delays = sum(told["counts"]), told["delays"]
    print(f"{count} x {each:,}/s: {total / seconds:,.0f} changes/s arrived, the slowest consumer {min(told['counts']) / seconds:,.0f}/s;", end=" ")
    print(f"delay p50 {median(delays) * 1000:.0f} ms, p99 {delays[int(len(delays) * 0.99)] * 1000:.0f} ms;", end=" ")
    print(f"the hub's process used {share:.2f} cores, {share * seconds / total * 1e6:.0f} us a change; load before {load:.1f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["provide"]:
        asyncio.run(provide(Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
    elif sys.argv[1:2] == ["follow"]:
        asyncio.run(follow(sys.argv[2], Path(sys.argv[3]), sys.argv[4], int(sys.argv[5]), float(sys.argv[6])))
    else:
        parser = argparse.ArgumentParser(description=__doc__)
        parser.add_argument("--seconds", type=float, default=10.0)
        parser.add_argument("--wide", type=int, default=100)
        parser.add_argument("--rate", type=int, default=10_000)
        options = parser.parse_args()
        measure(options.seconds, options.wide, options.rate)
