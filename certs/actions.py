"""What can be done about identities: register, enrol, renew, revoke, look up. Each change is announced and logged in its own transaction."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from certs.appointing import AppointingActions
from certs.ca import CertificateAuthority
from certs.changes import change_of
from certs.credentials import IssuedCertificate
from certs.departments import DepartmentActions, Retitle
from certs.expiring import ExpiryActions
from certs.federation import FederationActions
from certs.hosting import HostActions
from certs.importing import ImportActions
from certs.model import (
    Certificate,
    Department,
    EnrollmentToken,
    Enrolment,
    Invitation,
    Registration,
    System,
    digest_of,
    parse_endpoint,
    system_name,
)
from certs.places import STRICT, ProviderPlaces
from certs.reasons import AUTHORITY_OF_OTHER_DEPARTMENT, CERTIFICATE_UNKNOWN, ENROLLMENT_TOKEN_INVALID, HOST_NOT_APPROVED
from certs.revocations import RevocationActions
from certs.roster import Roster
from certs.san import hosts_in
from certs.store import CertificateStore, DepartmentStore, SystemStore, TokenStore
from certs.succeeding import SuccessionActions
from hub.access import OPERATOR, Caller, Role
from hub.db import Tx
from hub.unit_of_work import Kit
from shuniu.identifiers.uscc import parse_uscc
from shuniu.joining.reasons import HOST_NOT_INVITED

_NOTHING: Final = " "
"""What a detail says that is empty on purpose: the log leaves an empty one out, and writes a blank as the empty text."""
_LONGEST_DETAIL: Final = 256  # that of a log record; audit lies above this package, so its constant cannot be imported


def _nobody_follows(_tx: Tx, _department: Department) -> None:
    """Follow no names: where there is no directory."""


class CertActions(
    AppointingActions, FederationActions, RevocationActions, HostActions, DepartmentActions, SuccessionActions, ImportActions, ExpiryActions
):
    """The actions of the identity service and of the operator's console."""

    def __init__(
        self,
        kit: Kit,
        ca: CertificateAuthority,
        places: ProviderPlaces = STRICT,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
        retitle: Retitle = _nobody_follows,
        roster: Roster | None = None,
        *,
        registers: bool = False,
    ) -> None:
        """Take the kit, the CA, where providers may stand, what makes secrets, what follows the names of departments, and the officers.

        `registers`: calls of a department that is registered from now on name its registered officers alone.
        """
        super().__init__(kit, random_bytes, roster)
        self._ca, self._places, self._retitle, self._registers = ca, places, retitle, registers

    def create_enrollment_token(self, caller: Caller, invitation: Invitation) -> tuple[str, EnrollmentToken]:
        """Make a one-time token; return its secret, which is kept nowhere, and the token. An authority names only its own systems authority."""
        if Role.AUTHORITY in invitation.roles and invitation.department != caller.department:
            raise AUTHORITY_OF_OTHER_DEPARTMENT()
        return self._make_token(invitation, "certs.CreateEnrollmentToken", caller)

    def issue_token_locally(self, invitation: Invitation) -> tuple[str, EnrollmentToken]:
        """Make a token at the hub's own console; return its secret and the token."""
        return self._make_token(invitation, "certs.IssueTokenLocally", OPERATOR)

    def bootstrap_authority(self, registration: Registration, system: str = "authority") -> str:
        """Register the authority unless it is registered, and return the secret of a token for its first system."""
        with self._db.begin() as tx:
            # A transaction of its own: run again after a crash, it finds the department and goes on to the token.
            if DepartmentStore(tx).find(registration.uscc) is None:
                self._register(tx, registration, "certs.BootstrapAuthority", OPERATOR)
        return self.issue_token_locally(Invitation(registration.uscc, system, frozenset({Role.AUTHORITY})))[0]

    def enroll(self, secret: str, csr: bytes) -> Enrolment:
        """Give a certificate for a token and a CSR. A CSR that is refused leaves the token as it was.

        A token that is unknown, used or expired gets one answer: a stranger does not learn which.
        """
        now, digest = self._clock.now(), digest_of(secret)
        with self._db.read() as tx:  # strangers do not get to take the write lock
            token = TokenStore(tx).find(digest)
        if token is None or not token.usable(now):
            raise ENROLLMENT_TOKEN_INVALID()
        with self._db.begin() as tx:
            DepartmentStore(tx).lock(token.department)
            DepartmentStore(tx).get(token.department).check_active()  # the token works again once the department is enabled
            if not TokenStore(tx).use(digest, now):  # somebody else used it since it was read, or it was taken away
                raise ENROLLMENT_TOKEN_INVALID()
            # Enrolling again leaves the roles as they are: those of the new token are those of the new certificate alone.
            known = SystemStore(tx).find(token.department, token.system) or System(token.department, token.system, token.roles)
            # A CSR that is refused undoes the use of the token with the rest.
            issued = self._ca.issue_client(csr, token.department, token.system, partial(_admit_invited, token.hosts))
            system = known.with_hosts(token.hosts or issued.hosts)
            SystemStore(tx).put(system)
            if known.requested_hosts:
                self._follow(tx, system, now)
            return self._certify(tx, Caller(token.department, token.system, token.roles), "certs.Enroll", issued)

    def renew(self, caller: Caller, csr: bytes) -> Enrolment:
        """Give the caller's system one more certificate, which knows from which it was renewed; the old one stays what it is."""
        now = self._clock.now()
        with self._db.begin() as tx:
            DepartmentStore(tx).lock(caller.department)
            DepartmentStore(tx).get(caller.department).check_active()
            system = SystemStore(tx).get(caller.department, caller.system)
            parent = system.certificate(caller.serial)
            if parent is None:
                raise CERTIFICATE_UNKNOWN(serial=caller.serial)
            # Behind the lock once more: what is revoked at this moment has no child that the revocation did not see.
            parent.check(now)
            system.check_may_renew(now)
            allowed = (*hosts_in(parent.pem), *system.hosts)
            issued = self._ca.issue_client(csr, caller.department, caller.system, partial(_admit_approved, allowed))
            return self._certify(tx, replace(caller, roles=system.roles_of(parent)), "certs.RenewCertificate", issued, parent)

    def list_systems(self, caller: Caller, department: str) -> list[System]:
        """Return the systems of a department, the caller's own where none is named; of others a member sees which of them serve, no more."""
        now = self._clock.now()
        with self._db.read() as tx:
            found = DepartmentStore(tx).get(parse_uscc(department, "department") if department else caller.department)
            systems = SystemStore(tx).of_department(found.uscc)
        return [one.as_it_stands(now) for one in systems] if found.is_open_to(caller) else [one.as_a_name() for one in systems if one.endpoint]

    def set_endpoint(self, caller: Caller, endpoint: str) -> System:
        """Register where the caller's system serves; the empty text takes the endpoint away."""
        address, now = self._places.admit(parse_endpoint(endpoint)), self._clock.now()
        with self._db.begin() as tx:
            DepartmentStore(tx).lock(caller.department)  # its hosts may be decided on at this moment
            after = replace(SystemStore(tx).get(caller.department, caller.system), endpoint=address)
            SystemStore(tx).put(after)
            # Cut below: an endpoint has up to 259 characters. Taking it away is written as a blank.
            change = change_of("certs.SetEndpoint", caller, caller.department, now, after.name)
            self._announce(tx, replace(change, detail={"endpoint": address[:_LONGEST_DETAIL] or _NOTHING}))
        return after

    def who_am_i(self, caller: Caller) -> System:
        """Return the caller's own system, with the roles of the certificate under which it calls."""
        with self._db.read() as tx:
            return replace(SystemStore(tx).get(caller.department, caller.system), roles=caller.roles)

    def _make_token(self, invitation: Invitation, action: str, caller: Caller) -> tuple[str, EnrollmentToken]:
        now, secret = self._clock.now(), self._secret()
        with self._db.begin() as tx:
            self._refuse_revoked(tx, caller, now)
            department = DepartmentStore(tx).get(invitation.department)
            department.check_active()
            uscc = department.uscc
            token = invitation.token(digest_of(secret), now, caller.serial or None)
            TokenStore(tx).insert(token)
            change = change_of(action, caller, uscc, now, system_name(uscc, token.system))
            self._ca.refuse_own_hosts(token.hosts)
            detail = {"roles": " ".join(sorted(token.roles)), "expires": token.expire_time.isoformat(timespec="seconds")}
            if token.hosts:
                detail["hosts"] = " ".join(token.hosts)[:_LONGEST_DETAIL]
            self._journal.write(tx, replace(change, detail=detail))
        return secret, token

    @staticmethod
    def _refuse_revoked(tx: Tx, caller: Caller, at: datetime) -> None:
        """Refuse a caller whose certificate is being revoked at this moment: what it makes now, the revocation would not see."""
        DepartmentStore(tx).lock(caller.department)
        system = SystemStore(tx).find(caller.department, caller.system)
        own = system.certificate(caller.serial) if system else None
        if own is not None:
            own.check(at)

    def _certify(self, tx: Tx, actor: Caller, action: str, issued: IssuedCertificate, parent: Certificate | None = None) -> Enrolment:
        now = self._clock.now()
        known = (issued.serial, issued.fingerprint, issued.not_before, issued.not_after, now, issued.pem.decode())
        certificate = Certificate(*known, parent=parent.serial if parent else issued.serial, roles=actor.roles)
        CertificateStore(tx).insert(certificate, actor.department, actor.system)
        system = SystemStore(tx).get(actor.department, actor.system)
        detail = {"serial": issued.serial, **({"parent": parent.serial} if parent else {"roles": " ".join(sorted(actor.roles))})}
        self._announce(tx, replace(change_of(action, actor, actor.department, now, system.name), detail=detail))
        return Enrolment(certificate.pem, self._ca.pem.decode(), system.acting_under(certificate))


def _admit_invited(hosts: tuple[str, ...], host: str) -> None:
    """Refuse a host that the token does not name; one that names none leaves the choice to the system."""
    if hosts and host not in hosts:
        raise HOST_NOT_INVITED(field="csr", host=host, hosts=", ".join(hosts))


def _admit_approved(hosts: tuple[str, ...], host: str) -> None:
    if host not in hosts:
        raise HOST_NOT_APPROVED(field="csr", host=host)
