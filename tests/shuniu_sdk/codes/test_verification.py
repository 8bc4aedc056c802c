from dataclasses import replace
from datetime import timedelta

import pytest

from shuniu.catalogue import InvalidInputError
from shuniu.codes import code, cose, reading
from shuniu.codes.identifier import ISSUER_NOT_A_USCC, LicenseIdentifier
from shuniu.codes.status_list import LicenseStatus, PublishedStatus, StatusReading
from shuniu.codes.trust_list import KeyRefusal, KeyStatus, TrustedKey
from shuniu.codes.verification import _SAY, Outcome, VerdictReason, verify

from .issuing import (
    AT,
    DAY,
    KEY,
    KID,
    MARKET,
    NOW,
    OTHER_KEY,
    OTHER_KID,
    OTHER_TYPE,
    POLICE,
    SIGN,
    TYPE,
    URI,
    claims,
    mutants,
    statuses,
    trust,
    trusted,
)

TEXT = code.encode(claims(), KID, SIGN)
OTHER_SIGN = cose.signer_of(OTHER_KEY)


class LiveRecords:
    """The online source: what the hub's records say this second."""

    addresses = (URI,)

    def __init__(self, status: LicenseStatus) -> None:
        self.status = status

    def look_up(self, reference, _identifier, _signed):
        return StatusReading(self.status, NOW) if reference.uri == URI else None


def judged(text=TEXT, trusting=None, source=None, at=AT):
    return verify(text, trusting or trust(), source or statuses(), at)


def other_key(**changes):
    return replace(TrustedKey(OTHER_KID, OTHER_KEY.public_key(), POLICE, "公安厅", frozenset({TYPE}), 0, NOW + 1000 * DAY), **changes)


def test_a_good_code_is_valid_and_says_who_issued_what_to_whom():
    verdict = judged()
    assert (verdict.outcome, verdict.reason, verdict.checked_at) == (Outcome.VALID, VerdictReason.VALID, AT)
    assert (verdict.issuer, verdict.department, verdict.type_code) == (MARKET, "市场监督管理厅", TYPE)
    assert (verdict.name, verdict.number, verdict.holder_short) == ("营业执照", "91640100MA76F8XY7N", "宁夏枢纽科技有限公司")
    assert (verdict.status_age, verdict.amber, verdict.warnings) == (timedelta(seconds=60), False, ())
    assert verdict.message
    assert verdict.zh == "证照有效"


def test_online_and_offline_say_the_same_and_online_is_of_this_second():
    for status in LicenseStatus:
        online, offline = judged(source=LiveRecords(status)), judged(source=statuses(status))
        assert (online.outcome, online.reason) == (offline.outcome, offline.reason)
        assert online.status_age == timedelta(0)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (LicenseStatus.INVALID, VerdictReason.REVOKED),
        (LicenseStatus.SUSPENDED, VerdictReason.SUSPENDED),
        (LicenseStatus.SUPERSEDED, VerdictReason.SUPERSEDED),
    ],
)
def test_a_license_that_was_withdrawn_is_invalid_with_the_reason(status, reason):
    verdict = judged(source=statuses(status))
    assert (verdict.outcome, verdict.reason, verdict.number) == (Outcome.INVALID, reason, "91640100MA76F8XY7N")


@pytest.mark.parametrize(
    ("age", "outcome", "amber"),
    [
        (-300, Outcome.VALID, False),
        (-301, Outcome.UNDETERMINED, False),
        (DAY, Outcome.VALID, False),
        (DAY + 1, Outcome.VALID, True),
        (7 * DAY, Outcome.VALID, True),
        (7 * DAY + 1, Outcome.UNDETERMINED, True),
    ],
)
def test_old_knowledge_turns_amber_after_a_day_and_useless_after_a_week(age, outcome, amber):
    verdict = judged(source=statuses(at=NOW - age), trusting=trust(issued_at=0))
    assert (verdict.outcome, verdict.amber) == (outcome, amber)
    assert verdict.status_age == timedelta(seconds=max(0, age))


def test_an_old_list_is_still_believed_when_it_says_revoked_but_not_when_it_says_suspended():
    assert judged(source=statuses(LicenseStatus.INVALID, at=NOW - 30 * DAY)).reason == VerdictReason.REVOKED
    assert judged(source=statuses(LicenseStatus.SUSPENDED, at=NOW - 30 * DAY)).reason == VerdictReason.STATUS_OUT_OF_DATE


def test_a_list_of_another_uri_and_no_list_at_all_leave_it_undetermined():
    for source in (statuses(LicenseStatus.VALID, uri=URI + "1"), PublishedStatus([])):
        verdict = judged(source=source)
        assert (verdict.outcome, verdict.reason, verdict.status_age) == (Outcome.UNDETERMINED, VerdictReason.STATUS_UNKNOWN, None)


@pytest.mark.parametrize(
    ("seconds", "reason"),
    [
        (-3900, VerdictReason.VALID),
        (-3901, VerdictReason.NOT_YET_VALID),
        (365 * DAY + 299, VerdictReason.VALID),
        (365 * DAY + 300, VerdictReason.EXPIRED),
    ],
)
def test_the_clock_may_be_five_minutes_off_and_not_more(seconds, reason):
    at = AT + timedelta(seconds=seconds)
    now = NOW + seconds
    assert judged(at=at, source=statuses(at=now), trusting=trust(issued_at=now - 1, expires_at=now + 1)).reason == reason


class Register:
    """What a hub says that issued these very bytes."""

    addresses = (URI,)

    def __init__(self, status=LicenseStatus.VALID, at=NOW):
        self.reading = StatusReading(status, at, registered=status is LicenseStatus.VALID)

    def look_up(self, *_):
        return self.reading


def test_behind_its_signers_term_a_license_is_valid_where_the_register_issued_it_and_offline_undetermined():
    text = code.encode(claims(expires_at=None), KID, SIGN)
    for days, source, outcome, reason in (
        (999, statuses, Outcome.VALID, "VALID"),
        (1001, statuses, Outcome.UNDETERMINED, "SIGNER_EXPIRED"),
        (1001, lambda at: Register(at=at), Outcome.VALID, "VALID"),
        (1001, lambda at: Register(LicenseStatus.INVALID, at), Outcome.INVALID, "REVOKED"),
        (1001, lambda at: statuses(LicenseStatus.INVALID, at), Outcome.INVALID, "REVOKED"),
        (1001, lambda at: PublishedStatus([]), Outcome.UNDETERMINED, "STATUS_UNKNOWN"),
    ):
        now = NOW + days * DAY
        later = judged(text, trust(issued_at=now - 1, expires_at=now + 1), source(at=now), AT + timedelta(days=days))
        assert (later.outcome, later.reason, later.number) == (outcome, reason, claims().number)


@pytest.mark.parametrize(
    ("trusting", "reason"),
    [
        (trust(other_key()), KeyRefusal.UNKNOWN_KEY),
        (trust(trusted(issuer=POLICE)), KeyRefusal.KEY_NOT_FOR_ISSUER),
        (trust(trusted(type_codes=frozenset({OTHER_TYPE}))), KeyRefusal.KEY_NOT_FOR_TYPE),
        (trust(trusted(not_before=NOW - 3599)), KeyRefusal.KEY_NOT_FOR_TIME),
        (trust(trusted(not_after=NOW - 3601)), KeyRefusal.KEY_NOT_FOR_TIME),
        (trust(trusted(status=KeyStatus.REVOKED, since=NOW)), KeyRefusal.SIGNER_REVOKED),
        (trust(trusted(status=KeyStatus.RETIRED, since=NOW - 3601)), KeyRefusal.KEY_NOT_FOR_TIME),
    ],
)
def test_a_key_that_is_not_believed_makes_the_code_invalid_and_its_content_is_not_repeated(trusting, reason):
    verdict = judged(trusting=trusting)
    assert (verdict.outcome, verdict.reason) == (Outcome.INVALID, reason)
    assert (verdict.number, verdict.holder_short, verdict.department) == ("", "", "")


def test_a_trust_list_that_has_run_out_or_comes_from_the_future_decides_nothing():
    for trusting in (trust(expires_at=NOW - 1), trust(issued_at=NOW + 301)):
        assert (judged(trusting=trusting).outcome, judged(trusting=trusting).reason) == (Outcome.UNDETERMINED, VerdictReason.TRUST_LIST_OUT_OF_DATE)


def test_naming_the_key_of_another_does_not_lend_its_trust():
    both = trust(trusted(), other_key(issuer=MARKET))
    named_other = code.encode(claims(), KID, OTHER_SIGN)  # the police key signs, the market's key is named
    verdict = judged(named_other, both)
    assert (verdict.outcome, verdict.reason, verdict.holder_short) == (Outcome.INVALID, VerdictReason.SIGNATURE_WRONG, "")
    own_name = code.encode(claims(), OTHER_KID, OTHER_SIGN)  # the police key signs honestly for a department that is not its own
    assert judged(own_name, trust(trusted(), other_key())).reason == KeyRefusal.KEY_NOT_FOR_ISSUER


def test_claims_changed_after_signing_are_seen():
    message = code.decode(TEXT).message
    changed = code.prepare(claims(holder_short="另一家公司"), KID)
    text = code.text_of(cose.assemble(changed.protected, changed.payload, message.signature))
    assert judged(text).reason == VerdictReason.SIGNATURE_WRONG


def test_a_text_that_is_no_license_code_is_said_to_be_none():
    verdict = judged("https://example.com/pay")
    assert (verdict.outcome, verdict.reason, verdict.zh) == (Outcome.UNREADABLE, "NOT_A_LICENSE_CODE", "这不是电子证照码")
    assert judged(TEXT[:-7]).reason.startswith(("INFLATE", "CODE_"))


def test_an_issuer_code_that_is_no_uscc_is_reported_with_the_verdict():
    identifier = LicenseIdentifier.build(TYPE, "640100", "1")
    assert judged(code.encode(claims(identifier=identifier), KID, SIGN)).warnings == (ISSUER_NOT_A_USCC,)


def test_every_reason_says_something_in_both_languages():
    assert set(_SAY) == set(VerdictReason) | set(KeyRefusal)
    assert all(english and chinese for _, english, chinese in _SAY.values())


NOT_GOOD = {Outcome.INVALID, Outcome.UNREADABLE}


def test_twenty_thousand_mutants_of_a_code_are_never_valid_and_never_crash():
    trusting, source = trust(), statuses()
    for mutant in mutants(TEXT.encode(), 20_000, seed=8):
        text = mutant.decode("latin-1")
        outcome = verify(text, trusting, source, AT).outcome
        # what reads as valid is the code itself, with blanks or line ends about it
        assert outcome in NOT_GOOD or reading.decode(text).message.raw == code.decode(TEXT).message.raw


def test_mutants_of_the_signed_bytes_are_never_valid():
    trusting, source = trust(), statuses()
    signed = code._unpacked(code.packed_in(TEXT))
    for mutant in mutants(signed, 5000, seed=9):
        assert verify(code.text_of(mutant), trusting, source, AT).outcome in NOT_GOOD


def test_every_single_character_of_a_code_counts():
    trusting, source = trust(), statuses()
    for place in range(4, len(TEXT)):
        for other in "0A %:":
            if other != TEXT[place]:
                assert verify(TEXT[:place] + other + TEXT[place + 1 :], trusting, source, AT).outcome in NOT_GOOD


def test_the_signing_key_never_needs_to_be_where_the_code_is_made():
    unsigned = code.prepare(claims(), KID)
    with pytest.raises(InvalidInputError):
        unsigned.assemble(b"not a signature")
    assert judged(code.text_of(unsigned.assemble(cose.signer_of(KEY)(unsigned.to_be_signed)))).outcome is Outcome.VALID
