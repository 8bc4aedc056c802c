"""What the authority lays down of departments: which plans can be, what passes of whom, and who hears of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.model import (
    KINDS,
    Assignment,
    DepartmentState,
    Registration,
    Succession,
    SuccessionContent,
    SuccessionKind,
    SuccessionState,
    SystemPair,
    find_cycle,
    succession_waits,
)
from certs.succession_reasons import DEPARTMENT_SUCCEEDED
from hub.access import Caller, Role
from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError
from shuniu.identifiers import uscc

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
TODAY = date(2026, 3, 2)
A, B, C, D = (uscc.build("11", "640000", f"{number:08d}") for number in (1, 2, 3, 4))
RULER = Caller(D, "main", frozenset({Role.AUTHORITY}))
BASIS = "《机构改革方案》"
ENTRY = "entries/01m8g9djqrh7db0ad4fecet7g8"


def content(
    kind: SuccessionKind = SuccessionKind.MERGE, before: tuple[str, ...] = (A,), after: tuple[str, ...] = (B,), **said: Any
) -> SuccessionContent:
    sides = {"kind": kind, "predecessors": before, "successors": after}
    stated: dict[str, Any] = {**sides, "effective_date": TODAY, "basis": BASIS, **said}
    return SuccessionContent(**stated)


def planned(of: SuccessionContent, by: Caller = RULER) -> Succession:
    return Succession.plan(of, by, "SJ-1", "0" * 26, NOON)


def test_each_kind_has_its_number_of_departments_on_both_sides():
    right: dict[SuccessionKind, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {
        SuccessionKind.RENAME: [((A,), ()), ((A,), (B,))],
        SuccessionKind.MERGE: [((A,), (B,)), ((A, B), (C,))],
        SuccessionKind.SPLIT: [((A,), (B, C))],
        SuccessionKind.CLOSE: [((A,), ())],
    }
    sides: list[tuple[tuple[str, ...], tuple[str, ...]]] = [(before, after) for before in ((), (A,), (A, B)) for after in ((), (C,), (C, D), (B,))]
    for kind, allowed in right.items():
        for before, after in [*sides, *allowed]:
            title = {"title": "新局"} if kind is SuccessionKind.RENAME and not after else {}
            overlap = set(before) & set(after)
            shape = any(len(before) == len(one) and len(after) == len(two) for one, two in allowed)
            if shape and not overlap:
                content(kind, before, after, **title)
            else:
                with pytest.raises(InvalidInputError):
                    content(kind, before, after, **title)
    assert set(right) == set(KINDS)


def test_a_code_in_any_spelling_is_kept_as_one():
    spelled = f" {A[:6]} {A[6:].lower()}"
    assert content(before=(spelled,)).predecessors == (A,)
    assert content(systems=(SystemPair(spelled, "main", "office"),)).systems[0].predecessor == A


@pytest.mark.parametrize(
    "said",
    [
        {"assignments": (Assignment(ENTRY, B),)},  # a merger assigns nothing
        {"kind": SuccessionKind.SPLIT, "after": (B, C), "assignments": (Assignment(ENTRY, A),)},
        {"kind": SuccessionKind.SPLIT, "after": (B, C), "assignments": (Assignment(ENTRY, B), Assignment(ENTRY, C))},
        {"kind": SuccessionKind.SPLIT, "after": (B, C), "assignments": (Assignment("licenses/1", B),)},
        {"systems": (SystemPair(C, "main", "main"),)},
        {"systems": (SystemPair(A, "main", "Main System"),)},
        {"systems": (SystemPair(A, "main", "a"), SystemPair(A, "main", "b"))},
        {"title": "新局"},
        {"kind": SuccessionKind.RENAME, "after": ()},
        {"basis": ""},
        {"before": (A[:-1],)},
    ],
)
def test_what_does_not_fit_together_is_refused(said: dict[str, Any]):
    with pytest.raises(InvalidInputError):
        content(**said)


def test_nobody_lays_down_a_day_that_is_over_or_the_end_of_the_own_department():
    with pytest.raises(InvalidInputError):
        planned(content(effective_date=TODAY - timedelta(days=1)))
    with pytest.raises(IllegalStateError):
        planned(content(before=(D,)))
    with pytest.raises(NotAllowedError):
        planned(content(), Caller(A, "main", frozenset({Role.MEMBER})))
    late = planned(content())
    with pytest.raises(InvalidInputError):
        late.confirm(RULER, NOON + timedelta(days=1))


def test_it_is_called_off_before_its_day_alone():
    later = planned(content(effective_date=TODAY + timedelta(days=2))).confirm(RULER, NOON)
    assert later.call_off(RULER, "方案调整", NOON).state is SuccessionState.CALLED_OFF
    assert not later.is_due(later.time - timedelta(seconds=1))
    assert later.is_due(later.time)
    with pytest.raises(IllegalStateError):
        later.call_off(RULER, "方案调整", later.time)


def test_its_day_begins_at_midnight_in_beijing():
    assert planned(content()).time == datetime(2026, 3, 1, 16, tzinfo=UTC)


def test_what_a_predecessor_used_of_others_passes_of_a_split_only_where_it_was_assigned():
    split = planned(content(SuccessionKind.SPLIT, (A,), (B, C), assignments=(Assignment(ENTRY, C),)))
    (passing,) = split.passings()
    assert (passing.successor_of(ENTRY), passing.successor_of("entries/other")) == (C, B)
    assert (passing.consumer_of(ENTRY), passing.consumer_of("grants/other")) == (C, "")
    (merged,) = planned(content()).passings()
    assert merged.consumer_of("grants/other") == B


def test_systems_are_mapped_for_each_predecessor_by_itself():
    merger = planned(content(before=(A, C), systems=(SystemPair(A, "main", "office"),)))
    first, second = merger.passings()
    assert (first.system_of("main"), first.system_of("other"), second.system_of("main")) == ("office", "other", "main")


def test_a_name_under_the_old_code_passes_nothing():
    assert list(planned(content(SuccessionKind.RENAME, (A,), (), title="新局")).passings()) == []


def test_a_plan_waits_for_the_authority_and_missing_systems_for_their_departments():
    plan = planned(content())
    assert [one.step for one in succession_waits(plan)] == ["IdentityService/ConfirmSuccession"]
    lacking = replace(plan.confirm(RULER, NOON), missing=(f"departments/{B}/systems/a", f"departments/{B}/systems/b"))
    assert [(one.step, one.department) for one in succession_waits(lacking)] == [("IdentityService/SetEndpoint", B)]
    assert succession_waits(plan.confirm(RULER, NOON)) == ()


def test_a_department_that_passed_into_another_names_it_to_whoever_calls():
    old = Registration(A, "某局", "", "640000").department(NOON)
    ended = old.end((B,), "合并", NOON)
    assert (ended.state, ended.succession_time) == (DepartmentState.SUCCEEDED, NOON)
    with pytest.raises(NotAllowedError) as refused:
        ended.check_active()
    assert (refused.value.reason, B in refused.value.message) == (DEPARTMENT_SUCCEEDED.reason, True)
    for again in (lambda: ended.end((C,), "合并", NOON), lambda: ended.enable(RULER, "恢复"), lambda: ended.update(RULER, {"title": "新局"}, "更名")):
        with pytest.raises(IllegalStateError):
            again()
    assert old.end((), "撤销", NOON).state is DepartmentState.CLOSED


EDGES = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=12)


def reaches(edges: list[tuple[str, str]], begin: str) -> set[str]:
    """Return what can be reached from a department, step by step."""
    found: set[str] = set()
    new = {begin}
    while new:
        new = {after for before, after in edges if before in new} - found
        found |= new
    return found


@given(EDGES)
def test_a_circle_is_found_exactly_where_somebody_would_pass_into_itself(edges: list[tuple[str, str]]):
    way = find_cycle(edges)
    assert bool(way) == any(one in reaches(edges, one) for one, _ in edges)
    for before, after in zip(way, (*way[1:], *way[:1]), strict=True):
        assert (before, after) in edges
