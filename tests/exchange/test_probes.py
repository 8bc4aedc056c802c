"""Services are probed by a running hub, over mTLS and at real providers: up, down, back, a lost column, an emptied table, a slow one, a liar."""

import itertools
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from grpc import StatusCode

from catalog.model.health import PROBE, probe_key
from catalog.probe_rounds import ProbeRounds
from catalog.store import EntryStore
from exchange.wire import ONE, probe_to
from shuniu import Provider
from shuniu.provider.table import TableProvider
from shuniu.v1 import probe_pb2, provider_pb2
from tests.exchange import rogue
from tests.world import AUTHORITY, CONSUMER, FIELDS, KEY, OTHER, PROVIDER, RESIDENT, Member, World

_TIMES = itertools.count(1)
UP, DOWN, DEGRADED, UNKNOWN = (probe_pb2.ServiceState.Value(f"SERVICE_STATE_{one}") for one in ("UP", "DOWN", "DEGRADED", "UNKNOWN"))
TABLE = """
CREATE TABLE resident (id_number VARCHAR(18) PRIMARY KEY, name TEXT NOT NULL, address TEXT, phone TEXT, birth_date DATE, children INTEGER)
"""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(provider_timeout=2.0, probe_minutes=10) as running:
        running.hub.probe_rounds.stop()  # a test says when
        yield running


def probe(world: World, rounds: int = 1) -> None:
    """Let the time of a probe of every entry come, again and again."""
    rounds_here = ProbeRounds(world.hub.catalog.probes, world.hub.probe_rounds._sound, world.clock)
    for _ in range(rounds):
        # taken back behind it: certificates of departments that enrol later would not be valid yet
        with world.later(timedelta(minutes=11 * next(_TIMES))):
            rounds_here.go(world.clock.now())


def health(world: World, entry: Any, by: str = CONSUMER) -> probe_pb2.EntryHealth:
    found: probe_pb2.EntryHealth = world.as_(by).do("GetEntryHealth", name=entry.name)
    return found


def told(world: World, entry: Any, by: str) -> list[str]:
    """What a department was told of a service, oldest first."""
    notices = world.as_(by).do("ListNotices", resource=entry.name).notices
    return [one.kind for one in reversed(notices) if one.kind.startswith("service_")]


def changes(world: World, entry: Any) -> list[Any]:
    return [one for one in world.records() if one.action == "catalog.ChangeServiceState" and one.resource == entry.name]


def system(world: World) -> Member:
    return world.member(PROVIDER, f"probed-{world.number()}")


def served(world: World, by: Member, file: Path, **more: Any) -> Any:
    """Serve a table of a real database with the member's identity."""
    provider = Provider(by.folder)
    provider.add(TableProvider(f"sqlite:///{file}", "resident", "id_number", **more).resource())
    running = world.run(provider.serve())
    world._running.append(running)
    by.do("SetEndpoint", endpoint=f"127.0.0.1:{running.port}")
    return running


def changed(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as rows:
        for one in statements:
            rows.execute(one)
        rows.commit()


def test_a_service_is_up_then_down_then_back_and_its_consumers_hear_each_once(world: World):
    by = system(world)
    running = world.provider(lambda key, _fields, _call: [RESIDENT] if key == KEY else [], by)
    entry = world.entry(by)
    world.grant(entry)
    assert health(world, entry).state == UNKNOWN
    probe(world)
    up = health(world, entry)
    assert (up.state, up.version, up.HasField("latency_ms"), up.HasField("row_count"), up.provider) == (UP, 1, True, False, by.department)
    port = running.port
    world.run(running.stop(0))
    probe(world)
    assert health(world, entry).state == UP
    probe(world, 3)
    down = health(world, entry)
    assert (down.state, down.reason, down.HasField("latency_ms")) == (DOWN, "PROVIDER_UNAVAILABLE", False)
    assert down.message.startswith(f"the service of {entry.name} gave no answer to a probe (PROVIDER_UNAVAILABLE)")
    assert "未应答探测" in down.message_zh
    again = Provider(by.folder)
    again.resource("resident", key="id_number", columns=tuple(RESIDENT))(lambda _key, _fields, _call: [])
    world._running.append(world.run(again.serve(f"127.0.0.1:{port}")))
    time.sleep(1.2)  # gRPC dials again after a second
    probe(world)
    assert health(world, entry).state == UP
    assert told(world, entry, CONSUMER) == told(world, entry, PROVIDER) == ["service_down", "service_back"]
    assert told(world, entry, OTHER) == []
    first, second = changes(world, entry)
    assert (first.detail["state"], first.detail["cause"], second.detail["state"]) == ("down", "PROVIDER_UNAVAILABLE", "up")
    assert (first.other, first.subject_domain, first.pseudonym, first.grant) == (by.department, "", None, "")


def test_a_column_that_a_live_table_loses_is_noticed_and_named(world: World):
    by = system(world)
    file = by.folder / "own.db"
    changed(file, TABLE)
    served(world, by, file)
    entry = world.entry(by)
    world.grant(entry)
    probe(world)
    assert health(world, entry).state == UP
    changed(file, "ALTER TABLE resident DROP COLUMN phone")
    probe(world, 2)
    found = health(world, entry)
    assert (found.state, found.field, found.reason) == (DEGRADED, "phone", "SERVICE_LACKS_FIELD")
    (notice,) = world.as_(CONSUMER).do("ListNotices", resource=entry.name).notices
    assert (notice.kind, notice.facts["column"]) == ("service_column_lost", "phone")


def test_a_column_of_another_type_is_noticed_by_what_the_system_says_that_it_serves(world: World):
    by = system(world)
    file = by.folder / "own.db"
    changed(file, TABLE)
    running = served(world, by, file)
    entry = world.entry(by)
    probe(world)
    world.run(running.stop(0))
    changed(file, "DROP TABLE resident", TABLE.replace("children INTEGER", "children TEXT"))
    served(world, by, file)
    probe(world, 2)
    found = health(world, entry)
    assert (found.state, found.field, found.reason) == (DEGRADED, "children", "OTHER_TYPE")


def test_rows_and_the_newest_of_them_are_told_and_a_table_that_was_emptied_shows_it(world: World):
    by = system(world)
    file = by.folder / "own.db"
    day = world.clock.now() - timedelta(hours=3)
    changed(file, TABLE, "ALTER TABLE resident ADD COLUMN changed TIMESTAMP", "CREATE INDEX by_time ON resident (changed)")
    rows = (f"INSERT INTO resident (id_number, name, changed) VALUES ('{n}', '王', '{day.isoformat()}')" for n in range(3))  # noqa: S608 -- our own
    changed(file, *rows)
    served(world, by, file, freshness="changed")
    entry = world.entry(by)
    probe(world)
    found = health(world, entry)
    assert (found.state, found.row_count, found.newest_row_time.ToDatetime(UTC)) == (UP, 3, day)
    assert found.lag_seconds == int((found.probe_time.ToDatetime(UTC) - day).total_seconds())
    changed(file, "DELETE FROM resident")
    served(world, by, file, freshness="changed")  # a provider looks once a minute: another one looks at once
    probe(world)
    found = health(world, entry)
    assert (found.state, found.row_count, found.HasField("newest_row_time"), found.HasField("lag_seconds")) == (UP, 0, False, False)


def test_a_provider_that_answers_slowly_is_down_and_holds_up_no_other(world: World):
    slow, never = system(world), threading.Event()
    world.provider(lambda *_: [never.wait(4)][:0], slow)
    entry, other = world.entry(slow), world.entry(by := system(world))
    world.provider(lambda *_: [], by)
    probe(world, 2)
    assert (health(world, entry).state, health(world, entry).reason) == (DOWN, "PROVIDER_UNAVAILABLE")
    assert health(world, other).state == UP


def test_a_provider_with_a_record_for_the_key_of_nobody_is_doubted_and_its_record_is_nowhere(world: World, caplog):
    by = system(world)
    world.provider(lambda key, _fields, _call: [{**RESIDENT, "id_number": key, "name": "不该出现"}], by)
    entry = world.entry(by)
    world.grant(entry)
    probe(world, 2)
    found = health(world, entry)
    assert (found.state, found.reason, found.field) == (DEGRADED, "SERVICE_KNOWS_NOBODY", "")
    assert told(world, entry, CONSUMER) == ["service_doubtful"]
    assert "不该出现" not in caplog.text + str(found) + str(changes(world, entry))


@pytest.mark.parametrize("answer", [b"\xff\xff", b"\x0a\xff"], ids=["garbage", "cut short"])
def test_bytes_that_are_no_answer_are_a_service_that_is_down(world: World, answer: bytes):
    by = system(world)
    port = world.run(rogue.serve(by.folder, lambda _request: answer, lambda: b"\xff"))
    by.do("SetEndpoint", endpoint=f"127.0.0.1:{port}")
    entry = world.entry(by)
    probe(world, 2)
    assert (health(world, entry).state, health(world, entry).reason) == (DOWN, "PROVIDER_ANSWER_INVALID")


def test_a_probe_asks_for_one_row_by_a_key_of_nobody_says_that_it_is_a_probe_and_uses_nothing(world: World):
    by, asked = system(world), list[provider_pb2.FetchRequest]()

    def answer(request: provider_pb2.FetchRequest) -> bytes:
        asked.append(request)
        return b""

    port = world.run(rogue.serve(by.folder, answer, lambda: b"\xff"))
    by.do("SetEndpoint", endpoint=f"127.0.0.1:{port}")
    entry = world.entry(by)
    grant, before = world.grant(entry), world.log_size
    asked.clear()
    probe(world, 3)
    assert len(asked) == 3
    for one in asked:
        assert (one.limit, one.purpose, one.case_number, one.log_index) == (ONE, PROBE, PROBE, -1)
        assert one.consumer == world.config.authority
        assert list(one.fields) == [field.name for field in FIELDS]
        assert one.key == "710000180001010007" != KEY
    assert world.as_(CONSUMER).do("GetGrant", name=grant.name).calls_today == 0
    assert [one for one in world.records(before) if one.resource == entry.name or one.grant == grant.name] == []


def test_every_entry_is_asked_for_one_row_whatever_its_key(world: World):
    with world.hub.db.read() as tx:
        for entry in EntryStore(tx).all_published():
            request = provider_pb2.FetchRequest.FromString(probe_to(entry, "x").data)
            assert (request.limit, request.key) == (1, probe_key(entry))


def test_neither_the_turns_nor_the_breaker_of_a_provider_hear_of_a_probe(world: World):
    by = system(world)
    entry = world.entry(by)
    by.do("SetEndpoint", endpoint="127.0.0.1:9")
    grant, pauses = world.grant(entry), world.hub._providers_tally.pauses
    probe(world, 8)
    assert (health(world, entry).state, world.hub._providers_tally.pauses) == (DOWN, pauses)
    assert world.as_(CONSUMER).query(grant).reason == "PROVIDER_UNAVAILABLE"  # and not PROVIDER_PAUSED


def test_every_member_may_read_it_and_wrong_questions_are_refused(world: World):
    entry = world.entry(by := system(world))
    listed = world.as_(OTHER).do("ListEntryHealth", provider=by.department, state=UNKNOWN)
    assert entry.name in {one.entry for one in listed.entry_health}
    (one,) = world.as_(AUTHORITY).do("ListEntryHealth", entry=entry.name).entry_health
    assert (one.state, one.HasField("state_since"), one.HasField("lag_seconds")) == (UNKNOWN, False, False)
    assert world.as_(OTHER).call("GetEntryHealth", name="entries/01hzzzzzzzzzzzzzzzzzzzzzzz").code is StatusCode.NOT_FOUND
    for wrong in ({"state": 99}, {"provider": "x"}, {"entry": "x"}, {"page_token": "x"}, {"page_size": -1}):
        assert world.as_(OTHER).call("ListEntryHealth", **wrong).code is StatusCode.INVALID_ARGUMENT
