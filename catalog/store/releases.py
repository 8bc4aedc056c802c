"""Signed releases: numbered without gaps, never changed."""

from datetime import UTC
from typing import Any

from sqlalchemy import func, insert, select

from catalog.release import Release
from catalog.store.tables import releases
from hub.db import Tx
from hub.errors import NotFoundError


class ReleaseStore:
    """The releases, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to a transaction."""
        self._tx = tx

    def next_number(self) -> int:
        """Return the number that the next release bears; two at once meet at the primary key, and one is told to retry."""
        return int(self._tx.scalar(select(func.coalesce(func.max(releases.c.number), 0)))) + 1

    def insert(self, release: Release) -> None:
        """Keep a release."""
        self._tx.execute(
            insert(releases).values(
                number=release.number,
                digest=release.digest,
                entry_count=release.entry_count,
                create_time=release.create_time,
                statement=release.statement,
                signature=release.signature,
                public_key_pem=release.public_key_pem,
            ),
        )

    def get(self, number: int) -> Release:
        """Return the release of that number, the newest for 0."""
        wanted = select(releases).order_by(releases.c.number.desc()).limit(1)
        row = self._tx.execute(wanted.where(releases.c.number == number) if number else wanted).first()
        if row is None:
            raise NotFoundError("there is no such release", zh="目录发布版不存在", next_action="ask for number 0, the newest, or have one made")
        return _from_row(row)


def _from_row(row: Any) -> Release:
    made = row.create_time if row.create_time.tzinfo else row.create_time.replace(tzinfo=UTC)
    return Release(row.number, row.digest, row.entry_count, made.astimezone(UTC), row.statement, row.signature, row.public_key_pem)
