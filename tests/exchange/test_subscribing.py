"""Changes under a grant: what arrives, what is held back, what the log says of it, and how it goes on after whatever broke it off."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any

import pytest
from grpc import StatusCode

import exchange.lasting
import exchange.subscribing
from audit.model import Kind
from shuniu import Provider, connect_async
from shuniu.digest import answer_digest
from shuniu.errors import ShuniuCallError
from shuniu.provider import Change
from shuniu.provider.table import TableProvider
from shuniu.turns import Turns
from shuniu.v1 import catalog_pb2, scope_pb2, subscribe_pb2
from tests.cli.processes import run
from tests.exchange.watches import DELETE, UPSERT, delete, told, upsert, watched
from tests.world import CASE, CONSUMER, FIELDS, OFFICER, PROVIDER, PURPOSE, World

PLAIN = ("id_number", "address", "children")


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        yield running


class Table:
    """A table of a real database with a version column, and its entry."""

    def __init__(self, world: World, count: int, late: float = 5.0) -> None:
        by = world.member(PROVIDER, f"table-{world.number()}")
        self.folder, self.file, self.version = by.folder, by.folder / "own.db", 0
        self.run(
            "CREATE TABLE resident (id_number VARCHAR(18) PRIMARY KEY, name TEXT, address TEXT, phone TEXT, birth_date DATE, children INTEGER,"
            " changed INTEGER, gone INTEGER)",
            "CREATE INDEX by_version ON resident (changed, id_number)",
        )
        with sqlite3.connect(self.file) as db:
            rows = [(key(number), f"王小明{number}", "银川市", None, "1990-03-07", number % 4, number + 1) for number in range(count)]
            db.executemany("INSERT INTO resident VALUES (?, ?, ?, ?, ?, ?, ?, 0)", rows)
        db.close()
        self.version = count
        provider = Provider(by.folder)
        source = TableProvider(f"sqlite:///{self.file}", "resident", "id_number", version="changed", deleted="gone", late=late)
        provider.add(source.resource())
        self.running = world.run(provider.serve())
        world._running.append(self.running)
        by.do("SetEndpoint", endpoint=f"127.0.0.1:{self.running.port}")
        self.entry = world.entry(by, modes=[catalog_pb2.SHARE_MODE_SUBSCRIBE, catalog_pb2.SHARE_MODE_QUERY])

    def run(self, *statements: str) -> None:
        with sqlite3.connect(self.file) as db:
            for one in statements:
                db.execute(one)
        db.close()

    def change(self, number: int, what: str) -> None:
        """Change a row as a department's own program does, and raise its version."""
        self.version += 1
        self.run(f"UPDATE resident SET {what}, changed = {self.version} WHERE id_number = '{key(number)}'")  # noqa: S608


def key(number: int) -> str:
    return f"{number:018d}"


def granted(world: World, table: Table, fields: Sequence[str] = PLAIN, **changed: Any) -> Any:
    return world.grant(table.entry, fields, mode="subscribe", **changed)


def asked(grant: Any, **changed: Any) -> dict[str, Any]:
    return {"grant": grant.name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, **changed}


def subscription(world: World, grant: Any, **changed: Any) -> Any:
    return world.as_(CONSUMER).client.subscribe(**asked(grant, **changed))


def parts(world: World, grant: Any, timeout: float = 30.0, **changed: Any) -> Iterator[Any]:
    yield from world.as_(CONSUMER).client.exchange.Subscribe(subscribe_pb2.SubscribeRequest(**asked(grant, **changed)), timeout=timeout)


def refusal(found: Callable[[], Any]) -> ShuniuCallError:
    with pytest.raises(ShuniuCallError) as refused:
        found()
    return refused.value


def settled(world: World, grant: Any) -> list[Any]:
    """Wait until every intent of a grant has its outcome; return the outcomes."""
    until = time.monotonic() + 10
    while True:
        records = world.records(grant=grant.name)
        intents, outcomes = ([one for one in records if one.kind is kind] for kind in (Kind.INTENT, Kind.OUTCOME))
        if {one.index for one in intents} == {one.intent_index for one in outcomes}:
            return outcomes
        assert time.monotonic() < until, "an intent has no outcome"
        time.sleep(0.02)


def test_everything_that_is_there_comes_then_what_changes_then_what_is_gone(world: World):
    table = Table(world, 2_500)
    grant = granted(world, table)
    following = subscription(world, grant)
    changes = iter(following)
    first = list(islice(changes, 2_500))
    assert [one.key for one in first] == [key(number) for number in range(2_500)]
    assert first[0].record == {"id_number": key(0), "address": "银川市", "children": 0}
    table.change(7, "address = '吴忠市'")
    moved = next(changes)
    assert (moved.op, moved.key, moved.record) == ("upsert", key(7), {"id_number": key(7), "address": "吴忠市", "children": 3})
    table.change(8, "gone = 1")
    gone = next(changes)
    assert (gone.op, gone.key, gone.record) == ("delete", key(8), None)
    following.ack()
    changes.close()
    outcomes = settled(world, grant)
    assert [one.action for one in outcomes] == ["exchange.Subscribe"] * len(outcomes)
    assert sum(one.rows for one in outcomes) == 2_502
    assert max(one.rows for one in outcomes) <= 1_000


def test_what_is_committed_late_under_a_version_that_was_passed_comes_all_the_same(world: World):
    table = Table(world, 3, late=1.0)
    changes = iter(subscription(world, granted(world, table)))
    assert len(list(islice(changes, 3))) == 3
    table.version = 99
    table.change(0, "address = '先提交'")
    assert next(changes).record["address"] == "先提交"
    table.version = 49  # it took its number before the other, and commits behind it
    table.change(1, "address = '后提交'")
    late = next(changes)
    assert (late.key, late.record["address"]) == (key(1), "后提交")
    changes.close()


def test_what_is_acknowledged_does_not_come_again_and_anything_else_does(world: World):
    table = Table(world, 10, late=0.2)
    grant = granted(world, table)
    following = subscription(world, grant)
    assert len(list(following.until_caught_up())) == 10
    assert [one.key for one in subscription(world, grant).until_caught_up()] == [key(number) for number in range(10)]
    following.ack()
    assert list(subscription(world, grant).until_caught_up()) == []
    table.change(3, "children = 9")
    again = subscription(world, grant)
    assert [one.key for one in again.until_caught_up()] == [key(3)]
    assert [one.key for one in subscription(world, grant).until_caught_up()] == [key(3)]
    assert len(list(subscription(world, grant, from_beginning=True).until_caught_up())) == 10


def test_each_portion_has_a_receipt_of_the_bytes_as_they_came(world: World):
    table = Table(world, 1_200)
    grant = granted(world, table)
    content, receipts = sha256(), []
    for part in parts(world, grant):
        kind = part.WhichOneof("part")
        if kind == "changes":
            content.update(part.changes)
        elif kind == "receipt":
            assert part.receipt.digest == answer_digest(content.digest(), part.receipt.salt)
            receipts.append(part.receipt)
            content = sha256()
        elif part.state.kind == subscribe_pb2.SubscribeState.KIND_CAUGHT_UP:
            break
    outcomes = settled(world, grant)
    assert [(one.index, one.rows, one.bytes, one.digest) for one in outcomes] == [
        (one.log_index, one.changes, one.bytes, one.digest) for one in receipts
    ]
    assert sum(one.changes for one in receipts) == 1_200


def test_a_record_that_leaves_the_rows_of_the_grant_is_gone_and_one_that_never_was_inside_is_nothing(world: World):
    table = Table(world, 8, late=0.2)
    scope = [scope_pb2.RowCondition(field="children", any_of=scope_pb2.RowValues(values=["1", "2"]))]
    grant = granted(world, table, ("id_number", "address"), rows=scope)
    following = subscription(world, grant)
    assert [(one.op, one.key) for one in following.until_caught_up()] == [("upsert", key(number)) for number in (1, 2, 5, 6)]
    following.ack()
    table.change(1, "children = 0")
    table.change(0, "address = 'secret'")
    table.change(4, "children = 2")
    again = subscription(world, grant)
    assert [(one.op, one.key, one.record) for one in again.until_caught_up()] == [
        ("delete", key(1), None),
        ("upsert", key(4), {"id_number": key(4), "address": "银川市"}),
    ]
    assert [one.key for one in subscription(world, grant).until_caught_up()] == [key(1), key(4)]
    again.ack()
    table.change(1, "address = 'secret'")
    table.change(0, "gone = 1")
    assert list(subscription(world, grant).until_caught_up()) == []


def test_masks_are_applied_and_what_was_not_granted_goes(world: World):
    secret = upsert(key(1), name="王小明", phone="13812345678")
    grant = watched(world, lambda _: (told(secret), 60.0), ("id_number", "name"))
    assert next(iter(subscription(world, grant))).record == {"id_number": key(1), "name": "王**"}


def test_a_key_that_is_not_granted_in_clear_is_refused_by_name(world: World):
    table = Table(world, 3)
    refused = refusal(lambda: next(iter(subscription(world, granted(world, table, ("name", "address"))))))
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, "SUBSCRIPTION_NEEDS_KEY")
    grant = granted(world, table)
    assert refusal(lambda: next(iter(subscription(world, grant, fields=("address",))))).reason == "SUBSCRIPTION_NEEDS_KEY"


def test_other_modes_and_entries_without_changes_are_told_by_name(world: World):
    table = Table(world, 3)
    query = world.grant(table.entry, PLAIN, mode="query")
    assert refusal(lambda: next(iter(subscription(world, query)))).reason == "MODE_NOT_GRANTED"
    by = world.member(PROVIDER, f"plain-{world.number()}")
    provider = Provider(by.folder)
    provider.resource("resident", key="id_number", columns=[one.name for one in FIELDS])(lambda _key, _fields, _call: [])
    running = world.run(provider.serve())
    world._running.append(running)
    by.do("SetEndpoint", endpoint=f"127.0.0.1:{running.port}")
    entry = world.entry(by, modes=[catalog_pb2.SHARE_MODE_SUBSCRIBE])
    refused = refusal(lambda: next(iter(subscription(world, world.grant(entry, PLAIN, mode="subscribe")))))
    assert (refused.code, refused.reason) == (StatusCode.FAILED_PRECONDITION, "CHANGES_NOT_SERVED")


def test_tokens_that_are_forged_or_of_elsewhere_or_of_before_a_change_are_refused_by_name(world: World):
    table = Table(world, 3)
    grant, other = granted(world, table), granted(world, table)
    token = list(subscription(world, grant).until_caught_up())[-1].token
    forged = token[:-1] + bytes((token[-1] ^ 1,))
    for wrong in (forged, b"1", b"\x01" + b"x" * 40, b"x" * 70_000):
        refused = refusal(lambda: next(parts(world, grant, resume_token=wrong)))  # noqa: B023 - called at once
        assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, "CHANGE_TOKEN_FOREIGN")
        assert refusal(lambda: subscription(world, grant).ack(wrong)).reason == "CHANGE_TOKEN_FOREIGN"  # noqa: B023
    assert refusal(lambda: next(parts(world, other, resume_token=token))).reason == "CHANGE_TOKEN_FOREIGN"
    assert refusal(lambda: subscription(world, other).ack(token)).reason == "CHANGE_TOKEN_FOREIGN"
    assert refusal(lambda: next(parts(world, grant, resume_token=token, fields=["id_number"]))).reason == "CHANGE_TOKEN_OUTDATED"
    assert refusal(lambda: next(parts(world, grant, resume_token=token, from_beginning=True))).reason == "SUBSCRIPTION_PLACES_TWO"
    assert refusal(lambda: world.as_(PROVIDER).client.subscribe(**asked(grant)).ack(token)).reason == "NO_GRANT"


def test_an_older_token_than_the_newest_acknowledged_changes_nothing(world: World):
    def sending(request: Any) -> Any:
        begin = int(request.cursor or b"0")
        for number in range(begin + 1, 4):
            yield told(upsert(key(number)), cursor=str(number).encode(), more=number < 3)
        yield told(cursor=b"3")
        yield 60.0

    grant = watched(world, sending)
    following = subscription(world, grant)
    found = list(following.until_caught_up())
    assert [one.key for one in found] == [key(1), key(2), key(3)]
    following.ack(found[1].token)
    following.ack(found[0].token)
    assert [one.key for one in subscription(world, grant).until_caught_up()] == [key(3)]
    assert [one.key for one in subscription(world, grant, resume_token=found[0].token).until_caught_up()] == [key(2), key(3)]


BROKEN = {
    "bytes that are none": b"\xff\xff",
    "too many changes": told(*[upsert(key(number)) for number in range(1_001)]),
    "too many bytes": told(*[upsert(key(number), address="x" * 1_000_000) for number in range(4)]),
    "an op of another release": told(subscribe_pb2.ProviderChange(op=7, key=key(1))),  # type: ignore[arg-type]
    "no op": told(subscribe_pb2.ProviderChange(key=key(1))),
    "a deletion with content": told(subscribe_pb2.ProviderChange(op=DELETE, key=key(1), record=upsert(key(1)).record)),
    "an update without": told(subscribe_pb2.ProviderChange(op=UPSERT, key=key(1))),
    "no key": told(upsert("")),
    "a key with a line end": told(delete("1\n2")),
    "another's record": told(subscribe_pb2.ProviderChange(op=UPSERT, key=key(1), record=upsert(key(2)).record)),
    "no cursor": told(upsert(key(1)), cursor=b""),
    "a cursor that is too long": told(upsert(key(1)), cursor=b"x" * 2_049),
    "a value of another type": told(upsert(key(1), address=7)),
    "a control character": told(upsert(key(1), address="\x1b[2J")),
    "more and nothing": told(more=True),
    "hundreds of fields": told(upsert(key(1), **{f"f{number}": 1 for number in range(300)})),
}


@pytest.mark.parametrize("wrong", BROKEN.values(), ids=BROKEN.keys())
def test_what_a_provider_may_not_send_ends_the_subscription_and_none_of_it_leaves(world: World, wrong: Any):
    grant = watched(world, lambda _: (told(upsert(key(9))), 0.2, wrong, 60.0))
    came: list[str] = []

    def follow() -> None:
        for part in parts(world, grant):
            came.extend(one.key for one in subscribe_pb2.ChangeBatch.FromString(part.changes).changes)

    refused = refusal(follow)
    assert refused.code is StatusCode.DATA_LOSS
    assert came == [key(9)]
    assert [(one.status, one.rows) for one in settled(world, grant)] == [("ok", 1), (refused.reason, 0)]


def test_far_behind_the_newest_of_each_key_alone_comes_and_the_wire_says_so(world: World):
    def sending(_request: Any) -> Any:
        for number in range(20):
            yield told(*[upsert(key(one), address=f"第{number}次") for one in range(1_000)], cursor=str(number).encode(), more=True)
        yield told(delete(key(5)), cursor=b"20")
        yield 60.0

    grant, newest, count, states = watched(world, sending), {}, 0, []
    for part in parts(world, grant):
        kind = part.WhichOneof("part")
        for one in subscribe_pb2.ChangeBatch.FromString(part.changes).changes if kind == "changes" else ():
            newest[one.key], count = one, count + 1
        if kind == "state":
            states.append((part.state.kind, part.state.collapsed))
            if part.state.kind == subscribe_pb2.SubscribeState.KIND_CAUGHT_UP:
                break
    state = subscribe_pb2.SubscribeState
    assert [one for one, _ in states] == [state.KIND_FROM_BEGINNING, state.KIND_FAR_BEHIND, state.KIND_CAUGHT_UP]
    assert count + states[-1][1] == 20_001
    assert states[-1][1] >= 10_000
    assert (newest[key(5)].op, newest[key(6)].record.fields["address"].string_value) == (DELETE, "第19次")
    assert len(newest) == 1_000


def test_nothing_is_open_while_nothing_happens(world: World):
    grant = watched(world, lambda _: (told(upsert(key(1))), 60.0))
    following = iter(subscription(world, grant))
    next(following)
    assert [one.status for one in settled(world, grant)] == ["ok"]
    following.close()
    time.sleep(0.3)
    assert [one.status for one in settled(world, grant)] == ["ok"]


def test_a_revoked_grant_ends_an_open_subscription_within_a_second(world: World):
    grant = watched(world, lambda _: (told(upsert(key(1))), 60.0))
    following = parts(world, grant)
    assert [next(following).WhichOneof("part") for _ in range(4)] == ["state", "changes", "receipt", "state"]
    world.as_(CONSUMER).do("RevokeGrant", name=grant.name, etag=grant.etag, reason="不再办理", officer=OFFICER)
    began = time.monotonic()
    assert refusal(lambda: list(following)).reason == "GRANT_REVOKED"
    assert time.monotonic() - began < 1.0
    assert [one.status for one in settled(world, grant)] == ["ok", "GRANT_REVOKED"]


def test_a_provider_that_stalls_and_a_consumer_that_never_reads_are_left_with_their_reasons(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exchange.lasting, "PROVIDER_SECONDS", 0.5)
    monkeypatch.setattr(exchange.lasting, "CONSUMER_SECONDS", 0.5)
    stalling = watched(world, lambda _: (told(upsert(key(1))), 60.0))
    with pytest.raises(ShuniuCallError) as ended:
        list(parts(world, stalling))
    assert (ended.value.code, ended.value.reason) == (StatusCode.UNAVAILABLE, "PROVIDER_UNAVAILABLE")
    large = "长" * 10_000

    def flood(_request: Any) -> Any:
        for number in range(2_000):
            yield told(*[upsert(key(one), address=large) for one in range(30)], cursor=str(number).encode())

    unread = watched(world, flood)
    following = parts(world, unread)
    next(following)
    until = time.monotonic() + 15
    while not any("SUBSCRIPTION_NOT_READ" in {one.status, one.detail.get("broke_off")} for one in world.records(grant=unread.name)):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_subscription_that_was_given_up_takes_no_place_of_the_next(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("exchange.provider_streams.Turns", lambda _most, *more: Turns(4, *more))
    grant = watched(world, lambda _request: [told(upsert(key(1))), 30.0])
    for number in range(12):
        opened = parts(world, grant, from_beginning=True)
        assert next(one for one in opened if one.WhichOneof("part") == "changes"), number
        opened.close()  # type: ignore[attr-defined]


def test_changes_of_a_function_come_in_order_from_any_place(world: World):
    journal = [Change(key(number), {"id_number": key(number), "address": "银川市"}, str(number).encode()) for number in range(1, 6)]
    by = world.member(PROVIDER, f"feed-{world.number()}")
    provider = Provider(by.folder)

    def changes(_fields: Sequence[str], call: Any) -> Iterator[Change]:
        yield from journal[int(call.cursor or b"0") :]

    provider.resource("resident", key="id_number", columns=[one.name for one in FIELDS], changes=changes)(lambda _key, _fields, _call: [])
    running = world.run(provider.serve())
    world._running.append(running)
    by.do("SetEndpoint", endpoint=f"127.0.0.1:{running.port}")
    grant = world.grant(world.entry(by, modes=[catalog_pb2.SHARE_MODE_SUBSCRIBE]), ("id_number", "address"), mode="subscribe")
    following = subscription(world, grant)
    coming = iter(following)
    assert [next(coming).key for _ in range(5)] == [key(number) for number in range(1, 6)]
    journal.append(Change(key(2), None, b"6"))
    assert next(coming).op == "delete"
    following.ack()
    assert list(subscription(world, grant).until_caught_up()) == []


def test_it_goes_on_by_itself_when_the_provider_was_away(world: World):
    table = Table(world, 5)
    grant = granted(world, table)
    coming = iter(subscription(world, grant))
    assert len(list(islice(coming, 5))) == 5
    world.run(table.running.stop(0))
    table.change(1, "children = 8")
    provider = Provider(table.folder)
    provider.add(TableProvider(f"sqlite:///{table.file}", "resident", "id_number", version="changed", deleted="gone").resource())
    again = world.run(provider.serve(f"127.0.0.1:{table.running.port}"))
    world._running.append(again)
    began = time.monotonic()
    assert any(one.key == key(1) and one.record and one.record["children"] == 8 for one in coming)
    assert time.monotonic() - began < 2.5


def test_asyncio_has_the_same(world: World):
    table = Table(world, 3)
    grant = granted(world, table)
    by = world.as_(CONSUMER)

    async def follow() -> list[str]:
        async with connect_async(by.address, by.folder) as client:
            following = client.subscribe(**asked(grant))
            found = [one.key async for one in following.until_caught_up()]
            await following.ack()
            return found

    assert asyncio.run(follow()) == [key(0), key(1), key(2)]
    assert list(subscription(world, grant).until_caught_up()) == []


def test_the_command_writes_lines_and_goes_on_behind_what_it_acknowledged(world: World):
    table, out = Table(world, 4, late=0.2), world.folder / "changes.jsonl"
    grant = granted(world, table)
    said = ["--identity", world.as_(CONSUMER).folder, "--grant", grant.name, "--purpose", PURPOSE, "--case-number", CASE, "--officer", OFFICER]
    done = run("subscribe", *said, "--out", out, "--receipts", world.folder / "kept", "--once")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(one["op"], one["key"]) for one in lines] == [("upsert", key(number)) for number in range(4)]
    assert lines[1]["record"] == {"id_number": key(1), "address": "银川市", "children": 1}
    assert len(list((world.folder / "kept").glob("*.json"))) == 1
    with out.open("ab") as file:
        file.write(b'{"token": "cut sh')
    table.change(2, "gone = 1")
    assert run("subscribe", *said, "--out", out, "--once").returncode == 0
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(one["op"], one["key"]) for one in lines][4:] == [("delete", key(2))]
