"""The hub asks a running provider what it serves, and compares entries with that before anybody's query meets the difference."""

import sqlite3
from typing import Any

import pytest
from grpc import StatusCode
from hypothesis import given
from hypothesis import strategies as st

import exchange.describing
from exchange.describing import MOST_BYTES, MOST_COLUMNS, MOST_RESOURCES, read_description
from shuniu import Provider
from shuniu.errors import ShuniuCallError
from shuniu.provider.table import TableProvider
from shuniu.v1 import catalog_pb2, provider_pb2
from tests.exchange import rogue
from tests.world import AUTHORITY, FIELDS, OTHER, PROVIDER, RESIDENT, Member, World, a_field


def table(world: World, by: Member, sql: str) -> None:
    """Serve a table of a real database with the member's identity."""
    file = by.folder / "own.db"
    with sqlite3.connect(file) as rows:
        rows.execute(sql)
    rows.close()
    provider = Provider(by.folder)
    provider.add(TableProvider(f"sqlite:///{file}", "resident", "id_number").resource())
    running = world.run(provider.serve())
    world._running.append(running)
    by.do("SetEndpoint", endpoint=f"127.0.0.1:{running.port}")


FITTING = """
CREATE TABLE resident (id_number VARCHAR(18) PRIMARY KEY, name TEXT NOT NULL, address TEXT, phone TEXT, birth_date DATE, children INTEGER)
"""
OTHERWISE = FITTING.replace("name TEXT", "NAME TEXT").replace("birth_date DATE", "birth_date TEXT")


def refused(world: World, by: Member, **said: Any) -> ShuniuCallError:
    """How the submission of an entry of the member's ends that is not as its system serves it."""
    whole = catalog_pb2.Entry()
    whole.CopyFrom(world.entry(world.member(PROVIDER, f"quiet-{world.number()}"), **said))
    whole.serving_system, whole.resource_code = by.system, f"30701/{800_000 + world.number()}"
    draft = by.do("CreateEntry", entry=whole)
    reply = by.call("SubmitEntry", name=draft.name, etag=draft.etag, reason="首次编目", officer="GA-1")
    assert (reply.code, reply.reason) == (StatusCode.FAILED_PRECONDITION, "ENTRY_NOT_AS_SERVED")
    return reply.error


def test_a_table_as_the_entry_describes_it_passes(world: World):
    by = world.member(PROVIDER, "fitting")
    table(world, by, FITTING)
    entry = world.entry(by)
    assert [one.reason for one in entry.findings] == []
    (check,) = by.do("CheckEntries").checks
    assert (check.entry, check.version, list(check.findings)) == (entry.name, 1, [])
    assert check.HasField("describe_time")


def test_a_table_that_is_otherwise_is_told_to_its_department_before_anybody_queries_it(world: World):
    by = world.member(PROVIDER, "otherwise")
    table(world, by, OTHERWISE)
    error = refused(world, by)
    assert "birth_date" in str(error)
    assert "birth_date" in error.message_zh
    assert error.next_action_zh.startswith("请")
    assert [one for one in world.records() if one.action == "catalog.SubmitEntry" and one.actor.system == "otherwise"] == []


def test_what_a_system_was_is_compared_while_it_is_away_and_what_the_log_has_are_codes(world: World):
    by = world.member(PROVIDER, "away")
    running = world.provider(lambda *_: [RESIDENT], by)
    entry = world.entry(by)
    world.run(running.stop(0))
    by.do("SetEndpoint", endpoint="")
    (check,) = by.do("CheckEntries", name=entry.name).checks
    assert check.HasField("describe_time")
    assert "has no column income" in str(refused(world, by, fields=(*FIELDS[:2], a_field("income"))))
    never = world.entry(world.member(PROVIDER, "never"))
    assert [(one.reason, one.contradicts) for one in never.findings] == [("NOT_DESCRIBED", False)]
    submitted, published = [one for one in world.records() if one.resource == never.name and "findings" in one.detail]
    assert submitted.detail["findings"] == published.detail["findings"] == "NOT_DESCRIBED"


def test_only_provider_and_authority_may_look_and_a_revoked_system_is_not_asked(world: World):
    by = world.member(PROVIDER, "revoked")
    running = world.provider(lambda *_: [RESIDENT], by)
    entry = world.entry(by)
    reply = world.member(OTHER).call("CheckEntries", name=entry.name)
    assert reply.code is StatusCode.PERMISSION_DENIED
    first = world.as_(AUTHORITY).do("CheckEntries", name=entry.name).checks[0].describe_time
    world.as_(AUTHORITY).do("RevokeSystem", name=f"departments/{by.department}/systems/revoked", reason="系统停用")
    assert world.as_(AUTHORITY).do("CheckEntries", name=entry.name).checks[0].describe_time == first
    world.run(running.stop(0))


@pytest.mark.parametrize(
    "answer",
    [
        b"\xff\xff garbage",
        provider_pb2.DescribeResponse(resources=[provider_pb2.ProviderResource(resource="x" * 200)]).SerializeToString(),
        provider_pb2.DescribeResponse(resources=[provider_pb2.ProviderResource(resource="a\nb")]).SerializeToString(),
        provider_pb2.DescribeResponse(resources=[provider_pb2.ProviderResource()] * (MOST_RESOURCES + 1)).SerializeToString(),
        provider_pb2.DescribeResponse(
            resources=[provider_pb2.ProviderResource(columns=[provider_pb2.ProviderColumn()] * (MOST_COLUMNS + 1))]
        ).SerializeToString(),
        bytes(MOST_BYTES + 1),
    ],
    ids=["garbage", "a long name", "a name of two lines", "many resources", "many columns", "many bytes"],
)
def test_a_description_beyond_measure_is_none_at_all(answer: bytes):
    assert read_description(answer) is None


@given(st.binary(max_size=300))
def test_whatever_a_provider_says_is_read_or_left(answer: bytes):
    found = read_description(answer)
    assert found is None or len(found) <= MOST_RESOURCES


def test_a_provider_that_answers_anything_or_nothing_holds_up_a_submission_for_a_moment_and_no_more(world: World, monkeypatch):
    monkeypatch.setattr(exchange.describing, "SECONDS", 0.3)
    by = world.member(PROVIDER, f"rogue-{world.number()}")
    port = world.run(rogue.serve(by.folder, lambda _request: b"", describe=lambda: b"\xff"))
    by.do("SetEndpoint", endpoint=f"127.0.0.1:{port}")
    assert [one.reason for one in world.entry(by).findings] == ["NOT_DESCRIBED"]
    silent = world.member(PROVIDER, f"rogue-{world.number()}")
    port = world.run(rogue.serve(silent.folder, lambda _request: b"", describe=None))
    silent.do("SetEndpoint", endpoint=f"127.0.0.1:{port}")
    assert [one.reason for one in world.entry(silent).findings] == ["NOT_DESCRIBED"]
