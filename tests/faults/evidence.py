"""What callers hold of a hub, what its log says, and whether the two agree: counted, so that a test asserts and `make faults` prints."""

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeAlias

import grpc

from audit.model import Kind, Record
from audit.outcomes import CORRECTS
from audit.store import RecordStore, TreeStore
from hub.db import Database
from hub.errors import UnavailableError
from shuniu.digest import answer_digest
from shuniu.proofs.checkpoint import VerifierKey, open_checkpoint
from shuniu.proofs.tree import CompactRange
from shuniu.v1 import exchange_pb2
from tests.faults.process import HubProcess
from tests.world import CASE, CONSUMER, KEY, METHODS, OFFICER, PURPOSE

CALLERS = 16
RESTARTING = 20.0
"""Seconds: a server that lost a backend ends all sessions a moment later, and recovers."""


@dataclass(frozen=True)
class Acknowledged:
    """An answer that a caller has in hands: the receipt, the digest of the very bytes under its salt, and when the call began (monotonic seconds)."""

    index: int
    leaf_hash: bytes
    digest: bytes
    begun: float = 0.0


@dataclass(frozen=True)
class Log:
    """The log as it stands in the database, from a first index on."""

    records: list[Record]
    leaves: list[bytes]
    size: int
    root: bytes


Method: TypeAlias = "grpc.UnaryUnaryMultiCallable[bytes, bytes]"


class Said(Protocol):
    """What is compared of a record."""

    @property
    def kind(self) -> Kind: ...
    @property
    def status(self) -> str: ...
    @property
    def digest(self) -> bytes: ...
    @property
    def intent_index(self) -> int | None: ...


class Entry(NamedTuple):
    """What is kept of a record while a log grows long."""

    kind: Kind
    status: str
    digest: bytes
    intent_index: int | None


def query_method(hub: HubProcess) -> tuple[Method, Callable[[str], bytes]]:
    """Return the bare Query of the usual consumer, and what makes its request for a grant."""
    path, _ = METHODS["Query"]

    def asked(grant: str) -> bytes:
        request = exchange_pb2.QueryRequest(grant=grant, purpose=PURPOSE, case_number=CASE, officer=OFFICER, subject_key=KEY)
        return request.SerializeToString()

    return hub.as_(CONSUMER).client.channel.unary_unary(path), asked


def receipt_of(answer: bytes, call: grpc.Call, begun: float) -> Acknowledged:
    told: dict[str, Any] = dict(call.trailing_metadata())
    return Acknowledged(int(told["shuniu-log-index"]), told["shuniu-log-leaf-bin"], answer_digest(answer, told["shuniu-answer-salt-bin"]), begun)


def load(hub: HubProcess, grant: str, end: Callable[[], bool], timeout: float = 5.0) -> list[Acknowledged]:
    """Query with many callers until `end`; return what was acknowledged. What fails is nobody's answer."""
    method, asked = query_method(hub)
    request, kept = asked(grant), []

    def call() -> None:
        while not end():
            begun = time.monotonic()
            try:
                answer, done = method.with_call(request, timeout=timeout)
            except grpc.RpcError:
                time.sleep(0.01)
                continue
            kept.append(receipt_of(answer, done, begun))

    with ThreadPoolExecutor(CALLERS) as pool:
        for one in [pool.submit(call) for _ in range(CALLERS)]:
            one.result()
    return kept


@contextmanager
def under_load(hub: HubProcess, grant: str) -> Iterator[list[Acknowledged]]:
    """Query all the while; the list is filled at the end of the block."""
    stop, kept = threading.Event(), list[Acknowledged]()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(load, hub, grant, stop.is_set)
        try:
            yield kept
        finally:
            stop.set()
            kept += running.result()


def read(hub: HubProcess, since: int = 0) -> Log:
    """Read the log out of the hub's database, beside the hub; a server that restarts is waited for."""
    end = time.monotonic() + RESTARTING
    while True:
        try:
            return _read(hub, since)
        except UnavailableError:
            if time.monotonic() > end:
                raise
        time.sleep(0.1)


def _read(hub: HubProcess, since: int) -> Log:
    database = Database(hub.config.database_url)
    try:
        with database.read() as tx:
            whole = TreeStore(tx).range()
            size, root = whole.size, whole.root()
            found = list(RecordStore(tx).read(since, size))
    finally:
        database.close()
    assert [record.index for record, _ in found] == list(range(since, size)), "the log has a gap"
    return Log([record for record, _ in found], [leaf_hash for _, leaf_hash in found], size, root)


def merkle_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, written down again from the standard."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256().digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + merkle_root(leaves[:half]) + merkle_root(leaves[half:])).digest()


def signed(hub: HubProcess) -> tuple[int, bytes] | None:
    """Size and root of the checkpoint that the world can see."""
    try:
        note = (hub.log_folder / "checkpoint").read_bytes()
    except FileNotFoundError:
        return None
    head = open_checkpoint(note, [VerifierKey.parse((hub.log_folder / "log.vkey").read_text(encoding="utf-8").strip())])
    return head.size, head.root


@dataclass
class Tally:
    """What does not agree; a right hub leaves all of it at 0."""

    lost: int = 0
    """Receipts behind the end of the log."""
    other_leaf: int = 0
    """Receipts under whose index another leaf stands, or no `ok` outcome of just that answer."""
    twice: int = 0
    """Indexes for which more than one receipt was given."""
    without_intent: int = 0
    """Outcomes that name no intent before them, or one that has its outcome already."""
    taken_back: int = 0
    """Receipts of which the log says that nothing was released."""

    def add(self, other: "Tally") -> None:
        for name, number in vars(other).items():
            setattr(self, name, getattr(self, name) + number)


def tally(records: Sequence[Said], leaves: Sequence[bytes], receipts: Sequence[Acknowledged]) -> Tally:
    """Compare receipts with a log that begins at 0."""
    found = Tally()
    for one in receipts:
        if one.index >= len(records):
            found.lost += 1
            continue
        record = records[one.index]
        right = leaves[one.index] == one.leaf_hash and (record.kind, record.status, record.digest) == (Kind.OUTCOME, "ok", one.digest)
        found.other_leaf += not right
        intent = -1 if record.intent_index is None else record.intent_index
        found.without_intent += not (0 <= intent < one.index and records[intent].kind is Kind.INTENT)
    found.twice = sum(number > 1 for number in Counter(one.index for one in receipts).values())
    return found


@dataclass
class Evidence:
    """A log that grows over many faults, and everything that callers hold of it. Each `compare` reads only what is new."""

    hub: HubProcess
    receipts: list[Acknowledged] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    open: set[int] = field(default_factory=set)
    """Intents without an outcome."""
    corrected: set[int] = field(default_factory=set)
    """Outcomes that a correction takes back: their answers were not released."""
    _range: CompactRange = field(default_factory=CompactRange)

    def compare(self, receipts: Sequence[Acknowledged]) -> Tally:
        """Read what is new in the log and hold the new receipts against it; a log that does not hash to its tree is an AssertionError."""
        self.receipts += receipts
        without_intent = self._read()
        found = tally(self.entries, self.leaves, receipts)
        found.without_intent += without_intent
        found.twice = sum(number > 1 for number in Counter(one.index for one in self.receipts).values())
        found.taken_back = sum(one.index in self.corrected for one in self.receipts)
        return found

    def compare_all(self) -> Tally:
        """Read the whole log again, from its first record on, and hold all receipts against it."""
        before = self.leaves
        self.entries, self.leaves, self.open, self.corrected, self._range = [], [], set(), set(), CompactRange()
        found = Tally(without_intent=self._read())
        assert self.leaves[: len(before)] == before, "records changed after they were read"
        assert merkle_root(self.leaves) == self._range.root()
        found.add(tally(self.entries, self.leaves, self.receipts))
        found.taken_back = sum(one.index in self.corrected for one in self.receipts)
        return found

    def _read(self) -> int:
        log = read(self.hub, len(self.leaves))
        assert log.size >= len(self.leaves), f"the log is shorter than it was: {log.size}, not {len(self.leaves)}"
        wrong = 0
        for record, leaf_hash in zip(log.records, log.leaves, strict=True):
            assert hashlib.sha256(b"\x00" + record.leaf).digest() == leaf_hash
            if record.kind is Kind.INTENT:
                self.open.add(record.index)
            elif CORRECTS in record.detail:
                self.corrected.add(int(record.detail[CORRECTS]))
            elif record.kind is Kind.OUTCOME:
                wrong += record.intent_index not in self.open
                self.open.discard(-1 if record.intent_index is None else record.intent_index)
            self.entries.append(Entry(record.kind, record.status, record.digest, record.intent_index))
            self.leaves.append(leaf_hash)
            self._range.append(leaf_hash)
        assert self._range.root() == log.root, "the log does not hash to its tree"
        return wrong


def wait_for(holds: Callable[[], bool], patience: float = 15.0) -> bool:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False
