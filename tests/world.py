"""A hub in this process, with everything real around it: two gRPC doors over TLS, enrolled departments, providers, a log.

    def test_a_field_that_is_not_granted_is_refused(world):
        grant = world.grant()
        reply = world.as_(CONSUMER).query(grant, fields=["phone"])
        assert reply.code is StatusCode.PERMISSION_DENIED

One world serves a whole module: each test takes an entry, a grant and, where it needs one, a provider's system of its own.
The hub's clock stands still at about the present, because TLS looks at the machine's clock and cannot be told another time.
"""

import asyncio
import itertools
import shutil
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypeVar

import grpc
import uvloop
from google.protobuf import message_factory
from google.protobuf.message import Message

import server
from audit.model import Kind, Record
from audit.store import RecordStore, log_size
from certs.model import Registration
from cli.synthetic import department
from hub.clock import StoppedClock
from hub.config import Config
from hub.delivery import Delivery
from migrations.opening import found_database
from shuniu import Provider, join
from shuniu.client import connect, connect_public
from shuniu.errors import ShuniuCallError, call_error
from shuniu.identifiers import citizen_id
from shuniu.provider import Resource, Running
from shuniu.provider.table import TableProvider
from shuniu.v1 import (
    audit_pb2,
    brokerage_pb2,
    case_pb2,
    catalog_pb2,
    exchange_pb2,
    files_pb2,
    identity_pb2,
    license_pb2,
    officer_pb2,
    practice_pb2,
    seal_pb2,
    work_pb2,
)

ASSESSED = catalog_pb2.Assessment(
    secrecy=catalog_pb2.SECRECY_NONE,
    secrecy_report="保密风险评估报告",
    secrecy_date="2026-01-05",
    impact_report="个人信息保护影响评估报告",
    impact_date="2026-01-05",
)
T = TypeVar("T")
Rows = Callable[[str, Sequence[str], Any], Any]

AUTHORITY = "data"
PROVIDER = "public-security"
CONSUMER = "civil-affairs"
OTHER = "market-regulation"
AUDITOR = "audit"
PURPOSE = "640000-MZ-0017"
CASE = "LB-2026-0001"
OFFICER = "MZ-0231"
KEY = citizen_id.build("640104", date(1990, 3, 7), 12)  # the key that the usual provider has a record for
ROLES = {"member": identity_pb2.ROLE_MEMBER, "authority": identity_pb2.ROLE_AUTHORITY, "auditor": identity_pb2.ROLE_AUDITOR}
PATIENCE = 20.0

_FILES = (
    identity_pb2,
    officer_pb2,
    work_pb2,
    catalog_pb2,
    brokerage_pb2,
    case_pb2,
    exchange_pb2,
    files_pb2,
    license_pb2,
    seal_pb2,
    audit_pb2,
    practice_pb2,
)
METHODS = {
    method.name: (f"/{service.full_name}/{method.name}", method)
    for file in _FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}


def a_field(name: str, **said: Any) -> catalog_pb2.Field:
    """Return a data item; a text unless told otherwise."""
    kind = said.pop("type", "string")
    said.setdefault("sensitivity", 1)
    return catalog_pb2.Field(name=name, label=said.pop("label", name), type=catalog_pb2.FieldType.Value(f"FIELD_TYPE_{kind.upper()}"), **said)


FIELDS = (
    a_field("id_number", key=True, personal=True),
    a_field("name", personal=True, mask="keep:1,0"),
    a_field("address", personal=True, nullable=True),
    a_field("phone", personal=True, nullable=True),
    a_field("birth_date", type="date", personal=True, nullable=True),
    a_field("children", type="int64", nullable=True),
)
RESIDENT = {"id_number": KEY, "name": "王小明", "address": "银川市金凤区", "phone": "09510000000", "birth_date": None, "children": 2}


@dataclass(frozen=True, slots=True)
class Reply:
    """How a call ended: the answer or the error, with everything that was told."""

    code: grpc.StatusCode
    answer: Any = None
    refusal: ShuniuCallError | None = None
    trailers: Mapping[str, str | bytes] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.code is grpc.StatusCode.OK

    @property
    def error(self) -> ShuniuCallError:
        """The error of a call that must have failed."""
        assert self.refusal is not None, "the call succeeded"
        return self.refusal

    @property
    def reason(self) -> str:
        return self.refusal.reason if self.refusal else ""

    @property
    def message(self) -> str:
        return str(self.refusal) if self.refusal else ""

    @property
    def index(self) -> int:
        """Index of the record that the receipt names."""
        return int(self.trailers["shuniu-log-index"])


@dataclass(frozen=True)
class Member:
    """One department's system: its identity on disk and a kept connection to the members' port."""

    kind: str
    department: str
    system: str
    folder: Path
    address: str

    @cached_property
    def client(self) -> Any:
        return connect(self.address, self.folder)

    @property
    def name(self) -> str:
        return f"departments/{self.department}/systems/{self.system}"

    def call(self, rpc: str, timeout: float = 10.0, request: Message | None = None, **fields: Any) -> Reply:
        """Call an rpc by its bare name and say how it ended."""
        path, method = METHODS[rpc]
        message = request if request is not None else message_factory.GetMessageClass(method.input_type)(**fields)
        return called(self.client.channel, path, message, message_factory.GetMessageClass(method.output_type), timeout)

    def query(self, grant: "brokerage_pb2.Grant | str", /, timeout: float | None = 10.0, **changed: Any) -> Reply:
        """Make a Query that is right unless changed."""
        name = grant if isinstance(grant, str) else grant.name
        asked = {"grant": name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, "subject_key": KEY, **changed}
        path, _ = METHODS["Query"]
        return called(self.client.channel, path, exchange_pb2.QueryRequest(**asked), exchange_pb2.QueryResponse, timeout)

    def do(self, rpc: str, **fields: Any) -> Any:
        """Call an rpc that must succeed; return the answer."""
        reply = self.call(rpc, **fields)
        assert reply.ok, f"{rpc}: {reply.code} {reply.message}"
        return reply.answer


def called(channel: grpc.Channel, path: str, message: Message, answer: Any, timeout: float | None) -> Reply:
    method: Any = channel.unary_unary(path, request_serializer=lambda one: one.SerializeToString(), response_deserializer=answer.FromString)
    try:
        given, call = method.with_call(message, timeout=timeout)
    except grpc.RpcError as refused:
        known: Any = refused
        return Reply(known.code(), refusal=call_error(known), trailers=dict(known.trailing_metadata() or ()))
    return Reply(grpc.StatusCode.OK, given, trailers=dict(call.trailing_metadata()))


class Surroundings:
    """Whoever lives around a hub: departments that enrol, entries, grants, providers. Where the hub runs is said by those who inherit."""

    addresses: Mapping[str, str]
    ca: bytes

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="shuniu-world-"))
        self._members: dict[tuple[str, str], Member] = {}
        self._numbers = itertools.count(1)
        self._running: list[Running] = []
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="world", daemon=True)
        self._thread.start()

    def first_token(self, body: Any, system: str) -> str:
        """Return the operator's token for a system of the authority."""
        raise LookupError(f"nobody gives {body.kind} a token for {system}")

    def leave(self) -> None:
        """Close connections and providers, end the loop, remove the folder."""
        for member in self._members.values():
            member.client.close()
        for running in self._running:
            self.run(running.stop(0))
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self) -> None:
        """Stop the hub."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the hub's event loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def number(self) -> int:
        """Return a number that no other test of this world has."""
        return next(self._numbers)

    @property
    def public(self) -> Any:
        """A stranger's connection to the public port."""
        return connect_public(self.addresses["public"], self.ca)

    # who is there

    def member(self, kind: str, system: str = "main", roles: Sequence[str] = ()) -> Member:
        """Return the system of a department of `cli.synthetic`, enrolled when first asked for; a member unless told otherwise."""
        if (kind, system) not in self._members:
            self._members[kind, system] = self._enrol(kind, system, roles or (("authority", "member") if kind == AUTHORITY else ("member",)))
        return self._members[kind, system]

    as_ = member

    def auditor(self) -> Member:
        return self.member(AUDITOR, roles=("auditor",))

    def _enrol(self, kind: str, system: str, roles: Sequence[str]) -> Member:
        body, address = department(kind), self.addresses["members"]
        folder = self.folder / "departments" / body.uscc / system
        join(self.addresses["public"], self.ca, self._token(body, system, roles), folder, ("127.0.0.1", "localhost"), members_address=address)
        return Member(kind, body.uscc, system, folder, address)

    def _token(self, body: Any, system: str, roles: Sequence[str]) -> str:
        if body.kind == AUTHORITY:
            return self.first_token(body, system)
        ruler = self.member(AUTHORITY)
        said = identity_pb2.Department(uscc=body.uscc, title=body.name, short_title=body.short_name, region=body.region)
        ruler.do("CreateDepartment", department=said, request_id=f"world-{body.uscc}")
        granted = [ROLES[role] for role in roles]
        return str(ruler.do("CreateEnrollmentToken", department=body.uscc, system=system, roles=granted).token)

    # what is shared

    def entry(self, provider: Member | None = None, resource: str = "resident", fields: Sequence[Any] = FIELDS, **said: Any) -> Any:
        """Have an entry written by its provider and published by the authority; a new one each time."""
        by, number = provider or self.member(PROVIDER), self.number()
        content = {
            "resource_code": f"307010001/{number:06d}",
            "title": f"居民基本信息{number}",
            "abstract": "常住人口登记信息",
            "class_path": ["人口", "户籍"],
            "region": "640000",
            "level": catalog_pb2.LEVEL_PROVINCE,
            "provider": by.department,
            "share_type": catalog_pb2.SHARE_TYPE_CONDITIONAL,
            "share_condition": "限办理社会救助使用",
            "modes": [catalog_pb2.SHARE_MODE_QUERY],
            "open_type": catalog_pb2.OPEN_TYPE_CLOSED,
            "update_period": catalog_pb2.UPDATE_PERIOD_DAILY,
            "fields": fields,
            "serving_system": by.system,
            "serving_resource": resource,
            "subject_domain": "cn-id",
            "assessment": ASSESSED,
            "data_format": catalog_pb2.DATA_FORMAT_DATABASE,
            "data_class": "公民个人信息/身份信息",
            "data_grade": catalog_pb2.DATA_GRADE_GENERAL,
        }
        entry = by.do("CreateEntry", entry=catalog_pb2.Entry(**{**content, **said}))
        entry = by.do("SubmitEntry", name=entry.name, etag=entry.etag, reason="首次编目", officer="GA-1")
        return self.member(AUTHORITY).do("PublishEntry", name=entry.name, etag=entry.etag, officer="SJ-1")

    def grant(
        self, entry: Any = None, fields: Sequence[str] = ("id_number", "name", "address"), consumer: Member | None = None, **changed: Any
    ) -> brokerage_pb2.Grant:
        """Have a request made, approved as asked and so turned into a live grant; for the usual entry unless another is given."""
        entry = entry if entry is not None else self.usual_entry
        by = consumer or self.member(CONSUMER)
        terms = brokerage_pb2.Terms(
            **{"fields": fields, "purposes": [PURPOSE], "period_days": 30, "daily_calls": 100_000, "mode": "query", **changed}
        )
        asked = brokerage_pb2.DataRequest(
            entry=entry.name, legal_basis="《社会救助暂行办法》第十一条", scenario="低保核对", scope="全区", asked=terms, officer=OFFICER
        )
        request = by.do("CreateDataRequest", data_request=asked)
        request = by.do("SubmitDataRequest", name=request.name, etag=request.etag)
        owner = next(one for one in self._members.values() if one.department == entry.provider)
        request = owner.do("ApproveDataRequest", name=request.name, etag=request.etag, officer="GA-1")
        granted: brokerage_pb2.Grant = by.do("GetGrant", name=request.grant)
        return granted

    def check_grant(self) -> brokerage_pb2.Grant:
        """Have a grant made for checks of the resident register; its one predicate is `is_known`."""
        assert self.usual_entry  # whose provider serves this one too
        known = catalog_pb2.Predicate(name="is_known", text="有登记记录", text_en="there is a record", absent_is_no=True)
        return self.grant(self.entry(modes=[catalog_pb2.SHARE_MODE_CHECK], predicates=[known]), mode="check")

    @cached_property
    def usual_entry(self) -> Any:
        """An entry of the resident register, served by a provider that has one record."""
        self.provider(lambda key, _fields, _call: [RESIDENT] if key == KEY else [])
        return self.entry()

    # who serves it

    def provider(
        self, rows: Rows | str, member: Member | None = None, resource: str = "resident", columns: Sequence[str] = tuple(RESIDENT)
    ) -> Running:
        """Start a provider over mTLS in the member's name and register where it serves: a function, or the URL of a database with the table."""
        by = member or self.member(PROVIDER)
        what = TableProvider(rows, resource, columns[0]).resource() if isinstance(rows, str) else None
        running = self.serving(by.folder, what, rows, resource, columns)
        by.do("SetEndpoint", endpoint=f"127.0.0.1:{running.port}")
        return running

    def serving(
        self, folder: Path, ready: Resource | None, rows: Any = None, resource: str = "resident", columns: Sequence[str] = tuple(RESIDENT)
    ) -> Running:
        """Start a provider with the identity in a folder; nobody is told where."""
        provider = Provider(folder)
        if ready is not None:
            provider.add(ready)
        else:
            provider.resource(resource, key=columns[0], columns=columns)(rows)
        running = self.run(provider.serve("127.0.0.1:0"))
        self._running.append(running)
        return running

    def private(self, rows: Rows, fields: Sequence[str] = ("id_number", "name", "address"), **said: Any) -> brokerage_pb2.Grant:
        """Give a test a provider's system, an entry and a grant of its own."""
        by = self.member(PROVIDER, f"system-{self.number()}")
        self.provider(rows, by)
        return self.grant(self.entry(by, **said), fields)


class World(Surroundings):
    """A hub running in this process, and whoever lives around it. Use it as a context manager."""

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        self.clock = StoppedClock(datetime.now(UTC).replace(microsecond=0))
        doors = {"members": "127.0.0.1:0", "public": "127.0.0.1:0", "web": "127.0.0.1:0"}
        authority, delivery = department(AUTHORITY), Delivery(networks=("127.0.0.0/8",))
        usual = {
            "authority": authority.uscc,
            "authority_title": authority.name,
            "checkpoint_seconds": 0.05,
            "probe_minutes": 0,
            "local": True,
            "delivery": delivery,
            **doors,
        }
        self.config = Config(data=self.folder / "var", **{**usual, **settings})

    def __enter__(self) -> Self:
        found_database(self.config, self.clock)  # as `shuniu init` does
        self.hub = server.Hub(self.config, self.clock)
        self.run(self.hub.start())
        self.addresses, self.ca = self.hub.addresses, self.hub.ca.pem
        return self

    def __exit__(self, *_error: object) -> None:
        self.leave()

    def stop(self) -> None:
        self.run(self.hub.stop())

    def first_token(self, body: Any, system: str) -> str:
        return self.hub.certs.bootstrap_authority(Registration(body.uscc, body.name, "", body.region), system)

    # what is on the log

    def records(self, since: int = 0, kind: Kind | None = None, grant: str = "") -> list[Record]:
        """Return the records of the log from an index on, oldest first."""
        with self.hub.db.read() as tx:
            found = [RecordStore(tx).get(index)[0] for index in range(since, log_size(tx))]
        return [one for one in found if kind in {None, one.kind} and grant in {"", one.grant}]

    @property
    def log_size(self) -> int:
        with self.hub.db.read() as tx:
            return log_size(tx)

    @contextmanager
    def later(self, by: timedelta) -> Iterator[None]:
        """Let time pass for the hub, and take it back at the end."""
        now = self.clock.now()
        self.clock.advance(by)
        try:
            yield
        finally:
            self.clock.set(now)
