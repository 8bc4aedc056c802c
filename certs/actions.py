"""What can be done about identities: register, enrol, renew, revoke, look up. Each change is announced and logged in its own transaction."""

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from certs.ca import CertificateAuthority, Issued
from certs.model import (
    DEFAULT_TTL,
    Certificate,
    Change,
    Department,
    Enrolled,
    EnrollmentToken,
    System,
    digest_of,
    parse_endpoint,
    parse_serial,
    system_name,
)
from certs.sessions import SessionActions
from certs.store import CertificateStore, DepartmentStore, SystemStore, TokenStore
from hub.access import Caller, Role
from hub.clock import Clock
from hub.db import Database, RequestIds, Tx
from hub.errors import AlreadyExistsError, NotAllowedError
from hub.paging import from_token, page_size, to_token
from hub.uscc import parse_uscc

Journal = Callable[[Tx, Change], object]
"""Says a change in the access log, within the transaction that makes it. The log lies above this package, so the composition hands it in."""
OPERATOR: Final = Caller(system="operator")
"""Whoever has a shell on the hub's machine: acts for no department and is named so in the log."""
_LONGEST_SECRET: Final = 64


class CertActions(SessionActions):
    """The actions of the identity service and of the operator's console."""

    def __init__(
        self, db: Database, journal: Journal, ca: CertificateAuthority, clock: Clock, random_bytes: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        """Take what every action needs; `random_bytes` makes the secrets of tokens."""
        self._db, self._journal, self._ca, self._clock, self._random_bytes = db, journal, ca, clock, random_bytes

    def create_department(self, caller: Caller, uscc: str, title: str, short_title: str, region: str, request_id: str = "") -> Department:
        """Register a department; the same request sent twice is answered the same."""
        now = self._clock.now()
        department = Department(parse_uscc(uscc), title, short_title, region, now)
        content = json.dumps([department.uscc, title, short_title, region]).encode()
        with self._db.begin() as tx:
            requests, store = RequestIds(tx), DepartmentStore(tx)
            if done := requests.answered(caller.name, "CreateDepartment", request_id, content):
                return store.get(done)
            _refuse_registered(store, department.uscc)
            store.insert(department)
            requests.remember(caller.name, "CreateDepartment", request_id, content, department.uscc, now)
            self._department_changed(tx, caller, "certs.CreateDepartment", department)
        return department

    def list_departments(self, size: int, page_token: str) -> tuple[list[Department], str]:
        """Return a page of departments, ordered by USCC, and the token of the next page."""
        count = page_size(size, default=100, most=1000)
        after = from_token(page_token, 1)
        with self._db.read() as tx:
            found = DepartmentStore(tx).list(parse_uscc(str(after[0])) if after else "", count + 1)
        return found[:count], to_token(found[count - 1].uscc) if len(found) > count else ""

    def create_enrollment_token(self, caller: Caller, department: str, system: str, roles: frozenset[Role], ttl: timedelta) -> tuple[str, datetime]:
        """Make a one-time token; return its secret, which is kept nowhere, and its end. An authority names only its own systems authority."""
        if Role.AUTHORITY in roles and parse_uscc(department) != caller.department:
            raise NotAllowedError(
                "only systems of the authority itself may have the role authority", zh="仅主管部门自身的系统可具有主管角色",
                next_action="leave the role out", reason="AUTHORITY_OF_OTHER_DEPARTMENT",
            )  # fmt: skip
        return self._make_token(caller, "certs.CreateEnrollmentToken", department, system, roles, ttl)

    def issue_token_locally(self, department: str, system: str, roles: frozenset[Role], ttl: timedelta = DEFAULT_TTL) -> tuple[str, datetime]:
        """Make a token at the hub's own console; return its secret and its end."""
        return self._make_token(OPERATOR, "certs.IssueTokenLocally", department, system, roles, ttl)

    def bootstrap_authority(self, uscc: str, title: str, region: str, system: str = "authority") -> str:
        """Register the authority unless it is registered, and return the secret of a token for its first system."""
        department = Department(parse_uscc(uscc), title, "", region, self._clock.now())
        with self._db.begin() as tx:
            if DepartmentStore(tx).find(department.uscc) is None:
                DepartmentStore(tx).insert(department)
                self._department_changed(tx, OPERATOR, "certs.BootstrapAuthority", department)
        return self.issue_token_locally(department.uscc, system, frozenset({Role.AUTHORITY}))[0]

    def enroll(self, secret: str, csr: bytes) -> Enrolled:
        """Give a certificate for a token and a CSR. A CSR that is refused leaves the token as it was."""
        now, digest = self._clock.now(), _digest_of_token(secret)
        with self._db.read() as tx:  # strangers do not get to take the write lock
            token = TokenStore(tx).find(digest)
        if token is None or not token.usable(now):
            raise _no_such_token()
        with self._db.begin() as tx:
            if not TokenStore(tx).use(digest, now):
                raise _no_such_token()
            before = SystemStore(tx).find(token.department, token.system)
            endpoint = before.endpoint if before else ""
            SystemStore(tx).put(System(token.department, token.system, token.roles, endpoint))
            actor = Caller(token.department, token.system, token.roles)
            return self._certify(tx, actor, "certs.Enroll", csr)

    def renew(self, caller: Caller, csr: bytes) -> Enrolled:
        """Give the caller's system one more certificate; the old one stays what it is."""
        with self._db.begin() as tx:
            SystemStore(tx).get(caller.department, caller.system).check_may_renew(self._clock.now())
            return self._certify(tx, caller, "certs.RenewCertificate", csr)

    def revoke(self, caller: Caller, serial: str, reason: str) -> Certificate:
        """Revoke a certificate: when this returns, every call under it is refused."""
        now = self._clock.now()
        with self._db.begin() as tx:
            before, department, system = CertificateStore(tx).get(parse_serial(serial))
            if Role.AUTHORITY not in caller.roles and caller.department != department:
                raise NotAllowedError(
                    "only the authority and the department itself may revoke a certificate", zh="仅主管部门或本部门可吊销证书",
                    next_action="ask the authority", reason="CERTIFICATE_OF_OTHER_DEPARTMENT",
                )  # fmt: skip
            revoked = before.revoke(now, reason)
            CertificateStore(tx).revoke(revoked)
            self._system_changed(tx, caller, "certs.RevokeCertificate", (department, system), reason=reason, serial=revoked.serial)
        return revoked

    def list_systems(self, caller: Caller, department: str) -> list[System]:
        """Return the systems of a department, the caller's own where none is named."""
        with self._db.read() as tx:
            found = DepartmentStore(tx).get(parse_uscc(department) if department else caller.department)
            return SystemStore(tx).of_department(found.uscc)

    def set_endpoint(self, caller: Caller, endpoint: str) -> System:
        """Register where the caller's system serves; the empty text takes the endpoint away."""
        address = parse_endpoint(endpoint)
        with self._db.begin() as tx:
            after = replace(SystemStore(tx).get(caller.department, caller.system), endpoint=address)
            SystemStore(tx).put(after)
            self._system_changed(tx, caller, "certs.SetEndpoint", (caller.department, caller.system), endpoint=address[:256])
        return after

    def who_am_i(self, caller: Caller) -> System:
        """Return the caller's own system."""
        with self._db.read() as tx:
            return SystemStore(tx).get(caller.department, caller.system)

    def _make_token(self, caller: Caller, action: str, department: str, system: str, roles: frozenset[Role], ttl: timedelta) -> tuple[str, datetime]:
        now = self._clock.now()
        secret = base64.urlsafe_b64encode(self._random_bytes(32)).decode().rstrip("=")
        with self._db.begin() as tx:
            found = DepartmentStore(tx).get(parse_uscc(department))
            token = EnrollmentToken(digest_of(secret), found.uscc, system, roles or frozenset({Role.MEMBER}), now + (ttl or DEFAULT_TTL), now)
            TokenStore(tx).insert(token)
            detail = {"roles": " ".join(sorted(token.roles)), "expires": token.expire_time.isoformat(timespec="seconds")}
            self._journal(tx, Change(now, action, caller, system_name(found.uscc, system), other=_other(caller, found.uscc), detail=detail))
        return secret, token.expire_time

    def _certify(self, tx: Tx, actor: Caller, action: str, csr: bytes) -> Enrolled:
        issued = self._ca.issue_client(csr, actor.department, actor.system)
        CertificateStore(tx).insert(_certificate(issued, self._clock.now()), actor.department, actor.system)
        self._system_changed(tx, actor, action, (actor.department, actor.system), serial=issued.serial)
        return Enrolled(issued.pem.decode(), self._ca.pem.decode(), SystemStore(tx).get(actor.department, actor.system))

    def _system_changed(self, tx: Tx, caller: Caller, action: str, system: tuple[str, str], reason: str = "", **detail: str) -> None:
        name = system_name(*system)
        tx.announce("identities", name)
        self._journal(tx, Change(self._clock.now(), action, caller, name, _other(caller, system[0]), reason, detail))

    def _department_changed(self, tx: Tx, caller: Caller, action: str, department: Department) -> None:
        tx.announce("departments", department.uscc)
        self._journal(tx, Change(self._clock.now(), action, caller, department.name, other=_other(caller, department.uscc)))


def _other(caller: Caller, department: str) -> str:
    return department if department != caller.department else ""


def _refuse_registered(store: DepartmentStore, uscc: str) -> None:
    if store.find(uscc) is not None:
        raise AlreadyExistsError(f"department {uscc} is registered already", zh="该部门已登记", next_action="look it up with ListDepartments")


def _digest_of_token(secret: str) -> str:
    if len(secret) > _LONGEST_SECRET:
        raise _no_such_token()
    return digest_of(secret)


def _no_such_token() -> NotAllowedError:
    """Return the one answer to a token that is unknown, used or expired: a stranger does not learn which."""
    return NotAllowedError(
        "the enrolment token is not valid: unknown, expired or used", zh="注册令牌无效：不存在、已过期或已使用",
        next_action="ask the authority for a new token", reason="ENROLLMENT_TOKEN_INVALID",
    )  # fmt: skip


def _certificate(issued: Issued, at: datetime) -> Certificate:
    return Certificate(issued.serial, issued.fingerprint, issued.not_before, issued.not_after, at, issued.pem.decode())
