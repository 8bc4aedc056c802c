"""The attacks of the field trial, each with its control: the hub, the departments and the bare servers around them (`benchmarks.attacks`)."""

import io
import json
import subprocess
import sys
import time
import zlib
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from PIL import Image

from benchmarks.served import QUERY
from shuniu.identifiers import citizen_id
from shuniu.v1 import brokerage_pb2, exchange_pb2, identity_pb2, provider_pb2, seal_pb2
from tests.faults.process import HubProcess
from tests.world import CASE, KEY, METHODS, OFFICER, OTHER, PROVIDER, PURPOSE, RESIDENT, Member

_HERE: Final = Path(__file__).parent
GREEDY, VICTIM = "civil-affairs", "labour"
_BOUNDARY: Final = "shuniu-bench"
_MULTIPART: Final = f"Content-Type: multipart/form-data; boundary={_BOUNDARY}"
_PART: Final = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
_OTHER_KEY: Final = citizen_id.build("640104", date(1991, 4, 8), 13)
_NO_GRANT: Final = "grants/" + "0" * 26
_PING: Final = "000008060000000000" + "00" * 8
_TEXT: Final = b"x\n2026-11-26 09:00:00,000 INFO server: forged\n\x1b[2J".ljust(15_992, b"y")
_GOAWAY: Final = (len(_TEXT) + 8).to_bytes(3, "big").hex() + "0700000000" + "00" * 8 + _TEXT.hex()
_PICTURE_SIDE, _TILE = 4_000, 30


@dataclass(frozen=True)
class Attack:
    """A load against the hub and the same one against the bare server, `hub` and `bare` being what differs."""

    name: str
    spec: dict[str, Any]
    hub: dict[str, Any]
    bare: dict[str, Any]
    victim: brokerage_pb2.Grant | None = None
    """Under which grant the other member asks, where it is to be one at the provider that is attacked."""


class Scene:
    """A hub, its departments, the bare servers, and what every attack needs."""

    def __init__(self, hub: HubProcess, stack: ExitStack) -> None:
        self.hub, self.ca_file = hub, str(hub.config.data / "certs" / "ca.crt.pem")
        self.victim = hub.member(VICTIM)
        self.greedy = hub.member(GREEDY)
        self.other = hub.member(OTHER)
        by = hub.member(PROVIDER)
        hub.provider(lambda key, _fields, _call: [RESIDENT] if key == KEY else [])
        entry = hub.entry(by)
        self.grant = hub.grant(entry, consumer=self.victim)
        self.slow = self._provided("slow", _slowly)
        self.beside_slow = hub.grant(hub.entry(hub.member(PROVIDER, "system-slow"), "slow"), consumer=self.victim)
        self.flood = self._flooding(stack)
        self.bare = self._hop(by, stack)
        self.flooded_hop = self._hop(hub.member(PROVIDER, "system-flood"), stack)["hop"]
        self.bare |= _started([sys.executable, "-P", str(_HERE / "bare_web.py")], stack)

    def query(self, grant: brokerage_pb2.Grant | None, **changed: Any) -> exchange_pb2.QueryRequest:
        """Return a query that is right unless changed."""
        texts = {"purpose": PURPOSE, "case_number": CASE, "officer": OFFICER}
        return exchange_pb2.QueryRequest(**{"grant": grant.name if grant else _NO_GRANT, "subject_key": KEY, **texts, **changed})

    def tls(self, member: Member) -> dict[str, str]:
        """Return the files with which a member calls."""
        return {name: str(member.folder / file) for name, file in (("ca", "ca.pem"), ("cert", "cert.pem"), ("key", "key.pem"))}

    def queries(self, name: str, query: exchange_pb2.QueryRequest, connections: int, victim: Any = None, hop: str = "", **spec: Any) -> Attack:
        """Return an attack by the greedy member's queries; a bare hop gets as many and asks the provider."""
        common = {"kind": "calls", "connections": connections, **self.tls(self.greedy), **spec}
        fetch = provider_pb2.FetchRequest(resource="resident", key_field="id_number", key=KEY, fields=("name",), limit=1000)
        hub = {"address": self.hub.addresses["members"], "method": QUERY, "request": query.SerializeToString().hex()}
        bare = {"address": hop or self.bare["hop"], "method": "/bench/Hop", "request": fetch.SerializeToString().hex()}
        return Attack(name, common, hub, bare, victim)

    def refused(self, name: str, method: str, request: Any, connections: int) -> Attack:
        """Return an attack by calls of a member that are refused; the bare echo gets the same bytes."""
        common = {"kind": "calls", "connections": connections, "request": request.SerializeToString().hex()}
        hub = {"address": self.hub.addresses["members"], "method": method, **self.tls(self.other)}
        return Attack(name, common, hub, self._echo())

    def strangers_call(self, name: str, method: str, request: Any, connections: int) -> Attack:
        """Return an attack by a stranger's calls; the bare echo gets the same bytes."""
        common = {"kind": "calls", "connections": connections, "request": request.SerializeToString().hex()}
        return Attack(name, common, {"address": self.hub.addresses["public"], "method": method, "ca": self.ca_file}, self._echo())

    def pages(self, name: str, connections: int, **spec: Any) -> Attack:
        """Return an attack on the pages."""
        web = self.hub.addresses["web"].removeprefix("http://")
        return Attack(name, {"kind": "requests", "connections": connections, **spec}, {"address": web}, {"address": self.bare["web"]})

    def silence(self, name: str, door: str, connections: int) -> Attack:
        """Return an attack by connections to the public door that say nothing."""
        common = {"kind": "silence", "connections": connections}
        return Attack(name, common, {"address": self.hub.addresses[door]}, {"address": self.bare["echo"]})

    def frames(self, name: str, frame: str, times: int, connections: int) -> Attack:
        """Return an attack on the public door by HTTP/2 frames."""
        common = {"kind": "frames", "frame": frame, "times": times, "connections": connections, "ca": self.ca_file}
        return Attack(name, common, {"address": self.hub.addresses["public"]}, {"address": self.bare["echo"]})

    def _echo(self) -> dict[str, Any]:
        return {"address": self.bare["echo"], "method": "/bench/Echo", "ca": self.ca_file}

    def _provided(self, resource: str, rows: Any) -> brokerage_pb2.Grant:
        by = self.hub.member(PROVIDER, f"system-{resource}")
        self.hub.provider(rows, by, resource=resource)
        return self.hub.grant(self.hub.entry(by, resource), consumer=self.greedy)

    def _flooding(self, stack: ExitStack) -> brokerage_pb2.Grant:
        by = self.hub.member(PROVIDER, "system-flood")
        found = _started([sys.executable, "-P", str(_HERE / "flood.py"), str(by.folder), KEY], stack)
        by.do("SetEndpoint", endpoint=found["flood"])
        return self.hub.grant(self.hub.entry(by), consumer=self.greedy)

    def _hop(self, by: Member, stack: ExitStack) -> dict[str, Any]:
        """Start a bare server that passes calls on to a provider's system."""
        return _started(
            [sys.executable, "-P", str(_HERE / "bare.py"), str(self.hub.config.data), self._endpoint(by), str(by.folder / "cert.pem")], stack
        )

    def _endpoint(self, by: Member) -> str:
        return str(by.do("WhoAmI").endpoint)


def _slowly(key: str, _fields: Any, _call: Any) -> list[dict[str, Any]]:
    if key != KEY:
        time.sleep(1.0)
    return [{**RESIDENT, "id_number": key}]


def attacks(scene: Scene, folder: Path) -> list[Attack]:
    """Return the attacks of the field trial, each with its control."""
    web = "/directory?q=%E4%BF%A1%E6%81%AF"
    picture = folder / "finders.body"
    picture.write_bytes(_PART.encode() + _finders() + f"\r\n--{_BOUNDARY}--\r\n".encode())
    many = scene.query(None, fields=[f"{'f' * 57}{number:06d}" for number in range(200)])
    slow = scene.query(scene.slow, subject_key=_OTHER_KEY)
    stamp = seal_pb2.VerifyStampRequest(signature=bytes(100_000), digest=bytes(32))
    department = identity_pb2.CreateDepartmentRequest()
    bodies = {"kind": "bodies", "path": "/verify.json", "headers": [_MULTIPART], "begin": _PART, "size": 8_000_000}
    return [
        scene.pages("directory search, 4 connections", 4, path=web),
        scene.pages("directory search, 32 connections", 32, path=web),
        scene.pages("audit page, random cookie, 32", 32, path="/audit", headers=["Cookie: shuniu-session=" + "A" * 43]),
        scene.pages("static file, 32", 32, path="/static/style.css"),
        scene.pages("malformed request lines, 4", 4, path="/login/SECRET" + "\x01" * 3_900),
        scene.pages("pictures full of finder patterns, 17", 17, path="/verify.json", headers=[_MULTIPART], body=str(picture)),
        scene.pages("uploads that never end, 60 x 8 MB", 60, **bodies),
        scene.pages("silent connections at the pages, 400", 400, kind="silence"),
        scene.strangers_call("VerifyStamp, 32 callers", METHODS["VerifyStamp"][0], stamp, 32),
        scene.silence("silent connections at the public door, 400", "public", 400),
        scene.frames("GOAWAY with 16 KB of text, 4", _GOAWAY, 1, 4),
        scene.frames("PING flood", _PING, 100_000, 1),
        scene.refused("refused queries, 200 field names, 32 callers", QUERY, many, 32),
        scene.refused("refused CreateDepartment, 32 callers", METHODS["CreateDepartment"][0], department, 32),
        scene.queries("short deadlines at the same provider, 4", slow, 4, timeout=0.23, victim=scene.beside_slow),
        scene.queries("slow queries at the same provider, 300", slow, 300, victim=scene.beside_slow),
        scene.queries("answers of 60,000 fields, 4", scene.query(scene.flood), 4, hop=scene.flooded_hop),
    ]


def _finders() -> bytes:
    """Return a PNG of 5,000 x 5,000 that is full of what looks like corners of QR codes (1 bit a pixel)."""
    tile = Image.new("1", (_TILE, _TILE), 1)
    for size, color in ((21, 0), (15, 1), (9, 0)):
        near, far = (_TILE - size) // 2, (_TILE + size) // 2
        tile.paste(color, (near, near, far, far))
    whole = Image.new("1", (_PICTURE_SIDE, _PICTURE_SIDE), 1)
    for place in range(0, _PICTURE_SIDE**2 // _TILE, _TILE):
        across, down = place % _PICTURE_SIDE, place // _PICTURE_SIDE * _TILE
        whole.paste(tile, (across, down))
    out = io.BytesIO()
    whole.save(out, "PNG", compress_level=zlib.Z_BEST_COMPRESSION)
    return out.getvalue()


def _started(command: list[str], stack: ExitStack) -> dict[str, Any]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    stack.callback(process.wait, 10)
    stack.callback(process.terminate)
    assert process.stdout is not None
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found
