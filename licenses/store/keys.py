"""Issuing keys as rows, and the trust list that they make."""

import logging
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, select

from certs.model import ENDED, Department
from certs.store import DepartmentStore
from hub.db import Tx, checked, fitting, fitting_page, put, swap
from hub.errors import IntegrityError, NotFoundError, ShuniuError
from licenses.model import IssuingKey, KeyState
from licenses.reasons.issuing import KEY_KNOWN, NO_SUCH_KEY
from licenses.store.tables import issuing_keys
from shuniu.codes import cose
from shuniu.codes.trust_list import KeyStatus, TrustedKey

log = logging.getLogger(__name__)
_LONGEST_NAME: Final = 100
"""Characters of an issuer's name that a trust list holds."""
_KEY_STATUS: Final = {KeyState.ACTIVE: KeyStatus.ACTIVE, KeyState.REVOKED: KeyStatus.REVOKED, KeyState.RETIRED: KeyStatus.RETIRED}


class IssuingKeyStore:
    """Issuing keys, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def get(self, thing_id: str) -> IssuingKey:
        """Return the key of that id (hexadecimal); raise NotFoundError."""
        row = checked(self._tx, issuing_keys, self._tx.execute(select(issuing_keys).where(issuing_keys.c.kid == thing_id)).first())
        if row is None:
            raise self.unknown()
        return _key(row)

    def lock(self, department: str) -> None:
        """Wait until no other transaction holds the department's keys, and hold them until commit (SQLite writes one at a time anyway)."""
        mine = select(issuing_keys.c.kid).where(issuing_keys.c.department == department)
        # in one order, so that two transactions never wait for each other's rows
        self._tx.execute(mine.order_by(issuing_keys.c.kid).with_for_update())

    def insert(self, thing: IssuingKey) -> None:
        """Add a key; raise AlreadyExistsError where it is known."""
        if self._tx.scalar(select(issuing_keys.c.kid).where(issuing_keys.c.kid == thing.kid.hex())) is not None:
            raise KEY_KNOWN()
        put(self._tx, issuing_keys, {"kid": thing.kid.hex(), **_key_columns(thing)})

    def replace(self, before: IssuingKey, after: IssuingKey) -> IssuingKey:
        """Write the key; raise ConflictError where somebody was quicker."""
        swap(self._tx, issuing_keys, {"kid": before.kid.hex(), "revision": before.revision}, _key_columns(after), before.name)
        return after

    @staticmethod
    def unknown() -> NotFoundError:
        """Return the error for a key that is not there."""
        return NO_SUCH_KEY()

    def page(self, owner: str | None, after: str, count: int, state: KeyState | None) -> list[IssuingKey]:
        """Return keys of a department (None: of all) behind `after`, ordered by their ids."""
        query = select(issuing_keys).where(issuing_keys.c.kid > after)
        if owner is not None:
            query = query.where(issuing_keys.c.department == owner)
        if state is not None:
            query = query.where(issuing_keys.c.state == state.value)
        return [_key(row) for row in fitting_page(self._tx, issuing_keys, query, issuing_keys.c.kid, count)]

    def pending(self, after: str, count: int) -> list[tuple[str, IssuingKey]]:
        """Return keys that wait for the authority with their ids, in that order above `after`; until the transaction ends nobody changes them."""
        # FOR UPDATE in PostgreSQL; SQLite leaves it out, since it has one writer at a time
        query = select(issuing_keys).where(issuing_keys.c.state == KeyState.PENDING.value, issuing_keys.c.kid > after).with_for_update()
        return [(row.kid, _key(row)) for row in fitting_page(self._tx, issuing_keys, query, issuing_keys.c.kid, count)]

    def living_of(self, department: str, after: str, count: int) -> list[IssuingKey]:
        """Return keys of a department that wait or sign, ordered by their ids above `after`."""
        living = issuing_keys.c.state.in_([KeyState.PENDING.value, KeyState.ACTIVE.value])
        query = select(issuing_keys).where(issuing_keys.c.department == department, living, issuing_keys.c.kid > after)
        return [_key(row) for row in fitting_page(self._tx, issuing_keys, query, issuing_keys.c.kid, count)]

    def ending(self, begin: datetime, end: datetime, after: str, count: int) -> list[tuple[str, IssuingKey]]:
        """Return active keys whose term ends between two moments with their ids, in that order above `after`."""
        own = issuing_keys.c
        ends = (own.not_after > begin, own.not_after <= end, own.state == KeyState.ACTIVE.value, own.kid > after)
        return [(row.kid, _key(row)) for row in fitting_page(self._tx, issuing_keys, select(issuing_keys).where(*ends), own.kid, count)]

    def trusted_keys(self) -> tuple[int, list[TrustedKey]]:
        """Return the number of the trust list, which grows with every change, and its keys."""
        rows = fitting(self._tx, issuing_keys, self._tx.execute(select(issuing_keys).order_by(issuing_keys.c.kid)).all())
        titles = _titles(self._tx, {row.department for row in rows})
        listed = [_listed(row, titles.get(row.department, row.department)) for row in rows if row.state != KeyState.PENDING.value]
        # of rows that fit alone: a number that somebody wrote into the table would go round among verifiers, who never go back behind it
        return sum(row.revision for row in rows) + 1, [one for one in listed if one is not None]


def _titles(tx: Tx, issuers: set[str]) -> dict[str, str]:
    """Return what issuers are called, and behind it what became of those that issue no more: offline nothing else says it."""
    store = DepartmentStore(tx)
    found = {uscc: one for uscc in issuers if (one := _known(store, uscc))}
    names = store.titles(each for one in found.values() for each in one.successors)
    return {uscc: _called(one, [names.get(each, each) for each in one.successors]) for uscc, one in found.items()}


def _known(store: DepartmentStore, uscc: str) -> Department | None:
    try:
        return store.find(uscc)
    except IntegrityError:  # told by the book of rows; its keys are listed by the code alone
        return None


def _called(department: Department, successors: list[str]) -> str:
    if department.state not in ENDED:
        return department.title[:_LONGEST_NAME]
    note = f"（已由{'、'.join(successors)}承继）" if successors else "（已撤销）"
    if len(department.title) + len(note) > _LONGEST_NAME:
        note = "（已由承继机构承继）"
    return f"{department.title[: _LONGEST_NAME - len(note)]}{note}"


def _key_columns(key: IssuingKey) -> dict[str, Any]:
    return {
        "revision": key.revision,
        "public_key": key.public_key,
        "department": key.department,
        "license_types": list(key.license_types),
        "not_before": key.not_before,
        "not_after": key.not_after,
        "state": key.state.value,
        "revoke_time": key.revoke_time,
        "reason": key.reason,
    }


def _key(row: Row[Any]) -> IssuingKey:
    return IssuingKey(
        kid=bytes.fromhex(row.kid),
        public_key=row.public_key,
        department=row.department,
        license_types=tuple(row.license_types),
        not_before=row.not_before,
        not_after=row.not_after,
        state=KeyState(row.state),
        revoke_time=row.revoke_time,
        reason=row.reason,
        revision=row.revision,
    )


def _listed(row: Row[Any], title: str) -> TrustedKey | None:
    """Return a key as the trust list shows it; None for one that cannot be shown, which must not keep the others off the list."""
    try:
        return _trusted_key(_key(row), title)
    except (ShuniuError, ValueError) as flaw:
        log.error("issuing key %s is left out of the trust list: %s", row.kid, flaw)  # noqa: TRY400 - the trace says no more
        return None


def _trusted_key(key: IssuingKey, title: str) -> TrustedKey:
    return TrustedKey(
        kid=key.kid,
        key=cose.stored_public_key(key.public_key),
        issuer=key.department,
        department=title,
        type_codes=frozenset(key.license_types),
        not_before=int(key.not_before.timestamp()),
        not_after=int(key.not_after.timestamp()),
        status=_KEY_STATUS[key.state],
        since=None if key.revoke_time is None else int(key.revoke_time.timestamp()),
    )
