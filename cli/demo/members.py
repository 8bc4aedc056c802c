"""The departments of the demo, each with a key of its own in its own folder; the hub sees certificates, never a key."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cli.synthetic import Body
from shuniu import join
from shuniu.client import Client, connect
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
        """Enrol the authority with the token that `shuniu init` printed."""
        return self._enrol(authority, token)

    def enrol(self, by: Member, department: Body, roles: tuple["pb.Role.ValueType", ...] = ()) -> Member:
        """Let the authority register a department and issue it a one-time token; the department then makes its key and joins."""
        by.client.identity.CreateDepartment(
            pb.CreateDepartmentRequest(
                department=pb.Department(uscc=department.uscc, title=department.name, short_title=department.short_name, region=department.region)
            )
        )
        request = pb.CreateEnrollmentTokenRequest(department=department.uscc, system=SYSTEM, roles=roles)
        return self._enrol(department, by.client.identity.CreateEnrollmentToken(request).token)

    def close(self) -> None:
        """Close every connection."""
        for member in self.by_uscc.values():
            member.client.close()

    def _enrol(self, department: Body, token: str) -> Member:
        folder = self.folder / department.uscc
        # both host names, so that the demo's providers may serve under either
        join(self.public_address, self.ca, token, folder, hosts=("127.0.0.1", "localhost"), members_address=self.members_address)
        member = self.by_uscc[department.uscc] = Member(department, folder, connect(self.members_address, folder))
        return member
