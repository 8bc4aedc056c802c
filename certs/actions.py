"""What can be done about identities: register, enrol, renew, revoke, look up. Each change is announced and logged in its own transaction."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from certs.ca import CertificateAuthority
from certs.model import (
    Certificate,
    CertificateCase,
    Department,
    Enrolment,
    Invitation,
    Registration,
    System,
    digest_of,
    parse_endpoint,
    parse_serial,
    system_name,
)
from certs.reasons import AUTHORITY_OF_OTHER_DEPARTMENT, DEPARTMENT_REGISTERED, ENROLLMENT_TOKEN_INVALID
from certs.sessions import SessionActions
from certs.store import CertificateStore, DepartmentStore, SystemStore, TokenStore
from hub.access import OPERATOR, Caller, Role
from hub.db import RequestIds, Tx
from hub.db.requests import canonical
from hub.paging import from_token, page_size, to_token
from hub.unit_of_work import Change, Kit, Step
from hub.uscc import parse_uscc
from hub.wording import RequestId

_NOTHING: Final = " "
"""What a detail says that is empty on purpose: the log leaves an empty one out, and writes a blank as the empty text."""
_LONGEST_DETAIL: Final = 256  # that of a log record; audit lies above this package, so its constant cannot be imported


class CertActions(SessionActions):
    """The actions of the identity service and of the operator's console."""

    def __init__(self, kit: Kit, ca: CertificateAuthority, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """Take the kit and the CA; `random_bytes` makes the secrets of tokens."""
        super().__init__(kit, random_bytes)
        self._ca = ca

    def create_department(self, step: Step, registration: Registration) -> Department:
        """Register a department; the same request sent twice is answered the same."""
        now, caller, request_id = self._clock.now(), step.caller.name, RequestId(step.request_id)
        content = canonical([registration.uscc, registration.title, registration.short_title, registration.region])
        with self._db.begin() as tx:
            requests, store = RequestIds(tx), DepartmentStore(tx)
            if done := requests.look_up(caller, "CreateDepartment", request_id, content):
                return store.get(done)
            if store.find(registration.uscc) is not None:
                raise DEPARTMENT_REGISTERED(department=registration.uscc)
            # Before the department: its log record is the last thing in the transaction, since it locks the log's tree.
            requests.remember(caller, "CreateDepartment", request_id, content, registration.uscc, now)
            return self._register(tx, registration, "certs.CreateDepartment", step.caller)

    def list_departments(self, size: int, page_token: str) -> tuple[list[Department], str]:
        """Return a page of departments, ordered by USCC, and the token of the next page."""
        count = page_size(size, default=100, most=1000)
        after = from_token(page_token, 1)
        with self._db.read() as tx:
            found = DepartmentStore(tx).list(parse_uscc(str(after[0])) if after else "", count + 1)
        return found[:count], to_token(found[count - 1].uscc) if len(found) > count else ""

    def create_enrollment_token(self, caller: Caller, invitation: Invitation) -> tuple[str, datetime]:
        """Make a one-time token; return its secret, which is kept nowhere, and its end. An authority names only its own systems authority."""
        if Role.AUTHORITY in invitation.roles and invitation.department != caller.department:
            raise AUTHORITY_OF_OTHER_DEPARTMENT()
        return self._make_token(invitation, "certs.CreateEnrollmentToken", caller)

    def issue_token_locally(self, invitation: Invitation) -> tuple[str, datetime]:
        """Make a token at the hub's own console; return its secret and its end."""
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
            if not TokenStore(tx).use(digest, now):  # somebody else used it since it was read
                raise ENROLLMENT_TOKEN_INVALID()
            before = SystemStore(tx).find(token.department, token.system)
            # Enrolling again takes the roles of the new token and leaves where the system serves.
            endpoint = before.endpoint if before else ""
            SystemStore(tx).put(System(token.department, token.system, token.roles, endpoint))
            # Last: a CSR that is refused undoes the use of the token with the rest.
            return self._certify(tx, Caller(token.department, token.system, token.roles), "certs.Enroll", csr)

    def renew(self, caller: Caller, csr: bytes) -> Enrolment:
        """Give the caller's system one more certificate; the old one stays what it is."""
        with self._db.begin() as tx:
            SystemStore(tx).get(caller.department, caller.system).check_may_renew(self._clock.now())
            return self._certify(tx, caller, "certs.RenewCertificate", csr)

    def revoke(self, step: Step) -> Certificate:
        """Revoke the certificate whose serial number the step names: when this returns, every call under it is refused."""
        now = self._clock.now()
        with self._db.begin() as tx:
            certificate, department, system = CertificateStore(tx).get(parse_serial(step.name))
            revoked = CertificateCase(certificate, department, system, now).revoke(step.caller, step.reason)
            CertificateStore(tx).revoke(revoked)
            change = _change("certs.RevokeCertificate", step.caller, department, now, system_name(department, system))
            self._announce(tx, replace(change, reason=revoked.revoke_reason, detail={"serial": revoked.serial}))
        return revoked

    def list_systems(self, caller: Caller, department: str) -> list[System]:
        """Return the systems of a department, the caller's own where none is named."""
        with self._db.read() as tx:
            found = DepartmentStore(tx).get(parse_uscc(department) if department else caller.department)
            return SystemStore(tx).of_department(found.uscc)

    def set_endpoint(self, caller: Caller, endpoint: str) -> System:
        """Register where the caller's system serves; the empty text takes the endpoint away."""
        address, now = parse_endpoint(endpoint), self._clock.now()
        with self._db.begin() as tx:
            after = replace(SystemStore(tx).get(caller.department, caller.system), endpoint=address)
            SystemStore(tx).put(after)
            # Cut below: an endpoint has up to 259 characters. Taking it away is written as a blank.
            change = _change("certs.SetEndpoint", caller, caller.department, now, after.name)
            self._announce(tx, replace(change, detail={"endpoint": address[:_LONGEST_DETAIL] or _NOTHING}))
        return after

    def who_am_i(self, caller: Caller) -> System:
        """Return the caller's own system."""
        with self._db.read() as tx:
            return SystemStore(tx).get(caller.department, caller.system)

    def _register(self, tx: Tx, registration: Registration, action: str, caller: Caller) -> Department:
        now = self._clock.now()
        department = registration.department(now)
        DepartmentStore(tx).insert(department)
        tx.announce("departments", department.uscc)
        self._journal.write(tx, _change(action, caller, department.uscc, now, department.name))
        return department

    def _make_token(self, invitation: Invitation, action: str, caller: Caller) -> tuple[str, datetime]:
        now, secret = self._clock.now(), self._secret()
        with self._db.begin() as tx:
            uscc = DepartmentStore(tx).get(invitation.department).uscc
            token = invitation.token(digest_of(secret), now)
            TokenStore(tx).insert(token)
            change = _change(action, caller, uscc, now, system_name(uscc, token.system))
            detail = {"roles": " ".join(sorted(token.roles)), "expires": token.expire_time.isoformat(timespec="seconds")}
            self._journal.write(tx, replace(change, detail=detail))
        return secret, token.expire_time

    def _certify(self, tx: Tx, actor: Caller, action: str, csr: bytes) -> Enrolment:
        now = self._clock.now()
        issued = self._ca.issue_client(csr, actor.department, actor.system)
        certificate = Certificate(issued.serial, issued.fingerprint, issued.not_before, issued.not_after, now, issued.pem.decode())
        CertificateStore(tx).insert(certificate, actor.department, actor.system)
        system = SystemStore(tx).get(actor.department, actor.system)
        self._announce(tx, replace(_change(action, actor, actor.department, now, system.name), detail={"serial": issued.serial}))
        return Enrolment(certificate.pem, self._ca.pem.decode(), system)

    def _announce(self, tx: Tx, change: Change) -> None:
        """Tell everybody of a change of a system, and write it down."""
        tx.announce("identities", change.resource)
        self._journal.write(tx, change)


def _change(action: str, actor: Caller, department: str, at: datetime, resource: str) -> Change:
    """Return what the log says of a change that concerns a department; the operator acts for none, and as administrator."""
    other = "" if department == actor.department else department
    return Change(at=at, action=action, actor=actor, resource=resource, other=other, kind="change" if actor.department else "admin")
