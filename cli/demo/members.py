"""The departments of the demo, each with a key of its own in its own folder; the hub sees certificates, never a key."""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cli.synthetic import Body
from hub.config import Config
from shuniu.client import Client, connect
from shuniu.enrolment import accept_invitation
from shuniu.joining.invitation import InvitationLine
from shuniu.v1 import catalog_pb2
from shuniu.v1 import identity_pb2 as pb

SYSTEM: Final = "main"


@dataclass(frozen=True, slots=True)
class Member:
    """One department's system with an open connection to the hub."""

    department: Body
    folder: Path
    client: Client

    @property
    def uscc(self) -> str:
        """Return the department's USCC."""
        return self.department.uscc


@dataclass(slots=True)
class Members:
    """Enrols departments one after another and keeps their connections."""

    members_address: str
    public_address: str
    ca: bytes
    folder: Path
    by_uscc: dict[str, Member] = field(default_factory=dict)

    def enrol_authority(self, authority: Body, token: str) -> Member:
        """Enrol the authority with the token that `shuniu init` printed, before the hub's ports were known."""
        key = x509.load_pem_x509_certificate(self.ca).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        where = InvitationLine(self.public_address, self.members_address, Config().hub, authority.uscc, "authority", sha256(key).digest(), token)
        return self._enrol(authority, where.text())

    def enrol(self, by: Member, department: Body, roles: tuple["pb.Role.ValueType", ...] = ()) -> Member:
        """Let the authority register a department and issue it a one-time token; the department then makes its key and joins."""
        by.client.identity.CreateDepartment(
            pb.CreateDepartmentRequest(
                department=pb.Department(
                    uscc=department.uscc,
                    title=department.name,
                    short_title=department.short_name,
                    region=department.region,
                    level=catalog_pb2.Level.Value(f"LEVEL_{department.level.upper()}"),
                )
            )
        )
        request = pb.CreateEnrollmentTokenRequest(department=department.uscc, system=SYSTEM, roles=roles)
        return self._enrol(department, by.client.identity.CreateEnrollmentToken(request).invitation)

    def close(self) -> None:
        """Close every connection."""
        for member in self.by_uscc.values():
            member.client.close()

    def _enrol(self, department: Body, invitation: str) -> Member:
        folder = self.folder / department.uscc
        # both host names, so that the demo's providers may serve under either
        accept_invitation(invitation, folder, hosts=("127.0.0.1", "localhost"))
        member = self.by_uscc[department.uscc] = Member(department, folder, connect(self.members_address, folder))
        return member
