"""A small world: four departments, a stopped clock, directory entries in force, the log, and the actions over a real database."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from audit.log import AuditLog
from audit.model import Actor, Event, Kind, Record
from audit.store import RecordStore, log_size
from brokerage.actions import BrokerageActions
from brokerage.grants import LiveGrants
from brokerage.licenses import LicenseCorrection
from brokerage.model import DataRequest, ObjectionContent, ObjectionTarget, RequestContent, Terms, issuer_of
from brokerage.model.reasons import NO_SUCH_LICENSE
from brokerage.store import live_grants
from catalog.model import Entry, EntryState, Field, FieldType, Level, ShareMode, ShareType, UpdatePeriod
from catalog.store import EntryStore
from certs.model import Department
from certs.store import DepartmentStore
from hub.access import Caller, Role
from hub.clock import StoppedClock
from hub.db import Database, Tx
from hub.desk import NOBODY, Desk
from hub.ids import Ids
from hub.resource import etag_of
from hub.subject import Subject
from hub.unit_of_work import Change, Kit, Step
from shuniu.identifiers import citizen_id, uscc
from timing.clock_file import shipped_profiles
from timing.timers import Timers

MONDAY = datetime(2025, 11, 3, 2, 0, tzinfo=UTC)  # 10:00 in Yinchuan; four weeks without a holiday follow
MEMBER = frozenset({Role.MEMBER})
POLICE = Caller(uscc.build("11", "640000", "00000001"), "register", MEMBER)  # the provider
CIVIL = Caller(uscc.build("11", "640000", "00000002"), "relief", MEMBER)  # the consumer
HOUSING = Caller(uscc.build("11", "640000", "00000003"), "rent", MEMBER)
TAX = Caller(uscc.build("11", "640000", "00000004"), "tax", MEMBER)
AUTHORITY = Caller(uscc.build("11", "640000", "00000009"), "console", frozenset({Role.MEMBER, Role.AUTHORITY}))
LAW = "《中华人民共和国个人信息保护法》第十三条"
CITIZEN = citizen_id.build("640104", date(1990, 3, 7), 12)
OTHER_CITIZEN = citizen_id.build("640104", date(1985, 6, 1), 21)

ENTRY = Entry(
    id="01k0000000000000000000000a",
    state=EntryState.PUBLISHED,
    resource_code="307010001/000001",
    title="居民基本信息",
    abstract="常住人口登记信息",
    class_path=("人口", "户籍"),
    region="640000",
    level=Level.PROVINCE,
    provider=POLICE.department,
    share_type=ShareType.CONDITIONAL,
    share_condition="用于社会救助核对",
    modes=(ShareMode.QUERY, ShareMode.CHECK),
    update_period=UpdatePeriod.DAILY,
    fields=(
        Field("id_number", "公民身份号码", FieldType.STRING, key=True, personal=True),
        Field("name", "姓名", FieldType.STRING, personal=True, mask="keep:1,1"),
        Field("address", "住址", FieldType.STRING, personal=True),
        Field("born", "出生日期", FieldType.DATE, personal=True, mask="year"),
    ),
    serving_system="register",
    serving_resource="residents",
    subject_domain="cn-id",
    create_time=MONDAY - timedelta(days=30),
    publish_time=MONDAY - timedelta(days=20),
)
UNCONDITIONAL = replace(ENTRY, id="01k0000000000000000000000b", share_type=ShareType.UNCONDITIONAL, share_condition="", title="企业登记信息")
NOT_SHARED = replace(
    ENTRY,
    id="01k0000000000000000000000c",
    share_type=ShareType.REFUSED,
    share_condition="",
    refusal_reason="涉及个人隐私",
    refusal_basis="《中华人民共和国居民身份证法》第六条",
    title="指纹信息",
)
TERMS = Terms(
    fields=("id_number", "name", "address"),
    purposes=("640000-relief",),
    period_days=90,
    daily_calls=100,
    mode="query",
    systems=("relief", "relief-2"),
)


def asking(entry: Entry = ENTRY, terms: Terms = TERMS) -> RequestContent:
    return RequestContent(entry=entry.name, legal_basis="《社会救助暂行办法》", scenario="低保核对", scope="全区", asked=terms, officer="王敏")


def wrong_record(**changed: object) -> ObjectionContent:
    content = ObjectionContent(
        target=ObjectionTarget.RECORD,
        resource=ENTRY.name,
        subject_key=CITIZEN,
        statement="住址已变更\n应为新址",
        officer="王敏",
        case_number="LB-2025-1",
    )
    return replace(content, **changed)  # type: ignore[arg-type]


def step(by: Caller, thing: Any, **said: str) -> Step:
    """Return a step with a thing as it was read."""
    return Step(caller=by, name=thing.name, etag=etag_of(thing.revision), **said)


class IssuedLicenses:
    """Licenses as the brokerage asks for them: those that a test says were issued, and what it was told to correct."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.corrected: list[LicenseCorrection] = []

    def issuer_of(self, _tx: Tx, name: str, /) -> str:
        if name not in self.names:
            raise NO_SUCH_LICENSE()
        return issuer_of(name)

    def correct(self, _tx: Tx, correction: LicenseCorrection, /) -> tuple[Change, ...]:
        self.corrected.append(correction)
        return ()


@dataclass
class World:
    db: Database
    clock: StoppedClock
    log: AuditLog
    actions: BrokerageActions
    live: LiveGrants
    licenses: IssuedLicenses

    def draft(self, entry: Entry = ENTRY, terms: Terms = TERMS) -> DataRequest:
        return self.actions.create_data_request(Step(caller=CIVIL), asking(entry, terms))

    def submitted(self, entry: Entry = ENTRY, terms: Terms = TERMS) -> DataRequest:
        draft = self.draft(entry, terms)
        return self.actions.submit_data_request(step(CIVIL, draft))

    def approved(self) -> DataRequest:
        request = self.submitted()
        return self.actions.approve_data_request(step(POLICE, request, officer="李强"))

    def offered(self) -> DataRequest:
        request = self.submitted()
        return self.actions.approve_data_request(step(POLICE, request, officer="李强", reason="三十日足够"), replace(TERMS, period_days=30))

    def received(self, by: Caller, citizen: str, case_number: str, *, rows: int = 1, status: str = "ok", entry: Entry = ENTRY) -> int:
        """Put an access on the log as the data plane does; return its index."""
        who, whose = Actor(by.department, by.system, "officer"), Subject("cn-id", citizen)
        at = self.clock.now()
        what: dict[str, Any] = {"action": "exchange.Query", "resource": entry.name, "case_number": case_number, "other": entry.provider}
        with self.db.begin() as tx:
            intent = self.log.append(tx, Event(kind=Kind.INTENT, at=at, actor=who, subject=whose, **what))
            outcome = Event(kind=Kind.OUTCOME, at=at, actor=who, subject=whose, status=status, rows=rows, intent_index=intent.index, **what)
            return self.log.append(tx, outcome).index

    def logged(self) -> list[Record]:
        """Return every record of the log, oldest first."""
        with self.db.read() as tx:
            return [RecordStore(tx).get(index)[0] for index in range(log_size(tx))]

    def newest_version(self, entry: Entry) -> None:
        with self.db.begin() as tx:
            EntryStore(tx).insert(entry)


def world_on(db: Database, profile: str = "decree-809", desk: Desk = NOBODY) -> World:
    clock, log = StoppedClock(MONDAY), AuditLog("shuniu.invalid/test", b"k" * 32)
    with db.begin() as tx:
        DepartmentStore(tx).insert(Department(POLICE.department, "公安厅", "", "640000", MONDAY))
        for entry in (ENTRY, UNCONDITIONAL, NOT_SHARED):
            EntryStore(tx).insert(entry)
    live = live_grants(db)
    timers = Timers(shipped_profiles()[profile])
    licenses = IssuedLicenses()
    actions = BrokerageActions(Kit(db, log, clock, Ids(), desk), timers, log.pseudonym, live.quota.used, licenses)
    return World(db, clock, log, actions, live, licenses)
