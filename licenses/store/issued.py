"""Licenses as rows. Holders and business fields are one encrypted blob."""

from typing import Any

from sqlalchemy import Row, func, insert, select, update

from hub.db import Tx
from hub.errors import NotFoundError
from licenses.model import Holder, License, LicenseState
from licenses.store.content import ContentBox
from licenses.store.tables import aware, licenses, stale


class LicenseStore:
    """Licenses, within one transaction."""

    def __init__(self, tx: Tx, box: ContentBox) -> None:
        """Bind to a transaction and the key of contents."""
        self._tx = tx
        self._box = box

    def get(self, identifier: str) -> License:
        """Return a license; raise NotFoundError."""
        row = self._tx.execute(select(licenses).where(licenses.c.identifier == identifier)).first()
        if row is None:
            raise NotFoundError("there is no such license", zh="证照不存在")
        return self._license(row)

    def insert(self, license_: License, seq: str, nonce: bytes) -> None:
        """Add a license; `seq` orders the issuer's list."""
        content = {"holders": [[one.title, one.code, one.code_type] for one in license_.holders], "fields": dict(license_.fields)}
        self._tx.execute(
            insert(licenses).values(
                identifier=license_.identifier,
                seq=seq,
                license_type=license_.license_type,
                number=license_.number,
                issuer=license_.issuer,
                issuer_title=license_.issuer_title,
                issue_date=license_.issue_date,
                valid_from=license_.valid_from,
                valid_to=license_.valid_to,
                sealed_content=self._box.seal(license_.identifier, content, nonce),
                kid=license_.kid.hex(),
                protected=license_.protected,
                payload=license_.payload,
                status_shard=license_.status_shard,
                status_index=license_.status_index,
                status_uri=license_.status_uri,
                create_time=license_.create_time,
                **_moving(license_),
            ),
        )

    def replace(self, before: License, after: License) -> None:
        """Write what can change of a license if nobody changed it since `before`."""
        where = (licenses.c.identifier == before.identifier, licenses.c.revision == before.revision)
        if self._tx.execute(update(licenses).where(*where).values(**_moving(after))).rowcount != 1:
            raise stale()

    def list(self, issuer: str, before: str, count: int) -> list[tuple[str, License]]:
        """Return (seq, license) of an issuer, newest first, below `before` where that is given."""
        query = select(licenses).where(licenses.c.issuer == issuer)
        if before:
            query = query.where(licenses.c.seq < before)
        return [(row.seq, self._license(row)) for row in self._tx.execute(query.order_by(licenses.c.seq.desc()).limit(count))]

    def taken(self, shard: int, index: int) -> bool:
        """Tell whether a place in a shard was ever given away."""
        found = self._tx.scalar(select(licenses.c.identifier).where(licenses.c.status_shard == shard, licenses.c.status_index == index))
        return found is not None

    def newest_shard(self) -> int:
        """Return the newest shard that was begun, 0 before the first license."""
        return int(self._tx.scalar(select(func.coalesce(func.max(licenses.c.status_shard), 0))))

    def count(self, shard: int) -> int:
        """Return how many places of a shard are taken."""
        return int(self._tx.scalar(select(func.count()).select_from(licenses).where(licenses.c.status_shard == shard)))

    def has_serial(self, license_type: str, issuer: str, number: str) -> bool:
        """Tell whether the issuer has a license of this type and number that was not revoked."""
        where = (licenses.c.license_type == license_type, licenses.c.issuer == issuer, licenses.c.number == number)
        return self._tx.scalar(select(licenses.c.identifier).where(*where, licenses.c.state != LicenseState.REVOKED.value)) is not None

    def _license(self, row: Row[Any]) -> License:
        content = self._box.open(row.identifier, row.sealed_content)
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
            create_time=aware(row.create_time),
            state=LicenseState(row.state),
            signed_bytes=row.signed_bytes,
            stamp=row.stamp,
            reason=row.reason,
            issue_time=None if row.issue_time is None else aware(row.issue_time),
            revision=row.revision,
        )


def _moving(license_: License) -> dict[str, Any]:
    return {
        "state": license_.state.value,
        "signed_bytes": license_.signed_bytes,
        "stamp": license_.stamp,
        "reason": license_.reason,
        "issue_time": license_.issue_time,
        "revision": license_.revision,
    }
