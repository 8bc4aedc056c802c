"""Demands, disputes and complaints through a real hub, with three departments and the authority: who sees, who acts, whose inbox says so."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from shuniu.v1 import brokerage_pb2, complaint_pb2, demand_pb2, dispute_pb2
from tests.world import AUTHORITY, CONSUMER, KEY, OFFICER, OTHER, PROVIDER, PURPOSE, World

WISH = demand_pb2.Demand(
    title="居住证信息",
    description="居住证的签发与有效期",
    legal_basis="《居住证暂行条例》",
    scenario="入学核验",
    wished_fields=["证号"],
    officer=OFFICER,
)


@pytest.fixture
def world() -> Iterator[World]:
    with World() as one:
        for kind in (AUTHORITY, PROVIDER, CONSUMER, OTHER):
            one.member(kind)
        yield one


def on(thing: Any, officer: str = "GA-1", **said: Any) -> dict[str, Any]:
    return {"name": thing.name, "etag": thing.etag, "officer": officer, **said}


def work_of(world: World, kind: str, about: str) -> list[str]:
    return [one.step.partition("/")[2] for one in world.member(kind).do("ListWork").work if one.resource == about]


def told(world: World, kind: str, about: str) -> list[str]:
    return sorted(one.kind for one in world.member(kind).do("ListNotices").notices if one.resource == about)


def test_a_demand_is_assigned_declined_assigned_again_and_fulfilled_and_who_was_merged_into_it_hears_of_it(world: World):
    authority, provider, consumer, other = (world.member(kind) for kind in (AUTHORITY, PROVIDER, CONSUMER, OTHER))
    one = consumer.do("FileDemand", demand=WISH, request_id="d-1")
    assert consumer.do("FileDemand", demand=WISH, request_id="d-1") == one
    same = other.do("FileDemand", demand=WISH)
    assert work_of(world, AUTHORITY, one.name) == ["AssignDemand"]
    one = authority.do("AssignDemand", **on(one, "SJ-1"), department=provider.department, reason="掌握数据")
    assert work_of(world, PROVIDER, one.name) == ["AcceptDemand"]
    assert other.call("AcceptDemand", **on(one)).reason == "WRONG_PARTY"
    one = provider.do("DeclineDemand", **on(one), reason="请先补充依据")
    assert (work_of(world, AUTHORITY, one.name), work_of(world, PROVIDER, one.name)) == (["AssignDemand"], [])
    one = authority.do("AssignDemand", **on(one, "SJ-1"), department=provider.department, reason="依据已补充")
    one = provider.do("AcceptDemand", **on(one))
    merged = authority.do("MergeDemand", **on(same, "SJ-1"), into=one.name, reason="同一数据")
    assert (merged.state, merged.merged_into) == (demand_pb2.DEMAND_STATE_MERGED, one.name)
    circle = authority.call("MergeDemand", **on(one, "SJ-1"), into=merged.name, reason="同一数据")
    assert (circle.code, circle.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "MERGED_INTO_NOTHING")
    assert other.do("GetDemand", name=one.name).follower_count == 1
    assert provider.call("FulfilDemand", **on(one), entry="entries/01k0000000000000000000000x").code is grpc.StatusCode.NOT_FOUND
    done = provider.do("FulfilDemand", **on(one), entry=world.entry().name)
    assert done.state == demand_pb2.DEMAND_STATE_FULFILLED
    assert work_of(world, PROVIDER, one.name) == []
    assert told(world, CONSUMER, one.name) == ["demand_accepted", "demand_assigned", "demand_assigned", "demand_declined", "demand_fulfilled"]
    assert told(world, OTHER, one.name) == ["demand_fulfilled"]
    board = other.do("ListDemands").demands
    assert {demand.name for demand in board} == {one.name, same.name}
    assert [demand.name for demand in other.do("ListDemands", state=demand_pb2.DEMAND_STATE_FULFILLED).demands] == [one.name]
    assert consumer.call("FulfilDemand", **on(done), entry=world.entry().name).reason == "WRONG_PARTY"
    assert consumer.call("WithdrawDemand", **on(done), reason="不再需要").reason == "ILLEGAL_STATE"


def a_refused_request(world: World) -> Any:
    terms = brokerage_pb2.Terms(fields=["id_number"], purposes=[PURPOSE], period_days=30, daily_calls=100, mode="query")
    asked = brokerage_pb2.DataRequest(
        entry=world.usual_entry.name, legal_basis="《社会救助暂行办法》", scenario="低保核对", scope="全区", asked=terms, officer=OFFICER
    )
    made = world.member(CONSUMER).do("CreateDataRequest", data_request=asked)
    made = world.member(CONSUMER).do("SubmitDataRequest", name=made.name, etag=made.etag)
    return world.member(PROVIDER).do("RefuseDataRequest", name=made.name, etag=made.etag, reason="不符合条件", officer="GA-1")


def test_a_dispute_is_told_to_both_with_what_holds_meanwhile_and_goes_up_to_the_government(world: World):
    authority, provider, consumer, other = (world.member(kind) for kind in (AUTHORITY, PROVIDER, CONSUMER, OTHER))
    request = a_refused_request(world)
    said = dispute_pb2.Dispute(resource=request.name, statement="拒绝理由不成立", officer=OFFICER)
    one = consumer.do("OpenDispute", dispute=said)
    assert (one.respondent, one.meanwhile) == (provider.department, dispute_pb2.DISPUTE_MEANWHILE_REFUSED)
    assert not one.HasField("clock")
    assert one.name in consumer.call("OpenDispute", dispute=said).message
    assert other.call("GetDispute", name=one.name).code is grpc.StatusCode.NOT_FOUND
    for kind in (CONSUMER, PROVIDER):
        assert told(world, kind, one.name) == ["dispute_opened"]
    assert work_of(world, PROVIDER, one.name) == ["AnswerDispute"]
    one = provider.do("AnswerDispute", **on(one), answer="依法拒绝")
    one = provider.do("ProposeSettlement", **on(one), settlement="提供一项")
    assert work_of(world, CONSUMER, one.name) == ["AgreeSettlement"]
    assert provider.call("AgreeSettlement", **on(one)).reason == "OWN_TERMS"
    one = consumer.do("EscalateDispute", **on(one, OFFICER), reason="协商不成")
    assert "DecideDispute" in work_of(world, AUTHORITY, one.name)
    assert consumer.call("DecideDispute", **on(one, OFFICER), outcome="应当提供", consequence="可重新申请").reason == "WRONG_PARTY"
    one = authority.do("DecideDispute", **on(one, "SJ-1"), outcome="应当提供", consequence="可重新申请")
    one = provider.do("EscalateDispute", **on(one), reason="不同意协调意见")
    assert work_of(world, AUTHORITY, one.name) == ["RecordGovernmentDecision"]
    said_by_government = {"document_number": "宁政函〔2026〕1号", "outcome": "应当提供", "consequence": "可重新申请"}
    one = authority.do("RecordGovernmentDecision", **on(one, "SJ-1"), **said_by_government)
    assert one.state == dispute_pb2.DISPUTE_STATE_GOVERNMENT_DECIDED
    assert told(world, PROVIDER, one.name).count("dispute_decided") == 2
    assert consumer.do("GetDataRequest", name=request.name).state == brokerage_pb2.DATA_REQUEST_STATE_REFUSED
    assert [dispute.name for dispute in authority.do("ListDisputes").disputes] == [one.name]


def test_a_complaint_goes_to_the_department_that_answers_it_and_back_to_who_tells_the_citizen(world: World):
    authority, provider, consumer, other = (world.member(kind) for kind in (AUTHORITY, PROVIDER, CONSUMER, OTHER))
    said = complaint_pb2.Complaint(
        about_department=provider.department,
        statement="户籍信息未及时共享，要求群众重复提交",
        channel=complaint_pb2.COMPLAINT_CHANNEL_TELEPHONE,
        contact_reference="XF-2026-0042",
        officer=OFFICER,
    )
    spelled = complaint_pb2.Complaint()
    spelled.CopyFrom(said)
    spelled.statement = f"投诉人 {KEY[:6]}-{KEY[6:14]}-{KEY[14:]} 反映"
    refused = consumer.call("FileComplaint", complaint=spelled)
    assert (refused.reason, KEY not in refused.message) == ("ID_NUMBER_IN_CLEAR", True)
    one = consumer.do("FileComplaint", complaint=said)
    assert (one.no_time_limit, one.HasField("clock")) == (True, False)  # Decree 809 art. 37 names no days
    assert provider.call("GetComplaint", name=one.name).code is grpc.StatusCode.NOT_FOUND
    assert work_of(world, AUTHORITY, one.name) == ["AcceptComplaint"]
    one = authority.do("AcceptComplaint", **on(one, "SJ-1"), department=provider.department, reason="掌握情况")
    assert work_of(world, PROVIDER, one.name) == ["AnswerComplaint"]
    assert told(world, CONSUMER, one.name) == ["complaint_accepted"]
    assert other.call("AnswerComplaint", **on(one), answer="已整改").code is grpc.StatusCode.NOT_FOUND
    one = provider.do("AnswerComplaint", **on(one), answer="已整改")
    assert work_of(world, CONSUMER, one.name) == ["CloseComplaint"]
    one = consumer.do("CloseComplaint", **on(one, OFFICER))
    assert one.state == complaint_pb2.COMPLAINT_STATE_CLOSED
    assert other.do("ListComplaints").complaints == []
