"""kill -9 of a hub between waking and asking, with real clocks and rounds: the question is told of again, answered once, and erased."""

from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from shuniu.errors import ShuniuCallError
from shuniu.v1 import waiting_question_pb2 as pb
from shuniu.v1.work_pb2 import WatchWorkRequest
from tests.faults.conftest import hub, hub_on_postgres  # noqa: F401 - fixtures
from tests.faults.evidence import wait_for
from tests.faults.process import HubProcess
from tests.world import CONSUMER, KEY, PROVIDER, RESIDENT


def serve(world: HubProcess):
    return world.provider(lambda key, _fields, _call: [RESIDENT] if key == KEY else [], world.member(PROVIDER, "flaps"))


def told(world: HubProcess, name: str) -> list[str]:
    """What the stream of work tells of a question; nothing is acknowledged."""
    found: list[str] = []
    try:
        for event in world.as_(CONSUMER).client.work.WatchWork(WatchWorkRequest(), timeout=1.0):
            found += [event.notice.kind] if event.notice.resource == name else []
    except ShuniuCallError as error:
        assert error.code is grpc.StatusCode.DEADLINE_EXCEEDED  # noqa: PT017 - how a stream ends that waits
    return found


def test_a_question_survives_kill_9_before_and_behind_its_waking(hub: HubProcess):  # noqa: F811 - the fixture
    survive(hub)


@pytest.mark.postgres
def test_on_postgresql_too(hub_on_postgres: HubProcess):  # noqa: F811 - the fixture
    survive(hub_on_postgres)


def survive(hub: HubProcess) -> None:  # noqa: F811 - either of them
    running, consumer = serve(hub), hub.as_(CONSUMER)
    grant = hub.grant(hub.entry(hub.member(PROVIDER, "flaps")))
    hub.run(running.stop(0))
    until = Timestamp()
    until.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    name = consumer.query(grant, when_available_until=until).error.facts["waiting_question"]
    hub.kill()
    hub.start()
    serve(hub)

    def is_woken() -> bool:
        assert consumer.query(grant, case_number="LB-2026-0009").ok
        return bool(consumer.do("GetWaitingQuestion", name=name).state == pb.WAITING_QUESTION_STATE_READY)

    assert wait_for(lambda: consumer.query(grant, case_number="LB-2026-0009").ok)
    assert wait_for(is_woken)
    hub.kill()
    hub.start()
    assert wait_for(lambda: consumer.call("GetWaitingQuestion", name=name).ok)
    assert told(hub, name) == ["question_ready"]
    one = consumer.do("GetWaitingQuestion", name=name)
    assert (one.state, one.question.subject_key) == (pb.WAITING_QUESTION_STATE_READY, KEY)
    assert wait_for(lambda: consumer.query(grant, waiting_question=name).ok)
    one = consumer.do("GetWaitingQuestion", name=name)
    assert (one.state, one.wake_count) == (pb.WAITING_QUESTION_STATE_ANSWERED, 1)
    assert not one.HasField("question")
