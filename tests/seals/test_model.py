"""The procedures of seals and stamps, walked in full, and their rules."""

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError, NotFoundError
from seals.model import (
    LONGEST_LIFE,
    NEXT,
    STAMP_NEXT,
    TIME_TO_SIGN,
    Seal,
    SealKind,
    SealState,
    SealStep,
    SignerCertificate,
    Stamp,
    StampState,
    check_use_is_named,
    is_es_id,
)
from tests.seals.desk import AUTHORITY, CIVIL, NOON, POLICE

SERIAL = "a" * 32
APPLIED = Seal("0" * 26, "64000012345678", SealKind.FINANCE, "民政厅", CIVIL.department, (SERIAL,), NOON + timedelta(days=9), NOON)
ACTIVE = replace(APPLIED, state=SealState.ACTIVE)
SIGNER = SignerCertificate(SERIAL, CIVIL.department, b"c", NOON, NOON + timedelta(days=700), NOON)
STAMP = Stamp("1" * 26, APPLIED.id, SERIAL, CIVIL.department, bytes(32), "p", "o", "t", "c", b"tbs", NOON)
WALK = {
    SealStep.MAKE: lambda seal: seal.make(AUTHORITY, b"seal", b"png", NOON),
    SealStep.REFUSE: lambda seal: seal.refuse(AUTHORITY, "不符"),
    SealStep.ACTIVATE: lambda seal: seal.activate(CIVIL, NOON),
    SealStep.REVOKE: lambda seal: seal.revoke(CIVIL, "遗失", NOON),
}


@pytest.mark.parametrize(("state", "step"), list(itertools.product(SealState, SealStep)))
def test_every_step_from_every_state_leads_where_the_table_says_or_nowhere(state, step):
    seal = replace(APPLIED, state=state)
    if (state, step) in NEXT:
        after = WALK[step](seal)
        assert (after.state, after.revision) == (NEXT[state, step], seal.revision + 1)
        return
    with pytest.raises(IllegalStateError, match=f"{state}.*{step}") as refused:
        WALK[step](seal)
    assert refused.value.facts == {"state": state, "step": step}


def test_refused_and_revoked_are_the_ends():
    assert {state for state in SealState if not any(at is state for at, _ in NEXT)} == {SealState.REFUSED, SealState.REVOKED}


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: APPLIED.make(CIVIL, b"", b"", NOON), NotAllowedError),
        (lambda: APPLIED.refuse(CIVIL, "x"), NotAllowedError),
        (lambda: replace(APPLIED, state=SealState.MADE).activate(AUTHORITY, NOON), NotAllowedError),
        (lambda: replace(APPLIED, state=SealState.MADE).activate(POLICE, NOON), NotFoundError),
        (lambda: ACTIVE.revoke(POLICE, "x", NOON), NotFoundError),
        (lambda: ACTIVE.check_use(AUTHORITY, SERIAL, "", NOON), NotAllowedError),
        (lambda: ACTIVE.check_use(POLICE, SERIAL, "", NOON), NotFoundError),
        (lambda: SIGNER.revoke(POLICE, "x", NOON), NotFoundError),
        (lambda: STAMP.complete(AUTHORITY, b"s", NOON), NotFoundError),
    ],
)
def test_nobody_does_what_is_anothers_to_do(act, error):
    with pytest.raises(error):
        act()


def test_the_authority_may_revoke_what_it_does_not_own():
    assert ACTIVE.revoke(AUTHORITY, "失窃", NOON).revoke_time == NOON
    assert SIGNER.revoke(AUTHORITY, "失窃", NOON).flaw(NOON) == "revoked"


def test_a_refusal_and_a_revocation_state_their_reason():
    for act in (lambda: APPLIED.refuse(AUTHORITY, " "), lambda: ACTIVE.revoke(CIVIL, "", NOON), lambda: SIGNER.revoke(CIVIL, "", NOON)):
        with pytest.raises(InvalidInputError, match="reason"):
            act()


def test_a_certificate_is_revoked_once():
    with pytest.raises(IllegalStateError, match="revoked"):
        SIGNER.revoke(CIVIL, "x", NOON).revoke(CIVIL, "y", NOON)


def test_a_certificate_signs_within_its_dates_only():
    assert SIGNER.flaw(NOON) == SIGNER.flaw(SIGNER.not_after) == ""
    assert SIGNER.flaw(NOON - timedelta(seconds=1)) == "not yet valid"
    assert SIGNER.flaw(SIGNER.not_after + timedelta(seconds=1)) == "expired"


def test_expired_is_derived_and_stops_use_and_making():
    later = APPLIED.valid_to + timedelta(seconds=1)
    assert not ACTIVE.expired(APPLIED.valid_to)
    with pytest.raises(IllegalStateError, match="expired"):
        ACTIVE.check_use(CIVIL, SERIAL, "", later)
    with pytest.raises(IllegalStateError, match="expired"):
        APPLIED.make(AUTHORITY, b"", b"", later)


@pytest.mark.parametrize("state", [state for state in SealState if state is not SealState.ACTIVE])
def test_only_an_active_seal_is_used(state):
    with pytest.raises(IllegalStateError, match=f"{state}.*stamp"):
        replace(APPLIED, state=state).check_use(CIVIL, SERIAL, "", NOON)


@pytest.mark.parametrize(
    "wrong",
    [
        {"es_id": "6400001234567"},
        {"es_id": "６４000012345678"},
        {"title": ""},
        {"title": "印\n章"},
        {"signers": ()},
        {"signers": (SERIAL, SERIAL)},
        {"valid_to": NOON},
        {"valid_to": NOON + LONGEST_LIFE + timedelta(seconds=1)},
    ],
)
def test_a_seal_cannot_exist_in_a_wrong_shape(wrong):
    with pytest.raises(InvalidInputError):
        replace(APPLIED, **wrong)


def test_an_es_id_is_fourteen_ascii_digits():
    assert is_es_id("64000012345678")
    assert not any(map(is_es_id, ("", "6400001234567\x00", "640000123456789", "64000012345678\n")))


def test_a_stamp_is_completed_once_and_in_time():
    done = STAMP.complete(CIVIL, b"sig", NOON + TIME_TO_SIGN)
    assert (done.state, done.signature, done.to_be_signed, done.revision) == (StampState.STAMPED, b"sig", b"", 2)
    assert {state for state in StampState if not any(at is state for at, _ in STAMP_NEXT)} == {StampState.STAMPED}
    with pytest.raises(IllegalStateError, match=r"stamped.*complete"):
        done.complete(CIVIL, b"sig", NOON)
    with pytest.raises(IllegalStateError, match="too long"):
        STAMP.complete(CIVIL, b"sig", NOON + TIME_TO_SIGN + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("place", "value", "field"),
    [(0, bytes(31), "digest"), (0, bytes(33), "digest"), (1, "执照", "property"), (1, "", "property"), (2, "", "officer"), (3, " ", "purpose"),
     (4, "", "case_number"), (4, "a\nb", "case_number")],
)  # fmt: skip
def test_a_use_names_document_officer_purpose_and_case(place, value, field):
    named: list[Any] = [bytes(32), "licenses/1", "王芳", "000111", "BJ-1"]
    check_use_is_named(*named)
    named[place] = value
    with pytest.raises(InvalidInputError) as refused:
        check_use_is_named(*named)
    assert refused.value.field == field
