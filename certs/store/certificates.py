"""Certificates that the hub issued: kept for ever, revoked at most once."""

from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Row, select

from certs.model import Certificate
from certs.reasons import SERIAL_UNKNOWN
from certs.store.tables import certificates
from hub.access import Role
from hub.db import Tx, checked, put, swap

NEWEST_FIRST: Final = (certificates.c.create_time.desc(), certificates.c.serial)
"""In which order a system's certificates are read."""


class CertificateStore:
    """The certificates, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def get(self, serial: str) -> tuple[Certificate, str, str]:
        """Return a certificate with its department and system; raise NotFoundError where the hub never issued it."""
        row = checked(self._tx, certificates, self._tx.execute(select(certificates).where(certificates.c.serial == serial)).first())
        if row is None:
            raise SERIAL_UNKNOWN()
        return certificate_from(row), row.department, row.system

    def insert(self, certificate: Certificate, department: str, system: str) -> None:
        """Keep a certificate just issued."""
        roles = None if certificate.roles is None else sorted(certificate.roles)
        put(self._tx, certificates, {"department": department, "system": system, **asdict(certificate), "roles": roles})

    def revoke(self, revoked: Certificate) -> None:
        """Keep a revocation; raise ConflictError where somebody revoked it in between."""
        # The swap finds only a row that nobody revoked: None is compared as IS NULL.
        values = {"revoke_time": revoked.revoke_time, "revoke_reason": revoked.revoke_reason}
        swap(self._tx, certificates, {"serial": revoked.serial, "revoke_time": None}, values, f"certificate {revoked.serial}")


def certificate_from(row: Row[Any]) -> Certificate:
    """Return a row as a certificate."""
    known = (row.serial, row.fingerprint, row.not_before, row.not_after, row.create_time, row.pem, row.revoke_time, row.revoke_reason, row.parent)
    return Certificate(*known, None if row.roles is None else frozenset(map(Role, row.roles)))
