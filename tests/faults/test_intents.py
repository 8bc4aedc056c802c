"""Real faults under load: a hub killed, a PostgreSQL server frozen. No intent stays open, and no outcome says `ok` for an answer that nobody got."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from audit.model import Kind, Record
from audit.outcomes import CORRECTS, INTERRUPTED, NOT_RELEASED, releases
from shuniu.v1 import exchange_pb2
from tests.faults.evidence import Acknowledged, load, read, wait_for
from tests.faults.process import HubProcess
from tests.faults.test_kill import check
from tests.postgres import frozen
from tests.world import CASE, CONSUMER, KEY, METHODS, OFFICER, PURPOSE

CALLERS = 40
PATIENCE = 2.0
FROZEN = 4.0


def open_intents(records: list[Record]) -> set[int]:
    return {one.index for one in records if one.kind is Kind.INTENT} - {one.intent_index for one in records if one.intent_index is not None}


def assert_one_outcome_each(records: list[Record]) -> None:
    assert open_intents(records) == set()
    counted = Counter(one.intent_index for one in records if one.kind is Kind.OUTCOME and CORRECTS not in one.detail)
    assert set(counted.values()) == {1}


def killed_under_load(hub: HubProcess, grant: str, seconds: float) -> list[Acknowledged]:
    killed = threading.Event()

    def strike() -> None:
        hub.kill()
        killed.set()

    killer = threading.Timer(seconds, strike)
    killer.start()
    acknowledged = load(hub, grant, killed.is_set)
    killer.join()
    return acknowledged


def test_a_start_closes_what_a_killed_hub_left_open_and_every_receipt_stands(hub: HubProcess) -> None:
    grant = hub.grant().name
    acknowledged: list[Acknowledged] = []
    left_open = 0
    for number in range(6):
        acknowledged += killed_under_load(hub, grant, 0.4 + number / 10)
        left = open_intents(read(hub).records)
        left_open += len(left)
        hub.start()
        log = read(hub)
        check(log, acknowledged)
        assert_one_outcome_each(log.records)
        closed = [one for one in log.records if one.intent_index in left]
        assert {one.status for one in closed} <= {INTERRUPTED}
        assert all((one.rows, one.bytes, one.digest) == (0, 0, b"") for one in closed)
    assert left_open, "no kill left an intent open: the test shows nothing"
    assert wait_for(lambda: hub.as_(CONSUMER).query(grant).ok)
    hub.stop()
    before = len(read(hub).records)
    hub.start()  # a hub that ended well left nothing to close
    assert len(read(hub).records) == before


def calls_until_refused(hub: HubProcess, grant: str) -> tuple[list[int], int]:
    """Query with many callers, each until it is refused once; return the indexes of the answers, and how many were refused."""
    path, _ = METHODS["Query"]
    method = hub.as_(CONSUMER).client.channel.unary_unary(path)
    asked = exchange_pb2.QueryRequest(grant=grant, purpose=PURPOSE, case_number=CASE, officer=OFFICER, subject_key=KEY).SerializeToString()
    answered: list[int] = []

    def call() -> int:
        while True:
            try:
                _, done = method.with_call(asked, timeout=PATIENCE)
            except grpc.RpcError:
                return 1
            answered.append(int(dict(done.trailing_metadata())["shuniu-log-index"]))

    with ThreadPoolExecutor(CALLERS) as pool:
        refused = sum(one.result() for one in [pool.submit(call) for _ in range(CALLERS)])
    return answered, refused


@pytest.mark.postgres
def test_what_a_frozen_server_commits_after_its_callers_were_refused_is_corrected(hub_on_postgres: HubProcess, postgres_url: str) -> None:
    hub, corrected = hub_on_postgres, 0
    grant = hub.grant().name
    answered: list[int] = []
    for _ in range(3):
        with ThreadPoolExecutor(1) as pool:
            calls = pool.submit(calls_until_refused, hub, grant)
            time.sleep(1.0)
            with frozen(postgres_url):
                time.sleep(FROZEN)
            more, refused = calls.result(60)
        answered += more
        assert refused == CALLERS
        assert wait_for(lambda: hub.as_(CONSUMER).query(grant).ok)
        assert wait_for(lambda: not open_intents(read(hub).records))
        records = read(hub).records
        corrected = sum(one.status == NOT_RELEASED for one in records)
    assert_one_outcome_each(records)
    given = {one.index for one in releases(records)}
    assert set(answered) <= given
    assert len(given - set(answered)) == 3  # of the queries between the rounds
    assert corrected, "no outcome said `ok` for an answer that was refused: the test shows nothing"
