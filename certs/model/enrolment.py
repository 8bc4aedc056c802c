"""How a system comes to its certificate: the authority's invitation, a one-time token, what the system gets for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from certs.model.system import System, check_roles, check_system
from certs.reasons import TTL_WRONG
from hub.access import Role
from hub.errors import InvalidInputError
from shuniu.identifiers.uscc import parse_uscc
from shuniu.joining.hosts import hosts_from

DEFAULT_TTL: Final = timedelta(hours=24)
LONGEST_TTL: Final = timedelta(days=7)
_MEMBER: Final = frozenset({Role.MEMBER})


@dataclass(frozen=True, slots=True)
class Invitation:
    """Which system may enrol, as what, and how long the token works; without roles it is a member, without a time the usual one holds."""

    department: str
    system: str
    roles: frozenset[Role] = frozenset()
    ttl: timedelta = timedelta(0)
    hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "department", parse_uscc(self.department))
        object.__setattr__(self, "hosts", hosts_from(self.hosts, "hosts"))

    def token(self, digest: str, at: datetime, serial: str | None = None) -> "EnrollmentToken":
        """Return the token that is made for it at a moment, under which certificate."""
        # `or`: a request that says nothing of roles or time sends an empty set and zero.
        end = at + (self.ttl or DEFAULT_TTL)
        return EnrollmentToken(digest, self.department, self.system, self.roles or _MEMBER, end, at, serial=serial, hosts=self.hosts)


@dataclass(frozen=True, slots=True)
class EnrollmentToken:
    """The right to enrol one system once, as kept: the SHA-256 of the secret, never the secret.

    `serial` is that of the certificate under which it was made, None for the operator's own: it falls with that certificate's loss. `hosts` are
    those that the certificate may name; none means those that the system asks for.
    """

    digest: str
    department: str
    system: str
    roles: frozenset[Role]
    expire_time: datetime
    create_time: datetime
    use_time: datetime | None = None
    serial: str | None = None
    hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_system(self.system)
        check_roles(self.roles)
        if not timedelta(0) < self.expire_time - self.create_time <= LONGEST_TTL:
            raise wrong_ttl()

    def usable(self, at: datetime) -> bool:
        """Tell whether it was never used and has not expired."""
        return self.use_time is None and at < self.expire_time


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a department gets for a token and a CSR: its certificate, the CA to trust, who it now is."""

    certificate_pem: str
    ca_pem: str
    system: System


def wrong_ttl() -> InvalidInputError:
    """Return the refusal of a time to live that no token has."""
    return TTL_WRONG(field="ttl", days=LONGEST_TTL.days, usual=DEFAULT_TTL // timedelta(hours=1))
