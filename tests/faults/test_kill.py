"""kill -9 of the hub under load: no acknowledged record is missing, no answer is without its record, the log goes on as it was signed.

SHUNIU_KILL_ROUNDS sets how often the hub is killed; `make faults` does it 200 times, among other faults.
"""

import hashlib
import os
import random
import threading

import pytest

from shuniu.proofs.offline import verify_directory
from tests.faults.evidence import CALLERS, Acknowledged, Log, Tally, load, merkle_root, read, signed, tally, wait_for
from tests.faults.process import HubProcess
from tests.world import CONSUMER

ROUNDS = int(os.environ.get("SHUNIU_KILL_ROUNDS", "3"))


def check(log: Log, acknowledged: list[Acknowledged]) -> None:
    assert tally(log.records, log.leaves, acknowledged) == Tally()
    assert [hashlib.sha256(b"\x00" + record.leaf).digest() for record in log.records] == log.leaves
    assert merkle_root(log.leaves) == log.root


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
