"""What licenses and issuing keys lay on the desk at once: what waited before work was kept, and what ends with time."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from certs.store import DepartmentStore
from hub.access import Duty
from hub.clock import day_in_china
from hub.db import Tx
from hub.desk import Notice, Thing
from hub.ending import AHEAD, STAGES, notice_of_end
from hub.going_through import BATCH, PostingActions
from hub.resource import id_of
from hub.unit_of_work import Aim
from licenses.live import KEYS
from licenses.model import KID, IssuingKey, key_waits
from licenses.store import IssuingKeyStore, licenses_ending


def kid_of(name: str) -> str:
    """Return the key id in issuingKeys/{kid}, spelled the one way in which names are given out."""
    return id_of(name, "issuingKeys", shape=KID)


def _title(tx: Tx, key: IssuingKey) -> str:
    return DepartmentStore(tx).called(key.department)


ISSUING_KEYS: Final = Aim(store=IssuingKeyStore, id_of=kid_of, topic=KEYS, waits=key_waits, called=_title)


class PostingOfLicenses(PostingActions):
    """The part of the licenses' actions that no caller asks for."""

    def backfill(self, _at: datetime) -> Iterator[int]:
        """Post the work of all keys that wait already: of a hub that kept none before."""
        yield from self._go_through(ISSUING_KEYS, lambda tx, after, count: IssuingKeyStore(tx).pending(after, count), "")

    def tell_ends(self, at: datetime) -> Iterator[int]:
        """Tell departments of keys that are about to end, and of how many licenses end: one notice a department and day, and nobody's name."""
        yield from self._go_through(
            ISSUING_KEYS,
            lambda tx, after, count: IssuingKeyStore(tx).ending(at, at + AHEAD, after, count),
            "",
            lambda key: notice_of_end("key_ends", key.department, (Duty.LICENSES,), key.not_after, at),
        )
        yield from self._tell_of_licenses(at)

    def _tell_of_licenses(self, at: datetime) -> Iterator[int]:
        today = day_in_china(at)
        days = {today + timedelta(days=left): str(left) for left in STAGES}
        with self._db.read() as tx:
            counts: dict[str, Counter[str]] = {}
            for issuer, day, count in licenses_ending(tx, days):
                told = counts.setdefault(DepartmentStore(tx).heir_of(issuer), Counter())
                told[days[day]] += count
        issuers = sorted(counts)
        for begin in range(0, len(issuers), BATCH):
            with self._db.begin() as tx:
                for issuer in issuers[begin : begin + BATCH]:
                    thing = Thing(f"departments/{issuer}", DepartmentStore(tx).called(issuer))
                    self._desk.tell(tx, thing, (_counted(issuer, counts[issuer], today.isoformat()),), at)
            yield BATCH


def _counted(issuer: str, counts: Mapping[str, int], today: str) -> Notice:
    """Return how many licenses of an issuer have so many days left."""
    facts = {f"days_left_{left}": str(count) for left, count in sorted(counts.items())}
    return Notice(kind="licenses_end", department=issuer, duties=(Duty.LICENSES,), key=f"licenses_end {today}", facts=facts)
