"""Departments that change, in a whole hub: what ends when one is disabled (calls, streams, what is asked of it), what stays, and a new name."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import urlopen

import grpc
import pytest
from google.protobuf import message_factory
from google.protobuf.field_mask_pb2 import FieldMask
from grpc_health.v1 import health_pb2, health_pb2_grpc

from audit.model import Kind
from certs.actions import CertActions
from hub.access import ACCESS, Caller, Port, Role
from hub.ids import Ids
from hub.resource import etag_of
from hub.unit_of_work import Kit, Step
from migrations.opening import open_beside
from shuniu import join
from shuniu.errors import ShuniuCallError
from shuniu.v1 import brokerage_pb2, identity_pb2
from tests.hub.test_watch import soon
from tests.world import CONSUMER, KEY, METHODS, OFFICER, OTHER, PROVIDER, PURPOSE, RESIDENT, Member, World, called

WHY = "机构改革，职责划转"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as world:
        yield world


def page_of(world: World, entry: Any) -> str:
    with urlopen(f"{world.addresses['web']}/{entry.name}", timeout=5) as answer:  # noqa: S310 - the hub of this test
        return str(answer.read(), "utf-8")


def step(world: World, rpc: str, uscc: str) -> None:
    ruler = world.member("data")
    known = ruler.do("GetDepartment", name=f"departments/{uscc}")
    ruler.do(rpc, name=known.name, etag=known.etag, reason=WHY, officer="SJ-1")


@contextmanager
def disabled(world: World, uscc: str) -> Iterator[None]:
    step(world, "DisableDepartment", uscc)
    try:
        yield
    finally:
        step(world, "EnableDepartment", uscc)


def asking(entry: Any) -> brokerage_pb2.DataRequest:
    terms = brokerage_pb2.Terms(fields=["name"], purposes=[PURPOSE], period_days=30, daily_calls=10, mode="query")
    law = "《社会救助暂行办法》第十一条"
    return brokerage_pb2.DataRequest(entry=entry.name, legal_basis=law, scenario="核对", scope="全区", asked=terms, officer=OFFICER)


def test_every_rpc_of_its_systems_is_refused_by_name_on_the_connection_that_is_open(world: World):
    member = world.member(CONSUMER, "walker", ("member", "auditor"))
    assert member.call("WhoAmI").ok
    refused = {}
    with disabled(world, member.department):
        for path, method in METHODS.values():
            if Port.MEMBERS in ACCESS[path].ports and not method.server_streaming:
                empty = message_factory.GetMessageClass(method.input_type)()
                refused[path] = called(member.client.channel, path, empty, message_factory.GetMessageClass(method.output_type), 10.0)
    assert len(refused) > 60
    assert {path for path, reply in refused.items() if reply.reason != "DEPARTMENT_DISABLED"} == set()
    one = next(iter(refused.values())).error
    assert one.code is grpc.StatusCode.PERMISSION_DENIED
    assert WHY in str(one)
    assert WHY in one.message_zh
    assert "启用" in one.next_action_zh
    assert member.call("WhoAmI").ok


def test_its_open_streams_end_within_a_second(world: World):
    member = world.member(CONSUMER, "watcher")
    watch = health_pb2_grpc.HealthStub(member.client.channel).Watch(health_pb2.HealthCheckRequest(), timeout=20)
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    with disabled(world, member.department):
        began = time.monotonic()
        with pytest.raises(grpc.RpcError) as cut:
            next(watch)
        assert time.monotonic() - began < 1
    assert cut.value.code() is grpc.StatusCode.PERMISSION_DENIED


def test_what_another_process_disables_is_refused_within_a_second(world: World):
    member = world.member(CONSUMER)
    ruler = Caller(world.member("data").department, "console", frozenset({Role.AUTHORITY}))
    elsewhere = open_beside(world.config)
    certs = CertActions(Kit(elsewhere, world.hub.log, world.clock, Ids()), world.hub.ca)
    known = certs.get_department(ruler, f"departments/{member.department}")
    told = Step(caller=ruler, name=known.name, officer="SJ-1", reason=WHY)
    after = certs.disable_department(Step(**{**steps_of(told), "etag": etag_of(known.revision)}))
    assert soon(lambda: not member.call("WhoAmI").ok) < 1
    assert member.call("WhoAmI").reason == "DEPARTMENT_DISABLED"
    certs.enable_department(Step(**{**steps_of(told), "etag": etag_of(after.revision)}))
    assert soon(lambda: member.call("WhoAmI").ok) < 1
    elsewhere.close()


def steps_of(step: Step) -> dict[str, Any]:
    return {"caller": step.caller, "name": step.name, "officer": step.officer, "reason": step.reason}


def test_nobody_enrols_for_it_and_its_token_works_again_once_it_is_enabled(world: World):
    uscc, ruler, folder = world.member(OTHER).department, world.member("data"), world.folder / "late"
    token = ruler.do("CreateEnrollmentToken", department=uscc, system="late").token

    def enrol() -> None:
        join(world.addresses["public"], world.ca, token, folder, ("localhost",), members_address=world.addresses["members"])

    with disabled(world, uscc):
        assert ruler.call("CreateEnrollmentToken", department=uscc, system="later").reason == "DEPARTMENT_DISABLED"
        with pytest.raises(ShuniuCallError) as refused:
            enrol()
        assert refused.value.reason == "DEPARTMENT_DISABLED"
    enrol()
    assert Member(OTHER, uscc, "late", folder, world.addresses["members"]).call("WhoAmI").ok


def test_a_query_of_what_it_provides_is_refused_by_name_and_it_is_not_called(world: World):
    asked: list[str] = []

    def rows(key: str, _fields: Any, _call: Any) -> list[dict[str, Any]]:
        asked.append(key)
        return [RESIDENT]

    grant = world.private(rows)
    consumer = world.member(CONSUMER)
    assert consumer.query(grant).ok
    before = world.log_size
    with disabled(world, world.member(PROVIDER).department):
        refused = consumer.query(grant)
        assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "PROVIDER_DISABLED")
        assert WHY not in refused.message
    assert asked == [KEY]
    assert [one.status for one in world.records(before, Kind.REFUSAL, grant.name)] == ["PROVIDER_DISABLED"]
    assert consumer.query(grant).ok


def test_nothing_is_asked_of_it_and_what_it_published_stays(world: World):
    entry, consumer = world.usual_entry, world.member(CONSUMER)
    draft = consumer.do("CreateDataRequest", data_request=asking(entry))
    with disabled(world, entry.provider):
        for refused in (
            consumer.call("CreateDataRequest", data_request=asking(entry)),
            consumer.call("CreateDataRequest", data_request=asking(entry), validate_only=True),
            consumer.call("SubmitDataRequest", name=draft.name, etag=draft.etag),
        ):
            assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "PROVIDER_DISABLED")
        assert consumer.do("GetEntry", name=entry.name).state == entry.state
        assert entry.name in {hit.entry.name for hit in consumer.do("SearchEntries", query=entry.title).hits}
        assert "提供部门已停用" in page_of(world, entry)
        told = next(one for one in consumer.do("ListDepartments").departments if one.uscc == entry.provider)
        assert (told.state, told.reason) == (identity_pb2.DEPARTMENT_STATE_DISABLED, "")
    assert consumer.do("SubmitDataRequest", name=draft.name, etag=draft.etag).grant == ""
    assert "提供部门已停用" not in page_of(world, entry)


def test_whoever_reads_the_pages_for_it_is_signed_out(world: World):
    auditor = world.member("audit", roles=("auditor",))
    link = auditor.do("CreateLoginLink", officer="SJT-1").url.rpartition("/")[2]
    unused = auditor.do("CreateLoginLink", officer="SJT-1").url.rpartition("/")[2]
    certs = world.hub.certs
    secret, _ = certs.redeem_login_link(link)
    assert certs.session(secret).officer == "SJT-1"
    with disabled(world, auditor.department):
        refused = [reason_of(lambda: certs.session(secret)), reason_of(lambda: certs.redeem_login_link(unused))]
    assert refused == ["NO_SESSION", "LOGIN_LINK"]
    assert reason_of(lambda: certs.session(secret)) == "NO_SESSION"  # a session that ended does not come back


def reason_of(act: Any) -> str:
    with pytest.raises(Exception) as refused:  # noqa: PT011 - of several kinds, told apart by their reasons
        act()
    return str(getattr(refused.value, "reason", refused.value))


def test_a_new_name_stands_in_the_directory_at_once_and_its_short_one_finds_what_it_published(world: World):
    owner, ruler = world.member(OTHER), world.member("data")
    entry = world.entry(owner)
    told = ruler.do("GetDepartment", name=f"departments/{owner.department}")
    told.title, told.short_title = "自治区市场与知识产权厅", "市知厅"
    mask = FieldMask(paths=["title", "short_title"])
    ruler.do("UpdateDepartment", department=told, update_mask=mask, reason=WHY, officer="SJ-1")
    (found,) = owner.do("SearchEntries", query="市知厅").hits
    assert (found.entry.name, found.entry.provider_title) == (entry.name, told.title)
    assert told.title in page_of(world, entry)
