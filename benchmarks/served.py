"""Query, Check and Verify against the running product, interleaved with the bare server, on the same provider, certificates and machine."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.table import Figure
from cli.process import holder, shuniu_command
from shuniu.client import connect
from shuniu.v1 import exchange_pb2, identity_pb2, license_pb2, provider_pb2

QUERY = "/shuniu.v1.ExchangeService/Query"
CHECK = "/shuniu.v1.ExchangeService/Check"
VERIFY = "/shuniu.v1.LicenseService/VerifyCode"
_BARE, _LOAD = ([sys.executable, "-P", str(Path(__file__).with_name(name))] for name in ("bare.py", "load.py"))


@contextlib.contextmanager
def running(clone: Path | None = None) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Start the demo, hub and providers, of another clone where one is named, and give its folder and connection.json."""
    with tempfile.TemporaryDirectory(prefix="shuniu-bench-") as name:
        folder = Path(name)
        command = shuniu_command("demo", "--serve", "--out", str(folder), "--entries", "20")
        environment = {**os.environ, "PYTHONPATH": str(clone)} if clone else None
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
        try:
            end = time.monotonic() + 90
            while not (folder / "connection.json").exists():
                if process.poll() is not None or time.monotonic() > end:
                    raise SystemExit(f"the demo did not start; see {folder}/logs")
                time.sleep(0.1)
            yield folder, json.loads((folder / "connection.json").read_text())
        finally:
            process.terminate()
            process.wait(timeout=30)


def served(rounds: int, seconds: float) -> list[Figure]:
    """Return the lines of Query (32 and 1 callers), Check beside Query, and Verify: rate or latency, and the serving process's CPU time a call."""
    with running() as (folder, connection), beside(folder, connection) as (bare, fetch):
        query = exchange_pb2.QueryRequest(**{key: connection[key] for key in ("grant", "purpose", "case_number", "officer", "subject_key")})
        tls = {key: connection[key] for key in ("ca", "cert", "key")}
        hub = {"pid": (holder(folder / "hub" / "var") or {})["pid"]}
        other = {"pid": bare["pid"]}
        product = {"address": connection["grpc"], "method": QUERY, "request": query.SerializeToString().hex(), **tls, **hub}
        hop = {"address": bare["hop"], "method": "/bench/Hop", "request": fetch.hex(), **tls, **other}
        lines = [
            *_lines("Query, 32 callers, calls/s", "bare mTLS hop", product, hop, 32, rounds, seconds, floor=0.60, wanted=0.90),
            *_lines("Query, 1 caller, p50", "bare mTLS hop", product, hop, 1, rounds, seconds / 2, floor=None, wanted=None),
        ]
        check = exchange_pb2.CheckRequest(**connection["check"])
        checking = {**product, "method": CHECK, "request": check.SerializeToString().hex()}
        lines += _lines("Check, 32 callers, calls/s", "Query, 32 callers", checking, product, 32, rounds, seconds, floor=0.75, wanted=0.90)
        code = (folder / "licenses" / "license.txt").read_text()
        verify = license_pb2.VerifyCodeRequest(code=code).SerializeToString().hex()
        public = json.loads((folder / "logs" / "hub.ready.json").read_text())["public"]
        product = {"address": public, "method": VERIFY, "request": verify, "ca": connection["ca"], **hub}
        echo = {"address": bare["echo"], "method": "/bench/Echo", "request": verify, "ca": connection["ca"], **other}
        lines += _lines("Verify (ES256), 32 callers, calls/s", "bare echo", product, echo, 32, rounds, seconds, floor=0.40, wanted=0.75)
    return lines


@contextlib.contextmanager
def beside(folder: Path, connection: dict[str, Any]) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Start the bare server next to the hub, with the hub's own certificate, and give its addresses and the Fetch it passes on."""
    with connect(connection["grpc"], folder=Path(connection["cert"]).parent) as client:
        from shuniu.v1 import brokerage_pb2

        grant = client.brokerage.GetGrant(brokerage_pb2.GetGrantRequest(name=connection["grant"]))
    # Where a system serves is told to its own department alone.
    with connect(connection["grpc"], folder=folder / "departments" / grant.provider) as client:
        endpoint = client.identity.WhoAmI(identity_pb2.WhoAmIRequest()).endpoint
    fetch = provider_pb2.FetchRequest(
        resource="resident",
        key_field="id_number",
        key=connection["subject_key"],
        fields=grant.terms.fields,
        limit=1000,
        consumer=grant.consumer,
        purpose=connection["purpose"],
        case_number=connection["case_number"],
        log_index=-1,
    )
    trusted = folder / "departments" / grant.provider / "cert.pem"
    command = [*_BARE, str(folder / "hub" / "var"), endpoint, str(trusted)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield {**json.loads(process.stdout.readline()), "pid": process.pid}, fetch.SerializeToString()
    finally:
        process.terminate()
        process.wait(timeout=10)


def _lines(
    path: str, reference: str, product: dict[str, Any], bare: dict[str, Any], callers: int, rounds: int, seconds: float, **bounds: Any
) -> list[Figure]:
    """Load both in turn; return the line of rate or latency, and that of CPU time, which swings far less on a shared machine."""
    ratios, ours, theirs = [], [], []
    for _ in range(rounds):
        theirs.append(load(bare, callers, seconds))
        ours.append(load(product, callers, seconds))
        if callers == 1:
            ratios.append(ours[-1]["p50_us"] / theirs[-1]["p50_us"])
        else:
            ratios.append(ours[-1]["per_second"] / theirs[-1]["per_second"])
    errors = [one["errors"] for one in (*ours, *theirs) if one["errors"]]
    unit = ("p50_us", "us") if callers == 1 else ("per_second", "/s")
    note = f"{median(one[unit[0]] for one in ours):,.0f} against {median(one[unit[0]] for one in theirs):,.0f} {unit[1]}"
    cpu = [mine["cpu_us"] / other["cpu_us"] for mine, other in zip(ours, theirs, strict=True)]
    spent = f"{median(one['cpu_us'] for one in ours):,.0f} against {median(one['cpu_us'] for one in theirs):,.0f} us"
    return [
        Figure(path, reference, ratios, note=note + (f"; ERRORS {errors}" if errors else ""), **bounds),
        Figure(f"{path.rpartition(',')[0]}, CPU per call", reference, cpu, note=spent),
    ]


def load(spec: dict[str, Any], callers: int, seconds: float) -> Any:
    """Call for so many seconds; return what `benchmarks.load` counted, and `cpu_us`, the CPU time of the serving process for a call."""
    text = json.dumps({**spec, "callers": callers, "seconds": seconds})
    before = cpu_us(spec["pid"])
    done = subprocess.run(_LOAD, input=text, capture_output=True, text=True, check=True, timeout=seconds + 60)
    found = json.loads(done.stdout)
    return {**found, "cpu_us": (cpu_us(spec["pid"]) - before) / max(found["calls"], 1)}


def cpu_us(pid: int) -> float:
    """Return the user and system time of a process so far, microseconds (proc(5), fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") * 1e6
