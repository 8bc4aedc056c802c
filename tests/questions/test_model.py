"""The procedure of waiting questions, state by state and step by step, and their deadlines."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.model import ShareMode
from hub.access import Caller, Role
from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError
from questions.model import LONGEST_PAUSE, NEXT_QUESTION, OPEN, QUESTION_PROCEDURE, QuestionState, QuestionStep, WaitingQuestion, check_deadline

AT = datetime(2026, 11, 28, 10, tzinfo=UTC)
CONSUMER = Caller("11640000XB00000109", "main", frozenset({Role.MEMBER}))
OTHER = Caller("11640000XB00000432", "main", frozenset({Role.MEMBER}))
AUTHORITY = Caller("11640000XB00000002", "main", frozenset({Role.AUTHORITY, Role.MEMBER}))


def a_question(**said: Any) -> WaitingQuestion:
    usual = {
        "id": "01m8gx1gfr1w41kvwembxrn5m1",
        "mode": ShareMode.QUERY,
        "grant": "grants/01m8gx1gfr1w41kvwembxrn5m2",
        "entry": "entries/01m8gx1gfr1w41kvwembxrn5m3",
        "provider": OTHER.department,
        "consumer": CONSUMER.department,
        "system": "main",
        "create_time": AT,
        "expire_time": AT + timedelta(hours=2),
        "miss_time": AT,
        "wakeable_time": AT,
    }
    return WaitingQuestion(**{**usual, **said})


def take(one: WaitingQuestion, step: QuestionStep) -> WaitingQuestion:
    ways = {
        QuestionStep.WAKE: lambda: one.wake(AT),
        QuestionStep.MISS: lambda: one.miss(AT),
        QuestionStep.ANSWER: lambda: one.answer(AT),
        QuestionStep.REFUSE: lambda: one.refuse("FIELD_NOT_GRANTED", AT),
        QuestionStep.EXPIRE: lambda: one.expire(AT),
        QuestionStep.WITHDRAW: lambda: one.withdraw(CONSUMER, "办件已撤销", AT),
        QuestionStep.END: lambda: one.end("GRANT_REVOKED", AT),
    }
    return ways[step]()


@pytest.mark.parametrize(("state", "step"), product(QuestionState, QuestionStep))
def test_every_step_leads_where_the_table_says_and_nowhere_else(state: QuestionState, step: QuestionStep):
    one = a_question(state=state)
    if (state, step) not in NEXT_QUESTION:
        with pytest.raises(IllegalStateError):
            take(one, step)
        return
    after = take(one, step)
    assert (after.state, after.revision) == (NEXT_QUESTION[state, step], one.revision + 1)
    assert (after.end_time is None) is (after.state in OPEN)


@pytest.mark.parametrize("by", [OTHER, AUTHORITY])
def test_nobody_withdraws_the_question_of_another_department(by: Caller):
    with pytest.raises(NotAllowedError):
        a_question().withdraw(by, "与我无关", AT)


def test_a_question_is_withdrawn_for_a_reason():
    with pytest.raises(InvalidInputError):
        a_question().withdraw(CONSUMER, " ", AT)


def test_its_department_alone_knows_of_it_and_the_system_that_asked_alone_reads_it():
    one, second = a_question(), replace(CONSUMER, system="second")
    assert [one.seen_by(by) for by in (CONSUMER, second, OTHER, AUTHORITY, Caller())] == [True, True, False, False, False]
    assert [one.is_of(by) for by in (CONSUMER, second, OTHER, replace(CONSUMER, officer="MZ-1"))] == [True, False, False, False]


def test_a_question_that_was_never_woken_may_be_woken_at_once_and_then_after_pauses_that_grow_to_an_hour():
    one, pauses = a_question(), []
    for _ in range(10):
        one = one.miss(AT)
        pauses.append(one.wakeable_time - AT)
        one = one.wake(AT)
    assert pauses[:4] == [timedelta(), timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert all(a <= b for a, b in pairwise(pauses))
    assert pauses[-1] == LONGEST_PAUSE


def test_it_is_told_by_names_and_dates_once_each_time_that_it_is_woken():
    one = a_question().wake(AT)
    assert one.notice("question_ready").key != one.miss(AT).wake(AT).notice("question_ready").key
    assert one.notice("question_ready").facts == {"grant": one.grant, "entry": one.entry, "expire_time": one.expire_time.isoformat()}


def test_asked_with_a_later_deadline_it_has_that_one_and_never_an_earlier():
    one = a_question()
    assert one.miss(AT, AT + timedelta(hours=1)).expire_time == one.expire_time
    assert one.miss(AT, AT + timedelta(hours=3)).expire_time == AT + timedelta(hours=3)


@given(st.timedeltas(min_value=timedelta(days=-30), max_value=timedelta(days=30)))
def test_a_deadline_lies_within_seven_days_from_now(ahead: timedelta):
    if timedelta() < ahead <= timedelta(days=7):
        assert check_deadline(AT + ahead, AT) == AT + ahead
    else:
        with pytest.raises(InvalidInputError):
            check_deadline(AT + ahead, AT)


def test_the_procedure_is_open_to_its_department_where_a_person_steps_in():
    assert QUESTION_PROCEDURE.open_steps(a_question(), CONSUMER) == (QuestionStep.WITHDRAW,)
    assert QUESTION_PROCEDURE.open_steps(a_question(), OTHER) == ()
