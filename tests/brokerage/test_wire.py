from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from brokerage.model import (
    DataRequestState,
    DeliveryExplanation,
    Disposal,
    DisposalMethod,
    DisposalState,
    Extension,
    ExtensionState,
    FollowKind,
    Grant,
    GrantState,
    Mending,
    ObjectionRuling,
    ObjectionState,
    ObjectionTarget,
    SuspensionGround,
)
from brokerage.model.use_due import UseDue
from brokerage.wire import content_from, grant_to, notice_to, objection_from, objection_to, request_to, state_from, terms_from, terms_to
from hub.errors import InvalidInputError
from hub.procedure import Party
from shuniu.scope import RowCondition
from shuniu.v1 import brokerage_pb2 as pb
from shuniu.v1 import grant_life_pb2 as life
from tests.brokerage.given import CITIZEN, MONDAY, TERMS, asking, wrong_record
from tests.brokerage.test_store import GRANT, NOTICE, OBJECTION, REQUEST
from timing.timer import Timer
from timing.wire import extension_to, timer_to

TIMER = Timer("answer-conditional", "条例", 10, True, MONDAY, (), MONDAY + timedelta(days=14), True, "副本", 5, 12)
EXTENSION = Extension(
    state=ExtensionState.ALLOWED,
    working_days=5,
    reason="需核验",
    officer="李强",
    request_time=MONDAY,
    decision="情况属实",
    decision_officer="赵云",
    decide_time=MONDAY,
)
WHOLE = replace(
    REQUEST, extension=EXTENSION, timer=TIMER, grant=GRANT.name, refusal_basis="《法》", decide_time=MONDAY + timedelta(hours=1), return_flow=True
)
WHOLE = replace(WHOLE, follows="grants/g", follow_kind=FollowKind.RENEWAL, disposal_terms="删除")
MENDING = Mending(
    working_days=5, due_time=MONDAY, by=Party.PROVIDER, statement="已整改", officer="王敏", report_time=MONDAY, refusal="未附证明", told_time=MONDAY
)
DISPOSAL = Disposal(
    state=DisposalState.RETURNED,
    method=DisposalMethod.ARCHIVED_BY_LAW,
    statement="已封存",
    legal_basis="《中华人民共和国档案法》",
    dispose_date=date(2025, 11, 3),
    officer="王敏",
    record_time=MONDAY,
    reason="请附截图",
    decision_officer="李强",
    decide_time=MONDAY,
)
LIVED = replace(
    GRANT,
    state=GrantState.SUSPENDED,
    reason="理由",
    calls_today=3,
    follows="grants/f",
    followed_by="grants/h",
    timer=TIMER,
    first_use_time=MONDAY,
    delivery_explanation=DeliveryExplanation(statement="改造中", expected_date=date(2025, 11, 9), officer="李强", explain_time=MONDAY),
    mending=MENDING,
    disposal_terms="删除",
    disposal=DISPOSAL,
    end_time=MONDAY,
    use_record_time=MONDAY,
    use_record_due=UseDue.owe(MONDAY, TIMER, is_last=True),
)


@pytest.mark.parametrize(("state", "number"), list(zip(DataRequestState, range(1, 9), strict=True)))
def test_each_state_of_a_request_has_its_number_both_ways(state, number):
    assert request_to(replace(REQUEST, state=state)).state == number
    found = state_from(pb.DataRequestState.ValueType(number))
    assert found is state


def test_the_other_enums_have_the_same_words_as_the_protocol():
    assert [grant_to(replace(GRANT, state=state)).state for state in GrantState] == [1, 2, 3, 4, 6, 5]
    for kind, enum in (
        (FollowKind, life.FollowKind),
        (SuspensionGround, life.SuspensionGround),
        (DisposalMethod, life.DisposalMethod),
        (DisposalState, life.DisposalState),
    ):
        prefix = enum.DESCRIPTOR.values[0].name.removesuffix("UNSPECIFIED")
        assert [value.name for value in enum.DESCRIPTOR.values[1:]] == [prefix + one.name for one in kind]
    assert [objection_to(replace(OBJECTION, state=state)).state for state in ObjectionState] == [1, 2, 3, 4, 5, 6, 7]
    assert [value.name for value in pb.ObjectionTarget.DESCRIPTOR.values[1:]] == [f"OBJECTION_TARGET_{one.name}" for one in ObjectionTarget]


def test_a_number_that_stands_for_nothing_is_refused():
    assert state_from(pb.DATA_REQUEST_STATE_UNSPECIFIED) is None
    for number in (9, 99, -1):
        with pytest.raises(InvalidInputError):
            state_from(pb.DataRequestState.ValueType(number))
    for target in (0, 6):
        with pytest.raises(InvalidInputError):
            objection_from(pb.Objection(target=pb.ObjectionTarget.ValueType(target), subject_key=CITIZEN, statement="x", officer="y"))


@pytest.mark.parametrize(
    ("message", "value", "derived"),
    [
        (request_to(WHOLE), WHOLE, {"name", "etag", "pending_proposal"}),
        (grant_to(LIVED), LIVED, {"name", "etag", "suspension_ground"}),
        (extension_to(EXTENSION), EXTENSION, set()),
        (
            notice_to(replace(NOTICE, acknowledge_time=MONDAY, officer="王敏", bulk_count=2, bulk_grants=("grants/g",))),
            NOTICE,
            {"name", "etag", "access_count"},
        ),
        (timer_to(TIMER), TIMER, {"stopped"}),
        (terms_to(replace(TERMS, masks={"address": "hide"}, rows=(RowCondition("town", prefix="6401", type="string"),))), TERMS, set()),
    ],
)
def test_every_part_of_a_value_is_a_field_of_its_message_and_none_is_left_unset(message, value, derived):
    in_message = {field.name for field in message.DESCRIPTOR.fields}
    clock = "delivery_clock" if isinstance(value, Grant) else "clock"
    in_value = {clock if field.name == "timer" else field.name for field in fields(value)}
    assert in_message - derived == in_value - {"id", "revision", "pauses", "told_time", "hidden_accesses"} | (in_value & in_message)
    unset = in_message - {field.name for field, _ in message.ListFields()}
    assert unset <= {"stopped", "pending_proposal"}


def test_an_objection_tells_everything_but_whose_record_it_is_about():
    message = objection_to(
        replace(
            OBJECTION,
            timer=TIMER,
            outcome="已更正",
            notice_count=2,
            end_time=MONDAY,
            field="address",
            target=ObjectionTarget.FIELD,
            appeal="档案有误",
            appeal_time=MONDAY,
            ruling=ObjectionRuling.OVERTURNED,
            decision="证据充分",
            decision_officer="赵云",
            decide_time=MONDAY,
            withdrawal="已核实",
            successor="licenses/1",
            acknowledged_count=1,
        )
    )
    unset = {field.name for field in message.DESCRIPTOR.fields} - {field.name for field, _ in message.ListFields()}
    assert unset == {"subject_key"}
    assert OBJECTION.subject_pseudonym not in message.SerializeToString()


@pytest.mark.parametrize("terms", [TERMS, replace(TERMS, systems=(), masks={"name": "hide", "address": "keep:2,0"})])
def test_terms_survive_the_way_there_and_back(terms):
    assert terms_from(terms_to(terms)) == terms


def test_what_a_consumer_writes_is_read_and_what_the_hub_keeps_is_not():
    assert content_from(request_to(WHOLE)) == replace(asking(), asked=TERMS, follows=WHOLE.follows, follow_kind=WHOLE.follow_kind, return_flow=True)


def test_what_an_objector_writes_is_read():
    content = wrong_record(evidence_digest=b"e" * 32)
    message = objection_to(OBJECTION)
    message.subject_key = CITIZEN
    assert objection_from(message) == content


def test_unset_moments_stay_unset_and_microseconds_survive():
    message = request_to(replace(REQUEST, submit_time=None, create_time=MONDAY + timedelta(microseconds=1)))
    assert not message.HasField("submit_time")
    assert message.create_time.ToMicroseconds() == int(MONDAY.timestamp()) * 1_000_000 + 1


def read_or_refused(data: bytes) -> None:
    """Read the bytes as each of the two messages that callers write; only the two known refusals may come out."""
    readers: list[tuple[Any, Any]] = [(pb.DataRequest, content_from), (pb.Objection, objection_from)]
    for kind, read in readers:
        try:
            read(kind.FromString(data))
        except DecodeError:
            continue  # gRPC answers it before any method is called
        except InvalidInputError as refused:
            assert refused.message  # noqa: PT017


@given(st.binary(max_size=300))
def test_any_bytes_become_a_request_an_objection_or_a_refusal(data):
    read_or_refused(data)


@given(st.data())
def test_a_request_with_one_byte_changed_is_read_or_refused(data):
    whole = bytearray(request_to(WHOLE).SerializeToString())
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    read_or_refused(bytes(whole))
