"""Targets and dead letters through real gRPC: what a department sets, sees and removes, and that what happens at the hub arrives."""

import asyncio
import email
import email.policy
import json
import threading
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from grpc import StatusCode

from hub.access import ACCESS, Duty, admit_officer
from hub.delivery import Delivery
from hub.errors import NotAllowedError
from shuniu.v1 import officer_pb2, work_pb2
from shuniu.webhook import verify_webhook
from tests.cli.processes import run
from tests.hub.test_watch import soon
from tests.work.posting import an_event
from tests.work.receivers import AUTHORITY as CA
from tests.work.receivers import Receiver, a_receiver
from tests.work.test_mail import Box, a_mail_server
from tests.world import AUTHORITY, CONSUMER, OFFICER, PROVIDER, World
from work.model import GIVEN_UP_AFTER, MOST_TARGETS

HOOK = "https://hook.example/work"


@contextmanager
def receiving(receiver):
    """Serve a receiver in a loop of its own."""
    ready, stop, loop = threading.Event(), asyncio.Event(), asyncio.new_event_loop()

    async def serve():
        async with a_receiver(receiver):
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(5)
    try:
        yield receiver
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(5)
        loop.close()


@pytest.fixture(scope="module")
def box():
    return Box()


@pytest.fixture(scope="module")
def world(tmp_path_factory, box):
    ca = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.write_bytes(CA.pem)
    with a_mail_server(box) as port:
        mail: dict[str, Any] = {"smtp": f"localhost:{port}", "sender": "hub@share.example"}
        with World(delivery=Delivery(networks=("127.0.0.1/32",), ca=str(ca), **mail)) as world:
            yield world


def set_target(member, *, officer=OFFICER, request_id="", **place):
    return member.call("SetDeliveryTarget", target=work_pb2.DeliveryTarget(**place), officer=officer, request_id=request_id)


def test_a_target_is_set_once_for_each_request_and_seen_by_its_department_alone(world):
    member = world.member(CONSUMER)
    first = set_target(member, webhook=" https://Hook.example/work", duties=[officer_pb2.DUTY_LEAD], request_id="one").answer
    again = set_target(member, webhook=" https://Hook.example/work", duties=[officer_pb2.DUTY_LEAD], request_id="one").answer
    assert first == again
    assert (first.webhook, list(first.duties)) == (HOOK, [officer_pb2.DUTY_LEAD])
    assert set_target(member, webhook=HOOK, request_id="one").error.field == "request_id"
    assert first in member.do("ListDeliveryTargets").targets
    for other in (world.member(PROVIDER), world.member(AUTHORITY)):
        assert first not in other.do("ListDeliveryTargets").targets
        assert other.call("RemoveDeliveryTarget", name=first.name, officer=OFFICER).reason == "NO_SUCH_TARGET"
    member.do("RemoveDeliveryTarget", name=first.name, officer=OFFICER)
    assert first not in member.do("ListDeliveryTargets").targets
    assert member.call("RemoveDeliveryTarget", name=first.name, officer=OFFICER).reason == "NO_SUCH_TARGET"


def test_each_change_stands_on_the_log_without_the_address(world):
    member, since = world.member(CONSUMER), world.log_size
    target = set_target(member, email="zhang.san@civil.example").answer
    member.do("RemoveDeliveryTarget", name=target.name, officer=OFFICER)
    records = world.records(since)
    assert [record.action for record in records] == ["work.SetDeliveryTarget", "work.RemoveDeliveryTarget"]
    assert all(record.actor.officer == OFFICER and record.resource == target.name for record in records)
    assert "civil.example" in repr(records)
    assert "zhang.san" not in repr(records)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({}, "TARGET_WITHOUT_PLACE"),
        ({"webhook": HOOK, "email": "a@civil.example"}, "TARGET_WITHOUT_PLACE"),
        ({"webhook": "http://hook.example/"}, "WEBHOOK_ADDRESS"),
        ({"webhook": "https://10.0.0.1/"}, "WEBHOOK_FORBIDDEN"),
        ({"webhook": "https://[::ffff:10.0.0.1]/"}, "WEBHOOK_FORBIDDEN"),
        ({"email": "a@civil.example\r\nBcc: b@civil.example"}, "INVALID_INPUT"),
        ({"email": "a"}, "EMAIL_ADDRESS"),
        ({"webhook": HOOK, "duties": [77]}, "INVALID_INPUT"),
        ({"webhook": HOOK, "duties": [0]}, "INVALID_INPUT"),
        ({"webhook": HOOK, "officer": ""}, "INVALID_INPUT"),
    ],
)
def test_a_target_that_cannot_be_is_refused_with_the_field_to_blame(world, said, reason):
    reply = set_target(world.member(CONSUMER), **said)
    assert (reply.code, reply.reason) == (StatusCode.INVALID_ARGUMENT, reason), reply.message
    assert reply.error.message_zh


def test_a_department_has_so_many_targets_and_no_more(world):
    member = world.member(PROVIDER)
    for number in range(MOST_TARGETS):
        assert set_target(member, webhook=f"{HOOK}/{number}").ok
    assert set_target(member, webhook=HOOK).reason == "TARGETS_TOO_MANY"
    for target in member.do("ListDeliveryTargets").targets:
        member.do("RemoveDeliveryTarget", name=target.name, officer=OFFICER)


def test_a_hub_that_sends_nothing_says_so():
    with World(delivery=Delivery()) as quiet:
        member = quiet.member(CONSUMER)
        for place, reason in (({"webhook": HOOK}, "WEBHOOKS_OFF"), ({"email": "a@civil.example"}, "MAIL_OFF")):
            reply = set_target(member, **place)
            assert (reply.code, reply.reason) == (StatusCode.FAILED_PRECONDITION, reason)
            assert "[delivery]" in reply.error.next_action


def test_what_happens_at_the_hub_arrives_signed_and_what_fails_is_dead_and_retried(world):
    member = world.member(CONSUMER)
    with receiving(Receiver()) as receiver:
        target = set_target(member, webhook=f"https://localhost:{receiver.port}/").answer

        def happen(number):
            with world.hub.db.begin() as tx:
                world.hub.dispatch.outbox.put(tx, an_event(number, department=member.department, time=world.clock.now()))

        def shown():
            return next(one for one in member.do("ListDeliveryTargets").targets if one.name == target.name)

        happen(1)
        soon(lambda: receiver.came)
        headers, body = receiver.came[0]
        assert verify_webhook(headers, body, world.hub.dispatch.key, world.clock.now()).content["name"] == "work/1"
        soon(lambda: shown().HasField("deliver_time"))
        receiver.status = 503
        with world.later(timedelta()):
            happen(2)
            soon(lambda: shown().fault == "ANSWER 503")
            world.clock.advance(GIVEN_UP_AFTER)
            soon(lambda: shown().dead_count == 1)
        (letter,) = member.do("ListDeadLetters").letters
        assert (letter.about, letter.target, letter.fault, letter.attempt_count) == ("work/2", target.name, "ANSWER 503", 2)
        assert not world.member(PROVIDER).do("ListDeadLetters").letters
        assert world.member(PROVIDER).call("RetryDelivery", name=letter.name, officer=OFFICER).reason == "NO_SUCH_DEAD_LETTER"
        receiver.status = 200
        done = run("delivery", "dead", "retry", letter.name, "--officer", OFFICER, "--identity", member.folder, "--json")
        assert done.returncode == 0, done.stderr
        soon(lambda: receiver.ids[-1] == letter.name.partition("/")[2] and not shown().dead_count)
        assert member.call("RetryDelivery", name=letter.name, officer=OFFICER).reason == "NO_SUCH_DEAD_LETTER"
    member.do("RemoveDeliveryTarget", name=target.name, officer=OFFICER)


def test_what_is_over_comes_by_mail_at_once(world, box):
    member = world.member(CONSUMER)
    target = set_target(member, email="office@civil.example").answer
    over = an_event(7, event="notice", about="notices/7", word="deadline_over", department=member.department, time=world.clock.now())
    with world.hub.db.begin() as tx:
        world.hub.dispatch.outbox.put(tx, over)
    soon(lambda: box.came)
    message = email.message_from_bytes(box.came[0].content, policy=email.policy.default)
    assert message["To"] == "office@civil.example"
    assert "notices/7" in message.get_content()
    assert world.hub.web_url in message.get_content()
    member.do("RemoveDeliveryTarget", name=target.name, officer=OFFICER)


def test_departments_set_targets_by_the_command(world):
    folder = world.member(CONSUMER).folder
    made = run("delivery", "set", "--webhook", HOOK, "--duty", "共享工作负责人", "--officer", OFFICER, "--identity", folder, "--json")
    assert made.returncode == 0, made.stderr
    name = json.loads(made.stdout)["name"]
    assert name in run("delivery", "list", "--identity", folder, "--json").stdout
    assert "hook.example" in run("delivery", "list", "--identity", folder).stdout
    assert json.loads(run("delivery", "dead", "list", "--identity", folder, "--json").stdout) == []
    gone = run("delivery", "remove", name.partition("/")[2], "--officer", OFFICER, "--yes", "--identity", folder)
    assert gone.returncode == 0, gone.stderr
    assert name not in run("delivery", "list", "--identity", folder, "--json").stdout


@pytest.mark.parametrize("rpc", ["SetDeliveryTarget", "RemoveDeliveryTarget", "RetryDelivery"])
def test_targets_are_the_business_of_whoever_manages_officers(rpc):
    path = f"/shuniu.v1.WorkService/{rpc}"
    admit_officer(path, ACCESS[path], frozenset({Duty.PEOPLE}))
    with pytest.raises(NotAllowedError):
        admit_officer(path, ACCESS[path], frozenset(Duty) - {Duty.PEOPLE})
