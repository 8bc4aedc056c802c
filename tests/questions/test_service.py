"""Questions that wait, through a real hub: kept sealed, woken, asked again, settled, erased."""

from datetime import timedelta

import pytest
from grpc import StatusCode
from sqlalchemy import select

from questions.store import waiting_question_contents
from shuniu.v1 import waiting_question_pb2 as pb
from tests.questions.homes import HOUR, Home, rounds_of, seen_later, stamp, told
from tests.world import AUTHORITY, CASE, CONSUMER, KEY, OFFICER, OTHER, PURPOSE, World

WAITING, READY = pb.WAITING_QUESTION_STATE_WAITING, pb.WAITING_QUESTION_STATE_READY
ANSWERED, REFUSED = pb.WAITING_QUESTION_STATE_ANSWERED, pb.WAITING_QUESTION_STATE_REFUSED
EXPIRED, WITHDRAWN, ENDED = pb.WAITING_QUESTION_STATE_EXPIRED, pb.WAITING_QUESTION_STATE_WITHDRAWN, pb.WAITING_QUESTION_STATE_ENDED


@pytest.fixture
def home(world: World) -> Home:
    """A provider that has gone away."""
    found = Home(world)
    found.vanish()
    return found


def sealed_of(world: World, name: str) -> list[bytes]:
    with world.hub.db.read() as tx:
        return list(
            tx.execute(select(waiting_question_contents.c.sealed).where(waiting_question_contents.c.question == name.partition("/")[2])).scalars()
        )


def actions_of(world: World, name: str) -> list[str]:
    return [one.action.removeprefix("exchange.") for one in world.records() if one.resource == name]


def test_a_question_whose_provider_is_away_waits_and_the_refusal_names_it(world, home):
    reply = home.ask()
    assert reply.code is StatusCode.UNAVAILABLE
    assert reply.reason == "QUESTION_WAITS"
    assert reply.error.facts["cause"] == "PROVIDER_UNAVAILABLE"
    assert reply.error.retry_after == 0  # nothing repeats it by itself
    one = home.look(reply.error.facts["waiting_question"])
    assert (one.state, one.grant, one.entry, one.system) == (WAITING, home.grant.name, home.entry.name, "main")
    assert (one.question.subject_key, one.question.purpose, one.question.case_number, one.question.officer) == (KEY, PURPOSE, CASE, OFFICER)
    (sealed,) = sealed_of(world, one.name)
    assert KEY.encode() not in sealed
    attempt, outcome, kept = world.records()[-3:]
    assert (attempt.action, outcome.status, kept.action) == ("exchange.Query", "PROVIDER_UNAVAILABLE", "exchange.KeepQuestion")
    assert (kept.grant, kept.purpose, kept.case_number, kept.actor.officer) == (home.grant.name, PURPOSE, CASE, OFFICER)


def test_nothing_waits_where_nobody_asked_for_it(world, home):
    before = world.as_(CONSUMER).do("ListWaitingQuestions").waiting_total
    assert world.as_(CONSUMER).query(home.grant).reason == "PROVIDER_UNAVAILABLE"
    assert world.as_(CONSUMER).do("ListWaitingQuestions").waiting_total == before


def test_a_provider_that_is_there_answers_and_nothing_is_kept(world):
    home = Home(world)
    reply = home.ask()
    assert reply.ok
    assert not [one for one in world.records(grant=home.grant.name) if one.action == "exchange.KeepQuestion"]


def test_a_question_that_the_grant_refuses_does_not_wait(world, home):
    for said in ({"fields": ["phone"]}, {"purpose": "640000-XX-0001"}, {"grant": "grants/none"}):
        assert home.ask(**said).reason != "QUESTION_WAITS"
    assert not [one for one in world.records(grant=home.grant.name) if one.action == "exchange.KeepQuestion"]


@pytest.mark.parametrize("hours", [-1, 0, 24 * 7 + 1])
def test_a_deadline_that_is_over_or_too_far_is_refused_on_the_log(world, home, hours):
    since = world.log_size
    reply = home.ask(hours=hours)
    assert (reply.code, reply.reason) == (StatusCode.INVALID_ARGUMENT, "QUESTION_DEADLINE_WRONG")
    assert [one.status for one in world.records(since)] == ["QUESTION_DEADLINE_WRONG"]


def test_no_question_waits_longer_than_its_grant(world):
    home = Home(world, {"period_days": 1})
    home.vanish()
    one = home.look(home.kept(hours=24 * 6))
    assert one.expire_time == home.grant.expire_time


def test_the_same_question_is_kept_once_and_has_the_later_deadline(world, home):
    name = home.kept(hours=2)
    assert home.kept(hours=1, officer="MZ-0299", request_id="again") == name
    assert home.kept(hours=5) == name
    assert home.look(name).expire_time == stamp(world.clock.now() + 5 * HOUR)
    assert home.kept(case_number="LB-2026-0002") != name


def test_it_is_woken_once_when_anybody_is_answered_and_asked_again_by_name(world, home):
    name = home.kept()
    with seen_later(world, home) as rounds:
        assert rounds.go(world.clock.now()) == 1
        assert rounds.go(world.clock.now()) == 0
        assert told(world, name) == ["question_ready"]
        assert home.look(name).state == READY
        reply = home.ask(waiting_question=name, officer="MZ-0299")
        assert reply.ok, reply.message
        assert reply.answer.records[0].fields["address"].string_value == "银川市金凤区"
        one = home.look(name)
        assert (one.state, one.wake_count) == (ANSWERED, 1)
        assert not one.HasField("question")
    assert not sealed_of(world, name)
    assert actions_of(world, name) == ["KeepQuestion", "WakeQuestion", "AnswerQuestion"]


def test_the_notice_comes_on_the_stream_of_work_with_names_and_dates_alone(world, home):
    name = home.kept()
    with seen_later(world, home) as rounds:
        rounds.go(world.clock.now())
        notice = world.as_(CONSUMER).do("ListNotices", resource=name).notices[0]
    assert set(notice.facts) == {"grant", "entry", "expire_time"}
    assert notice.title == home.entry.title
    assert KEY not in str(notice)


def test_a_provider_that_flaps_has_the_question_wait_on_and_wakes_it_later_each_time(world, home):
    name = home.kept()
    with seen_later(world, home) as rounds:
        assert rounds.go(world.clock.now()) == 1
        world.run(home.running.stop(0))
        assert home.ask(waiting_question=name).error.facts["waiting_question"] == name
        assert home.look(name).state == WAITING
        world.clock.advance(timedelta(seconds=30))
        rounds.sightings.follow([home.entry.name])
        rounds.sightings.note(home.entry.name, world.clock.now())
        assert rounds.go(world.clock.now()) == 0  # a minute has not passed since
        world.clock.advance(timedelta(seconds=31))
        assert rounds.go(world.clock.now()) == 1
        assert told(world, name) == ["question_ready", "question_ready"]
    assert actions_of(world, name) == ["KeepQuestion", "WakeQuestion", "MissQuestion", "WakeQuestion"]


def test_what_was_seen_before_the_miss_wakes_nobody(world, home):
    rounds, before = rounds_of(world), world.clock.now()
    name = home.kept()
    rounds.go(before)
    rounds.sightings.note(home.entry.name, before)
    assert rounds.go(before) == 0
    assert home.look(name).state == WAITING


def test_a_question_whose_grant_was_suspended_meanwhile_is_refused_anew_and_ends(world, home):
    name = home.kept(fields=["address"])
    suspend(home)
    reply = home.ask(waiting_question=name, fields=["address"])
    assert reply.code in {StatusCode.PERMISSION_DENIED, StatusCode.FAILED_PRECONDITION}
    one = home.look(name)
    assert (one.state, one.end_reason) == (REFUSED, reply.reason)
    assert not sealed_of(world, name)


def suspend(home: Home) -> None:
    """The provider suspends the grant."""
    grant = home.owner.do("GetGrant", name=home.grant.name)
    home.owner.do("SuspendGrant", name=grant.name, etag=grant.etag, reason="核查中", officer="GA-1")


def test_a_suspended_grant_ends_its_questions_and_says_why(world, home):
    name = home.kept()
    suspend(home)
    world.hub.questions.sweep(world.clock.now())
    world.hub.questions.sweep(world.clock.now())  # done again, it changes nothing
    one = home.look(name)
    assert (one.state, one.end_reason) == (ENDED, "GRANT_SUSPENDED")
    assert not sealed_of(world, name)
    assert told(world, name) == ["question_ended"]
    assert actions_of(world, name) == ["KeepQuestion", "EndQuestion"]


def test_a_question_whose_deadline_passes_is_erased_and_its_department_is_told(world, home):
    name = home.kept(hours=1)
    with world.later(HOUR + timedelta(seconds=1)):
        world.hub.questions.sweep(world.clock.now())
        world.hub.questions.sweep(world.clock.now())
    assert home.look(name).state == EXPIRED
    assert not sealed_of(world, name)
    assert told(world, name) == ["question_expired"]
    reply = home.ask(waiting_question=name)
    assert (reply.code, reply.reason) == (StatusCode.FAILED_PRECONDITION, "QUESTION_OVER")


def test_its_department_withdraws_it_and_nothing_of_it_is_left(world, home):
    name = home.kept()
    one = home.look(name)
    said = {"name": name, "officer": OFFICER, "reason": "办件已撤销"}
    assert world.as_(OTHER).call("WithdrawQuestion", etag=one.etag, **said).code is StatusCode.NOT_FOUND
    assert world.as_(CONSUMER).call("WithdrawQuestion", etag="r9", **said).code is StatusCode.ABORTED
    done = world.as_(CONSUMER).do("WithdrawQuestion", etag=one.etag, **said)
    assert done.state == WITHDRAWN
    assert not sealed_of(world, name)
    again = world.as_(CONSUMER).call("WithdrawQuestion", etag=done.etag, **said)
    assert again.code is StatusCode.FAILED_PRECONDITION


def test_another_question_under_its_name_is_refused_and_it_waits_on(world, home):
    name = home.kept()
    for said in ({"subject_key": "11010519491231002X"}, {"case_number": "LB-2026-0007"}, {"fields": ["name"]}):
        reply = home.ask(waiting_question=name, **said)
        assert (reply.code, reply.reason) == (StatusCode.INVALID_ARGUMENT, "QUESTION_IS_OTHER"), said
    assert home.look(name).state == WAITING


def test_what_was_asked_is_opened_for_the_system_that_asked_and_for_nobody_else(world, home):
    name = home.kept()
    other = world.member(CONSUMER, "second")
    home.kept(case_number="LB-2026-0002")
    assert not home.look(name, other).HasField("question")
    assert home.ask(other, waiting_question=name).reason == "QUESTION_IS_OTHER"
    for stranger in (OTHER, AUTHORITY):
        reply = world.as_(stranger).call("GetWaitingQuestion", name=name)
        assert reply.code is StatusCode.NOT_FOUND
    listed = world.as_(CONSUMER).do("ListWaitingQuestions", state=WAITING, page_size=200)
    (own,) = [one for one in listed.waiting_questions if one.name == name]
    assert own.question.subject_key == KEY
    first = world.as_(CONSUMER).do("ListWaitingQuestions", state=WAITING, page_size=1)
    second = world.as_(CONSUMER).do("ListWaitingQuestions", state=WAITING, page_size=1, page_token=first.next_page_token)
    assert [one.name for one in (*first.waiting_questions, *second.waiting_questions)] == [one.name for one in listed.waiting_questions[:2]]
    ruled = world.as_(AUTHORITY).do("ListWaitingQuestions")
    assert not ruled.waiting_questions
    assert ruled.waiting_total >= listed.waiting_total >= 1


def test_a_name_that_is_none_or_of_nobody_is_refused(world, home):
    for name, code in (("x", "INVALID_ARGUMENT"), ("waitingQuestions/01m8aaaaaaaaaaaaaaaaaaaaaa", "NOT_FOUND"), ("grants/1", "INVALID_ARGUMENT")):
        assert home.ask(waiting_question=name).code.name == code


def test_a_check_waits_too_with_what_it_compares(world):
    grant = world.check_grant()
    running = world._running[-1]
    asked = {"grant": grant.name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, "subject_key": KEY, "predicate": "is_known"}
    until = stamp(world.clock.now() + HOUR)
    world.run(running.stop(0))
    name = world.as_(CONSUMER).call("Check", **asked, when_available_until=until).error.facts["waiting_question"]
    one = world.as_(CONSUMER).do("GetWaitingQuestion", name=name)
    assert one.question.predicate == "is_known"
    del world.__dict__["usual_entry"]
    assert world.usual_entry
    assert world.as_(CONSUMER).do("Check", **asked, waiting_question=name).answer == 1
    assert world.as_(CONSUMER).do("GetWaitingQuestion", name=name).state == ANSWERED


def test_too_many_questions_of_a_department_are_not_kept_and_it_hears_so(world, home, monkeypatch):
    home.kept()
    monkeypatch.setattr("questions.actions.MOST_OF_CONSUMER", 1)
    reply = home.ask(case_number="LB-2026-0003")
    assert (reply.code, reply.reason) == (StatusCode.RESOURCE_EXHAUSTED, "QUESTIONS_TOO_MANY")
    monkeypatch.undo()
    monkeypatch.setattr("questions.actions.MOST_OF_PROVIDER", 1)
    assert home.ask(case_number="LB-2026-0003").reason == "QUESTIONS_TOO_MANY"


def test_a_round_wakes_so_many_and_each_department_in_its_turn(world, home, monkeypatch):
    names = [home.kept(case_number=f"LB-2026-10{number}") for number in range(5)]
    with seen_later(world, home) as rounds:
        monkeypatch.setattr("questions.rounds.AT_ONCE", 2)
        assert [rounds.go(world.clock.now()) for _ in range(4)] == [2, 2, 1, 0]
    assert all(told(world, name) == ["question_ready"] for name in names)
