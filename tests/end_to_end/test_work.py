"""Work as departments' systems have it: listed, streamed as it comes, acknowledged, resumed; over the wire, with everything real around it."""

import json
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Self

import grpc
import pytest
from grpc import StatusCode

import server
from hub.access import Duty
from hub.desk import Notice, Thing, Waiting
from hub.ids import Ids
from shuniu.client import connect, connect_async
from shuniu.errors import ShuniuCallError
from shuniu.v1.work_pb2 import WatchWorkRequest
from tests.cli.processes import run
from tests.world import AUTHORITY, CONSUMER, OTHER, PROVIDER, Member, World
from work.watching import MOST_EACH

STEP = "BrokerageService/ApproveDataRequest"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as one:
        yield one


def post(world: World, by: Member, thing: str = "", *, due_in: timedelta | None = timedelta(days=10)) -> str:
    """Let something wait for a department; return its name."""
    at, name = world.clock.now(), thing or f"dataRequests/{Ids().new(world.clock.now())}"
    waits = Waiting(step=STEP, department=by.department, duties=(Duty.REQUESTS,), due_time=at + due_in if due_in else None, article="第二十条")
    with world.hub.db.begin() as tx:
        world.hub.desk.follow(tx, Thing(name, "居民基本信息"), (waits,), at)
    return name


def settle(world: World, thing: str) -> None:
    with world.hub.db.begin() as tx:
        world.hub.desk.follow(tx, Thing(thing, "居民基本信息"), (), world.clock.now())


@dataclass
class Listener:
    """A stream that is read in a thread of its own."""

    by: Member
    token: str = ""
    events: "queue.Queue[Any]" = field(default_factory=queue.Queue)
    ended: "queue.Queue[Any]" = field(default_factory=queue.Queue)

    def __enter__(self) -> Self:
        self.client = connect(self.by.address, self.by.folder)
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.client.close()

    def _read(self) -> None:
        try:
            for event in self.client.work.WatchWork(WatchWorkRequest(resume_token=self.token), timeout=60):
                self.events.put(event)
            self.ended.put(None)
        except ShuniuCallError as error:
            self.ended.put(error)

    def next(self, seconds: float = 5.0) -> Any:
        return self.events.get(timeout=seconds)

    def quiet(self, seconds: float = 0.4) -> bool:
        try:
            self.events.get(timeout=seconds)
        except queue.Empty:
            return True
        return False


def test_work_is_listed_with_the_days_that_are_left_and_nobody_elses(world):
    owner = world.member(PROVIDER, "listing")
    name = post(world, owner)
    (work,) = [one for one in owner.do("ListWork").work if one.resource == name]
    assert (work.step, work.department, work.article, work.title) == (STEP, owner.department, "第二十条", "居民基本信息")
    assert 5 <= work.days_left <= 8
    assert world.member(OTHER).do("ListWork", resource=name).total == 0
    without = post(world, owner, due_in=None)
    (work,) = owner.do("ListWork", resource=without).work
    assert not work.HasField("days_left")
    assert not work.HasField("due_time")
    assert world.member(CONSUMER).call("ListWork", escalated=True).reason == "ESCALATED_TO_AUTHORITY"
    assert world.member(AUTHORITY).call("ListWork", escalated=True).ok
    settle(world, name)
    assert owner.do("ListWork", resource=name).total == 0


def test_what_happens_is_streamed_as_it_comes_and_begins_behind_what_was_acknowledged(world):
    by = world.member(CONSUMER, "watching")
    with Listener(by) as one:
        name = post(world, by)
        posted = one.next()
        assert (posted.WhichOneof("event"), posted.posted.resource) == ("posted", name)
        settle(world, name)
        settled = one.next()
        assert (settled.WhichOneof("event"), settled.settled.name) == ("settled", posted.posted.name)
        note = Notice(kind="proposal_void", department=by.department, duties=(), facts={"thing": name})
        with world.hub.db.begin() as tx:
            world.hub.desk.tell(tx, Thing(name, "居民基本信息"), (note,), world.clock.now())
        told = one.next()
        assert (told.notice.kind, dict(told.notice.facts)) == ("proposal_void", {"thing": name})
    with Listener(by) as one:
        assert [one.next().token for _ in range(3)] == [posted.token, settled.token, told.token], "nothing was acknowledged"
    assert by.do("AcknowledgeWork", token=settled.token).token == settled.token
    with Listener(by) as one:
        assert one.next().token == told.token
        assert one.quiet()
    with Listener(by, posted.token) as one:
        assert one.next().token == settled.token, "a token outweighs what was acknowledged"
    with Listener(world.member(CONSUMER, "another")) as one:
        assert one.next().token == posted.token, "each system has its own place"


@pytest.mark.parametrize("token", ["x", "WzFd", "WzEsIjAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwIl0", "é" * 2_000])
def test_a_token_that_no_hub_gave_out_is_refused(world, token):
    by = world.member(CONSUMER, "forging")
    with Listener(by, token) as one:
        error = one.ended.get(timeout=5)
    assert error.code is StatusCode.INVALID_ARGUMENT
    assert error.message_zh
    assert by.call("AcknowledgeWork", token=token).code is StatusCode.INVALID_ARGUMENT


def test_a_token_of_another_department_is_refused(world):
    other, by = world.member(OTHER), world.member(CONSUMER, "forging")
    with Listener(other) as one:
        post(world, other)
        theirs = one.next().token
    with Listener(by, theirs) as one:
        assert one.ended.get(timeout=5).reason == "RESUME_TOKEN_FOREIGN"
    assert by.call("AcknowledgeWork", token=theirs).reason == "RESUME_TOKEN_FOREIGN"


def test_a_revoked_certificate_ends_its_stream_within_a_second(world):
    by, kept = world.member(OTHER, "revoked"), world.member(OTHER, "kept")
    with Listener(by) as one, Listener(kept) as other:
        name = post(world, by)
        for each in (one, other):
            while each.next().posted.resource != name:
                pass
        begun = time.monotonic()
        world.member(AUTHORITY).do("RevokeSystem", name=by.name, reason="停用")
        error = one.ended.get(timeout=5)
        assert time.monotonic() - begun < 1.0
        assert error.code is StatusCode.UNAUTHENTICATED
        post(world, kept)
        assert other.next()


def test_one_system_has_only_so_many_streams(world):
    by = world.member(OTHER, "greedy")
    with connect(by.address, by.folder) as client:
        streams = [client.work.WatchWork(WatchWorkRequest(), timeout=60) for _ in range(MOST_EACH)]
        post(world, by)
        for stream in streams:
            next(stream)
        with pytest.raises(ShuniuCallError) as refused:
            next(client.work.WatchWork(WatchWorkRequest(), timeout=60))
        assert refused.value.reason == "STREAMS_TOO_MANY"
    deadline = time.monotonic() + 10
    while world.hub.watching.count(by.department, by.system) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert world.hub.watching.count(by.department, by.system) == 0, "a stream whose reader left is given back"


def test_whoever_reads_slowly_holds_a_few_events_and_no_more(world):
    by = world.member(OTHER, "slow")
    channel = grpc.secure_channel(
        by.address,
        grpc.ssl_channel_credentials(*((by.folder / name).read_bytes() for name in ("ca.pem", "key.pem", "cert.pem"))),
        options=(("grpc.http2.lookahead_bytes", 1), ("grpc.http2.bdp_probe", 0)),
    )
    with channel:
        path = "/shuniu.v1.WorkService/WatchWork"
        stream = channel.unary_stream(path, request_serializer=WatchWorkRequest.SerializeToString)(WatchWorkRequest(), timeout=60)
        before = world.hub.watching.read_count
        for _ in range(400):
            settle(world, post(world, by))
        time.sleep(0.5)
        assert world.hub.watching.read_count - before < 800, "what was not taken was not read"
        stream.cancel()


def test_the_sdk_follows_a_hub_that_was_away_and_gets_nothing_twice(world):
    by, seen = world.member(CONSUMER, "sdk"), list[str]()
    with connect(by.address, by.folder) as client:
        thread = threading.Thread(target=client.watch_work, args=(lambda event: seen.append(event.token),))
        thread.start()
        for _ in range(3):
            settle(world, post(world, by))
        restart(world)
        for _ in range(3):
            settle(world, post(world, by))
        every = everything(world.member(CONSUMER, "reader"))
        deadline = time.monotonic() + 15
        while len(seen) < len(every) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert seen == every
        names = {one.name for one in client.open_work()}
        assert names == {one.name for one in by.do("ListWork", page_size=500).work}
    thread.join(timeout=10)
    assert not thread.is_alive(), "a client that is closed watches no more"
    settle(world, post(world, by))
    with Listener(by) as one:
        assert one.next().token not in seen, "all that was handled was acknowledged"


def test_the_async_sdk_does_the_same(world):
    by, seen = world.member(CONSUMER, "async"), list[str]()
    settle(world, post(world, by))
    every = everything(world.member(CONSUMER, "reader"))

    class Enough(Exception):  # noqa: N818 - no error
        pass

    async def handle(event: Any) -> None:
        seen.append(event.token)
        if len(seen) == len(every):
            raise Enough

    async def follow() -> list[str]:
        async with connect_async(by.address, by.folder) as client:
            with pytest.raises(Enough):
                await client.watch_work(handle)
            return [one.name async for one in client.open_work()]

    assert world.run(follow()) == [one.name for one in by.do("ListWork", page_size=500).work]
    assert seen == every


def test_the_command_lists_and_acknowledges(world):
    by = world.member(CONSUMER, "command")
    name = post(world, by)
    done = run("work", "list", "--identity", by.folder)
    assert done.returncode == 0, done.stderr
    assert "居民基本信息" in done.stdout
    listed = run("work", "list", "--identity", by.folder, "--json", "--resource", name)
    assert name in listed.stdout
    assert run("work", "notices", "--identity", by.folder).returncode == 0
    done = run("work", "acknowledge", "--token", everything(world.member(CONSUMER, "reader"))[-1], "--identity", by.folder, "--json")
    assert json.loads(done.stdout)["token"]
    wrong = run("work", "acknowledge", "--token", "x", "--identity", by.folder)
    assert wrong.returncode
    assert "Traceback" not in wrong.stderr


def everything(by: Member) -> list[str]:
    """Return the tokens of all that a system that acknowledged nothing has in its stream."""
    found = []
    with Listener(by) as one:
        while True:
            try:
                found.append(one.next(0.7).token)
            except queue.Empty:
                return found


def restart(world: World) -> None:
    """Stop the hub and start it anew at the same doors."""
    again = replace(world.config, members=world.addresses["members"], public=world.addresses["public"])
    world.run(world.hub.stop())
    world.hub = server.Hub(again, world.clock)
    world.run(world.hub.start())
