"""kill -9 of the hub under load: no acknowledged record is missing, no answer is without its record, the log goes on as it was signed.

SHUNIU_KILL_ROUNDS sets how often the hub is killed.
"""

import hashlib
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import grpc
import pytest
from sqlalchemy import create_engine

from audit.checkpoint import VerifierKey, open_checkpoint
from audit.model import Kind, Record
from audit.offline import verify_directory
from audit.store import RecordStore, TreeStore, log_size
from hub.db import Database
from shuniu.v1 import exchange_pb2
from tests.faults.process import HubProcess
from tests.world import CASE, CONSUMER, KEY, METHODS, OFFICER, PURPOSE

CALLERS = 16
ROUNDS = int(os.environ.get("SHUNIU_KILL_ROUNDS", "5"))


@dataclass(frozen=True)
class Acknowledged:
    """An answer that a caller has in hands: the receipt, and the hash of the very bytes."""

    index: int
    leaf_hash: bytes
    digest: bytes


@dataclass(frozen=True)
class Log:
    """The whole log as it stands in the database."""

    records: list[Record]
    leaves: list[bytes]
    size: int
    root: bytes


def load(hub: HubProcess, grant: str, end: Callable[[], bool]) -> list[Acknowledged]:
    """Query with many callers until `end`; return what was acknowledged. What fails is nobody's answer."""
    path, _ = METHODS["Query"]
    method = hub.as_(CONSUMER).client.channel.unary_unary(path)
    asked = exchange_pb2.QueryRequest(grant=grant, purpose=PURPOSE, case_number=CASE, officer=OFFICER, subject_key=KEY).SerializeToString()
    kept: list[Acknowledged] = []

    def call() -> None:
        while not end():
            try:
                answer, done = method.with_call(asked, timeout=5)
            except grpc.RpcError:
                time.sleep(0.01)
                continue
            told = dict(done.trailing_metadata())
            kept.append(Acknowledged(int(told["shuniu-log-index"]), told["shuniu-log-leaf-bin"], hashlib.sha256(answer).digest()))

    with ThreadPoolExecutor(CALLERS) as pool:
        for one in [pool.submit(call) for _ in range(CALLERS)]:
            one.result()
    return kept


def read(hub: HubProcess) -> Log:
    database = Database(hub.config.database_url)
    with database.read() as tx:
        size, store = log_size(tx), RecordStore(tx)
        found = [store.get(index) for index in range(size)]
        root = TreeStore(tx).range().root()
    database.close()
    return Log([record for record, _ in found], [leaf_hash for _, leaf_hash in found], size, root)


def merkle_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, written down again from the standard."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256().digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + merkle_root(leaves[:half]) + merkle_root(leaves[half:])).digest()


def check(log: Log, acknowledged: list[Acknowledged]) -> None:
    for one in acknowledged:
        assert one.index < log.size, f"acknowledged record {one.index} is missing: the log ends at {log.size}"
        record = log.records[one.index]
        assert log.leaves[one.index] == one.leaf_hash
        assert (record.kind, record.status, record.digest) == (Kind.OUTCOME, "ok", one.digest)
        assert record.intent_index is not None
        assert record.intent_index < one.index
        assert log.records[record.intent_index].kind is Kind.INTENT
    indexes = [one.index for one in acknowledged]
    assert len(set(indexes)) == len(indexes)
    assert [hashlib.sha256(b"\x00" + record.leaf).digest() for record in log.records] == log.leaves
    assert merkle_root(log.leaves) == log.root


def signed(hub: HubProcess) -> tuple[int, bytes] | None:
    """Size and root of the checkpoint that the world can see."""
    try:
        note = (hub.log_folder / "checkpoint").read_bytes()
    except FileNotFoundError:
        return None
    head = open_checkpoint(note, [VerifierKey.parse((hub.log_folder / "log.vkey").read_text(encoding="utf-8").strip())])
    return head.size, head.root


def one_round(hub: HubProcess, grant: str, seconds: float) -> list[Acknowledged]:
    """Load, kill in the middle, start again."""
    killed = threading.Event()

    def strike() -> None:
        hub.kill()
        killed.set()

    killer = threading.Timer(seconds, strike)
    killer.start()
    acknowledged = load(hub, grant, killed.is_set)
    killer.join()
    before = signed(hub)
    hub.start()  # refuses to start where the log is torn
    log = read(hub)
    check(log, acknowledged)
    if before is not None:
        assert merkle_root(log.leaves[: before[0]]) == before[1]  # what was signed is the beginning of what is there
    return acknowledged


def many_rounds(hub: HubProcess, rounds: int) -> None:
    grant = hub.grant().name
    dice = random.Random(20261123)  # noqa: S311 - repeatable on purpose
    everything: list[Acknowledged] = []
    for _ in range(rounds):
        everything += one_round(hub, grant, dice.uniform(0.2, 1.2))
        assert wait_for(lambda: hub.as_(CONSUMER).query(grant).ok)
    assert len(everything) > rounds * CALLERS, "hardly any load: the test shows nothing"
    log = read(hub)
    check(log, everything)
    assert wait_for(lambda: (signed(hub) or (0, b""))[0] >= log.size)
    hub.stop()
    verdict = verify_directory(hub.log_folder)
    assert verdict.ok, [finding.en for finding in verdict.findings]
    assert verdict.size >= log.size


def wait_for(holds: Callable[[], bool], patience: float = 15.0) -> bool:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def hub() -> Iterator[HubProcess]:
    process = HubProcess()
    yield process
    process.leave()


@pytest.fixture
def hub_on_postgres(postgres_url: str) -> Iterator[HubProcess]:
    admin = create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as one:
        one.exec_driver_sql("CREATE DATABASE kill_rounds")
    process = HubProcess(postgres_url.replace("/postgres", "/kill_rounds"))
    yield process
    process.leave()
    with admin.connect() as one:
        one.exec_driver_sql("DROP DATABASE kill_rounds WITH (FORCE)")
    admin.dispose()


def test_no_acknowledged_record_is_lost_by_kill_9(hub: HubProcess):
    many_rounds(hub, ROUNDS)


@pytest.mark.postgres
def test_nor_on_postgresql(hub_on_postgres: HubProcess):
    many_rounds(hub_on_postgres, 1)


def test_the_check_itself_sees_a_lost_record_and_an_answer_without_one(hub: HubProcess):
    grant = hub.grant().name
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    acknowledged = load(hub, grant, stop.is_set)
    log = read(hub)
    check(log, acknowledged)
    last = max(acknowledged, key=lambda one: one.index)
    shorter = Log(log.records[: last.index], log.leaves[: last.index], last.index, log.root)
    for wrong, told in (
        (shorter, acknowledged),
        (log, [*acknowledged, Acknowledged(last.index, last.leaf_hash, bytes(32))]),
        (Log(log.records, log.leaves, log.size, bytes(32)), acknowledged),
    ):
        with pytest.raises(AssertionError):
            check(wrong, told)
