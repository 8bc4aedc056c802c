"""Systems with their certificates, and how `certs.identities` loads them into memory."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Row, insert, select, update

from certs.identities import Identities
from certs.model import Certificate, System, split_system_name
from certs.reasons import SYSTEM_UNKNOWN
from certs.san import hosts_in
from certs.store.certificates import NEWEST_FIRST, certificate_from
from certs.store.departments import live_roll
from certs.store.tables import certificates, systems
from hub.access import Role
from hub.clock import Clock
from hub.db import Database, Tx, checked, fitting
from hub.errors import IntegrityError, InvalidInputError


class SystemStore:
    """The systems with their certificates, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def find(self, department: str, system: str) -> System | None:
        """Return the system, None where it never enrolled."""
        row = self._tx.execute(select(systems).where(systems.c.department == department, systems.c.system == system)).first()
        row = checked(self._tx, systems, row)
        return _system(row, self._certificates(department, system)) if row else None

    def get(self, department: str, system: str) -> System:
        """Return the system; raise NotFoundError where it never enrolled."""
        found = self.find(department, system)
        if found is None:
            raise SYSTEM_UNKNOWN(department=department, system=system)
        return found

    def put(self, system: System) -> None:
        """Keep roles, endpoint and hosts of a system, new or known. Certificates have their own store."""
        hosts = {"hosts": list(system.hosts), "requested_hosts": list(system.requested_hosts)}
        values = {"roles": sorted(system.roles), "endpoint": system.endpoint, **hosts}
        # UPDATE, then INSERT where there was none: it needs no upsert, which the databases spell differently.
        changed = self._tx.execute(
            update(systems).where(systems.c.department == system.department, systems.c.system == system.system).values(values),
        )
        if changed.rowcount == 0:
            self._tx.execute(insert(systems).values(department=system.department, system=system.system, **values))
        self._tx.touch(systems, system.department, system.system)

    def of_department(self, department: str) -> list[System]:
        """Return a department's systems, ordered by name."""
        return self._load(systems.c.department == department, certificates.c.department == department)

    def all(self) -> list[System]:
        """Return every system, ordered by department and name."""
        return self._load()

    def _load(self, *where: Any) -> list[System]:
        # Two queries for any number of systems. `where` is empty, or a condition on systems and then one on certificates.
        by_system: dict[tuple[str, str], list[Certificate]] = {}
        system_rows = self._tx.execute(select(systems).where(*where[:1]).order_by(systems.c.department, systems.c.system)).all()
        own = self._tx.execute(select(certificates).where(*where[1:]).order_by(*NEWEST_FIRST)).all()
        for row in fitting(self._tx, certificates, own):
            by_system.setdefault((row.department, row.system), []).append(certificate_from(row))
        return [_system(row, by_system.get((row.department, row.system), [])) for row in fitting(self._tx, systems, system_rows)]

    def _certificates(self, department: str, system: str) -> list[Certificate]:
        query = select(certificates).where(certificates.c.department == department, certificates.c.system == system)
        return [certificate_from(row) for row in fitting(self._tx, certificates, self._tx.execute(query.order_by(*NEWEST_FIRST)).all())]


def live_identities(database: Database, clock: Clock, hub: str) -> Identities:
    """Return the registry of all systems, which follows every change that is announced."""
    identities = Identities(clock, hub, *loaders(database), live_roll(database))
    database.on_change(identities.reload, identities.load_all)
    return identities


def loaders(database: Database) -> tuple[Callable[[str], System | None], Callable[[], Iterable[System]]]:
    """Return what `Identities` loads from: one system by its resource name (None when there is none), and all of them."""

    def load_one(name: str) -> System | None:
        with database.read() as tx:
            try:
                return SystemStore(tx).find(*split_system_name(name))
            except IntegrityError:  # told by the book of rows; nobody is let in as this system, and everybody else goes on
                return None
            except InvalidInputError:  # no system's name: somebody wrote it into the feed of changes
                return None

    def load_all() -> Iterable[System]:
        with database.read() as tx:
            return SystemStore(tx).all()

    return load_one, load_all


def _system(row: Row[Any], own: Iterable[Certificate]) -> System:
    held = tuple(own)
    # An earlier release kept no hosts: the newest certificate names them.
    hosts = row.hosts if row.hosts is not None else [host for one in held[:1] for host in hosts_in(one.pem)]
    return System(row.department, row.system, frozenset(map(Role, row.roles)), row.endpoint, held, tuple(hosts), tuple(row.requested_hosts or ()))
