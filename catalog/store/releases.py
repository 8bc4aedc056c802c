"""Signed releases: numbered without gaps, never changed."""

from dataclasses import asdict

from sqlalchemy import func, select

from catalog.reasons import NO_SUCH_RELEASE
from catalog.release import Release
from catalog.store.tables import releases
from hub.db import Tx, checked, put


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
        put(self._tx, releases, asdict(release))

    def get(self, number: int) -> Release:
        """Return the release of that number, the newest for 0."""
        wanted = select(releases).order_by(releases.c.number.desc()).limit(1)
        row = checked(self._tx, releases, self._tx.execute(wanted.where(releases.c.number == number) if number else wanted).first())
        if row is None:
            raise NO_SUCH_RELEASE()
        return Release(**row._asdict())
