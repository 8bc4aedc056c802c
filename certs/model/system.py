"""Systems, the machine identities of departments: what they are called, what they may act as."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from certs.model.certificate import Certificate, CertificateStatus
from certs.reasons import ROLES_MISSING, SYSTEM_NAME_WRONG, SYSTEM_RESOURCE_WRONG, TOO_MANY_CERTIFICATES
from hub.access import Role

SYSTEM_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")  # a part of the SAN URI and of resource names: no slash, no dot
MOST_LIVE: Final = 8


@dataclass(frozen=True, slots=True)
class System:
    """A department's machine identity; `certificates` newest first.

    `roles` is what it first enrolled as. What a call may do, its certificate says (`roles_of`): a later token gives its roles to the
    certificate that it makes and to no other. `hosts` are those that its certificates may name, `requested_hosts` those that wait for the
    authority.
    """

    department: str
    system: str
    roles: frozenset[Role]
    endpoint: str = ""
    certificates: tuple[Certificate, ...] = ()
    hosts: tuple[str, ...] = ()
    requested_hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_system(self.system)

    @property
    def name(self) -> str:
        """Return the resource name, under which changes of the system and its certificates are announced."""
        return system_name(self.department, self.system)

    def valid_certificates(self, at: datetime) -> tuple[Certificate, ...]:
        """Return the certificates under which the system may call at a moment."""
        return tuple(one for one in self.certificates if one.status(at) is CertificateStatus.VALID)

    def certificate(self, serial: str | None) -> Certificate | None:
        """Return its certificate of that serial number, None where it has none."""
        return next((one for one in self.certificates if one.serial == serial), None)

    def roles_of(self, certificate: Certificate) -> frozenset[Role]:
        """Return what the bearer of one of its certificates may act as."""
        return self.roles if certificate.roles is None else certificate.roles

    def acting_under(self, certificate: Certificate) -> Self:
        """Return the system as the bearer of one of its certificates sees it: with the roles of that one."""
        return replace(self, roles=self.roles_of(certificate))

    def as_it_stands(self, at: datetime) -> Self:
        """Return the system with the roles of all its valid certificates together."""
        return replace(self, roles=frozenset().union(*(self.roles_of(one) for one in self.valid_certificates(at))))

    def with_valid_certificates(self, at: datetime) -> Self:
        """Return the system as it stands, with those certificates alone that are valid."""
        return replace(self.as_it_stands(at), certificates=self.valid_certificates(at))

    def as_a_name(self) -> Self:
        """Return what another department needs to know of a system that serves: that it is there."""
        return replace(self, roles=frozenset(), endpoint="", certificates=(), hosts=(), requested_hosts=())

    def with_hosts(self, hosts: Iterable[str]) -> Self:
        """Return the system with these hosts, decided by the token under which it enrols or by the certificate that it renews."""
        known = tuple(dict.fromkeys(hosts))
        return replace(self, hosts=known, requested_hosts=tuple(host for host in self.requested_hosts if host not in known))

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


def check_system(system: str) -> None:
    """Refuse a short name that a certificate's URI could not hold."""
    if SYSTEM_NAME.fullmatch(system) is None:
        raise SYSTEM_NAME_WRONG(field="system")


def check_roles(roles: frozenset[Role]) -> None:
    """Refuse an invitation to act as nothing."""
    if not roles:
        raise ROLES_MISSING(field="roles")
