"""The actions about seals over a real database, log and office; departments with their own keys."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from audit.log import AuditLog
from audit.store import RecordStore, log_size
from certs.model import Department
from certs.store import DepartmentStore
from hub.access import Caller, Role
from hub.clock import StoppedClock
from hub.db import Database
from hub.desk import NOBODY, Desk
from hub.ids import Ids
from hub.resource import etag_of
from hub.unit_of_work import Kit, Step
from seals.actions import SealActions
from seals.model import Seal, SealApplication, SealKind, SealUse, SignerCertificate, Stamp
from seals.office import SealOffice
from seals.x509 import make_csr
from shuniu import sm2
from shuniu.identifiers.uscc import build
from shuniu.seals.names import CertificateSubject
from tests.keys import a_ring

NOON = datetime(2026, 3, 2, 4, 0, 0, 700_000, tzinfo=UTC)
AUTHORITY = Caller(build("11", "640000", "01008888"), "authority", frozenset({Role.AUTHORITY}))
CIVIL = Caller(build("11", "640000", "01001234"), "seals", frozenset({Role.MEMBER}))
POLICE = Caller(build("11", "640100", "01005678"), "seals", frozenset({Role.MEMBER}))
TITLES = {AUTHORITY: "自治区数据局", CIVIL: "宁夏回族自治区民政厅", POLICE: "银川市公安局"}
DIGEST = sm2.sm3("结婚证".encode())


def step(caller: Caller, **changes) -> Step:
    """Return a step that the caller's officer answers for."""
    return Step(**{"caller": caller, "officer": "李强" if caller == AUTHORITY else "王芳", **changes})


def on(caller: Caller, thing: Seal | Stamp, **changes) -> Step:
    """Return a step on a thing as it was read."""
    return step(caller, **{"name": thing.name, "etag": etag_of(thing.revision), **changes})


def application(*signers: SignerCertificate, **changes) -> SealApplication:
    asked = SealApplication(
        kind=SealKind.BUSINESS, title=TITLES[CIVIL], signers=tuple(one.serial for one in signers), valid_to=NOON + timedelta(days=700)
    )
    return replace(asked, **changes)


def use(seal: Seal, signer: SignerCertificate, **changes) -> SealUse:
    asked = SealUse(seal=seal.id, signer=signer.serial, digest=DIGEST, property_info="licenses/1.2.3", purpose="000111", case_number="BJ-1")
    return replace(asked, **changes)


@dataclass
class SealDesk:
    database: Database
    clock: StoppedClock
    office: SealOffice
    actions: SealActions

    def signer(self, caller: Caller = CIVIL, key: sm2.PrivateKey | None = None) -> tuple[SignerCertificate, sm2.PrivateKey]:
        """Ask for a certificate as a department does; the request names somebody else, which must not matter."""
        key = key or sm2.generate()
        csr = make_csr(key, CertificateSubject("somebody else", "", "1" * 18))
        return self.actions.issue_signer_certificate(step(caller), csr), key

    def revoke_signer(self, signer: SignerCertificate, caller: Caller = CIVIL, reason: str = "离职") -> SignerCertificate:
        return self.actions.revoke_signer_certificate(step(caller, name=signer.name, reason=reason))

    def apply(self, *signers: SignerCertificate, caller: Caller = CIVIL, days: int = 700, **changes) -> Seal:
        asked = application(*signers, title=TITLES[caller], valid_to=self.clock.now() + timedelta(days=days))
        return self.actions.apply_seal(step(caller, **changes), asked)

    def make(self, *signers: SignerCertificate, days: int = 700) -> Seal:
        return self.actions.make_seal(on(AUTHORITY, self.apply(*signers, days=days)))

    def activate(self, *signers: SignerCertificate, days: int = 700) -> Seal:
        return self.actions.activate_seal(on(CIVIL, self.make(*signers, days=days)))

    def revoke(self, seal: Seal) -> Seal:
        return self.actions.revoke_seal(on(CIVIL, seal, reason="遗失"))

    def prepare(self, seal: Seal, signer: SignerCertificate, caller: Caller = CIVIL, **changes) -> Stamp:
        others = {name: changes.pop(name) for name in ("officer", "request_id") if name in changes}
        return self.actions.prepare_stamp(step(caller, **others), use(seal, signer, **changes))

    def complete(self, stamp: Stamp, key: sm2.PrivateKey, caller: Caller = CIVIL) -> Stamp:
        return self.actions.complete_stamp(on(caller, stamp), key.sign(stamp.to_be_signed))

    def log(self) -> list[tuple[str, str]]:
        with self.database.read() as tx:
            return [(record.kind.value, record.action) for record, _ in RecordStore(tx).read(0, log_size(tx))]


def a_seal_desk(database: Database, folder: Path, at: datetime = NOON, desk: Desk = NOBODY) -> SealDesk:
    """Open a desk with the authority and two departments registered."""
    clock = StoppedClock(at)
    office = SealOffice.open(a_ring(folder / "keys"), folder / "certs", "ningxia", clock)
    with database.begin() as tx:
        for caller, title in TITLES.items():
            DepartmentStore(tx).insert(Department(caller.department, title, "", caller.department[2:8], at))
    log = AuditLog("shuniu.invalid/ningxia", bytes(32))
    return SealDesk(database, clock, office, SealActions(Kit(database, log, clock, Ids(), desk), office))


def a_clock() -> StoppedClock:
    return StoppedClock(NOON)
