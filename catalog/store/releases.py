"""Signed releases: numbered without gaps, never changed."""

from sqlalchemy import func, insert, select

from catalog.reasons import NO_SUCH_RELEASE
from catalog.release import Release
from catalog.store.tables import releases
from hub.db import Tx


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
            raise NO_SUCH_RELEASE()
        return Release(**row._asdict())
