"""More time for an answer (Decree 809 art. 21), through the actions and a stopped clock."""

from datetime import UTC, datetime, timedelta

import pytest

from brokerage.model import DataRequest, DataRequestState, ExtensionState
from hub.db import Database
from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError
from hub.unit_of_work import Step
from tests.brokerage.given import AUTHORITY, CIVIL, MONDAY, POLICE, TAX, World, step, world_on

LAST_DAY = datetime(2025, 11, 17, 15, 59, 59, tzinfo=UTC)  # the end of the tenth working day after MONDAY in China


@pytest.fixture
def world(database: Database) -> World:
    return world_on(database)


def wish(world: World, days: int = 5) -> DataRequest:
    return world.actions.request_extension(step(POLICE, world.submitted(), reason="需逐户核验", officer="李强"), days)


def decision(request: DataRequest) -> Step:
    return step(AUTHORITY, request, reason="情况属实", officer="赵云")


def left(request: DataRequest) -> int | None:
    assert request.timer
    return request.timer.days_left


def test_the_authority_allows_what_the_provider_asked_for_and_the_log_tells_the_consumer(world: World):
    asked = wish(world)
    assert asked.timer
    assert asked.timer.due_time
    allowed = world.actions.allow_extension(decision(asked))
    assert allowed.timer
    assert (allowed.timer.due_time, left(allowed)) == (asked.timer.due_time + timedelta(days=7), 15)
    seen = world.actions.get_data_request(CIVIL, asked.name).extension
    assert seen == allowed.extension
    assert seen
    assert (seen.state, seen.reason, seen.decision, seen.decide_time) == (ExtensionState.ALLOWED, "需逐户核验", "情况属实", MONDAY)
    last = world.logged()[-1]
    assert (last.action, last.actor.officer, last.other, last.detail["provider"]) == (
        "brokerage.AllowExtension", "赵云", CIVIL.department, POLICE.department,
    )  # fmt: skip


def test_refused_more_time_the_answer_stays_due_when_it_was(world: World):
    asked = wish(world)
    refused = world.actions.refuse_extension(decision(asked))
    assert asked.timer
    assert refused.timer
    assert refused.timer == asked.timer
    assert refused.extension
    assert refused.extension.state is ExtensionState.REFUSED
    for again in (world.actions.allow_extension, world.actions.refuse_extension):
        with pytest.raises(IllegalStateError, match="decided already"):
            again(decision(refused))


def test_no_days_named_means_as_many_as_the_rule_allows_and_more_than_that_is_refused(world: World):
    extension = wish(world, 0).extension
    assert extension
    assert extension.working_days == 10
    for days in (11, -1):
        with pytest.raises(InvalidInputError, match="0 to 10"):
            wish(world, days)


def test_more_time_is_asked_for_once_and_nothing_is_decided_that_nobody_asked_for(world: World):
    asked = wish(world)
    with pytest.raises(IllegalStateError, match="only once"):
        world.actions.request_extension(step(POLICE, asked, reason="仍需时间", officer="李强"), 1)
    with pytest.raises(IllegalStateError, match="has not asked"):
        world.actions.allow_extension(decision(world.submitted()))
    for caller in (CIVIL, AUTHORITY):
        with pytest.raises(NotAllowedError):
            world.actions.request_extension(step(caller, world.submitted(), reason="需时间", officer="李强"), 1)
    with pytest.raises(InvalidInputError):
        world.actions.request_extension(step(POLICE, world.submitted(), officer="李强"), 1)


def test_what_the_authority_allows_after_the_end_counts_from_the_old_end_and_runs_out_once_more(world: World):
    asked = wish(world)
    world.clock.set(LAST_DAY + timedelta(seconds=2))
    (late,) = world.actions.sweep(world.clock.now())
    late = world.actions.get_data_request(AUTHORITY, late.name)
    assert left(late) == -1
    with pytest.raises(IllegalStateError):  # too late to ask; what was asked in time may still be decided
        world.actions.request_extension(step(POLICE, late, reason="仍需时间", officer="李强"), 1)
    allowed = world.actions.allow_extension(decision(late))
    assert (allowed.state, left(allowed)) == (DataRequestState.SUBMITTED, 4)
    assert world.actions.sweep(LAST_DAY + timedelta(days=7)) == ()
    assert [one.state for one in world.actions.sweep(LAST_DAY + timedelta(days=7, seconds=2))] == [DataRequestState.OVERDUE]
    assert asked.extension


def test_a_rule_that_knows_no_extension_refuses_by_its_name(sqlite_database: Database):
    world = world_on(sqlite_database, "guofa-2016-51")
    request = world.submitted()
    assert request.timer
    with pytest.raises(IllegalStateError) as refused:
        world.actions.request_extension(step(POLICE, request, reason="需逐户核验", officer="李强"), 1)
    assert request.timer.citation in str(refused.value)


def test_the_days_that_are_left_are_told_while_the_answer_is_awaited_and_at_no_other_time(world: World):
    request = world.submitted()
    told = []
    for days in (0, 1, 5, 14, 15, 16):
        world.clock.set(MONDAY + timedelta(days=days))
        told.append(left(world.actions.get_data_request(POLICE, request.name)))
    assert told == [10, 9, 6, 0, -1, -2]
    world.clock.set(MONDAY)
    incomplete = world.actions.ask_for_more(step(POLICE, request, officer="李强"), ("缺依据",))
    assert left(incomplete) is None
    request = world.actions.supplement_data_request(step(CIVIL, incomplete), "依据如下")
    assert left(request) == 10
    assert left(world.actions.approve_data_request(step(POLICE, request, officer="李强"))) is None


def test_a_stranger_learns_nothing_of_it(world: World):
    asked = wish(world)
    with pytest.raises(Exception, match="no such"):
        world.actions.get_data_request(TAX, asked.name)
