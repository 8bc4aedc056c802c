"""`python -m benchmarks.query_many`: keys a second of one stream beside single queries of one caller and of 32, on the running product.

Each round loads, in an order that turns from round to round: the stream, one caller, 32 callers, the bare mTLS hop with one and with 32 callers,
and one caller once more as the control, whose ratio tells what the machine itself does to such a ratio. Only one of them runs at a time.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from typing import Any, Final

import grpc
import grpc.aio
import uvloop

from benchmarks.served import QUERY, beside, cpu_us, load, running
from cli.process import holder
from exchange.many import MOST_KEYS
from shuniu.v1 import exchange_pb2, query_many_pb2

QUERY_MANY: Final = "/shuniu.v1.ExchangeService/QueryMany"
_SAID: Final = ("grant", "purpose", "case_number", "officer")


async def _stream(spec: dict[str, Any], *pem: bytes) -> dict[str, Any]:
    """Open one stream after the other for so many seconds, each with all its keys; count answers."""
    opening = query_many_pb2.QueryManyRequest(opening=query_many_pb2.QueryManyOpening(**{name: spec[name] for name in _SAID})).SerializeToString()
    keys = [
        query_many_pb2.QueryManyRequest(key=query_many_pb2.QueryManyKey(place=place, subject_key=spec["subject_key"])).SerializeToString()
        for place in range(1, MOST_KEYS + 1)
    ]
    end = time.perf_counter() + spec["seconds"]

    async def requests() -> AsyncIterator[bytes]:
        yield opening
        for one in keys:
            if time.perf_counter() > end:
                return
            yield one

    count = errors = 0
    async with grpc.aio.secure_channel(spec["address"], grpc.ssl_channel_credentials(*pem)) as channel:
        many: Any = channel.stream_stream(QUERY_MANY)
        began = time.perf_counter()
        while time.perf_counter() < end:
            async for data in many(requests(), timeout=60):
                count += 1
                errors += exchange_pb2.QueryManyResponse.FromString(data).HasField("refusal")
        return {"calls": count, "errors": errors, "per_second": count / (time.perf_counter() - began)}


def _streams(spec: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Load in a process of its own, as `benchmarks.served.load` does."""
    before = cpu_us(spec["pid"])
    command = [sys.executable, "-P", "-m", "benchmarks.query_many", "--load"]
    done = subprocess.run(command, input=json.dumps({**spec, "seconds": seconds}), capture_output=True, text=True, check=True, timeout=seconds + 90)
    found: dict[str, Any] = json.loads(done.stdout)
    return {**found, "cpu_us": (cpu_us(spec["pid"]) - before) / max(found["calls"], 1)}


def compare(rounds: int, seconds: float) -> None:
    """Print the rates, their ratios with the spread over the rounds, and the hub's CPU time for a key."""
    with running() as (folder, connection), beside(folder, connection) as (other, fetch):
        said = {key: connection[key] for key in (*_SAID, "subject_key")}
        tls = {key: connection[key] for key in ("ca", "cert", "key")}
        pid = (holder(folder / "hub" / "var") or {})["pid"]
        single = {
            "address": connection["grpc"],
            "method": QUERY,
            "request": exchange_pb2.QueryRequest(**said).SerializeToString().hex(),
            "pid": pid,
            **tls,
        }
        many = {"address": connection["grpc"], "pid": pid, **said, **tls}
        hop = {"address": other["hop"], "method": "/bench/Hop", "request": fetch.hex(), "pid": other["pid"], **tls}
        ways = {
            "QueryMany, one stream": lambda: _streams(many, seconds),
            "Query, 1 caller": lambda: load(single, 1, seconds),
            "Query, 32 callers": lambda: load(single, 32, seconds),
            "bare hop, 1 caller": lambda: load(hop, 1, seconds),
            "bare hop, 32 callers": lambda: load(hop, 32, seconds),
            "control: Query, 1 caller": lambda: load(single, 1, seconds),
        }
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in ways}
        _streams(many, 1.0)
        names = list(ways)
        for turn in range(rounds):
            for name in (*names[turn % len(names) :], *names[: turn % len(names)]):
                found[name].append(ways[name]())
        _show(found)


def _show(found: dict[str, list[dict[str, Any]]]) -> None:
    for name, every in found.items():
        rates, spent = sorted(one["per_second"] for one in every), sorted(one["cpu_us"] for one in every)
        errors = [one["errors"] for one in every if one["errors"]]
        print(
            f"{name:28} {median(rates):8,.0f} keys/s ({rates[0]:,.0f} to {rates[-1]:,.0f})"
            f"   CPU per key {median(spent):6,.0f} us ({spent[0]:,.0f} to {spent[-1]:,.0f}){f'   ERRORS {errors}' if errors else ''}"
        )
    one = "Query, 1 caller"
    for name, other_name in (
        ("QueryMany, one stream", one),
        ("QueryMany, one stream", "Query, 32 callers"),
        ("QueryMany, one stream", "bare hop, 32 callers"),
        ("control: Query, 1 caller", one),
    ):
        ratios = sorted(mine["per_second"] / its["per_second"] for mine, its in zip(found[name], found[other_name], strict=True))
        print(f"{name} / {other_name}: {median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--load", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        given = json.loads(sys.stdin.read())
        print(json.dumps(uvloop.run(_stream(given, *(Path(given[name]).read_bytes() for name in ("ca", "key", "cert"))))))
    else:
        compare(options.rounds, options.seconds)
