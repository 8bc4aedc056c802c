"""A hub's seal desk over a real database, log and office; departments with their own keys."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from audit.log import AuditLog
from audit.store import records
from certs.model import Department
from certs.store import DepartmentStore
from hub import sm2
from hub.access import Caller, Role
from hub.clock import StoppedClock
from hub.db import Database
from hub.ids import Ids
from hub.keys import KeyRing
from hub.resource import etag_of
from hub.uscc import build
from seals.actions import SealActions
from seals.model import Seal, SealKind, SignerCertificate, Stamp
from seals.office import SealOffice
from seals.x509 import Subject, make_csr

NOON = datetime(2026, 3, 2, 4, 0, 0, 700_000, tzinfo=UTC)
AUTHORITY = Caller(build("11", "640000", "01008888"), "authority", frozenset({Role.AUTHORITY}))
CIVIL = Caller(build("11", "640000", "01001234"), "seals", frozenset({Role.MEMBER}))
POLICE = Caller(build("11", "640100", "01005678"), "seals", frozenset({Role.MEMBER}))
TITLES = {AUTHORITY: "自治区数据局", CIVIL: "宁夏回族自治区民政厅", POLICE: "银川市公安局"}
DIGEST = sm2.sm3("结婚证".encode())


@dataclass
class SealDesk:
    database: Database
    clock: StoppedClock
    office: SealOffice
    actions: SealActions

    def signer(self, caller: Caller = CIVIL, key: sm2.PrivateKey | None = None) -> tuple[SignerCertificate, sm2.PrivateKey]:
        """Ask for a certificate as a department does; the request names somebody else, which must not matter."""
        key = key or sm2.generate()
        return self.actions.issue_signer_certificate(caller, make_csr(key, Subject("somebody else", "", "1" * 18)), "王芳"), key

    def applied(self, *signers: str, caller: Caller = CIVIL, days: int = 700) -> Seal:
        return self.actions.apply_seal(caller, SealKind.BUSINESS, TITLES[caller], signers, self.clock.now() + timedelta(days=days), "王芳")

    def made(self, *signers: str, days: int = 700) -> Seal:
        seal = self.applied(*signers, days=days)
        return self.actions.make_seal(AUTHORITY, seal.name, etag_of(seal.revision), "李强")

    def active(self, *signers: str, days: int = 700) -> Seal:
        seal = self.made(*signers, days=days)
        return self.actions.activate_seal(CIVIL, seal.name, etag_of(seal.revision), "王芳")

    def revoked(self, seal: Seal) -> Seal:
        return self.actions.revoke_seal(CIVIL, seal.name, etag_of(seal.revision), "遗失", "王芳")

    def prepared(self, seal: Seal, signer: SignerCertificate, caller: Caller = CIVIL, **changes) -> Stamp:
        told = {"digest": DIGEST, "property_info": "licenses/1.2.3", "officer": "王芳", "purpose": "000111", "case_number": "BJ-1", **changes}
        return self.actions.prepare_stamp(caller, seal.name, signer.name, **told)

    def completed(self, stamp: Stamp, key: sm2.PrivateKey, caller: Caller = CIVIL) -> Stamp:
        return self.actions.complete_stamp(caller, stamp.name, etag_of(stamp.revision), key.sign(stamp.to_be_signed))

    def log(self) -> list[tuple[str, str]]:
        with self.database.read() as tx:
            return [(row.kind, row.action) for row in tx.execute(select(records.c.kind, records.c.action).order_by(records.c.position))]


def a_seal_desk(database: Database, folder: Path, at: datetime = NOON) -> SealDesk:
    """Open a desk with the authority and two departments registered."""
    clock = StoppedClock(at)
    office = SealOffice.open(KeyRing(folder / "keys"), folder / "certs", "ningxia", clock)
    with database.begin() as tx:
        for caller, title in TITLES.items():
            DepartmentStore(tx).insert(Department(caller.department, title, "", caller.department[2:8], at))
    log = AuditLog("shuniu.invalid/ningxia", bytes(32))
    return SealDesk(database, clock, office, SealActions(database, log, clock, Ids(), office, None))


def a_clock() -> StoppedClock:
    return StoppedClock(NOON)
