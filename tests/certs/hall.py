"""A hall where departments enrol: keys and CSRs as they make them, a hub's CA, the actions over a real database and a real log."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from audit.log import AuditLog
from certs.actions import CertActions
from certs.ca import CertificateAuthority
from certs.identities import Identities
from certs.model import Invitation, Registration
from certs.places import ProviderPlaces
from certs.store import live_roll, loaders
from hub.access import Caller, Role
from hub.clock import StoppedClock
from hub.db import Database
from hub.desk import NOBODY, Desk
from hub.ids import Ids
from hub.unit_of_work import Journal, Kit, Step
from shuniu.identifiers.uscc import build
from tests.keys import a_ring

AUTHORITY = build("11", "640000", "01008888")
CIVIL = build("11", "640000", "01001234")
POLICE = build("11", "640100", "01005678")
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
NEAR = ProviderPlaces(near=True)
RULER = Caller(AUTHORITY, "authority", frozenset({Role.AUTHORITY}), "0" * 32)


def pem_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def csr(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, *names: x509.GeneralName, algorithm: hashes.SHA224 | hashes.SHA256 | None = None
) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root of all hubs")]))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, algorithm or hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def an_authority(folder: Path, clock: StoppedClock, hub: str = "ningxia") -> CertificateAuthority:
    return CertificateAuthority.open(a_ring(folder / "keys"), folder / "certs", hub, clock)


@dataclass
class Hall:
    database: Database
    clock: StoppedClock
    ca: CertificateAuthority
    actions: CertActions
    identities: Identities
    log: AuditLog

    def actions_with(self, journal: Journal) -> CertActions:
        """Return the actions over another journal."""
        return CertActions(Kit(self.database, journal, self.clock, Ids()), self.ca, NEAR)

    def member(self, department: str, system: str, roles: frozenset[Role] = frozenset({Role.MEMBER})) -> tuple[Caller, bytes, bytes]:
        """Enrol a system; return who it is, its certificate and its key."""
        key = new_key()
        enrolled = self.actions.enroll(self.actions.issue_token_locally(Invitation(department, system, roles))[0], csr(key))
        pem = enrolled.certificate_pem.encode()
        return self.identities.identify(pem), pem, pem_of(key)


def a_hall(database: Database, folder: Path, at: datetime = NOON, desk: Desk = NOBODY) -> Hall:
    """Open a hall with the authority and two departments registered."""
    clock = StoppedClock(at)
    ca = an_authority(folder, clock)
    log = AuditLog("shuniu.invalid/ningxia", bytes(32))
    actions = CertActions(Kit(database, log, clock, Ids(), desk), ca, NEAR)
    identities = Identities(clock, "ningxia", *loaders(database), live_roll(database))
    database.on_change(identities.reload)
    actions.bootstrap_authority(Registration(AUTHORITY, "自治区数据局", "", "640000"))
    actions.create_department(Step(caller=RULER), Registration(CIVIL, "自治区民政厅", "民政厅", "640000"))
    actions.create_department(Step(caller=RULER), Registration(POLICE, "银川市公安局", "公安局", "640100"))
    return Hall(database, clock, ca, actions, identities, log)
