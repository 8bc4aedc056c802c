"""Licenses and keys: every move outside the two tables is refused, and what verifiers will read is checked before it is kept."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hub.access import Caller
from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError, NotFoundError
from hub.procedure import Party
from hub.subject import Subject
from licenses.model import (
    LICENSE_PROCEDURE,
    LONGEST_WINDOW,
    NEXT,
    NEXT_KEY,
    Draft,
    Holder,
    IssuingKey,
    KeyState,
    KeyStep,
    License,
    LicenseCase,
    LicenseNumber,
    LicenseReason,
    LicenseState,
    LicenseStep,
    end_of,
)
from tests.licenses.counter import AUTHORITY, CITIZEN, MARKET, NOON, PERMIT, POLICE

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
NEWER = replace(LICENSE, identifier=LICENSE.identifier + "2", state=LicenseState.ISSUED)
STEPS: dict[LicenseStep, Callable[[License], License]] = {
    LicenseStep.ISSUE: lambda one: one.issue(POLICE, b"signed", NOON),
    LicenseStep.STAMP: lambda one: one.attach(POLICE, b"stamp"),
    LicenseStep.SUSPEND: lambda one: one.suspend(POLICE, "why"),
    LicenseStep.RESUME: lambda one: one.resume(POLICE, "why"),
    LicenseStep.REVOKE: lambda one: one.revoke(POLICE, "why"),
    LicenseStep.SUPERSEDE: lambda one: one.supersede(POLICE, NEWER, "why"),
}
KEY_STEPS: dict[KeyStep, Callable[[IssuingKey], IssuingKey]] = {
    KeyStep.ADMIT: lambda key: key.admit(AUTHORITY, NOON),
    KeyStep.REVOKE: lambda key: key.revoke(POLICE, NOON, "why"),
    KeyStep.RETIRE: lambda key: key.retire(POLICE, NOON, "why", None),
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
        assert (refusal.value.facts["state"], refusal.value.facts["step"]) == (state.value, step.value)


@pytest.mark.parametrize(("state", "step"), list(itertools.product(KeyState, KeyStep)))
def test_a_key_moves_only_as_the_table_says(state: KeyState, step: KeyStep) -> None:
    before = replace(KEY, state=state)
    if (state, step) in NEXT_KEY:
        after = KEY_STEPS[step](before)
        assert (after.state, after.revision) == (NEXT_KEY[state, step], before.revision + 1)
    else:
        with pytest.raises(IllegalStateError) as refusal:
            KEY_STEPS[step](before)
        assert (refusal.value.facts["state"], refusal.value.facts["step"]) == (state.value, step.value)


def test_nothing_leads_out_of_revoked_and_nothing_back_to_draft() -> None:
    assert not [state for state, _ in NEXT if state in {LicenseState.REVOKED, LicenseState.SUPERSEDED}]
    assert not [state for state in NEXT.values() if state is LicenseState.DRAFT]
    assert not [state for state, _ in NEXT_KEY if state is KeyState.REVOKED]


def test_a_license_is_stamped_once() -> None:
    stamped = replace(LICENSE, state=LicenseState.ISSUED).attach(POLICE, b"stamp")
    assert (stamped.stamp, stamped.state) == (b"stamp", LicenseState.ISSUED)
    with pytest.raises(IllegalStateError):
        stamped.attach(POLICE, b"another")


def test_only_the_issuer_changes_a_license() -> None:
    LICENSE.check_issuer(POLICE)
    with pytest.raises(NotAllowedError) as refusal:
        LICENSE.check_issuer(AUTHORITY)
    assert refusal.value.reason == "NOT_ISSUER"
    with pytest.raises(NotFoundError):
        LICENSE.check_issuer(MARKET)


@pytest.mark.parametrize("step", list(LicenseStep))
@pytest.mark.parametrize("state", list(LicenseState))
def test_nobody_but_the_issuer_takes_a_step_whatever_state_and_reason(state: LicenseState, step: LicenseStep) -> None:
    assert LICENSE_PROCEDURE.who[step] == {Party.ISSUER}
    steps: dict[LicenseStep, Callable[[License, Caller], License]] = {
        LicenseStep.ISSUE: lambda one, by: one.issue(by, b"signed", NOON),
        LicenseStep.STAMP: lambda one, by: one.attach(by, b"stamp"),
        LicenseStep.SUSPEND: lambda one, by: one.suspend(by, ""),
        LicenseStep.RESUME: lambda one, by: one.resume(by, ""),
        LicenseStep.REVOKE: lambda one, by: one.revoke(by, ""),
        LicenseStep.SUPERSEDE: lambda one, by: one.supersede(by, NEWER, ""),
    }
    for stranger in (MARKET, AUTHORITY):
        with pytest.raises(NotAllowedError) as refusal:
            steps[step](replace(LICENSE, state=state), stranger)
        assert refusal.value.reason == "NOT_ISSUER"


def test_the_authority_admits_a_key_and_its_department_or_the_authority_revokes_it() -> None:
    with pytest.raises(NotAllowedError) as refusal:
        KEY.admit(POLICE, NOON)
    assert (refusal.value.reason, refusal.value.zh) == ("NOT_OWNER", "只有数据共享主管部门可以启用该签发密钥")
    with pytest.raises(NotAllowedError) as refusal:
        KEY.revoke(MARKET, NOON, "")
    assert (refusal.value.reason, refusal.value.zh) == ("NOT_OWNER", "只有数据共享主管部门或颁发机构可以吊销该签发密钥")
    assert KEY.revoke(AUTHORITY, NOON, "抽查不合格").state is KeyState.REVOKED


def test_a_license_is_known_to_its_issuer_and_the_authority_alone() -> None:
    assert [LICENSE.seen_by(caller) for caller in (POLICE, AUTHORITY, MARKET)] == [True, True, False]


def test_a_step_that_leads_nowhere_is_refused_in_the_words_of_the_reader() -> None:
    with pytest.raises(IllegalStateError) as refusal:
        LICENSE.suspend(POLICE, "why")
    assert refusal.value.message == "the license is in draft; to suspend, it must be issued"
    assert refusal.value.zh == "该电子证照当前为“草稿”，只有“已签发”时才能暂停"


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
        key.check_signs(PERMIT, at)
    assert refusal.value.reason == reason


def test_a_key_signs_from_the_first_to_the_last_second_of_its_window() -> None:
    key = replace(KEY, state=KeyState.ACTIVE)
    key.check_signs(PERMIT, NOON)
    key.check_signs(PERMIT, KEY.not_after - timedelta(seconds=1))


@pytest.mark.parametrize(
    "changes", [{"license_types": ()}, {"not_after": NOON}, {"not_after": NOON - timedelta(days=1)}, {"not_after": NOON + LONGEST_WINDOW * 1.01}]
)
def test_a_key_for_nothing_or_for_ever_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        replace(KEY, **changes)


def test_a_key_whose_window_is_over_is_not_admitted() -> None:
    with pytest.raises(IllegalStateError):
        KEY.admit(AUTHORITY, KEY.not_after)


def test_a_revoked_key_says_when_and_why() -> None:
    revoked = replace(KEY, state=KeyState.ACTIVE).revoke(POLICE, NOON, " 密钥遗失 ")
    assert (revoked.revoke_time, revoked.reason) == (NOON, "密钥遗失")


@pytest.mark.parametrize(
    "reason", ["", "  ", "x" * 501, "a\x00b", "a\nb", f"持证人{CITIZEN}已迁出", f"({CITIZEN.lower()})", f"见 {CITIZEN[:6]}-{CITIZEN[6:]}"]
)
def test_a_reason_is_short_plain_and_names_nobody_by_number(reason: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        LicenseReason(reason)
    assert refusal.value.field == "reason"
    assert CITIZEN not in refusal.value.message


def test_a_reason_never_spells_the_number_of_the_license_s_own_holder() -> None:
    in_force = replace(LICENSE, state=LicenseState.ISSUED)
    for spelling in (f"A{CITIZEN}B", f"第{CITIZEN[:6]}{CITIZEN[8:17]}号", " ".join(CITIZEN)):
        with pytest.raises(InvalidInputError) as refusal:
            in_force.revoke(POLICE, spelling)
        assert (refusal.value.reason, refusal.value.field) == ("PERSONAL_DATA_IN_TEXT", "reason")


def test_the_code_of_an_organisation_may_be_written_anywhere() -> None:
    company = Holder("宁夏枢纽科技有限公司", "91640100MA76F8XY7N", "001")
    revoked = replace(LICENSE, state=LicenseState.ISSUED, holders=(company,)).revoke(POLICE, "91640100MA76F8XY7N 已注销")
    assert revoked.reason == "91640100MA76F8XY7N 已注销"
    assert revoked.subject == Subject("uscc", "91640100MA76F8XY7N")


def test_a_license_of_an_earlier_release_with_a_code_that_is_none_can_still_be_revoked_under_the_pseudonym_that_it_had() -> None:
    company = Holder("宁夏枢纽科技有限公司", "91640100ma76f8xy1d", "001")
    revoked = replace(LICENSE, state=LicenseState.ISSUED, holders=(company,)).revoke(POLICE, "已注销")
    assert revoked.subject == Subject.unchecked("uscc", "91640100MA76F8XY1D")


def test_a_long_number_that_is_no_id_number_may_be_written() -> None:
    assert LicenseCase(f"1{CITIZEN}2") == f"1{CITIZEN}2"
    assert LicenseCase("640104202603020000000000")
    assert LicenseReason("依申请注销　（本人）") == "依申请注销　（本人）"


def test_a_licenses_number_keeps_the_signs_that_it_is_printed_with() -> None:
    draft = Draft(PERMIT, " 宁〔2026〕（公）００１号 ", LICENSE.holders, {}, b"12345678", None, None)
    assert draft.number == "宁〔2026〕（公）００１号"
    with pytest.raises(InvalidInputError) as refusal:
        LicenseNumber("")
    assert (refusal.value.reason, refusal.value.field) == ("CLAIMS_TEXT", "number")


def test_days_are_those_of_china() -> None:
    assert end_of(date(2026, 3, 2)).astimezone(UTC) == datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)


def test_a_holders_code_never_shows_in_a_repr() -> None:
    assert CITIZEN not in repr(LICENSE)
