"""Where departments, systems, certificates and enrolment tokens are kept, and what the in-memory identities are loaded from."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Row,
    String,
    Table,
    Text,
    TypeDecorator,
    delete,
    insert,
    select,
    update,
)

from certs.model import Certificate, Department, EnrollmentToken, LoginLink, System, split_system_name
from hub.access import Role
from hub.db import Database, Tx, metadata
from hub.errors import ConflictError, NotFoundError


class Moment(TypeDecorator[datetime]):
    """A point in time, UTC in the database and out of it: SQLite keeps no time zone, so it must not see any other."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time to UTC."""
        del dialect
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware time in UTC."""
        del dialect
        if value is None or value.tzinfo is None:
            return value and value.replace(tzinfo=UTC)
        return value.astimezone(UTC)


departments = Table(
    "departments",
    metadata,
    Column("uscc", String(18), primary_key=True),
    Column("title", String(100), nullable=False),
    Column("short_title", String(20), nullable=False),
    Column("region", String(6), nullable=False),
    Column("create_time", Moment(), nullable=False),
)

systems = Table(
    "systems",
    metadata,
    Column("department", String(18), ForeignKey("departments.uscc"), primary_key=True),
    Column("system", String(40), primary_key=True),
    Column("roles", JSON, nullable=False),
    Column("endpoint", String(260), nullable=False),
)

certificates = Table(
    "certificates",
    metadata,
    Column("serial", String(32), primary_key=True),
    Column("department", String(18), nullable=False),
    Column("system", String(40), nullable=False),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("not_before", Moment(), nullable=False),
    Column("not_after", Moment(), nullable=False),
    Column("create_time", Moment(), nullable=False),
    Column("pem", Text, nullable=False),
    Column("revoke_time", Moment()),
    Column("revoke_reason", String(500), nullable=False),
    ForeignKeyConstraint(["department", "system"], ["systems.department", "systems.system"]),
)
Index("ix_certificates_system", certificates.c.department, certificates.c.system, certificates.c.create_time)

enrollment_tokens = Table(
    "enrollment_tokens",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("department", String(18), ForeignKey("departments.uscc"), nullable=False),
    Column("system", String(40), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("expire_time", Moment(), nullable=False),
    Column("create_time", Moment(), nullable=False),
    Column("use_time", Moment()),
)

login_links = Table(
    "login_links",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("department", String(18), nullable=False),
    Column("system", String(40), nullable=False),
    Column("officer", String(64), nullable=False),
    Column("expire_time", Moment(), nullable=False),
    Column("use_time", Moment()),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("department", String(18), nullable=False),
    Column("system", String(40), nullable=False),
    Column("officer", String(64), nullable=False),
    Column("seen_time", Moment(), nullable=False),
    Column("expire_time", Moment(), nullable=False),
)


class DepartmentStore:
    """The registered departments, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def find(self, uscc: str) -> Department | None:
        """Return the department, None where it is not registered."""
        row = self._tx.execute(select(departments).where(departments.c.uscc == uscc)).first()
        return _department(row) if row else None

    def get(self, uscc: str) -> Department:
        """Return the department; raise NotFoundError where it is not registered."""
        found = self.find(uscc)
        if found is None:
            raise NotFoundError(
                f"no department {uscc} is registered", zh="该部门尚未登记", next_action="the authority registers it with CreateDepartment"
            )
        return found

    def insert(self, department: Department) -> None:
        """Keep a new department."""
        self._tx.execute(insert(departments).values(**asdict(department)))

    def list(self, after: str, count: int) -> list[Department]:
        """Return at most `count` departments whose USCC comes after `after`, in that order."""
        query = select(departments).where(departments.c.uscc > after).order_by(departments.c.uscc).limit(count)
        return [_department(row) for row in self._tx.execute(query)]

    def titles(self, usccs: Iterable[str]) -> dict[str, str]:
        """Return the titles of those departments that are registered."""
        query = select(departments.c.uscc, departments.c.title).where(departments.c.uscc.in_(set(usccs)))
        return {row.uscc: row.title for row in self._tx.execute(query)}


class SystemStore:
    """The systems with their certificates, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def find(self, department: str, system: str) -> System | None:
        """Return the system, None where it never enrolled."""
        row = self._tx.execute(select(systems).where(systems.c.department == department, systems.c.system == system)).first()
        return _system(row, self._certificates(department, system)) if row else None

    def get(self, department: str, system: str) -> System:
        """Return the system; raise NotFoundError where it never enrolled."""
        found = self.find(department, system)
        if found is None:
            raise NotFoundError(f"department {department} has no system {system}", zh="该部门没有此系统", next_action="list them with ListSystems")
        return found

    def put(self, system: System) -> None:
        """Keep roles and endpoint of a system, new or known. Certificates have their own store."""
        values = {"roles": sorted(system.roles), "endpoint": system.endpoint}
        changed = self._tx.execute(
            update(systems).where(systems.c.department == system.department, systems.c.system == system.system).values(values),
        )
        if changed.rowcount == 0:
            self._tx.execute(insert(systems).values(department=system.department, system=system.system, **values))

    def of_department(self, department: str) -> list[System]:
        """Return a department's systems, ordered by name."""
        return self._loaded(systems.c.department == department, certificates.c.department == department)

    def all(self) -> list[System]:
        """Return every system, ordered by department and name."""
        return self._loaded()

    def _loaded(self, *where: Any) -> list[System]:
        kept: dict[tuple[str, str], list[Certificate]] = {}
        system_rows = self._tx.execute(select(systems).where(*where[:1]).order_by(systems.c.department, systems.c.system)).all()
        for row in self._tx.execute(select(certificates).where(*where[1:]).order_by(*_NEWEST_FIRST)):
            kept.setdefault((row.department, row.system), []).append(_certificate(row))
        return [_system(row, kept.get((row.department, row.system), [])) for row in system_rows]

    def _certificates(self, department: str, system: str) -> list[Certificate]:
        query = select(certificates).where(certificates.c.department == department, certificates.c.system == system)
        return [_certificate(row) for row in self._tx.execute(query.order_by(*_NEWEST_FIRST))]


class CertificateStore:
    """The certificates, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def get(self, serial: str) -> tuple[Certificate, str, str]:
        """Return a certificate with its department and system; raise NotFoundError where the hub never issued it."""
        row = self._tx.execute(select(certificates).where(certificates.c.serial == serial)).first()
        if row is None:
            raise NotFoundError("the hub issued no certificate of this serial number", zh="无此序列号的证书", next_action="find it with ListSystems")
        return _certificate(row), row.department, row.system

    def insert(self, certificate: Certificate, department: str, system: str) -> None:
        """Keep a certificate just issued."""
        self._tx.execute(insert(certificates).values(department=department, system=system, **asdict(certificate)))

    def revoke(self, revoked: Certificate) -> None:
        """Keep a revocation; raise ConflictError where somebody revoked it in between."""
        changed = self._tx.execute(
            update(certificates)
            .where(certificates.c.serial == revoked.serial, certificates.c.revoke_time.is_(None))
            .values(revoke_time=revoked.revoke_time, revoke_reason=revoked.revoke_reason),
        )
        if changed.rowcount != 1:
            raise ConflictError("the certificate was revoked at the same moment", zh="证书刚被他人吊销", next_action="read it again")


class TokenStore:
    """The enrolment tokens, found by the hash of their secret, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def find(self, digest: str) -> EnrollmentToken | None:
        """Return the token, used or not, None where there is none."""
        row = self._tx.execute(select(enrollment_tokens).where(enrollment_tokens.c.digest == digest)).first()
        return _token(row) if row else None

    def insert(self, token: EnrollmentToken) -> None:
        """Keep a new token."""
        self._tx.execute(insert(enrollment_tokens).values({**asdict(token), "roles": sorted(token.roles)}))

    def use(self, digest: str, at: datetime) -> bool:
        """Use a token up, tell whether this call did it: of any number that try at once exactly one gets True."""
        changed = self._tx.execute(
            update(enrollment_tokens)
            .where(enrollment_tokens.c.digest == digest, enrollment_tokens.c.use_time.is_(None), enrollment_tokens.c.expire_time > at)
            .values(use_time=at),
        )
        return changed.rowcount == 1


class LoginStore:
    """One-time links and sessions, found by the hash of their secret, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def insert(self, link: LoginLink) -> None:
        """Keep a new link; links and sessions that are long over are forgotten."""
        self._tx.execute(insert(login_links).values(**asdict(link)))

    def forget(self, before: datetime) -> None:
        """Drop what ended before a moment."""
        self._tx.execute(delete(login_links).where(login_links.c.expire_time < before))
        self._tx.execute(delete(sessions).where(sessions.c.expire_time < before))

    def use(self, digest: str, at: datetime) -> LoginLink | None:
        """Use a link up and return it; None where there is none, it is over, or somebody was first."""
        where = (login_links.c.digest == digest, login_links.c.use_time.is_(None), login_links.c.expire_time > at)
        if self._tx.execute(update(login_links).where(*where).values(use_time=at)).rowcount != 1:
            return None
        row = self._tx.execute(select(login_links).where(login_links.c.digest == digest)).one()
        return LoginLink(row.digest, row.department, row.system, row.officer, row.expire_time)

    def begin_session(self, digest: str, link: LoginLink, at: datetime, end: datetime) -> None:
        """Keep a new session."""
        values = {"department": link.department, "system": link.system, "officer": link.officer, "seen_time": at, "expire_time": end}
        self._tx.execute(insert(sessions).values(digest=digest, **values))

    def seen(self, digest: str, at: datetime, idle_since: datetime) -> tuple[str, str, str, datetime] | None:
        """Note that a session is in use; return department, system, officer and end, None where it is over or was idle too long."""
        where = (sessions.c.digest == digest, sessions.c.expire_time > at, sessions.c.seen_time > idle_since)
        if self._tx.execute(update(sessions).where(*where).values(seen_time=at)).rowcount != 1:
            return None
        row = self._tx.execute(select(sessions).where(sessions.c.digest == digest)).one()
        return row.department, row.system, row.officer, row.expire_time

    def end_session(self, digest: str) -> None:
        """Forget a session."""
        self._tx.execute(delete(sessions).where(sessions.c.digest == digest))


_NEWEST_FIRST = (certificates.c.create_time.desc(), certificates.c.serial)


def loaders(database: Database) -> tuple[Callable[[str], System | None], Callable[[], Iterable[System]]]:
    """Return what `Identities` loads from: one system by its resource name (None when there is none), and all of them."""

    def load_one(name: str) -> System | None:
        with database.read() as tx:
            return SystemStore(tx).find(*split_system_name(name))

    def load_all() -> Iterable[System]:
        with database.read() as tx:
            return SystemStore(tx).all()

    return load_one, load_all


def _department(row: Row[Any]) -> Department:
    return Department(row.uscc, row.title, row.short_title, row.region, row.create_time)


def _system(row: Row[Any], kept: Iterable[Certificate]) -> System:
    return System(row.department, row.system, frozenset(map(Role, row.roles)), row.endpoint, tuple(kept))


def _certificate(row: Row[Any]) -> Certificate:
    return Certificate(row.serial, row.fingerprint, row.not_before, row.not_after, row.create_time, row.pem, row.revoke_time, row.revoke_reason)


def _token(row: Row[Any]) -> EnrollmentToken:
    roles = frozenset(map(Role, row.roles))
    return EnrollmentToken(row.digest, row.department, row.system, roles, row.expire_time, row.create_time, row.use_time)
