"""What of the brokerage passes to a successor, and what ends: whatever the state, nobody is left who is not there any more."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from brokerage.model import Grant, GrantState
from brokerage.model.succession import pass_grant, pass_objection, pass_request
from hub.succession import Passing
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
