"""What online verification needs, in memory: the keys of the trust list, the status of every license that is not simply valid, and why."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from hub.clock import Clock
from licenses.status_list import SHARD, LicenseStatus, StatusBits, StatusReading, StatusReference
from licenses.trust_list import TrustedKey, TrustList

KEYS: Final = "issuing-keys"
STATUS: Final = "license-status"
LIFE: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Standing:
    """The status of one license and the issuer's words for it."""

    identifier: str
    shard: int
    index: int
    status: LicenseStatus
    reason: str
    listed: bool = True
    """Whether signed lists tell it too: a draft, which is a draft for seconds, is known online alone, and makes no new list."""


class LiveLicenses:
    """Keys and statuses of one hub. Readers take no lock; changes come through `reload`."""

    def __init__(
        self,
        clock: Clock,
        publisher: str,
        uri_of: Callable[[int], str],
        load_keys: Callable[[], tuple[int, Iterable[TrustedKey]]],
        load_standing: Callable[[str], Standing | None],
        load_all: Callable[[], Iterable[Standing]],
    ) -> None:
        """Take the clock, the publisher's name, how a shard's URI is spelled, and the three ways to the database; loads everything."""
        self._clock = clock
        self.publisher = publisher
        self.uri_of = uri_of
        self._load_keys = load_keys
        self._load_standing = load_standing
        self._load_all = load_all
        self._lock = threading.Lock()
        self._standings: dict[int, dict[int, Standing]] = {}
        self._versions: dict[int, int] = {}
        self._newest = 0
        self._trust: TrustList | None = None
        self.load_all()

    def load_all(self) -> None:
        """Read keys and standings."""
        with self._lock:
            self._trust = None
            self._keys = self._load_keys()
            shards: dict[int, dict[int, Standing]] = {}
            for one in self._load_all():
                self._newest = max(self._newest, one.shard)
                if one.status is not LicenseStatus.VALID:
                    shards.setdefault(one.shard, {})[one.index] = one
            for shard in self._standings.keys() | shards.keys():
                # lists that were signed before the loading are signed anew
                self._versions[shard] = self.version(shard) + 1
            self._standings = shards

    def reload(self, topic: str, key: str) -> None:
        """Read what changed; other topics are not for this registry."""
        if topic == KEYS:
            with self._lock:
                self._keys = self._load_keys()
                self._trust = None
        elif topic == STATUS:
            with self._lock:
                standing = self._load_standing(key)
                if standing is not None:
                    self._put(standing)

    def trust(self) -> TrustList:
        """Return the trust list as of now; made anew when half of its life is over or a key changed."""
        now = int(self._clock.now().timestamp())
        trust = self._trust
        if trust is not None and trust.issued_at <= now < trust.issued_at + LIFE // 2:
            return trust
        with self._lock:  # or a list of the keys of a moment ago could be kept for half a day over a revocation
            number, keys = self._keys
            self._trust = trust = TrustList(self.publisher, "issuing-keys", max(number, 1), now, now + LIFE, tuple(keys))
        return trust

    def look_up(self, reference: StatusReference) -> StatusReading | None:
        """Return the status as known at this moment; None for a list that is not ours or was never begun."""
        shard = self._shard_of(reference.uri)
        if shard is None or not 0 <= reference.index < SHARD:
            return None
        standing = self._standing(shard, reference.index)
        return StatusReading(standing.status if standing else LicenseStatus.VALID, int(self._clock.now().timestamp()))

    def reason(self, reference: StatusReference) -> str:
        """Return the issuer's words for a license that is suspended or revoked, empty otherwise."""
        shard = self._shard_of(reference.uri)
        standing = None if shard is None else self._standing(shard, reference.index)
        return "" if standing is None else standing.reason

    def version(self, shard: int) -> int:
        """Return a number that changes with every change of a shard; to be read before its `bits`."""
        return self._versions.get(shard, 0)

    def bits(self, shard: int) -> StatusBits:
        """Return the statuses of one shard."""
        bits = StatusBits()
        with self._lock:
            # copied under the lock, packed outside: a change does not wait for a whole shard
            standings = list(self._standings.get(shard, {}).values())
        for standing in standings:
            if standing.listed:
                bits.set(standing.index, standing.status)
        return bits

    def _standing(self, shard: int, index: int) -> Standing | None:
        return self._standings.get(shard, {}).get(index)

    def _put(self, standing: Standing) -> None:
        """Keep what is not simply valid; memory grows with drafts, suspensions and revocations, not with licenses."""
        self._newest = max(self._newest, standing.shard)
        shard = self._standings.setdefault(standing.shard, {})
        before = shard.get(standing.index)
        if standing.status is not LicenseStatus.VALID:
            shard[standing.index] = standing  # in place of the one before: whoever reads meanwhile never finds neither
        else:
            shard.pop(standing.index, None)
        if (before and before.listed) or (standing.status is not LicenseStatus.VALID and standing.listed):
            self._versions[standing.shard] = self.version(standing.shard) + 1

    def _shard_of(self, uri: str) -> int | None:
        head, _, last = uri.rpartition("/")
        if not last.isascii() or not last.isdigit() or len(last) > 9 or not head:  # noqa: PLR2004 - more than shards there can be
            return None
        shard = int(last)
        # spelled back and compared whole: an address of another hub may end in the same number
        return shard if shard <= self._newest and self.uri_of(shard) == uri else None
