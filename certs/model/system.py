"""Systems, the machine identities of departments: what they are called, what they may act as."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from certs.model.certificate import Certificate, CertificateStatus
from certs.reasons import ROLES_MISSING, SYSTEM_NAME_WRONG, SYSTEM_RESOURCE_WRONG, TOO_MANY_CERTIFICATES
from hub.access import Role

SYSTEM_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")  # a part of the SAN URI and of resource names: no slash, no dot
MOST_LIVE: Final = 8


@dataclass(frozen=True, slots=True)
class System:
    """A department's machine identity; `certificates` newest first."""

    department: str
    system: str
    roles: frozenset[Role]
    endpoint: str = ""
    certificates: tuple[Certificate, ...] = ()

    def __post_init__(self) -> None:
        check_system(self.system, self.roles)

    @property
    def name(self) -> str:
        """Return the resource name, under which changes of the system and its certificates are announced."""
        return system_name(self.department, self.system)

    def valid_certificates(self, at: datetime) -> tuple[Certificate, ...]:
        """Return the certificates under which the system may call at a moment."""
        return tuple(one for one in self.certificates if one.status(at) is CertificateStatus.VALID)

    def check_may_renew(self, at: datetime) -> None:
        """Refuse one more certificate when too many are valid already: each is a key that somebody must guard."""
        if len(self.valid_certificates(at)) >= MOST_LIVE:
            raise TOO_MANY_CERTIFICATES(most=MOST_LIVE)


def system_name(department: str, system: str) -> str:
    """Return the resource name of a system."""
    return f"departments/{department}/systems/{system}"


def split_system_name(name: str) -> tuple[str, str]:
    """Return department and system of a system's resource name."""
    parts = name.split("/")
    if len(parts) != 4 or parts[::2] != ["departments", "systems"]:  # noqa: PLR2004 - the four parts of the pattern
        raise SYSTEM_RESOURCE_WRONG(field="name")
    return parts[1], parts[3]


def check_system(system: str, roles: frozenset[Role]) -> None:
    """Refuse a short name that a certificate's URI could not hold, and a system that may act as nothing."""
    if SYSTEM_NAME.fullmatch(system) is None:
        raise SYSTEM_NAME_WRONG(field="system")
    if not roles:
        raise ROLES_MISSING(field="roles")
