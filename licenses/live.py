"""What online verification needs, in memory: the keys of the trust list, and which codes were issued and what became of them.

The index of issued codes is loaded behind the start, shard by shard (`fill`). A code whose shard is not there yet is asked of the database,
in a thread: `look_up` raises `NotLoadedError`, and `register` is the source that asks. Readers take no lock; changes come through `reload`.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from hub.clock import Clock
from licenses.issue_index import IndexedShard, Marks, RegisterEntry, reading_of
from licenses.reasons.issuing import STATUS_LIST_LOADING
from shuniu.codes.status_list import SHARD, StatusBits, StatusReading, StatusReference
from shuniu.codes.trust_list import TrustedKey, TrustList

KEYS: Final = "issuing-keys"
STATUS: Final = "license-status"
DEPARTMENTS: Final = "departments"
LIFE: Final = 24 * 3600
PORTION: Final = 500
"""Rows that are read at a time while a shard is loaded."""
PATIENCE: Final = 2.0
"""Seconds for which a caller waits while the shard of a status list is loaded."""


class Register(Protocol):
    """Where keys and licenses are stored. What is not as it was written is not in force here, and no row stops the others."""

    def keys(self) -> tuple[int, Iterable[TrustedKey]]:
        """Return the number of the trust list and its keys."""

    def newest_shard(self) -> int:
        """Return the newest shard that was begun, -1 before the first license."""

    def of(self, identifier: str) -> RegisterEntry | None:
        """Return the entry of a license."""

    def at(self, shard: int, index: int) -> RegisterEntry | None:
        """Return the entry of a place."""

    def portion(self, shard: int, after: int, count: int) -> Sequence[RegisterEntry]:
        """Return at most `count` entries of a shard, in the order of their places, behind the place `after`."""


class NotLoadedError(Exception):
    """The shard of a code is not in memory yet: the database has to be asked, which the event loop does not do."""


class LiveLicenses:
    """Keys and issued codes of one hub."""

    def __init__(self, clock: Clock, publisher: str, uri_of: Callable[[int], str], register: Register) -> None:
        """Take the clock, the hub's name, how a shard's URI is spelled, and where it is all stored; loads the keys."""
        self._clock = clock
        self.publisher = publisher
        self.uri_of = uri_of
        self._register = register
        self._marks = Marks()
        self._lock = threading.Lock()
        self._one_load = threading.Lock()
        self._shards: dict[int, IndexedShard] = {}
        self._loading: dict[int, IndexedShard] = {}
        self._versions: dict[int, int] = {}
        self._newest = -1
        self._trust: TrustList | None = None
        self.load_all()

    def load_all(self) -> None:
        """Read the keys, and forget the index: what is not loaded anew is asked of the database."""
        with self._lock:
            self._trust = None
            self._keys = self._register.keys()
            self._newest = max(self._newest, self._register.newest_shard())
            for shard in self._shards:
                # lists that were signed before the loading are signed anew
                self._versions[shard] = self.version(shard) + 1
            self._shards, self._loading = {}, {}

    def reload(self, topic: str, key: str) -> None:
        """Read what changed; other topics are not for this registry."""
        if topic in {KEYS, DEPARTMENTS}:  # the trust list tells what issuers are called
            with self._lock:
                self._keys = self._register.keys()
                self._trust = None
        elif topic == STATUS:
            # under the lock from reading to keeping: of two changes the later one is kept
            with self._lock:
                entry = self._register.of(key)
                if entry is not None:
                    self._put(entry)

    def read_again(self, identifier: str) -> None:
        """Read a license whose row was bound as it stands; one that is gone leaves no trace of its place, so the index is loaded anew."""
        entry = self._register.of(identifier)
        if entry is None:
            self.load_all()
        else:
            self.reload(STATUS, identifier)

    def trust(self) -> TrustList:
        """Return the trust list as of now; made anew when half of its life is over or a key changed.

        A list that is renewed keeps its number, which counts changes, and has a later time: of two lists the one with the higher number is
        the newer, of two with one number the later (`TrustList.check_follows`).
        """
        now = int(self._clock.now().timestamp())
        trust = self._trust
        if trust is not None and trust.issued_at <= now < trust.issued_at + LIFE // 2:
            return trust
        with self._lock:  # or a list of the keys of a moment ago could be kept for half a day over a revocation
            number, keys = self._keys
            self._trust = trust = TrustList(self.publisher, "issuing-keys", max(number, 1), now, now + LIFE, tuple(keys))
        return trust

    @property
    def addresses(self) -> tuple[str]:
        """Return the address of a status list, which the pages share."""
        return (self.uri_of(0),)

    def look_up(self, reference: StatusReference, identifier: str, signed: bytes) -> StatusReading | None:
        """Return what the register says of a code at this moment; None for a list that is not ours. Raise NotLoadedError where it must be asked."""
        shard = self._shard_of(reference.uri)
        if shard is None:
            return None
        now = int(self._clock.now().timestamp())
        if shard > self._newest or not 0 <= reference.index < SHARD:
            return reading_of(None, identifier, signed, now)
        held = self._shards.get(shard)
        if held is None:
            raise NotLoadedError
        return held.read(reference.index, identifier, signed, now)

    @property
    def asking(self) -> "AskingSource":
        """Return the source that asks the database for what is not in memory: for threads, never for the event loop."""
        return AskingSource(self)

    def ask(self, reference: StatusReference, identifier: str, signed: bytes) -> StatusReading | None:
        """Return what the register says of a code, asked of the database."""
        shard = self._shard_of(reference.uri)
        now = int(self._clock.now().timestamp())
        return None if shard is None else reading_of(self._register.at(shard, reference.index), identifier, signed, now)

    def version(self, shard: int) -> int:
        """Return a number that changes with every change of a shard; to be read before its `bits`."""
        return self._versions.get(shard, 0)

    def bits(self, shard: int) -> StatusBits:
        """Return the statuses of one shard; loads it where it is not in memory, one shard at a time."""
        held = self._shards.get(shard)
        if held is None and self._one_load.acquire(timeout=PATIENCE):
            try:
                self.load_shard(shard)
            finally:
                self._one_load.release()
            held = self._shards.get(shard)
        if held is None:
            raise STATUS_LIST_LOADING(retry_after=PATIENCE)
        return held.bits()

    def missing(self) -> int | None:
        """Return the newest shard that is not in memory, None where all are."""
        return next((shard for shard in range(self._newest, -1, -1) if shard not in self._shards), None)

    def load_shard(self, number: int, rest: Callable[[], object] = bool) -> None:
        """Read all places of a shard; whoever comes while another loads it waits for that, for a while. `rest` is called between portions."""
        with self._lock:
            if number in self._shards:
                return
            other = self._loading.get(number)
            mine = other or self._loading.setdefault(number, IndexedShard(self._marks.of))
        if other is not None:
            other.done.wait(PATIENCE)
            return
        try:
            self._read_into(mine, number, rest)
        finally:
            with self._lock:
                if self._loading.get(number) is mine:
                    del self._loading[number]
            mine.done.set()

    def _read_into(self, mine: IndexedShard, number: int, rest: Callable[[], object]) -> None:
        after = -1
        while entries := self._register.portion(number, after, PORTION):
            with self._lock:
                mine.load(entries)
            after = entries[-1].index
            rest()
        with self._lock:
            # `load_all` has begun anew meanwhile: what was read before it does not count
            if self._loading.get(number) is mine:
                mine.finish()
                self._shards[number] = mine
                self._versions[number] = self.version(number) + 1

    def _put(self, entry: RegisterEntry) -> None:
        # shards are begun one after the other; of a new one nobody had a place before, so it is whole with this entry
        if entry.shard == self._newest + 1:
            self._newest = entry.shard
            self._shards[entry.shard] = new = IndexedShard(self._marks.of)
            new.finish()
        for held in (self._shards.get(entry.shard), self._loading.get(entry.shard)):
            if held is not None and held.put(entry):
                self._versions[entry.shard] = self.version(entry.shard) + 1

    def _shard_of(self, uri: str) -> int | None:
        head, _, last = uri.rpartition("/")
        if not last.isascii() or not last.isdigit() or len(last) > 9 or not head:  # noqa: PLR2004 - more than shards there can be
            return None
        shard = int(last)
        # spelled back and compared whole: an address of another hub may end in the same number
        return shard if self.uri_of(shard) == uri else None


class AskingSource:
    """The register for a thread: from memory, and from the database where a shard is not loaded yet."""

    def __init__(self, live: LiveLicenses) -> None:
        """Take what is in memory."""
        self._live = live

    @property
    def addresses(self) -> tuple[str]:
        """Return the address of a status list, which the pages share."""
        return self._live.addresses

    def look_up(self, reference: StatusReference, identifier: str, signed: bytes) -> StatusReading | None:
        """Return what the register says of a code at this moment; None for a list that is not ours."""
        try:
            return self._live.look_up(reference, identifier, signed)
        except NotLoadedError:
            return self._live.ask(reference, identifier, signed)
