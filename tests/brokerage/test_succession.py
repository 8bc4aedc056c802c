"""What of the brokerage passes to a successor, and what ends: whatever the state, nobody is left who is not there any more."""

from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerage.model import Grant, GrantState
from brokerage.model.complaint_procedure import COMPLAINT_PROCEDURE, ComplaintState, ComplaintStep
from brokerage.model.demand_procedure import DEMAND_PROCEDURE, DemandState, DemandStep
from brokerage.model.dispute_procedure import DISPUTE_PROCEDURE, DisputeState, DisputeStep
from brokerage.model.objection_procedure import OBJECTION_PROCEDURE, ObjectionState, ObjectionStep
from brokerage.model.request_procedure import REQUEST_PROCEDURE, DataRequestState, RequestStep
from brokerage.model.succession import pass_complaint, pass_demand, pass_dispute, pass_grant, pass_objection, pass_request
from hub.procedure import Procedure
from hub.succession import Passing
from tests.brokerage.test_complaints import GIVEN
from tests.brokerage.test_demands import ASSIGNED
from tests.brokerage.test_disputes import FULL
from tests.brokerage.test_store import GRANT, OBJECTION, REQUEST

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
OLD, HEIR, OTHER, THIRD = "old", "heir", "other", "third"
PARTIES = st.sampled_from([OLD, HEIR, OTHER])
PASSINGS = st.builds(
    Passing,
    succession=st.just("successions/1"),
    predecessor=st.just(OLD),
    successor=st.sampled_from(["", HEIR]),
    time=st.just(NOON),
    reason=st.just("合并：《机构改革方案》（successions/1）"),
    assigned=st.sampled_from([{}, {GRANT.name: THIRD}, {GRANT.entry: THIRD}]),
    systems=st.sampled_from([{}, {"main": "office"}]),
    is_split=st.booleans(),
)


def grant_of(consumer: str, provider: str, systems: tuple[str, ...] = ("main",)) -> Grant:
    return replace(
        GRANT, use_record_time=NOON, consumer=consumer, provider=provider, state=GrantState.ACTIVE, terms=replace(GRANT.terms, systems=systems)
    )


@given(PARTIES, PARTIES, PASSINGS)
def test_a_grant_that_lives_on_names_two_departments_that_do(consumer: str, provider: str, passing: Passing):
    after = pass_grant(grant_of(consumer, provider), passing)
    assert after.revision == GRANT.revision + 1
    assert (after.id, after.entry, after.expire_time) == (GRANT.id, GRANT.entry, GRANT.expire_time)
    if after.state is GrantState.ACTIVE:
        assert OLD not in {after.consumer, after.provider}
        assert after.consumer != after.provider
    else:
        assert after.reason == passing.reason
        assert after.end_time == NOON
        assert after.use_record_time is None or after.consumer != OLD


@given(PASSINGS)
def test_systems_are_never_emptied_since_none_named_means_all(passing: Passing):
    after = pass_grant(grant_of(OLD, OTHER, ("main", "second")), passing)
    assert after.terms.systems


def test_the_systems_of_a_consumer_that_stays_are_its_own():
    passing = Passing(succession="s", predecessor=OLD, successor=HEIR, time=NOON, reason="合并", systems={"main": "office"})
    assert pass_grant(grant_of(OTHER, OLD), passing).terms.systems == ("main",)
    assert pass_grant(grant_of(OLD, OTHER), passing).terms.systems == ("office",)


def test_of_a_split_nobody_gets_what_the_predecessor_used_but_whom_it_was_assigned_to():
    split = Passing(succession="s", predecessor=OLD, successor=HEIR, time=NOON, reason="分设", is_split=True)
    assert pass_grant(grant_of(OLD, OTHER), split).state is GrantState.ENDED
    assigned = replace(split, assigned={GRANT.name: THIRD})
    assert pass_grant(grant_of(OLD, OTHER), assigned).consumer == THIRD
    assert pass_grant(grant_of(OTHER, OLD), split).provider == HEIR


@given(PARTIES, PARTIES, PASSINGS)
def test_requests_and_objections_wait_for_nobody_who_is_gone(one: str, other: str, passing: Passing):
    request = pass_request(replace(REQUEST, consumer=one, provider=other), passing)
    assert request.state.value == "withdrawn" or OLD not in {request.consumer, request.provider}
    objection = pass_objection(replace(OBJECTION, objector=one, source=other), passing, NOON)
    assert objection.state.value == "closed" or OLD not in {objection.objector, objection.source}


ENDED: list[tuple[Procedure[Any, Any], StrEnum, set[Any]]] = [
    (REQUEST_PROCEDURE, RequestStep.END, {DataRequestState.APPROVED, DataRequestState.REFUSED, DataRequestState.WITHDRAWN}),
    (OBJECTION_PROCEDURE, ObjectionStep.END, {ObjectionState.CLOSED, ObjectionState.WITHDRAWN}),
    (DEMAND_PROCEDURE, DemandStep.END, {DemandState.FULFILLED, DemandState.MERGED, DemandState.WITHDRAWN}),
    (COMPLAINT_PROCEDURE, ComplaintStep.END, {ComplaintState.CLOSED, ComplaintState.RETURNED}),
    (
        DISPUTE_PROCEDURE,
        DisputeStep.END,
        {DisputeState.SETTLED, DisputeState.DECIDED, DisputeState.GOVERNMENT_DECIDED, DisputeState.WITHDRAWN},
    ),
]


@pytest.mark.parametrize(("procedure", "end", "over"), ENDED)
def test_a_department_that_is_closed_ends_whatever_is_open(procedure: Procedure[Any, Any], end: StrEnum, over: set[Any]):
    assert {state for state, step in procedure.next if step is end} == set(procedure.states) - over


OPEN = [
    *((pass_demand, replace(ASSIGNED, state=one), ("filer", "assignee")) for one, step in DEMAND_PROCEDURE.next if step is DemandStep.END),
    *((pass_complaint, replace(GIVEN, state=one), ("filer", "assignee")) for one, step in COMPLAINT_PROCEDURE.next if step is ComplaintStep.END),
    *((pass_dispute, replace(FULL, state=one), ("claimant", "respondent")) for one, step in DISPUTE_PROCEDURE.next if step is DisputeStep.END),
    *((pass_objection, replace(OBJECTION, state=one), ("objector", "source")) for one, step in OBJECTION_PROCEDURE.next if step is ObjectionStep.END),
]


@pytest.mark.parametrize(("carry", "thing", "roles"), OPEN, ids=lambda one: getattr(getattr(one, "state", None), "value", ""))
@given(PARTIES, PARTIES, PASSINGS)
def test_no_open_case_waits_for_who_is_gone(carry: Any, thing: Any, roles: tuple[str, str], one: str, other: str, passing: Passing):
    before = replace(thing, **dict(zip(roles, (one, other), strict=True)))
    after = carry(before, passing, NOON)
    assert after.revision == before.revision + 1
    left: StrEnum = after.state
    if left.value not in {"withdrawn", "closed"}:
        assert OLD not in {getattr(after, role) for role in roles}
        assert left is before.state or left.value in {"declined", "filed"}  # it waits for the authority again
    else:
        assert after.end_time == NOON


def test_a_dispute_whose_superior_is_gone_is_the_authority_s_again():
    passed = replace(FULL, state=DisputeState.COORDINATING, claimant=OTHER, respondent=THIRD, coordinator=OLD)
    closed = Passing(succession="s", predecessor=OLD, successor="", time=NOON, reason="撤销")
    assert pass_dispute(passed, closed, NOON).coordinator == ""
    assert pass_dispute(passed, replace(closed, successor=HEIR), NOON).coordinator == HEIR
    assert pass_dispute(passed, replace(closed, successor=OTHER), NOON).coordinator == ""  # nobody decides its own dispute


def test_a_demand_that_its_own_filer_would_look_at_is_back_with_the_authority():
    demand = replace(ASSIGNED, state=DemandState.ACCEPTED, filer=HEIR, assignee=OLD)
    merged = Passing(succession="s", predecessor=OLD, successor=HEIR, time=NOON, reason="合并")
    after = pass_demand(demand, merged, NOON)
    assert (after.state, after.assignee) == (DemandState.DECLINED, "")
