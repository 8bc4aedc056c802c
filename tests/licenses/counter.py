"""A licensing counter over a real database: two issuing departments with their own keys, the authority, a stopped clock, the log."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit.log import AuditLog
from audit.model import Record
from audit.store import RecordStore, log_size
from certs.model import Department
from certs.store import DepartmentStore
from hub.access import Caller, Role
from hub.clock import StoppedClock
from hub.db import Database
from hub.desk import NOBODY, Desk
from hub.ids import Ids
from hub.keys import Es256Signer
from hub.resource import etag_of
from hub.showing import Look
from hub.unit_of_work import Kit, Step
from licenses.actions import LicenseActions, LicenseRegister, StampJudge
from licenses.live import LiveLicenses
from licenses.model import Draft, Holder, IssuingKey, KeyRegistration, License
from licenses.store import ContentBox, live_licenses
from licenses.type_file import load
from shuniu.codes import cose
from shuniu.codes.code import text_of
from shuniu.codes.verification import Verdict
from shuniu.identifiers import citizen_id, uscc
from shuniu.possession import issuing_key_proof

NOON = datetime(2026, 3, 2, 4, 0, 0, 700_000, tzinfo=UTC)
MEMBER = frozenset({Role.MEMBER})
POLICE = Caller(uscc.build("11", "640000", "00000001"), "permits", MEMBER)
MARKET = Caller(uscc.build("11", "640000", "00000002"), "business", MEMBER)
AUTHORITY = Caller(uscc.build("11", "640000", "00000009"), "console", frozenset({Role.MEMBER, Role.AUTHORITY}))
HUB = "ningxia"
PERMIT = "11100000000013127D032"
BUSINESS = "11100000MB0143028R001"
CITIZEN = citizen_id.build("640104", date(1990, 3, 7), 12)
NAME = "马建国强"
PERMIT_FIELDS = {"KZ_JZDZ": "银川市兴庆区解放街某号", "KZ_HJDZ": "固原市原州区某村", "KZ_QFXZQH": "640104"}
LOOK = Look("王芳二", "复核办件")
OFFICER = "王芳"


def uri_of(shard: int) -> str:
    return f"http://hub.example/status/{shard}"


def accept_stamp(_stamp: bytes, _data: bytes, _owner: str, _at: datetime) -> None:
    """Where no stamp matters."""


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def der_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def proof_of(key: ec.EllipticCurvePrivateKey, department: str = POLICE.department, types: tuple[str, ...] = (PERMIT,), hub: str = HUB) -> bytes:
    """What a key signs to be registered here."""
    return issuing_key_proof(hub, department, types, der_of(key))


def a_draft(kid: bytes, **changes: Any) -> Draft:
    parts: dict[str, Any] = {
        "license_type": PERMIT,
        "number": "640104-2026-0001",
        "holders": (Holder(NAME, CITIZEN, "111"),),
        "fields": PERMIT_FIELDS,
        "kid": kid,
        "valid_from": None,
        "valid_to": None,
    }
    return Draft(**{**parts, **changes})


def on(thing: License | IssuingKey, **changes: Any) -> Step:
    """Return a step of the police on a license or key as it was read."""
    parts = {"caller": POLICE, "name": thing.name, "etag": etag_of(thing.revision), "officer": OFFICER}
    if "by" in changes:
        parts["caller"] = changes.pop("by")
    return Step(**{**parts, **changes})


@dataclass
class Counter:
    """Whoever works here is the police's permit desk unless another caller is named."""

    database: Database
    judge: StampJudge = accept_stamp
    clock: StoppedClock = field(default_factory=lambda: StoppedClock(NOON))
    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    desk: Desk = NOBODY
    hub_key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)

    def __post_init__(self) -> None:
        titles = {POLICE: "自治区公安厅", MARKET: "自治区市场监督管理厅", AUTHORITY: "自治区数据局"}
        with self.database.begin() as tx:
            for caller, title in titles.items():
                DepartmentStore(tx).insert(Department(caller.department, title, "", "640000", NOON))
        self.log = AuditLog("log.example/ningxia", b"p" * 32)
        self.live = self.a_registry()
        register = LicenseRegister(types=load(), live=self.live, box=ContentBox(b"c" * 32), signer=Es256Signer(self.hub_key), judge_stamp=self.judge)
        self.actions = LicenseActions(Kit(self.database, self.log, self.clock, Ids(), self.desk), register)
        self.kid = cose.key_id(self.key.public_key())

    def a_registry(self) -> LiveLicenses:
        """What verification knows, loaded anew, as another process would."""
        return live_licenses(self.database, self.clock, HUB, uri_of)

    def registered(
        self,
        key: ec.EllipticCurvePrivateKey | None = None,
        by: Caller = POLICE,
        types: tuple[str, ...] = (PERMIT,),
        not_after: datetime | None = None,
    ) -> IssuingKey:
        key = key or self.key
        wanted = KeyRegistration(der_of(key), types, not_after, cose.signer_of(key)(proof_of(key, by.department, types)))
        return self.actions.register_key(Step(caller=by, officer=OFFICER), wanted)

    def admitted(
        self,
        key: ec.EllipticCurvePrivateKey | None = None,
        by: Caller = POLICE,
        types: tuple[str, ...] = (PERMIT,),
        not_after: datetime | None = None,
    ) -> IssuingKey:
        known = self.registered(key, by, types, not_after)
        return self.actions.admit_key(on(known, by=AUTHORITY, officer="李强"))

    def prepared(self, by: Caller = POLICE, request_id: str = "", content: bytes = b"", case_number: str = "BJ-2026-1", **changes: Any) -> License:
        step = Step(caller=by, officer=OFFICER, request_id=request_id)
        return self.actions.prepare(step, a_draft(**{"kid": self.kid, **changes}), case_number, content)

    def signature(self, prepared: License, key: ec.EllipticCurvePrivateKey | None = None) -> bytes:
        return cose.signer_of(key or self.key)(cose.Unsigned(prepared.protected, prepared.payload).to_be_signed)

    def signed(self, prepared: License) -> License:
        return self.actions.issue(on(prepared), self.signature(prepared))

    def issued(self, **changes: Any) -> License:
        return self.signed(self.prepared(**changes))

    def suspended(self, one: License, reason: str = "核查地址") -> License:
        return self.actions.suspend(on(one, reason=reason))

    def resumed(self, one: License) -> License:
        return self.actions.resume(on(one, reason="核查无误"))

    def revoked(self, one: License, reason: str = "提供虚假材料") -> License:
        return self.actions.revoke(on(one, reason=reason))

    def verdict(self, one: License) -> tuple[Verdict, str]:
        verdict = self.actions.verify_code(text_of(one.signed_bytes))
        return verdict, verdict.status_reason

    def records(self) -> list[Record]:
        with self.database.read() as tx:
            return [RecordStore(tx).get(index)[0] for index in range(log_size(tx))]
