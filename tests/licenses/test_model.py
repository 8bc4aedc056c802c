"""Licenses and keys: every move outside the two tables is refused, and what verifiers will read is checked before it is kept."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError
from licenses.model import (
    LONGEST_WINDOW,
    NEXT,
    NEXT_KEY,
    Holder,
    IssuingKey,
    KeyState,
    KeyStep,
    License,
    LicenseState,
    LicenseStep,
    check_plain,
    day_of,
    end_of,
    reason_given,
)
from tests.licenses.counter import CITIZEN, MARKET, NOON, PERMIT, POLICE

LICENSE = License(
    identifier="1.2.3",
    license_type=PERMIT,
    number="7",
    issuer=POLICE.department,
    issuer_title="公安厅",
    issue_date=date(2026, 3, 2),
    valid_from=date(2026, 3, 2),
    valid_to=None,
    holders=(Holder("张三", CITIZEN, "111"),),
    fields={},
    kid=b"12345678",
    protected=b"p",
    payload=b"q",
    status_shard=0,
    status_index=7,
    status_uri="http://hub.example/status/0",
    create_time=NOON,
)
KEY = IssuingKey(b"12345678", b"der", POLICE.department, (PERMIT,), NOON, NOON + timedelta(days=700))
STEPS: dict[LicenseStep, Callable[[License], License]] = {
    LicenseStep.ISSUE: lambda one: one.issue(b"signed", NOON),
    LicenseStep.STAMP: lambda one: one.attach(b"stamp"),
    LicenseStep.SUSPEND: lambda one: one.suspend("why"),
    LicenseStep.RESUME: lambda one: one.resume("why"),
    LicenseStep.REVOKE: lambda one: one.revoke("why"),
}
KEY_STEPS: dict[KeyStep, Callable[[IssuingKey], IssuingKey]] = {
    KeyStep.ADMIT: lambda key: key.admit(NOON),
    KeyStep.REVOKE: lambda key: key.revoke(NOON, "why"),
}


@pytest.mark.parametrize(("state", "step"), list(itertools.product(LicenseState, LicenseStep)))
def test_a_license_moves_only_as_the_table_says(state: LicenseState, step: LicenseStep) -> None:
    before = replace(LICENSE, state=state)
    if (state, step) in NEXT:
        after = STEPS[step](before)
        assert (after.state, after.revision) == (NEXT[state, step], before.revision + 1)
    else:
        with pytest.raises(IllegalStateError) as refusal:
            STEPS[step](before)
        assert refusal.value.facts == {"state": state.value, "step": step.value}


@pytest.mark.parametrize(("state", "step"), list(itertools.product(KeyState, KeyStep)))
def test_a_key_moves_only_as_the_table_says(state: KeyState, step: KeyStep) -> None:
    before = replace(KEY, state=state)
    if (state, step) in NEXT_KEY:
        after = KEY_STEPS[step](before)
        assert (after.state, after.revision) == (NEXT_KEY[state, step], before.revision + 1)
    else:
        with pytest.raises(IllegalStateError) as refusal:
            KEY_STEPS[step](before)
        assert refusal.value.facts == {"state": state.value, "step": step.value}


def test_nothing_leads_out_of_revoked_and_nothing_back_to_draft() -> None:
    assert not [state for state, _ in NEXT if state is LicenseState.REVOKED]
    assert not [state for state in NEXT.values() if state is LicenseState.DRAFT]
    assert not [state for state, _ in NEXT_KEY if state is KeyState.REVOKED]


def test_a_license_is_stamped_once() -> None:
    stamped = replace(LICENSE, state=LicenseState.ISSUED).attach(b"stamp")
    assert (stamped.stamp, stamped.state) == (b"stamp", LicenseState.ISSUED)
    with pytest.raises(IllegalStateError):
        stamped.attach(b"another")


def test_only_the_issuer_changes_a_license() -> None:
    LICENSE.may(POLICE.department)
    with pytest.raises(NotAllowedError):
        LICENSE.may(MARKET.department)


@pytest.mark.parametrize(
    ("changes", "at", "reason"),
    [
        ({"state": KeyState.PENDING}, NOON, "KEY_NOT_ACTIVE"),
        ({"state": KeyState.REVOKED}, NOON, "KEY_NOT_ACTIVE"),
        ({"license_types": ("11100000MB0143028R001",)}, NOON, "KEY_NOT_FOR_TYPE"),
        ({}, NOON - timedelta(seconds=1), "KEY_EXPIRED"),
        ({}, NOON + timedelta(days=700), "KEY_EXPIRED"),
    ],
)
def test_a_key_signs_only_when_admitted_for_the_type_and_in_its_window(changes: dict[str, Any], at: datetime, reason: str) -> None:
    key = replace(KEY, **{"state": KeyState.ACTIVE, **changes})
    with pytest.raises(NotAllowedError) as refusal:
        key.signs(PERMIT, at)
    assert refusal.value.reason == reason


def test_a_key_signs_from_the_first_to_the_last_second_of_its_window() -> None:
    key = replace(KEY, state=KeyState.ACTIVE)
    key.signs(PERMIT, NOON)
    key.signs(PERMIT, KEY.not_after - timedelta(seconds=1))


@pytest.mark.parametrize(
    "changes", [{"license_types": ()}, {"not_after": NOON}, {"not_after": NOON - timedelta(days=1)}, {"not_after": NOON + LONGEST_WINDOW * 1.01}]
)
def test_a_key_for_nothing_or_for_ever_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        replace(KEY, **changes)


def test_a_key_whose_window_is_over_is_not_admitted() -> None:
    with pytest.raises(IllegalStateError):
        KEY.admit(KEY.not_after)


def test_a_revoked_key_says_when_and_why() -> None:
    revoked = replace(KEY, state=KeyState.ACTIVE).revoke(NOON, " 密钥遗失 ")
    assert (revoked.revoke_time, revoked.reason) == (NOON, "密钥遗失")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "a\x00b", "a\nb", f"持证人{CITIZEN}已迁出", f"({CITIZEN.lower()})"])
def test_a_reason_is_short_plain_and_names_nobody_by_number(reason: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        reason_given(reason)
    assert refusal.value.field == "reason"
    assert CITIZEN not in refusal.value.message


def test_a_long_number_that_is_no_id_number_may_be_written() -> None:
    check_plain(f"1{CITIZEN}2", "case_number", 64)
    check_plain("640104202603020000000000", "case_number", 64)
    check_plain("", "case_number", 64)
    assert reason_given("依申请注销　（本人）") == "依申请注销　（本人）"


def test_days_are_those_of_china() -> None:
    assert day_of(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)) == date(2026, 3, 2)
    assert day_of(datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC)) == date(2026, 3, 1)
    assert end_of(date(2026, 3, 2)).astimezone(UTC) == datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)


def test_a_holders_code_never_shows_in_a_repr() -> None:
    assert CITIZEN not in repr(LICENSE)
