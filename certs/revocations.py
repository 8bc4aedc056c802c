"""How certificates and systems are revoked: what falls, and everything that rests on it, in one transaction with a record for each certificate."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from certs.changes import IdentityActions, change_of
from certs.model import (
    Certificate,
    CertificateCase,
    Revocation,
    RevocationCause,
    RevocationReason,
    System,
    SystemCase,
    alive,
    parse_serial,
    split_system_name,
)
from certs.reasons import NOTHING_TO_REVOKE, SERIAL_UNKNOWN, SYSTEM_UNKNOWN
from certs.store import CertificateStore, DepartmentStore, LoginStore, SystemStore, TokenStore
from hub.db import Tx
from hub.unit_of_work import Change, Step
from shuniu.identifiers.uscc import parse_uscc

_CERTIFICATE: Final = "certs.RevokeCertificate"


class RevocationActions(IdentityActions):
    """The part of the identities' actions that takes certificates away. When one returns, every call under what fell is refused."""

    def revoke(self, step: Step, cause: RevocationCause = RevocationCause.LOSS) -> Revocation:
        """Revoke the certificate whose serial number the step names; a lost one takes with it what grew from it, and what it invited."""
        now, serial = self._clock.now(), parse_serial(step.name)
        with self._db.begin() as tx:
            _, department, name = CertificateStore(tx).get(serial)
            DepartmentStore(tx).lock(department)
            system = SystemStore(tx).get(department, name)  # behind the lock: nobody renews from now on
            named = system.certificate(serial)
            if named is None:
                raise SERIAL_UNKNOWN()
            fallen = CertificateCase(named, system, now).revoke(step.caller, step.reason, cause)
            serials = self._keep(tx, fallen)
            logins = LoginStore(tx).end_under(serials, now)
            tokens = TokenStore(tx).revoke_made_under(serials, now) if cause is RevocationCause.LOSS else 0
            first, *others = _records(step, system, fallen, now, cause, serial)
            self._announce(tx, replace(first, detail={**first.detail, **_counts(logins=logins, tokens=tokens)}), *others)
            return _told(tx, department, fallen, now, tokens, logins)

    def revoke_system(self, step: Step) -> Revocation:
        """Revoke all certificates of the system that the step names, its unused tokens, login links and sessions, and what it invited."""
        now, (department, name) = self._clock.now(), split_system_name(step.name)
        with self._db.begin() as tx:
            department = DepartmentStore(tx).get(parse_uscc(department)).uscc
            DepartmentStore(tx).lock(department)
            known = SystemStore(tx).find(department, name)
            # A system that was only invited has no row yet, and tokens that a thief may hold.
            case = SystemCase(known or System(department, name, frozenset()), now)
            case.admit(step.caller)
            reason = RevocationReason(step.reason)
            fallen = case.revoke(reason)
            serials = self._keep(tx, fallen)
            logins = LoginStore(tx).end_of(department, name, now)
            tokens = TokenStore(tx).revoke_for(department, name, now) + TokenStore(tx).revoke_made_under(serials, now)
            if not (fallen or logins or tokens):
                raise NOTHING_TO_REVOKE(system=name) if known else SYSTEM_UNKNOWN(department=department, system=name)
            head = replace(change_of("certs.RevokeSystem", step.caller, department, now, case.system.name), reason=reason)
            head = replace(head, detail=_counts(certificates=len(fallen), logins=logins, tokens=tokens))
            self._announce(tx, head, *_records(step, case.system, fallen, now, RevocationCause.LOSS))
            return _told(tx, department, fallen, now, tokens, logins)

    @staticmethod
    def _keep(tx: Tx, fallen: Iterable[Certificate]) -> list[str]:
        store = CertificateStore(tx)
        for one in fallen:
            store.revoke(one)
        return [one.serial for one in fallen]


def _records(step: Step, system: System, fallen: Iterable[Certificate], at: datetime, cause: RevocationCause, named: str = "") -> list[Change]:
    """Return one record for each certificate: who looks for a serial number finds when and why it fell, and with whose loss."""
    about = change_of(_CERTIFICATE, step.caller, system.department, at, system.name)
    records = []
    for one in fallen:
        detail = {"serial": one.serial, "cause": cause.value}
        if named not in {"", one.serial}:
            detail["lost"] = named
        records.append(replace(about, reason=one.revoke_reason, detail=detail))
    return records


def _counts(**numbers: int) -> dict[str, str]:
    return {name: str(number) for name, number in numbers.items() if number}


def _told(tx: Tx, department: str, fallen: tuple[Certificate, ...], at: datetime, tokens: int, logins: int) -> Revocation:
    living = alive(SystemStore(tx).of_department(department), at)
    return Revocation(fallen, tokens, logins, living, tuple(TokenStore(tx).unused(department, at)))
