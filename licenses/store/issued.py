"""Licenses as rows. Holders and business fields are one encrypted blob."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, Select, func, select, tuple_

from certs.store import DepartmentStore
from hub.db import Tx, checked, fitting, fitting_page, put, swap
from hub.errors import NotFoundError
from licenses.model import Holder, License, LicenseState, Wanted
from licenses.reasons.issuing import NO_SUCH_LICENSE
from licenses.store.content import ContentBox
from licenses.store.tables import licenses

_MOST_WRONG: Final = 64
"""Rows that somebody else wrote behind the newest place; with more of them no place is given out until an operator has looked."""


class LicenseStore:
    """Licenses, within one transaction."""

    def __init__(self, tx: Tx, box: ContentBox) -> None:
        """Bind to a transaction and the key of contents."""
        self._tx = tx
        self._box = box

    def get(self, identifier: str) -> License:
        """Return a license; raise NotFoundError."""
        row = checked(self._tx, licenses, self._tx.execute(select(licenses).where(licenses.c.identifier == identifier)).first())
        if row is None:
            raise self.unknown()
        return self._inherited(_license(row, self._box.open(row.identifier, row.sealed_content)))

    def insert(self, thing: License) -> None:
        """Add a license."""
        content = {"holders": [[one.title, one.code, one.code_type] for one in thing.holders], "fields": dict(thing.fields)}
        values = {
            "identifier": thing.identifier,
            "seq": thing.seq,
            "license_type": thing.license_type,
            "number": thing.number,
            "issuer": thing.issuer,
            "issuer_title": thing.issuer_title,
            "issue_date": thing.issue_date,
            "valid_from": thing.valid_from,
            "valid_to": thing.valid_to,
            "sealed_content": self._box.seal(thing.identifier, content),
            "kid": thing.kid.hex(),
            "protected": thing.protected,
            "payload": thing.payload,
            "status_shard": thing.status_shard,
            "status_index": thing.status_index,
            "status_uri": thing.status_uri,
            "create_time": thing.create_time,
            **_what_moves(thing),
        }
        put(self._tx, licenses, values)

    def replace(self, before: License, after: License) -> License:
        """Write what can change of a license; raise ConflictError where somebody was quicker."""
        key = {"identifier": before.identifier, "revision": before.revision}
        swap(self._tx, licenses, key, _what_moves(after), before.name)
        return after

    @staticmethod
    def unknown() -> NotFoundError:
        """Return the error for a license that is not there or may not be known."""
        return NO_SUCH_LICENSE()

    def list(self, issuer: str, before: str, count: int, wanted: Wanted) -> list[License]:
        """Return licenses of an issuer and its predecessors without their content, newest first, below `before` where that is given."""
        query = self.query(DepartmentStore(self._tx).lineage_of(issuer), before, wanted)
        rows = fitting_page(self._tx, licenses, query, licenses.c.seq, count, newest_first=True)
        own = (_license(row, {"holders": (), "fields": {}}).without_content() for row in rows)
        return [one if one.issuer == issuer else replace(one, heir=issuer) for one in own]

    def _inherited(self, thing: License) -> License:
        """Return a license with the department that has the issuer's rights now."""
        heir = DepartmentStore(self._tx).heir_of(thing.issuer)
        return thing if heir == thing.issuer else replace(thing, heir=heir)

    @staticmethod
    def query(issuers: Collection[str], before: str, wanted: Wanted) -> Select[Any]:
        """Return the query of a list: what a department issued, and those from which it took over; for each filter there is an index."""
        query = select(licenses).where(licenses.c.issuer == next(iter(issuers)) if len(issuers) == 1 else licenses.c.issuer.in_(issuers))
        if wanted.number:
            query = query.where(licenses.c.number == wanted.number)
        if wanted.license_type:
            query = query.where(licenses.c.license_type == wanted.license_type)
        if wanted.state is not None:
            query = query.where(licenses.c.state == wanted.state.value)
        if before:
            # by `seq`, a ULID: identifiers are drawn at random and tell no order
            query = query.where(licenses.c.seq < before)
        return query

    def is_taken(self, shard: int, index: int) -> bool:
        """Tell whether a place in a shard was ever given away."""
        found = self._tx.scalar(select(licenses.c.identifier).where(licenses.c.status_shard == shard, licenses.c.status_index == index))
        return found is not None

    def newest_shard(self) -> int:
        """Return the newest shard that was begun, 0 before the first license, by the newest place whose row is what was written."""
        place = tuple_(licenses.c.status_shard, licenses.c.status_index)
        newest = select(licenses).order_by(licenses.c.status_shard.desc(), licenses.c.status_index.desc()).limit(1)
        row = self._tx.execute(newest).first()
        for _ in range(_MOST_WRONG):
            if row is None:
                return 0
            if fitting(self._tx, licenses, [row]):
                return int(row.status_shard)
            row = self._tx.execute(newest.where(place < tuple_(row.status_shard, row.status_index))).first()
        checked(self._tx, licenses, row)
        return 0 if row is None else int(row.status_shard)

    def count(self, shard: int) -> int:
        """Return how many places of a shard are taken."""
        return int(self._tx.scalar(select(func.count()).select_from(licenses).where(licenses.c.status_shard == shard)))

    def has_serial(self, license_type: str, issuer: str, number: str, but: str = "") -> bool:
        """Tell whether the issuer has a license of this type and number that was not revoked or superseded; `but` (identifier) does not count."""
        where = (licenses.c.license_type == license_type, licenses.c.issuer == issuer, licenses.c.number == number)
        ended = (LicenseState.REVOKED.value, LicenseState.SUPERSEDED.value)
        living = select(licenses.c.identifier).where(*where, licenses.c.state.not_in(ended), licenses.c.identifier != but)
        return self._tx.scalar(living) is not None


def licenses_ending(tx: Tx, days: Collection[date]) -> list[tuple[str, date, int]]:
    """Return how many licenses in force of each issuer end on each of some days: (issuer, day, count). All of the table is read."""
    living = (licenses.c.valid_to.in_(days), licenses.c.state.in_([LicenseState.ISSUED.value, LicenseState.SUSPENDED.value]))
    counted = (
        select(licenses.c.issuer, licenses.c.valid_to, func.count().label("living")).where(*living).group_by(licenses.c.issuer, licenses.c.valid_to)
    )
    return [(row.issuer, row.valid_to, row.living) for row in tx.execute(counted)]


def has_licenses(tx: Tx) -> bool:
    """Tell whether a license was ever prepared on this hub."""
    return tx.scalar(select(licenses.c.identifier).limit(1)) is not None


def _license(row: Row[Any], content: Mapping[str, Any]) -> License:
    return License(
        identifier=row.identifier,
        license_type=row.license_type,
        number=row.number,
        issuer=row.issuer,
        issuer_title=row.issuer_title,
        issue_date=row.issue_date,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        holders=tuple(Holder(*one) for one in content["holders"]),
        fields=content["fields"],
        kid=bytes.fromhex(row.kid),
        protected=row.protected,
        payload=row.payload,
        status_shard=row.status_shard,
        status_index=row.status_index,
        status_uri=row.status_uri,
        create_time=row.create_time,
        seq=row.seq,
        state=LicenseState(row.state),
        signed_bytes=row.signed_bytes,
        stamp=row.stamp,
        reason=row.reason,
        issue_time=row.issue_time,
        revision=row.revision,
        superseded_by=row.superseded_by or "",
        supersedes=row.supersedes or "",
    )


def _what_moves(thing: License) -> dict[str, Any]:
    """Return the columns that a step may change."""
    return {
        "state": thing.state.value,
        "signed_bytes": thing.signed_bytes,
        "stamp": thing.stamp,
        "reason": thing.reason,
        "issue_time": thing.issue_time,
        "revision": thing.revision,
        "superseded_by": thing.superseded_by,
        "supersedes": thing.supersedes,
    }
