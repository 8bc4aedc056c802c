"""Departments and entries that the catalog's tests speak of."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from audit.log import AuditLog
from catalog.actions import CatalogActions
from catalog.model import (
    Assessment,
    DataFormat,
    DataGrade,
    Entry,
    Field,
    FieldType,
    Level,
    OpenType,
    Secrecy,
    ShareMode,
    ShareType,
    Source,
    UpdatePeriod,
)
from certs.model import Department
from certs.store import DepartmentStore
from hub.access import Caller, Role
from hub.clock import StoppedClock
from hub.db import Database
from hub.desk import NOBODY, Desk
from hub.ids import Ids
from hub.keys import Es256Signer
from hub.unit_of_work import Kit, Step
from shuniu.identifiers.uscc import build
from shuniu.provider.comparison import ServedResource
from timing.clock_file import shipped_profiles
from timing.timers import Timers

TIMERS = Timers(shipped_profiles()["decree-809"])
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
POLICE = build("11", "640000", "00401001")
MARKET = build("11", "640000", "00401002")
AUTHORITY = build("11", "640000", "00401003")
TITLES = {POLICE: "宁夏回族自治区公安厅", MARKET: "宁夏回族自治区市场监督管理厅", AUTHORITY: "宁夏回族自治区数据局"}

POLICEMAN = Caller(POLICE, "register", frozenset({Role.MEMBER}), "1")
TRADER = Caller(MARKET, "business", frozenset({Role.MEMBER}), "2")
RULER = Caller(AUTHORITY, "console", frozenset({Role.AUTHORITY, Role.MEMBER}), "3")

RESIDENT_FIELDS = (
    Field("id_number", "公民身份号码", FieldType.STRING, 18, key=True, sensitivity=4, personal=True, personal_category="身份", mask="keep:6,4"),
    Field("name", "姓名", FieldType.STRING, 50, sensitivity=3, personal=True, personal_category="身份"),
    Field("birth_date", "出生日期", FieldType.DATE, nullable=True, sensitivity=3, personal=True, mask="year"),
    Field("income", "年收入", FieldType.DECIMAL, unit="万元", nullable=True, sensitivity=3),
)

ASSESSED = Assessment(Secrecy.NONE, "宁公保评〔2026〕3号", "2026-02-10", "宁公个评〔2026〕5号", "2026-02-12")


def an_entry(**changed: Any) -> Entry:
    """Return the content of the resident register's entry, with changes."""
    content = Entry(
        resource_code="101001/000001",
        title="常住人口登记信息",
        abstract="公安机关登记的常住人口基本信息。",
        keywords=("户籍", "人口"),
        class_path=("基础", "人口"),
        region="640000",
        level=Level.PROVINCE,
        provider=POLICE,
        steward="数据资源科",
        steward_phone="0951-6136000",
        legal_basis="《中华人民共和国户口登记条例》",
        share_type=ShareType.CONDITIONAL,
        share_condition="仅限办理政务服务事项核验身份",
        modes=(ShareMode.QUERY, ShareMode.CHECK),
        purposes=("11640000MB1234567X4000111001000",),
        open_type=OpenType.CLOSED,
        update_period=UpdatePeriod.DAILY,
        fields=RESIDENT_FIELDS,
        source=Source("常住人口"),
        serving_system="register",
        serving_resource="residents",
        subject_domain="cn-id",
        assessment=ASSESSED,
        data_format=DataFormat.DATABASE,
        data_class="公民个人信息/身份信息",
        data_grade=DataGrade.GENERAL,
    )
    return replace(content, **changed)


def a_business_entry(**changed: Any) -> Entry:
    """Return an entry of the market department, shared without conditions."""
    given: dict[str, Any] = {
        "resource_code": "102001/000001", "title": "企业登记信息", "abstract": "市场主体登记注册信息。", "keywords": ("企业",),
        "class_path": ("基础", "法人"), "provider": MARKET, "share_type": ShareType.UNCONDITIONAL, "share_condition": "", "purposes": (),
        "open_type": OpenType.UNCONDITIONAL, "source": Source("企业"), "serving_system": "business", "serving_resource": "businesses",
        "subject_domain": "uscc", "legal_basis": "《中华人民共和国市场主体登记管理条例》",
        "fields": (Field("uscc", "统一社会信用代码", FieldType.STRING, 18, key=True), Field("company_name", "企业名称", FieldType.STRING, 200)),
    }  # fmt: skip
    return an_entry(**given | changed)


class Room:
    """The catalog's actions over one database, with a clock that stands still."""

    def __init__(
        self, database: Database, desk: Desk = NOBODY, consumers: tuple[str, ...] = (), assessment: str = "told", probe_minutes: int = 0
    ) -> None:
        self.database = database
        self.clock = StoppedClock(NOW)
        self.signer = Es256Signer(ec.generate_private_key(ec.SECP256R1()))
        self.log = AuditLog("shuniu.invalid/test", bytes(32))
        self.served: dict[tuple[str, str], tuple[ServedResource, ...]] = {}
        self.asked: list[tuple[str, str]] = []
        kit = Kit(database, self.log, self.clock, Ids(), desk)
        self.actions = CatalogActions(
            kit,
            self.signer,
            "ningxia",
            TIMERS,
            describe=self.describe,
            consumers=lambda _tx, _entry, _at: consumers,
            assessment=assessment,
            probe_minutes=probe_minutes,
        )
        with database.begin() as tx:
            for uscc, title in TITLES.items():
                DepartmentStore(tx).insert(Department(uscc, title, "", "640000", NOW))

    @staticmethod
    def upgraded(former: "Room", desk: Desk, **settings: Any) -> CatalogActions:
        """Return the actions over what a room made, with a desk from now on."""
        return CatalogActions(Kit(former.database, former.log, former.clock, Ids(), desk), former.signer, "ningxia", TIMERS, **settings)

    @staticmethod
    def upgraded_to_required(database: Database) -> CatalogActions:
        """Return the actions of a hub that asks for assessments from now on, over what a room made."""
        kit = Kit(database, AuditLog("shuniu.invalid/test", bytes(32)), StoppedClock(NOW), Ids(), NOBODY)
        return CatalogActions(kit, Es256Signer(ec.generate_private_key(ec.SECP256R1())), "ningxia", TIMERS, assessment="required")

    def describe(self, department: str, system: str) -> tuple[ServedResource, ...] | None:
        """Say what a system serves, as the exchange hears it; None for a system that is away."""
        self.asked.append((department, system))
        return self.served.get((department, system))

    def drafted(self, content: Entry | None = None, by: Caller = POLICEMAN) -> Entry:
        return self.actions.create_entry(Step(caller=by), content or an_entry())

    def submitted(self, content: Entry | None = None, by: Caller = POLICEMAN) -> Entry:
        entry = self.drafted(content, by)
        return self.actions.submit(step(by, entry, reason="新增", officer="王芳"))

    def published(self, content: Entry | None = None, by: Caller = POLICEMAN) -> Entry:
        entry = self.submitted(content, by)
        return self.actions.publish(step(RULER, entry, officer="李明"))


def step(by: Caller, entry: Entry, **said: Any) -> Step:
    """Return a step at the entry as it was read."""
    return replace(Step(caller=by, name=entry.name, etag=etag(entry)), **said)


def etag(entry: Entry) -> str:
    return f"r{entry.revision}"
