"""What verification holds in memory: the standing of every license that is not simply valid."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Row, select

from hub.clock import Clock
from hub.db import Database
from licenses.live import LiveLicenses, Standing
from licenses.model import LicenseState
from licenses.status_list import LicenseStatus
from licenses.store.keys import load_keys
from licenses.store.tables import licenses

_STATUS: Final = {
    LicenseState.DRAFT: LicenseStatus.SUSPENDED,
    LicenseState.SUSPENDED: LicenseStatus.SUSPENDED,
    LicenseState.REVOKED: LicenseStatus.INVALID,
}
"""A department could put a code together from a draft's bytes and its own signature: until it is issued here, nobody takes it for valid."""
_NOT_ISSUED: Final = "已制作，尚未签发 prepared, not issued"


def live_licenses(db: Database, clock: Clock, publisher: str, uri_of: Callable[[int], str]) -> LiveLicenses:
    """Return the registry of keys and standings, which follows every change that is announced."""
    live = LiveLicenses(clock, publisher, uri_of, lambda: load_keys(db), lambda key: load_standing(db, key), lambda: load_all_standings(db))
    db.on_change(live.reload)
    return live


def load_standing(db: Database, identifier: str) -> Standing | None:
    """Return the standing of one license, None where there is none."""
    with db.read() as tx:
        row = tx.execute(_standings().where(licenses.c.identifier == identifier)).first()
    return _standing(row) if row else None


def load_all_standings(db: Database) -> list[Standing]:
    """Return the standing of every license that is not simply valid, and of one in the newest shard, so that this is known to exist."""
    with db.read() as tx:
        # valid licenses are not loaded: what is not in memory is valid
        rows = tx.execute(_standings().where(licenses.c.state.in_([state.value for state in _STATUS]))).all()
        newest = tx.execute(_standings().order_by(licenses.c.status_shard.desc()).limit(1)).all()
    return [_standing(row) for row in (*newest, *rows)]


def _standings() -> Any:
    return select(licenses.c.identifier, licenses.c.status_shard, licenses.c.status_index, licenses.c.state, licenses.c.reason)


def _standing(row: Row[Any]) -> Standing:
    status = _STATUS.get(LicenseState(row.state), LicenseStatus.VALID)
    draft = row.state == LicenseState.DRAFT.value
    return Standing(row.identifier, row.status_shard, row.status_index, status, _NOT_ISSUED if draft else row.reason, listed=not draft)
