"""Keys and licenses as verification reads them. A row that is not what the log's records say is in force nowhere, and stops no other."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, select

from hub.clock import Clock
from hub.db import Database, fitting
from licenses.issue_index import RegisterEntry
from licenses.live import LiveLicenses
from licenses.model import LicenseState
from licenses.store.keys import IssuingKeyStore
from licenses.store.tables import licenses
from shuniu.codes.status_list import SHARD, LicenseStatus
from shuniu.codes.trust_list import TrustedKey

_STATUS: Final = {
    LicenseState.DRAFT.value: LicenseStatus.VALID,  # signed lists do not tell drafts: a draft is one for seconds
    LicenseState.ISSUED.value: LicenseStatus.VALID,
    LicenseState.SUSPENDED.value: LicenseStatus.SUSPENDED,
    LicenseState.REVOKED.value: LicenseStatus.INVALID,
    LicenseState.SUPERSEDED.value: LicenseStatus.SUPERSEDED,
}
_IN_FORCE: Final = LicenseState.ISSUED.value


def live_licenses(db: Database, clock: Clock, publisher: str, uri_of: Callable[[int], str]) -> LiveLicenses:
    """Return the registry of keys and issued codes, which follows every change that is announced."""
    live = LiveLicenses(clock, publisher, uri_of, StoredRegister(db))
    db.on_change(live.reload, live.load_all)
    return live


class StoredRegister:
    """The register of one database. Each question sees one state of it: a row and its digest belong together."""

    def __init__(self, db: Database) -> None:
        """Take the database."""
        self._db = db

    def keys(self) -> tuple[int, Iterable[TrustedKey]]:
        """Return the trust list's number and keys."""
        with self._db.snapshot() as tx:
            return IssuingKeyStore(tx).trusted_keys()

    def newest_shard(self) -> int:
        """Return the newest shard that was begun, -1 before the first license.

        Shards are begun one after the other, so they are counted from below: a row with another number, which nobody here wrote, is not met.
        """
        shard = 0
        with self._db.snapshot() as tx:
            while tx.scalar(select(licenses.c.status_shard).where(licenses.c.status_shard == shard).limit(1)) is not None:
                shard += 1
        return shard - 1

    def of(self, identifier: str) -> RegisterEntry | None:
        """Return the entry of a license."""
        return next(iter(self._entries(licenses.c.identifier == identifier)), None)

    def at(self, shard: int, index: int) -> RegisterEntry | None:
        """Return the entry of a place."""
        return next(iter(self._entries(licenses.c.status_shard == shard, licenses.c.status_index == index)), None)

    def portion(self, shard: int, after: int, count: int) -> Sequence[RegisterEntry]:
        """Return at most `count` entries of a shard, in the order of their places, behind the place `after`."""
        return self._entries(licenses.c.status_shard == shard, licenses.c.status_index > after, count=count)

    def _entries(self, *where: ColumnElement[bool], count: int = 1) -> list[RegisterEntry]:
        places = (licenses.c.status_shard >= 0, licenses.c.status_index >= 0, licenses.c.status_index < SHARD)
        with self._db.snapshot() as tx:
            rows = tx.execute(select(licenses).where(*where, *places).order_by(licenses.c.status_index).limit(count)).all()
            right = {row.identifier for row in fitting(tx, licenses, rows)}
        return [_entry(row) if row.identifier in right and row.state in _STATUS else _doubtful(row) for row in rows]


def _entry(row: Row[Any]) -> RegisterEntry:
    signed = bytes(row.signed_bytes) if row.state == _IN_FORCE else b""
    return RegisterEntry(row.identifier, row.status_shard, row.status_index, _STATUS[row.state], row.reason, signed, row.superseded_by or "")


def _doubtful(row: Row[Any]) -> RegisterEntry:
    """Return what stands for a row that somebody else wrote: no code is issued there, and signed lists call the place suspended.

    A list knows no "undetermined", and one that said "valid" would bring a revoked license back offline.
    """
    return RegisterEntry("", row.status_shard, row.status_index, LicenseStatus.SUSPENDED)
