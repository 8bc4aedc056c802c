"""`python -m benchmarks.stream [--rounds N] [--mib N] [--gib N] [--parts]`: streams of 1 MiB frames through the hub, beside a bare mTLS hop.

Five processes: a provider that sends ready frames, the hub (this process), the hop (grpc.aio on uvloop with the same TLS, no rules, no log), a
consumer that reads and counts, and Arrow Flight of the same rows without hub and TLS. Rounds are interleaved; printed are medians with all rounds,
CPU of hub and hop per MiB, the digest's share of it apart, and what memory hub and provider take for one stream of --gib. The hub applies neither
row scope nor mask here; with --masked a column of names is masked.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import grpc
import grpc.aio
import pyarrow as pa
import uvloop

from catalog.model import Field, FieldType
from cli.running import SWITCH_SECONDS, settle_memory
from exchange.frames import FrameSieve
from exchange.model import MOST_RECEIVED
from exchange.provider_streams import METHOD
from exchange.stream_wire import ProviderBatch, frame_to, provider_part
from hub.heap import keep_freed_memory
from hub.rpc import SERVER_OPTIONS
from shuniu.folder import read_identity
from shuniu.v1 import catalog_pb2, stream_pb2
from tests.world import CASE, CONSUMER, OFFICER, PROVIDER, PURPOSE, World

STREAM = "/shuniu.v1.ExchangeService/Stream"
_LARGE = (("grpc.max_receive_message_length", MOST_RECEIVED),)


def frames() -> tuple[bytes, bytes, bytes]:
    """Return a schema, a batch of about 1 MiB and an end, as a provider sends them."""
    columns, rows = _batch()
    batch = rows.serialize().to_pybytes()
    part = stream_pb2.ProviderStreamResponse
    sent = part(batch=stream_pb2.ProviderStreamBatch(batch=batch, cursor=b"1")).SerializeToString()
    return part(schema=columns.serialize().to_pybytes()).SerializeToString(), sent, part(end=stream_pb2.ProviderStreamEnd()).SerializeToString()


def _batch() -> tuple[pa.Schema, pa.RecordBatch]:
    columns = pa.schema([("id_number", pa.utf8()), ("name", pa.utf8()), ("address", pa.utf8())])
    rows = 15_000
    values = [[f"{number:018d}" for number in range(rows)], ["王小明"] * rows, ["宁夏回族自治区银川市金凤区"] * rows]
    return columns, pa.record_batch([pa.array(one) for one in values], schema=columns)


def _handler(method: str, function: Any) -> Any:
    service, name = method.removeprefix("/").split("/")
    return grpc.method_handlers_generic_handler(service, {name: grpc.unary_stream_rpc_method_handler(function)})


async def _serve(handler: Any, key: bytes, certificate: bytes, ca: bytes) -> None:
    server = grpc.aio.server(options=SERVER_OPTIONS)
    server.add_generic_rpc_handlers((handler,))
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, certificate)], ca, require_client_auth=True))
    await server.start()
    print(json.dumps({"port": port}), flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(0.5)


async def provide(folder: Path, count: int) -> None:
    """Serve so many frames to every call."""
    schema, batch, end = frames()

    async def stream(_request: bytes, _context: Any) -> AsyncIterator[bytes]:
        yield schema
        for _ in range(count):
            yield batch
        yield end

    identity = read_identity(folder)
    await _serve(_handler(METHOD, stream), identity.key, identity.certificate, identity.ca)


async def hop(folder: Path, provider: str, trusted: Path) -> None:
    """Pass a provider's messages on."""
    key = (folder / "keys" / "hub-server.pem").read_bytes()
    certificate, ca = ((folder / "certs" / name).read_bytes() for name in ("hub-server.crt.pem", "ca.crt.pem"))
    credentials = grpc.ssl_channel_credentials(trusted.read_bytes(), key, certificate + ca)  # noqa: ASYNC240 - before anything is served
    keep_freed_memory()  # as the hub does
    channel = grpc.aio.secure_channel(provider, credentials, options=_LARGE)
    method: Any = channel.unary_stream(METHOD)

    async def stream(request: bytes, _context: Any) -> AsyncIterator[bytes]:
        async for message in method(request):
            yield message

    await _serve(_handler("/bench/Hop", stream), key, certificate + ca, ca)


def fly(count: int) -> None:
    """Serve so many batches by Arrow Flight, to whoever asks and without TLS."""
    from pyarrow import flight

    schema, batch = _batch()

    class Server(flight.FlightServerBase):  # type: ignore[misc]
        def do_get(self, _context: Any, _ticket: Any) -> Any:
            return flight.GeneratorStream(schema, (batch for _ in range(count)))

    server = Server("grpc://127.0.0.1:0")
    print(json.dumps({"port": server.port}), flush=True)
    server.serve()


def alight(port: int) -> None:
    """Read a stream of Arrow Flight to its end and print its bytes and seconds."""
    from pyarrow import flight

    with flight.connect(f"grpc://127.0.0.1:{port}") as client:
        size, began = 0, time.perf_counter()
        for chunk in client.do_get(flight.Ticket(b"")):
            size += chunk.data.nbytes
        print(json.dumps({"bytes": size, "seconds": time.perf_counter() - began}), flush=True)


async def read(address: str, folder: Path, path: str, request: str) -> None:
    """Read a stream to its end and print its bytes and seconds."""
    identity = read_identity(folder)
    credentials = grpc.ssl_channel_credentials(identity.ca, identity.key, identity.certificate)
    async with grpc.aio.secure_channel(address, credentials, options=_LARGE) as channel:
        await channel.channel_ready()
        method: Any = channel.unary_stream(path)
        size, began = 0, time.perf_counter()
        async for message in method(bytes.fromhex(request)):
            size += len(message)
        print(json.dumps({"bytes": size, "seconds": time.perf_counter() - began}), flush=True)


def _start(*said: object) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-P", "-m", "benchmarks.stream", *map(str, said)], stdout=subprocess.PIPE, text=True)


def _told(process: "subprocess.Popen[str]") -> dict[str, Any]:
    assert process.stdout is not None
    told: dict[str, Any] = json.loads(process.stdout.readline())
    return told


def _cpu(process: int) -> float:
    parts = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def _round(address: str, folder: Path, path: str, request: bytes, process: int) -> tuple[float, float]:
    """Return MiB a second, and milliseconds of CPU of a process per MiB."""
    began = _cpu(process)
    told = _told(_start("read", address, folder, path, request.hex()))
    mib = told["bytes"] / 2**20
    return mib / told["seconds"], (_cpu(process) - began) / mib * 1000


def _as_served() -> None:
    """Let this process be as `shuniu serve` makes its own."""
    sys.setswitchinterval(SWITCH_SECONDS)
    keep_freed_memory()


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure(rounds: int, mib: int, large: int, *, masked: bool) -> None:
    """Run all of it and print."""
    _as_served()
    with World(checkpoint_seconds=5.0) as world:
        settle_memory()
        consumer, hub, started = world.member(CONSUMER), world.config.data, []
        requests, providers = {}, {}
        for count in (mib, large):
            by = world.member(PROVIDER, f"frames-{count}")
            started.append(_start("provide", by.folder, count))
            port, providers[count] = _told(started[-1])["port"], started[-1].pid
            by.do("SetEndpoint", endpoint=f"127.0.0.1:{port}")
            entry = world.entry(by, fields=[*_fields(masked=masked)], modes=[catalog_pb2.SHARE_MODE_STREAM])
            grant = world.grant(entry, ("id_number", "name", "address"), mode="stream")
            requests[count] = stream_pb2.StreamRequest(grant=grant.name, purpose=PURPOSE, case_number=CASE, officer=OFFICER).SerializeToString()
            if count == mib:
                started.append(_start("hop", hub, f"127.0.0.1:{port}", by.folder / "cert.pem"))
                bare = f"127.0.0.1:{_told(started[-1])['port']}", consumer.folder, "/bench/Hop", b"", started[-1].pid
        product = world.addresses["members"], consumer.folder, STREAM, requests[mib], os.getpid()
        _round(*bare), _round(*product)
        started.append(_start("fly", mib))
        flight = _told(started[-1])["port"]
        pairs = [(_round(*bare), _round(*product), _round(*bare)) for _ in range(rounds)]
        flown = [_told(_start("alight", flight)) for _ in range(rounds)]
        print(f"hub: {median(one[1][0] for one in pairs):,.0f} MiB/s, {median(one[1][1] for one in pairs):.2f} ms of CPU per MiB")
        print(f"bare hop: {median(one[0][0] for one in pairs):,.0f} MiB/s, {median(one[0][1] for one in pairs):.2f} ms of CPU per MiB")
        print(f"Arrow Flight, direct and without TLS: {median(one['bytes'] / one['seconds'] for one in flown) / 2**20:,.0f} MiB/s")
        _print_apart(pairs)
        print("hub / hop, each round:", ", ".join(f"{ours[0] / theirs[0]:.2f}" for theirs, ours, _ in pairs))
        print(f"median {median(ours[0] / theirs[0] for theirs, ours, _ in pairs):.2f}; control, hop / hop:", end=" ")
        print(f"{median(second[0] / first[0] for first, _, second in pairs):.2f}")
        before, provider = _peak(), providers[large]
        provider_before = _peak_of(provider)
        speed, _ = _round(world.addresses["members"], consumer.folder, STREAM, requests[large], os.getpid())
        print(f"{large:,} MiB at {speed:,.0f} MiB/s: the hub's process had at most {_peak()} MiB, {before} before;", end=" ")
        print(f"the provider's {_peak_of(provider)}, {provider_before} before")
        for one in started:
            one.terminate()


def _peak_of(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def _print_apart(pairs: list[Any]) -> None:
    """Print what the digest takes, which a hop without a log has no use for, and what the rest comes to."""
    _, sent, _ = frames()
    digest = _least(lambda: sha256(sent).digest(), len(sent))
    ours, theirs = (median(one[place][1] for one in pairs) for place in (1, 0))
    seconds = median(1000 / one[1][0] for one in pairs)
    print(f"of the hub's CPU SHA-256 takes {digest:.2f} ms per MiB; without it {ours - digest:.2f}, {(ours - digest) / theirs:.2f} of the hop's")
    print(
        f"of {seconds:.2f} ms per MiB: without the digest's {median(1000 / one[0][0] for one in pairs) / (seconds - digest):.2f} of the hop's speed"
    )


def parts() -> None:
    """Print what each part of making a frame costs, alone in one thread: the least of several rounds, so that neighbours count little."""
    _, sent, _ = frames()
    live: Any = SimpleNamespace(rows=(), provider="")
    sieve = FrameSieve(live, [Field(name, name, FieldType.STRING) for name in ("id_number", "name", "address")])
    read = provider_part(sent)
    assert isinstance(read, ProviderBatch)
    clean = sieve.clean(read.data)
    works: dict[str, Callable[[], object]] = {
        "reading the provider's message": lambda: provider_part(sent),
        "checking a batch and writing it anew": lambda: sieve.clean(read.data),
        "SHA-256": lambda: sha256(clean.data).digest(),
        "writing the part": lambda: frame_to(clean.data, 0, clean.rows, bytes(300)),
    }
    for name, work in works.items():
        print(f"{name}: {_least(work, len(sent)):.2f} ms of CPU per MiB")


def _least(work: Callable[[], object], size: int) -> float:
    took = []
    for _ in range(9):
        began = time.thread_time()
        for _ in range(20):
            work()
        took.append((time.thread_time() - began) / 20 / (size / 2**20) * 1000)
    return min(took)


def _fields(*, masked: bool) -> list[Any]:
    text = catalog_pb2.FIELD_TYPE_STRING
    field = catalog_pb2.Field
    return [
        field(name="id_number", label="公民身份号码", type=text, key=True, personal=True, sensitivity=1),
        field(name="name", label="姓名", type=text, personal=True, sensitivity=1, mask="keep:1,0" if masked else ""),
        field(name="address", label="住址", type=text, personal=True, sensitivity=1),
    ]


def main(said: list[str]) -> None:
    """Do one of the four parts, or measure."""
    if said[:1] == ["provide"]:
        uvloop.run(provide(Path(said[1]), int(said[2])))
    elif said[:1] == ["hop"]:
        uvloop.run(hop(Path(said[1]), said[2], Path(said[3])))
    elif said[:1] == ["fly"]:
        fly(int(said[1]))
    elif said[:1] == ["alight"]:
        alight(int(said[1]))
    elif said[:1] == ["read"]:
        uvloop.run(read(said[1], Path(said[2]), said[3], said[4]))
    else:
        parser = argparse.ArgumentParser()
        parser.add_argument("--rounds", type=int, default=5)
        parser.add_argument("--mib", type=int, default=256)
        parser.add_argument("--gib", type=int, default=1)
        parser.add_argument("--masked", action="store_true")
        parser.add_argument("--parts", action="store_true")
        options = parser.parse_args(said)
        if options.parts:
            parts()
            return
        measure(options.rounds, options.mib, options.gib * 1024, masked=options.masked)


if __name__ == "__main__":
    main(sys.argv[1:])
