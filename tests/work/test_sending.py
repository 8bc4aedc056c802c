"""What is due is sent once to whoever acknowledges it, again to whoever does not, and by one sender at a time."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

import work.sending
from hub.access import Duty
from hub.clock import StoppedClock
from hub.reasons.operation import DATABASE_UNAVAILABLE
from tests.work.posting import AT, CIVIL, POLICE, a_sender, a_target, an_event, an_outbox, dead, put, state
from tests.work.receivers import Names, Receiver, a_receiver, webhooks
from work.model import GIVEN_UP_AFTER, LAST_ATTEMPT, UndeliveredError
from work.sending import SLOTS_EACH, Channels, Sender
from work.store import DeliveryStore, TargetStore


class _Post:
    """A mail server that is no server: takes letters, or refuses them."""

    def __init__(self, fault=""):
        self.came, self.fault = [], fault

    async def send(self, letter):
        self.came.append(letter)
        if self.fault:
            raise UndeliveredError(self.fault)


def a_post(fault="") -> Any:
    return _Post(fault)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(work.sending, "POLL", 0.02)


@asynccontextmanager
async def sending(sender: Sender) -> AsyncIterator[Sender]:
    sender.start()
    try:
        yield sender
    finally:
        await sender.stop()


async def until(holds, seconds=5.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        await asyncio.sleep(0.01)


async def settled(sender):
    """Give the sender time for whatever it would still do."""
    await asyncio.sleep(0.15)


def hook(receiver):
    return f"https://localhost:{receiver.port}/hook"


async def test_what_is_put_into_the_outbox_arrives_once_and_is_gone(database):
    async with a_receiver() as receiver:
        a_target(database, hook(receiver))
        put(database, *map(an_event, range(3)))
        async with sending(a_sender(database, Channels(webhooks()), StoppedClock(AT))) as sender:
            await until(lambda: sender.standing.sent == 3)
            await settled(sender)
    assert len(set(receiver.ids)) == len(receiver.ids) == 3
    assert state(database) == [(0, 0, "")]


async def test_what_happens_within_one_moment_is_sent_in_its_order(database):
    outbox = an_outbox()
    async with a_receiver() as receiver:
        a_target(database, hook(receiver))
        put(database, *map(an_event, range(20)), outbox=outbox)
        async with sending(a_sender(database, Channels(webhooks()), StoppedClock(AT))) as sender:
            await until(lambda: sender.standing.sent == 20)
    assert [json.loads(body)["name"] for _, body in receiver.came] == [f"work/{number}" for number in range(20)]


async def test_an_event_of_this_process_is_sent_at_once(database, monkeypatch):
    monkeypatch.setattr(work.sending, "POLL", 60)
    outbox = an_outbox()
    async with a_receiver() as receiver:
        a_target(database, hook(receiver))
        async with sending(a_sender(database, Channels(webhooks()), StoppedClock(AT))) as sender:
            outbox.wake = sender.wake
            await asyncio.sleep(0.1)
            await asyncio.to_thread(put, database, an_event(), outbox=outbox)
            await until(lambda: sender.standing.sent == 1, 2)


async def test_only_targets_of_the_department_and_of_the_duty_are_told(database):
    async with a_receiver() as receiver, a_receiver() as other, a_receiver() as foreign:
        a_target(database, hook(receiver), duties=(Duty.REQUESTS, Duty.LEAD))
        a_target(database, hook(other), duties=(Duty.SEALS,))
        a_target(database, hook(foreign), POLICE)
        put(database, an_event(), an_event(2, duties=()))
        async with sending(a_sender(database, Channels(webhooks()), StoppedClock(AT))) as sender:
            await until(lambda: sender.standing.sent == 3)
            await settled(sender)
    assert (len(receiver.came), len(other.came), len(foreign.came)) == (2, 1, 0)


async def test_a_receiver_that_fails_gets_the_same_message_again_after_a_growing_pause(database):
    clock = StoppedClock(AT)
    async with a_receiver(Receiver(503)) as receiver:
        a_target(database, hook(receiver))
        put(database, an_event(1), an_event(2))
        async with sending(a_sender(database, Channels(webhooks()), clock)) as sender:
            await until(lambda: sender.standing.failed == 1)
            await settled(sender)
            assert sender.standing.failed == 1, "tried again without a pause, or the next message was"
            assert state(database) == [(2, 0, "ANSWER 503")]
            for number, seconds in enumerate((10, 20, 40, 80), 2):
                clock.advance(timedelta(seconds=seconds - 1))
                await settled(sender)
                assert sender.standing.failed == number - 1
                clock.advance(timedelta(seconds=1))
                await until(lambda wanted=number: sender.standing.failed == wanted)
            receiver.status = 204
            clock.advance(timedelta(hours=1))
            await until(lambda: sender.standing.sent == 2)
    assert len(set(receiver.ids)) == 2
    assert len(set(receiver.ids[:-1])) == 1, "the id of a message changed"
    assert state(database) == [(0, 0, "")]


async def test_what_cannot_be_delivered_for_days_is_dead_and_can_be_tried_once_more(database):
    clock = StoppedClock(AT)
    async with a_receiver(Receiver(500)) as receiver:
        a_target(database, hook(receiver))
        put(database, an_event(1), an_event(2))
        async with sending(a_sender(database, Channels(webhooks()), clock)) as sender:
            await until(lambda: sender.standing.failed == 1)
            clock.advance(GIVEN_UP_AFTER)
            await until(lambda: sender.standing.failed == 2)
            await until(lambda: state(database) == [(0, 2, "ANSWER 500")])
            assert sorted(dead(database)) == ["work/1", "work/2"]
            receiver.status = 200
            with database.begin() as tx:
                letter = DeliveryStore(tx).dead(CIVIL, None, 1)[0]
                DeliveryStore(tx).revive(CIVIL, letter.id, clock.now())
                TargetStore(tx).rest(letter.target_id, None)
            await until(lambda: sender.standing.sent == 1)
            assert receiver.ids[-1] == letter.id
    assert state(database) == [(0, 1, "")]


async def test_a_message_is_tried_so_often_and_no_more(database):
    clock = StoppedClock(AT)
    target = a_target(database, "https://localhost:4711/")
    put(database, an_event())
    for _ in range(LAST_ATTEMPT):
        with database.begin() as tx:
            (one,) = DeliveryStore(tx).next_of(target.id, clock.now())
            DeliveryStore(tx).failed(target.id, [one.id], clock.now(), "TIMEOUT")
    assert state(database) == [(0, 1, "")]


async def test_a_target_that_is_removed_while_it_is_sent_to_ends_quietly(database):
    async with a_receiver() as receiver:
        target = a_target(database, hook(receiver))

        async def answer(_request):
            await asyncio.to_thread(remove)
            return web.Response()

        def remove():
            with database.begin() as tx:
                TargetStore(tx).remove(target)

        receiver.answer = answer
        put(database, an_event(1), an_event(2))
        async with sending(a_sender(database, Channels(webhooks()), StoppedClock(AT))) as sender:
            await until(lambda: sender.standing.sent == 1)
            await settled(sender)
    assert len(receiver.came) == 1
    assert state(database) == []


async def test_of_many_senders_one_sends_each_message(database):
    """As processes and machines would: each with its own claims on the one database."""
    async with a_receiver() as receiver:
        for _ in range(4):
            a_target(database, hook(receiver))
        put(database, *map(an_event, range(10)))
        senders = [a_sender(database, Channels(webhooks()), StoppedClock(AT)) for _ in range(4)]
        for sender in senders:
            sender.start()
        await until(lambda: sum(one.standing.sent for one in senders) == 40, 20)
        await asyncio.gather(*(one.stop() for one in senders))
    assert len(receiver.ids) == len(set(receiver.ids)) == 40


async def test_a_sender_that_died_is_followed_by_another_when_its_claim_is_over(database):
    clock = StoppedClock(AT)
    async with a_receiver() as receiver:
        target = a_target(database, hook(receiver))
        put(database, an_event())
        with database.begin() as tx:
            assert TargetStore(tx).claim(target.id, "0" * 26, AT, timedelta(seconds=30)) is not None
            assert TargetStore(tx).claim(target.id, "1" * 26, AT, timedelta(seconds=30)) is None
        async with sending(a_sender(database, Channels(webhooks()), clock)) as sender:
            await settled(sender)
            assert not receiver.came
            clock.advance(timedelta(seconds=30))
            await until(lambda: sender.standing.sent == 1)
        with database.begin() as tx:
            assert not TargetStore(tx).prolong(target.id, "0" * 26, AT + timedelta(days=1)), "a sender that was cut off goes on"
            assert TargetStore(tx).note_fault(target.id, "0" * 26, "TIMEOUT") is None
    assert state(database) == [(0, 0, "")]


async def test_what_was_acknowledged_while_the_database_was_away_is_not_sent_again(database, monkeypatch):
    """The mark is made before anything else is sent there."""
    away: list[Exception] = []
    delivered = DeliveryStore.delivered

    def gone(self, ids):
        if away:
            raise away.pop()
        delivered(self, ids)

    monkeypatch.setattr(DeliveryStore, "delivered", gone)
    away += [DATABASE_UNAVAILABLE(retry_after=1.0), DATABASE_UNAVAILABLE(retry_after=1.0)]
    async with a_receiver() as receiver:
        a_target(database, hook(receiver))
        put(database, an_event(1), an_event(2))
        async with sending(a_sender(database, Channels(webhooks()), StoppedClock(AT))) as sender:
            await until(lambda: sender.standing.sent == 2)
            await settled(sender)
    assert len(receiver.ids) == len(set(receiver.ids)) == 2
    assert state(database) == [(0, 0, "")]


async def test_a_department_whose_receivers_hang_takes_two_slots_and_no_more(database):
    under_way: set[int] = set()

    async def hangs(request):
        under_way.add(id(request))
        try:
            await asyncio.sleep(60)
        finally:
            under_way.discard(id(request))

    async with a_receiver(Receiver(answer=hangs)) as bad, a_receiver() as good:
        for _ in range(10):
            a_target(database, hook(bad))
        a_target(database, hook(good), POLICE)
        put(database, an_event(1), *(an_event(number, department=POLICE) for number in range(20)))
        begun = time.monotonic()
        async with sending(a_sender(database, Channels(webhooks()), StoppedClock(AT))) as sender:
            await until(lambda: sender.standing.sent == 20)
            assert len(under_way) == SLOTS_EACH
        assert time.monotonic() - begun < 8, "the hub waits for receivers when it stops"
    assert state(database)[0] == (1, 0, "")


async def test_a_stop_leaves_what_is_under_way_for_the_next_start_at_once(database):
    async def hangs(_request):
        await asyncio.sleep(60)

    async with a_receiver(Receiver(answer=hangs)) as receiver:
        a_target(database, hook(receiver))
        put(database, an_event())
        async with sending(a_sender(database, Channels(webhooks()), StoppedClock(AT))):
            await until(lambda: receiver.came)
        receiver.answer = None
        async with sending(a_sender(database, Channels(webhooks()), StoppedClock(AT))) as sender:
            await until(lambda: sender.standing.sent == 1)
    assert len(set(receiver.ids)) == 1
    assert len(receiver.ids) == 2


async def test_a_fault_of_the_hub_in_one_message_is_no_reason_to_try_without_a_pause(database):
    class Broken:
        async def send(self, *_args):
            raise KeyError

    broken: Any = Broken()
    a_target(database, "https://localhost:4711/")
    put(database, an_event())
    async with sending(a_sender(database, Channels(broken), StoppedClock(AT))) as sender:
        await until(lambda: sender.standing.failed == 1)
        await settled(sender)
        assert sender.standing.failed == 1
    assert state(database) == [(1, 0, "INTERNAL")]


async def test_a_name_that_moves_out_of_the_allowed_nets_is_told_at_its_target(database):
    async with a_receiver() as receiver:
        a_target(database, hook(receiver))
        put(database, an_event())
        async with sending(a_sender(database, Channels(webhooks(resolve=Names(["127.0.0.1", "192.0.2.1"]))), StoppedClock(AT))) as sender:
            await until(lambda: sender.standing.failed == 1)
    assert state(database) == [(1, 0, "ADDRESS_FORBIDDEN")]


async def test_a_digest_tells_an_hour_s_work_in_one_mail(database):
    clock, post = StoppedClock(AT), a_post()
    a_target(database, "office@civil.example")
    put(database, *map(an_event, range(5)))
    async with sending(a_sender(database, Channels(mail=post), clock)) as sender:
        await settled(sender)
        assert not post.came
        clock.advance(timedelta(minutes=40))
        await until(lambda: sender.standing.sent == 1)
        await settled(sender)
    assert [len(letter.lines) for letter in post.came] == [5]
    assert state(database) == [(0, 0, "")]


@pytest.mark.parametrize("kind", ["deadline_over", "escalated"])
async def test_what_is_over_waits_for_no_hour(database, kind):
    post = a_post()
    a_target(database, "office@civil.example")
    put(database, an_event(1), an_event(2, event="notice", about="notices/1", word=kind))
    async with sending(a_sender(database, Channels(mail=post), StoppedClock(AT))) as sender:
        await until(lambda: sender.standing.sent == 1)
        await settled(sender)
    assert [line["name"] for letter in post.came for line in letter.lines] == ["notices/1"]
    assert state(database) == [(1, 0, "")]


async def test_a_digest_leaves_out_what_waits_no_more(database):
    clock, post = StoppedClock(AT), a_post()
    a_target(database, "office@civil.example")
    put(database, an_event(1), an_event(2), an_event(1, event="settled"))
    clock.advance(timedelta(hours=1))
    async with sending(a_sender(database, Channels(mail=post), clock)) as sender:
        await until(lambda: sender.standing.sent == 1)
    assert [line["name"] for letter in post.came for line in letter.lines] == ["work/2"]


async def test_a_webhook_hears_that_work_waits_no_more(database):
    async with a_receiver() as receiver:
        a_target(database, hook(receiver))
        put(database, an_event(1), an_event(1, event="settled"))
        async with sending(a_sender(database, Channels(webhooks()), StoppedClock(AT))) as sender:
            await until(lambda: sender.standing.sent == 2)


async def test_a_digest_that_failed_comes_again_as_the_same_mail(database):
    clock, post = StoppedClock(AT), a_post("RECIPIENT_REFUSED 450")
    a_target(database, "office@civil.example")
    put(database, an_event(1), an_event(2))
    clock.advance(timedelta(hours=1))
    async with sending(a_sender(database, Channels(mail=post), clock)) as sender:
        await until(lambda: sender.standing.failed == 1)
        put(database, an_event(3))
        post.fault = ""
        clock.advance(timedelta(hours=1))
        await until(lambda: sender.standing.sent == 2)
    first, again, following = post.came
    assert (first.id, first.lines) == (again.id, again.lines)
    assert following.id != first.id
    assert [line["name"] for line in following.lines] == ["work/3"]


async def test_what_the_hub_does_not_send_is_not_kept(database):
    a_target(database, "office@civil.example")
    a_target(database, "https://hook.example/")
    put(database, an_event(1), outbox=an_outbox(mail=False))
    put(database, an_event(2), outbox=an_outbox(webhooks=False))
    put(database, an_event(3), outbox=an_outbox(webhooks=False, mail=False))
    assert sorted(waiting for waiting, _, _ in state(database)) == [1, 1]
