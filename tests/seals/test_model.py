"""The procedures of seals and stamps, walked in full, and their rules."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError, ShuniuError
from seals.model import (
    KINDS,
    LONGEST_LIFE,
    NEXT,
    SEAL_PROCEDURE,
    STAMP_NEXT,
    TIME_TO_SIGN,
    SealApplication,
    SealKind,
    SealState,
    SealStep,
    SealUse,
    SignerState,
    StampState,
    is_es_id,
)
from tests.seals.desk import AUTHORITY, CIVIL, NOON, POLICE
from tests.seals.things import SERIAL, a_seal, a_signer, a_stamp

APPLIED = a_seal()
ACTIVE = replace(APPLIED, state=SealState.ACTIVE)
SIGNER = a_signer()
STAMP = a_stamp()
APPLICATION = SealApplication(kind=SealKind.FINANCE, title="民政厅", signers=(SERIAL,), valid_to=NOON + timedelta(days=9))
USE = SealUse(seal=APPLIED.id, signer=SERIAL, digest=bytes(32), property_info="licenses/1", purpose="000111", case_number="BJ-1")
WALK = {
    SealStep.MAKE: lambda seal: seal.make(AUTHORITY, b"seal", b"png", NOON),
    SealStep.REFUSE: lambda seal: seal.refuse(AUTHORITY, "不符"),
    SealStep.ACTIVATE: lambda seal: seal.activate(CIVIL, NOON),
    SealStep.REVOKE: lambda seal: seal.revoke(CIVIL, "遗失", NOON),
}


def refusal(act) -> ShuniuError:
    with pytest.raises(ShuniuError) as refused:
        act()
    return refused.value


@pytest.mark.parametrize(("state", "step"), list(itertools.product(SealState, SealStep)))
def test_every_step_from_every_state_leads_where_the_table_says_or_nowhere(state, step):
    seal = replace(APPLIED, state=state)
    if (state, step) in NEXT:
        after = WALK[step](seal)
        assert (after.state, after.revision) == (NEXT[state, step], seal.revision + 1)
        return
    refused = refusal(lambda: WALK[step](seal))
    assert isinstance(refused, IllegalStateError)
    assert {"state": state, "step": step}.items() <= refused.facts.items()
    assert SEAL_PROCEDURE.states[state].zh in refused.zh
    assert SEAL_PROCEDURE.steps[step].zh in refused.zh


def test_refused_and_revoked_are_the_ends():
    assert {state for state in SealState if not any(at is state for at, _ in NEXT)} == {SealState.REFUSED, SealState.REVOKED}


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (lambda: APPLIED.make(CIVIL, b"", b"", NOON), "NOT_ALLOWED"),
        (lambda: APPLIED.refuse(CIVIL, "x"), "NOT_ALLOWED"),
        (lambda: replace(APPLIED, state=SealState.MADE).activate(AUTHORITY, NOON), "NOT_THE_OWNER"),
        (lambda: replace(APPLIED, state=SealState.MADE).activate(POLICE, NOON), "NOT_THE_OWNER"),
        (lambda: ACTIVE.revoke(POLICE, "x", NOON), "NOT_ALLOWED"),
        (lambda: ACTIVE.check_use(AUTHORITY, SIGNER, NOON), "NOT_THE_OWNER"),
        (lambda: ACTIVE.check_use(POLICE, SIGNER, NOON), "NOT_THE_OWNER"),
        (lambda: SIGNER.revoke(POLICE, "x", NOON), "NOT_ALLOWED"),
        (lambda: STAMP.complete(AUTHORITY, b"s", NOON), "NOT_THE_OWNER"),
    ],
)
def test_nobody_does_what_is_anothers_to_do(act, reason):
    refused = refusal(act)
    assert (type(refused), refused.reason) == (NotAllowedError, reason)


def test_a_seal_and_a_signer_are_seen_by_owner_and_authority_and_a_stamp_by_its_owner_alone():
    assert [[thing.seen_by(caller) for caller in (CIVIL, AUTHORITY, POLICE)] for thing in (APPLIED, SIGNER, STAMP)] == [
        [True, True, False],
        [True, True, False],
        [True, False, False],
    ]


def test_the_authority_may_revoke_what_it_does_not_own():
    assert ACTIVE.revoke(AUTHORITY, "失窃", NOON).revoke_time == NOON
    assert SIGNER.revoke(AUTHORITY, "失窃", NOON).state(NOON) is SignerState.REVOKED


def test_a_refusal_and_a_revocation_state_their_reason():
    for act in (lambda: APPLIED.refuse(AUTHORITY, " "), lambda: ACTIVE.revoke(CIVIL, "", NOON), lambda: SIGNER.revoke(CIVIL, "", NOON)):
        refused = refusal(act)
        assert (type(refused), refused.field) == (InvalidInputError, "reason")


def test_a_reason_spells_nobodys_id_number_and_fits_its_column():
    for reason in ("当事人 11010519491231002X 申请", "长" * 501):
        assert refusal(lambda reason=reason: ACTIVE.revoke(CIVIL, reason, NOON)).field == "reason"
    assert ACTIVE.revoke(CIVIL, " 遗失\u200b ", NOON).reason == "遗失"


def test_a_certificate_is_revoked_once():
    refused = refusal(lambda: SIGNER.revoke(CIVIL, "x", NOON).revoke(CIVIL, "y", NOON))
    assert isinstance(refused, IllegalStateError)
    assert {"state": "revoked", "step": "revoke"}.items() <= refused.facts.items()
    assert "已吊销" in refused.zh


def test_a_certificate_is_revoked_whatever_its_dates():
    for moment in (SIGNER.not_before - timedelta(days=1), SIGNER.not_after + timedelta(days=1)):
        assert SIGNER.revoke(CIVIL, "离职", moment).state(moment) is SignerState.REVOKED


def test_a_certificate_signs_within_its_dates_only():
    assert SIGNER.state(NOON) is SIGNER.state(SIGNER.not_after) is SignerState.VALID
    assert SIGNER.state(NOON - timedelta(seconds=1)) is SignerState.NOT_YET_VALID
    assert SIGNER.state(SIGNER.not_after + timedelta(seconds=1)) is SignerState.EXPIRED


def test_each_kind_has_a_number_of_its_own_that_stands_in_signed_bytes_and_never_changes():
    assert {kind.value: row.number for kind, row in KINDS.items()} == {
        "legal_name": 1, "contract": 2, "finance": 3, "invoice": 4, "business": 5,
    }  # fmt: skip
    assert set(KINDS) == set(SealKind)
    assert [KINDS[kind].lower_line for kind in (SealKind.LEGAL_NAME, SealKind.FINANCE)] == ["", "财务专用章"]
    assert all(row.word.id == kind.value and row.word.zh for kind, row in KINDS.items())


def test_expired_is_derived_and_stops_use_and_making():
    later = APPLIED.valid_to + timedelta(seconds=1)
    assert not ACTIVE.expired(APPLIED.valid_to)
    with pytest.raises(IllegalStateError, match="expired"):
        ACTIVE.check_use(CIVIL, SIGNER, later)
    with pytest.raises(IllegalStateError, match="expired"):
        APPLIED.make(AUTHORITY, b"", b"", later)


@pytest.mark.parametrize("state", [state for state in SealState if state is not SealState.ACTIVE])
def test_only_an_active_seal_is_used(state):
    refused = refusal(lambda: replace(APPLIED, state=state).check_use(CIVIL, SIGNER, NOON))
    assert isinstance(refused, IllegalStateError)
    assert refused.facts == {"state": state, "step": "stamp"}
    assert SEAL_PROCEDURE.states[state].zh in refused.zh


def test_a_seal_is_used_through_a_signer_that_it_lists_and_that_is_valid():
    assert refusal(lambda: ACTIVE.check_use(CIVIL, a_signer(serial="b" * 32), NOON)).reason == "SIGNER_NOT_IN_SEAL"
    assert refusal(lambda: ACTIVE.check_use(CIVIL, None, NOON)).reason == "SIGNER_NOT_IN_SEAL"
    refused = refusal(lambda: ACTIVE.check_use(CIVIL, SIGNER.revoke(CIVIL, "离职", NOON), NOON))
    assert (refused.reason, refused.message, refused.zh) == ("SIGNER_NOT_VALID", "the signer's certificate is revoked", "签章者证书已吊销")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": ""}, "seal.title"),
        ({"title": "印\n章"}, "seal.title"),
        ({"title": "长" * 61}, "seal.title"),
        ({"signers": ()}, "seal.signers"),
        ({"signers": (SERIAL, SERIAL)}, "seal.signers"),
        ({"valid_to": NOON}, "seal.valid_to"),
        ({"valid_to": NOON + LONGEST_LIFE + timedelta(seconds=1)}, "seal.valid_to"),
    ],
)
def test_a_seal_is_not_applied_for_in_a_wrong_shape(wrong, field):
    refused = refusal(lambda: replace(APPLICATION, **wrong).seal(APPLIED.id, APPLIED.es_id, CIVIL.department, NOON))
    assert (type(refused), refused.field) == (InvalidInputError, field)


@pytest.mark.parametrize("es_id", ["6400001234567", "６４000012345678"])
def test_a_seal_has_an_es_id_of_fourteen_digits(es_id):
    assert refusal(lambda: APPLICATION.seal(APPLIED.id, es_id, CIVIL.department, NOON)).field == "seal.es_id"


def test_what_is_applied_for_becomes_the_seal_to_the_second():
    end = NOON + timedelta(days=9, microseconds=7)
    seal = replace(APPLICATION, valid_to=end).seal(APPLIED.id, APPLIED.es_id, CIVIL.department, NOON)
    assert seal == replace(APPLIED, valid_to=end.replace(microsecond=0))


def test_what_an_earlier_release_stored_is_read_as_it_is():
    assert a_seal(title="", signers=(), valid_to=NOON).valid_to == NOON


def test_an_es_id_is_fourteen_ascii_digits():
    assert is_es_id("64000012345678")
    assert not any(map(is_es_id, ("", "6400001234567\x00", "640000123456789", "64000012345678\n")))


def test_a_stamp_is_completed_once_and_in_time():
    done = STAMP.complete(CIVIL, b"sig", NOON + TIME_TO_SIGN)
    assert (done.state, done.signature, done.to_be_signed, done.revision) == (StampState.STAMPED, b"sig", b"", 2)
    assert {state for state in StampState if not any(at is state for at, _ in STAMP_NEXT)} == {StampState.STAMPED}
    twice = refusal(lambda: done.complete(CIVIL, b"sig", NOON))
    assert {"state": "stamped", "step": "complete"}.items() <= twice.facts.items()
    late = refusal(lambda: STAMP.complete(CIVIL, b"sig", NOON + TIME_TO_SIGN + timedelta(seconds=1)))
    assert {"state": "lapsed", "step": "complete"}.items() <= late.facts.items()
    assert "60分钟" in late.zh


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"digest": bytes(31)}, "digest"),
        ({"digest": bytes(33)}, "digest"),
        ({"property_info": "执照"}, "property"),
        ({"property_info": ""}, "property"),
        ({"property_info": "licenses/11010519491231002X"}, "property"),
        ({"purpose": " "}, "purpose"),
        ({"case_number": ""}, "case_number"),
        ({"case_number": "a\nb"}, "case_number"),
        ({"case_number": "11010519491231002X"}, "case_number"),
    ],
)
def test_a_use_names_document_purpose_and_case_and_nobodys_id_number(wrong, field):
    refused = refusal(lambda: replace(USE, **wrong))
    assert (type(refused), refused.field) == (InvalidInputError, field)


def test_the_identifier_of_a_license_may_have_long_numbers_in_it():
    identifier = "licenses/1.2.156.3005.2.11100000000013338W011.116400000100012345.20260302000001.001.X"
    assert replace(USE, property_info=identifier).property_info == identifier
