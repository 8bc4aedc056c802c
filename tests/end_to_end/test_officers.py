"""Officers at every door: whoever a call names is one of the department's, or the record says that nobody knows the number."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest
from google.protobuf import message_factory
from grpc import StatusCode

from certs.model import MEMBER_DUTIES, Officer, register
from certs.store import DepartmentStore, OfficerStore
from hub.access import ACCESS, Caller, Duty, Role
from hub.limits import Limits
from hub.officers import officer_field
from hub.unit_of_work import Change
from shuniu.errors import ShuniuCallError
from tests.hub.test_watch import soon
from tests.world import AUDITOR, AUTHORITY, CASE, CONSUMER, KEY, METHODS, OFFICER, PROVIDER, PURPOSE, Member, World

NAMING = {name: (path, method) for name, (path, method) in METHODS.items() if officer_field(method.input_type)}
KINDS = {Role.MEMBER: PROVIDER, Role.AUTHORITY: AUTHORITY, Role.AUDITOR: AUDITOR}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(limits=Limits(refusals_per_second=1_000, refusal_bytes_per_second=1 << 20)) as one:
        for kind in (PROVIDER, AUTHORITY):
            registered(one, one.member(kind).department)
        registered(one, one.auditor().department)
        yield one


@pytest.fixture
def fresh() -> Iterator[World]:
    with World() as one:
        yield one


def caller_of(member: Member) -> Caller:
    return Caller(member.department, member.system, frozenset({Role.MEMBER, Role.AUTHORITY}))


def keep(world: World, officer: Officer, before: Officer | None = None) -> Officer:
    """Write an officer as the actions do."""
    hub, at = world.hub, world.clock.now()
    with hub.db.begin() as tx:
        store = OfficerStore(tx)
        if before is None:
            store.insert(officer)
        else:
            store.replace(before, officer)
        tx.announce("officers", officer.department)
        hub.log.write(tx, Change(at=at, action="certs.CreateOfficer", actor=caller_of(world.member(AUTHORITY)), resource=officer.name))
    return officer


def an_officer(world: World, department: str, number: str, *duties: Duty) -> Officer:
    return keep(world, register(department, number, "王工", frozenset(duties), frozenset(Duty), world.clock.now()))


def registered(world: World, department: str) -> None:
    hub, at = world.hub, world.clock.now()
    with hub.db.begin() as tx:
        store = DepartmentStore(tx)
        before = store.get(department)
        store.replace(before, replace(before, registered_from=at, revision=before.revision + 1))
        tx.announce("departments", department)
        hub.log.write(tx, Change(at=at, action="certs.SetOfficerRegistration", actor=caller_of(world.member(AUTHORITY)), resource=before.name))


def request_of(rpc: str, number: str) -> Any:
    """Return a request that says nothing but who the officer is."""
    _, method = NAMING[rpc]
    request = message_factory.GetMessageClass(method.input_type)()
    *above, name = officer_field(method.input_type)
    setattr(getattr(request, above[0]) if above else request, name, number)
    return request


def by_for(world: World, rpc: str) -> Member:
    roles = ACCESS[NAMING[rpc][0]].roles
    kind = next(KINDS[role] for role in (Role.MEMBER, Role.AUTHORITY, Role.AUDITOR) if role in roles)
    return world.auditor() if kind == AUDITOR else world.member(kind)


def test_nearly_every_step_names_its_officer():
    assert len(NAMING) > 45
    assert officer_field(METHODS["SearchAuditRecords"][1].input_type) == ("searcher",)
    assert officer_field(METHODS["CreateDataRequest"][1].input_type) == ("data_request", "officer")
    assert officer_field(METHODS["GetDataRequest"][1].input_type) == ()


@pytest.mark.parametrize("rpc", sorted(set(NAMING) - {"Query", "QueryMany", "Check"}))
def test_a_number_that_is_nobodys_is_refused_at_every_rpc_of_a_department_that_registered_its_officers(world: World, rpc: str):
    reply = by_for(world, rpc).call(rpc, request=request_of(rpc, "nobody"))
    assert (reply.code, reply.reason) == (StatusCode.PERMISSION_DENIED, "OFFICER_UNKNOWN"), reply.message


@pytest.mark.parametrize("rpc", sorted(name for name, (path, _) in NAMING.items() if ACCESS[path].duties))
def test_an_officer_without_the_duty_is_refused_at_every_rpc_that_asks_for_one(world: World, rpc: str):
    by, row = by_for(world, rpc), ACCESS[NAMING[rpc][0]]
    other = next(duty for duty in Duty if duty not in row.duties)
    number = f"W-{rpc}"[:32]
    an_officer(world, by.department, number, other)
    assert by.call(rpc, request=request_of(rpc, number)).reason == "DUTY_MISSING"
    an_officer(world, by.department, f"R-{rpc}"[:32], min(row.duties))
    assert by.call(rpc, request=request_of(rpc, f"R-{rpc}"[:32])).reason not in {"DUTY_MISSING", "OFFICER_UNKNOWN"}


def test_a_query_in_the_name_of_nobody_is_refused_once_officers_are_registered_and_on_record(fresh: World):
    world = fresh
    grant, consumer = world.grant(), world.member(CONSUMER)
    assert consumer.query(grant).ok
    intent, outcome = world.records()[-2:]
    assert (intent.detail["officer_unknown"], outcome.detail["officer_unknown"]) == ("true", "true")
    world.hub._keep_unknown_numbers()
    known = consumer.do("GetOfficerRegistration")
    assert (known.registered, known.unknown_number_count) == (False, 1)
    assert known.unknown_since.ToDatetime(tzinfo=UTC) == world.clock.now()
    officer = an_officer(world, consumer.department, OFFICER, Duty.REQUESTS)
    assert consumer.query(grant).ok
    assert "officer_unknown" not in world.records()[-1].detail
    assert consumer.do("GetOfficerRegistration").unknown_number_count == 0  # it is somebody's now
    registered(world, consumer.department)
    assert consumer.query(grant, officer=f" {OFFICER} ").ok
    refused = consumer.query(grant, officer="nobody")
    assert (refused.code, refused.reason) == (StatusCode.PERMISSION_DENIED, "OFFICER_UNKNOWN")
    assert (world.records()[-1].kind, world.records()[-1].status) == ("refusal", "OFFICER_UNKNOWN")
    many = {"grant": grant.name, "purpose": PURPOSE, "case_number": CASE, "keys": [KEY]}
    with pytest.raises(ShuniuCallError) as stranger:
        list(consumer.client.query_many(**many, officer="nobody"))
    assert stranger.value.reason == "OFFICER_UNKNOWN"
    assert (world.records()[-1].kind, world.records()[-1].action) == ("refusal", "exchange.QueryMany")
    assert [one.error for one in consumer.client.query_many(**many, officer=f" {OFFICER} ")] == [None]
    keep(world, officer.dismiss(caller_of(world.member(CONSUMER)), world.clock.now(), "调离"), officer)
    assert soon(lambda: consumer.query(grant).reason == "OFFICER_UNKNOWN") < 1


def test_a_service_account_is_named_like_anybody(world: World):
    by = world.member(PROVIDER)
    an_officer(world, by.department, "svc-etl", *MEMBER_DUTIES - {Duty.LEAD, Duty.PEOPLE})
    assert by.call("ApproveDataRequest", request=request_of("ApproveDataRequest", "svc-etl")).reason != "OFFICER_UNKNOWN"
