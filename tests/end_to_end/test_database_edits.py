"""Somebody has the database and no key of the hub: what they write there gives them nothing, and the rest of the hub goes on."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from grpc import StatusCode

import server
from audit.store.crowds import Crowd
from certs.actions import CertActions
from hub.access import Caller, Role
from hub.clock import day_in_china
from hub.db import BOUND, BoundTable, Day, Json, Moment, sqlite_file
from hub.ids import Ids
from hub.unit_of_work import Kit, Step
from migrations.opening import open_beside
from shuniu.v1.catalog_pb2 import EXPORT_FORMAT_TURTLE, ExportDirectoryRequest
from tests.end_to_end.test_texts import brokerage, complaints, demands, directory, disputes, filed, papers, people, updates
from tests.hub.test_watch import soon
from tests.world import AUDITOR, AUTHORITY, CASE, CONSUMER, METHODS, OTHER, PROVIDER, Member, World


@pytest.fixture
def world() -> Iterator[World]:
    with World() as one:
        yield one


def edit(world: World, *statements: tuple[str, tuple[object, ...]], topic: str = "", key: str = "") -> None:
    """Write past the hub, and make it look: a row in the feed of changes, as anybody can write one."""
    file = sqlite_file(world.config.database_url)
    assert file is not None
    connection = sqlite3.connect(file, timeout=10)
    with connection:
        for statement, values in statements:
            assert connection.execute(statement, values).rowcount == 1, statement
        if topic:
            (newest,) = connection.execute("SELECT max(seq) FROM changes").fetchone()
            connection.execute("INSERT INTO changes VALUES (?, ?, ?)", (newest + 1, topic, key))
    connection.close()


def restart(world: World) -> None:
    """Start the hub anew on its database, at the same doors."""
    again = replace(world.config, members=world.addresses["members"], public=world.addresses["public"])
    world.run(world.hub.stop())
    world.hub = server.Hub(again, world.clock)
    world.run(world.hub.start())


def name_of(member: Member) -> str:
    return f"departments/{member.department}/systems/{member.system}"


def test_a_system_that_was_given_a_role_in_the_database_is_nobody(world: World):
    thief, honest = world.member(OTHER), world.member(CONSUMER)
    roles = ("UPDATE systems SET roles = ? WHERE department = ?", (json.dumps(["auditor", "authority", "member"]), thief.department))
    certificate = ("UPDATE certificates SET roles = ? WHERE department = ?", (json.dumps(["auditor", "authority", "member"]), thief.department))
    for one in (roles, certificate):
        edit(world, one, topic="identities", key=name_of(thief))
    search: dict[str, Any] = {"searcher": "AU-1", "reason": "例行抽查", "case_number": "A"}
    assert soon(lambda: thief.call("SearchAuditRecords", **search).code is StatusCode.UNAUTHENTICATED) < 2
    assert thief.call("CreateEnrollmentToken", department=thief.department, system="x").code is not StatusCode.OK
    assert honest.do("WhoAmI").department == honest.department


def test_a_grant_that_was_widened_in_the_database_gives_nothing(world: World):
    grant, other = world.grant(fields=("id_number", "name")), world.grant(fields=("id_number", "name"))
    file = sqlite_file(world.config.database_url)
    assert file is not None
    terms = json.loads(sqlite3.connect(file).execute("SELECT terms FROM grants WHERE id = ?", (grant.name.removeprefix("grants/"),)).fetchone()[0])
    terms["fields"] = [*terms["fields"], "phone"]
    key = grant.name.removeprefix("grants/")
    edit(world, ("UPDATE grants SET terms = ? WHERE id = ?", (json.dumps(terms), key)), topic="grants", key=key)
    consumer = world.member(CONSUMER)
    assert soon(lambda: not consumer.query(grant.name).ok) < 2
    assert consumer.query(grant.name, fields=["phone"]).code is not StatusCode.OK
    assert consumer.call("GetGrant", name=grant.name).code is StatusCode.DATA_LOSS
    assert consumer.query(other.name).ok


def test_a_grant_that_was_put_into_the_database_gives_nothing(world: World):
    grant = world.grant()
    key = grant.name.removeprefix("grants/")
    copy = (
        "INSERT INTO grants (id, revision, state, data_request, entry, entry_version, consumer, provider, terms, start_time, expire_time, reason)"
        " SELECT ?, revision, state, 'dataRequests/none', entry, entry_version, ?, provider, terms, start_time, expire_time, reason"
        " FROM grants WHERE id = ?"
    )
    thief = world.member(OTHER)
    edit(world, (copy, ("0" * 26, thief.department, key)), topic="grants", key="0" * 26)
    assert soon(lambda: "grants/" + "0" * 26 in str(world.hub.db.book and world.hub.db.book.flaws)) < 2
    assert not thief.query("grants/" + "0" * 26).ok


def test_the_hub_starts_again_over_edits_and_serves_who_was_not_touched(world: World):
    grant = world.grant()
    world.member(AUDITOR, roles=("auditor",))
    provider, thief = world.member(PROVIDER), world.member(OTHER)
    edit(world, ("UPDATE systems SET roles = '[' WHERE department = ?", (thief.department,)))
    restart(world)
    assert thief.call("WhoAmI").code is StatusCode.UNAUTHENTICATED
    assert world.member(CONSUMER).query(grant.name).ok
    assert provider.do("WhoAmI").department == provider.department
    flaws = world.hub.db.book.flaws if world.hub.db.book else {}
    assert list(flaws) == [f"systems/{thief.department}/main"]


@pytest.mark.parametrize("topic", ["identities", "grants", "license-status", "issuing-keys", "rows", "nothing"])
def test_a_change_that_somebody_wrote_into_the_feed_keeps_nobody_out_and_hides_no_revocation(world: World, topic: str):
    grant, thief, consumer = world.grant(), world.member(OTHER), world.member(CONSUMER)
    serial = thief.do("WhoAmI").certificates[0].serial
    edit(world, ("UPDATE change_counter SET seq = seq + 1", ()), topic=topic, key="no name of anything")
    revoke_beside(world, serial)
    assert soon(lambda: thief.call("WhoAmI").reason == "CERTIFICATE_REVOKED") < 2
    assert consumer.query(grant.name).ok


def test_a_revocation_that_somebody_takes_out_of_the_feed_holds_all_the_same(world: World):
    grant, thief, consumer = world.grant(), world.member(OTHER), world.member(CONSUMER)
    serial = thief.do("WhoAmI").certificates[0].serial
    file = sqlite_file(world.config.database_url)
    assert file is not None
    connection = sqlite3.connect(file, timeout=10)
    connection.execute("CREATE TRIGGER taken AFTER INSERT ON changes BEGIN DELETE FROM changes WHERE seq = NEW.seq; END")
    connection.close()
    revoke_beside(world, serial)
    assert soon(lambda: thief.call("WhoAmI").reason == "CERTIFICATE_REVOKED") < 2
    assert consumer.query(grant.name).ok


def revoke_beside(world: World, serial: str) -> None:
    """Revoke a certificate as the operator's own process does: the hub hears of it by the feed of changes alone."""
    elsewhere = open_beside(world.config)
    operator = Caller(world.member(AUTHORITY).department, "console", frozenset({Role.AUTHORITY}))
    CertActions(Kit(elsewhere, world.hub.log, world.clock, Ids()), world.hub.ca).revoke(Step(caller=operator, name=serial, reason="密钥遗失"))
    elsewhere.close()


def test_a_row_of_every_table_that_is_no_row_hides_no_other_from_any_rpc_that_lists(world: World):
    for chapter in (directory, updates, filed, brokerage, demands, disputes, complaints, papers, people):
        chapter(world)
    crowd = Crowd(world.member(CONSUMER).department, world.member(PROVIDER).department, world.usual_entry.name, CASE, 21)
    assert world.hub.browsing.tell(crowd, day_in_china(world.clock.now()), world.clock.now())
    file = sqlite_file(world.config.database_url)
    assert file is not None
    kept = {name: _broken(file, bound) for name, bound in BOUND.items() if name not in NOT_IN_THE_STORY}
    assert all(kept.values()), kept
    members = [world.member(kind) for kind in (AUTHORITY, PROVIDER, CONSUMER, OTHER)] + [world.auditor()]
    listing = [name for name, (path, method) in METHODS.items() if path.startswith("/shuniu.v1.") and name.startswith(("List", "Search"))]
    assert len(listing) > 10
    for rpc in listing:
        for member in members:
            reply = member.call(rpc, **LOOK.get(rpc, {}))
            assert reply.code not in {StatusCode.INTERNAL, StatusCode.UNKNOWN}, (rpc, member.kind, reply.message)
    consumer = world.member(CONSUMER)
    assert consumer.do("ListDataRequests").data_requests
    assert consumer.do("ListGrants").grants
    assert consumer.do("SearchEntries").hits
    assert b"".join(one.chunk for one in consumer.client.catalog.ExportDirectory(ExportDirectoryRequest(format=EXPORT_FORMAT_TURTLE)))


NOT_IN_THE_STORY = {"sessions", "passkeys", "personal_sessions"}
LOOK: dict[str, Any] = {"SearchAuditRecords": {"searcher": "SJT-0001", "reason": "年度审计", "case_number": CASE}}


def _broken(file: Path, bound: BoundTable) -> int:
    """Put what is no value of its type into every moment, date and JSON of one row of a table that has several; return how many it had."""
    typed = [column.name for column in bound.table.columns if isinstance(column.type, Moment | Day | Json) and column.name not in bound.keys]
    connection = sqlite3.connect(file, timeout=10)
    with connection:
        (count,) = connection.execute(f"SELECT count(*) FROM {bound.name}").fetchone()  # noqa: S608 - names of our own
        if count > 1 and typed:
            # SQLite takes no malformed JSON into an index of it; whoever has the database takes the index away first
            connection.execute("DROP INDEX IF EXISTS ix_entries_resource_code")
            columns = ", ".join(f"\"{name}\" = '{{no value'" for name in typed)
            last = f"SELECT max(rowid) FROM {bound.name}"  # noqa: S608 - names of our own
            connection.execute(f"UPDATE {bound.name} SET {columns} WHERE rowid = ({last})")  # noqa: S608 - names of our own
    connection.close()
    return int(count)
