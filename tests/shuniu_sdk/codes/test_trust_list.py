from dataclasses import replace

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuniu.catalogue import InvalidInputError
from shuniu.codes import cose, trust_list
from shuniu.codes.cbor import encode as encode_cbor
from shuniu.codes.trust_list import KeyRefusal, KeyStatus, TrustedKey

from .issuing import DAY, HUB_KEY, HUB_KID, KEY, KID, MARKET, NOW, OTHER_KEY, OTHER_KID, OTHER_TYPE, POLICE, TYPE, mutants, reason_of, trust, trusted

SIGN = cose.signer_of(HUB_KEY)
PUBLIC = HUB_KEY.public_key()
OTHER = TrustedKey(OTHER_KID, OTHER_KEY.public_key(), POLICE, "公安厅", frozenset({OTHER_TYPE}), NOW - DAY, NOW + DAY, KeyStatus.REVOKED, NOW)


def changed(change):
    """A well-signed list whose first entry was changed before signing."""
    payload = cbor2.loads(trust_list.prepare(trust(), HUB_KID).payload)
    payload[-65538][2][0] |= change
    return cose.sign(cose.header(HUB_KID, trust_list.CONTENT_TYPE), encode_cbor(payload), HUB_KEY)


def test_a_published_list_is_read_back_as_it_was_written():
    made = trust(trusted(), OTHER)
    assert trust_list.decode(trust_list.encode(made, HUB_KID, SIGN), PUBLIC) == made


@given(st.integers(0, 40), st.sets(st.sampled_from([f"11100000MB0143028R{n:03d}" for n in range(9)]), min_size=1), st.sampled_from(list(KeyStatus)))
def test_every_entry_survives_the_way_through_bytes(begin, types, status):
    entry = trusted(not_before=begin, type_codes=frozenset(types), status=status, since=None if status is KeyStatus.ACTIVE else NOW)
    made = trust(entry, number=begin + 1)
    assert trust_list.decode(trust_list.encode(made, HUB_KID, SIGN), PUBLIC) == made


def test_a_key_is_believed_for_its_issuer_its_type_and_its_time_only():
    listed = trust(trusted(), OTHER)
    ask = listed.key_for
    assert ask(KID, MARKET, TYPE, NOW) == trusted()
    assert ask(b"nobody", MARKET, TYPE, NOW) is KeyRefusal.UNKNOWN_KEY
    assert ask(KID, POLICE, TYPE, NOW) is KeyRefusal.KEY_NOT_FOR_ISSUER
    assert ask(KID, MARKET, OTHER_TYPE, NOW) is KeyRefusal.KEY_NOT_FOR_TYPE
    assert ask(KID, MARKET, TYPE, NOW - 101 * DAY) is KeyRefusal.KEY_NOT_FOR_TIME
    assert ask(KID, MARKET, TYPE, NOW + 1001 * DAY) is KeyRefusal.KEY_NOT_FOR_TIME
    assert [trusted().has_ended(NOW + 1000 * DAY + late) for late in (300, 301)] == [False, True]
    assert ask(OTHER_KID, POLICE, OTHER_TYPE, NOW - 1) is KeyRefusal.SIGNER_REVOKED


def test_a_retired_key_keeps_what_it_signed_and_a_revoked_one_loses_it():
    retired = trust(trusted(status=KeyStatus.RETIRED, since=NOW - 50))
    assert isinstance(retired.key_for(KID, MARKET, TYPE, NOW - 51), TrustedKey)
    assert retired.key_for(KID, MARKET, TYPE, NOW - 49) is KeyRefusal.KEY_NOT_FOR_TIME
    revoked = trust(trusted(status=KeyStatus.REVOKED, since=NOW - 50))
    assert revoked.key_for(KID, MARKET, TYPE, NOW - 51) is KeyRefusal.SIGNER_REVOKED


def test_a_list_follows_one_with_a_lower_number_and_with_the_same_number_an_earlier_one():
    """The number counts changes; the hub renews a list without a change under its number, with later times."""
    this = trust(number=2, issued_at=NOW)
    for known in (trust(number=1, issued_at=NOW + 99), trust(number=2, issued_at=NOW - 1), this):
        this.check_follows(known.issue)
    for known in (trust(number=3, issued_at=NOW - 99), trust(number=2, issued_at=NOW + 1)):
        assert reason_of(this.check_follows, known.issue) == "TRUST_LIST_ROLLBACK"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"issuer": "nobody"}, "TRUST_LIST_ISSUER"),
        ({"department": ""}, "TRUST_LIST_ISSUER"),
        ({"type_codes": frozenset()}, "TRUST_LIST_TYPES"),
        ({"type_codes": frozenset({"*"})}, "TRUST_LIST_TYPES"),
        ({"not_after": 0}, "TRUST_LIST_WINDOW"),
        ({"since": 1}, "TRUST_LIST_STATUS"),
        ({"status": KeyStatus.REVOKED}, "TRUST_LIST_STATUS"),
        ({"kid": b"spoofed!"}, "TRUST_LIST_KID"),
    ],
)
def test_an_entry_that_nobody_meant_cannot_exist(change, reason):
    assert reason_of(lambda: trusted(**change)) == reason


def test_two_keys_under_one_id_are_refused():
    assert reason_of(lambda: trust(trusted(), trusted())) == "TRUST_LIST_KID"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (changed({1: OTHER_KID}), "TRUST_LIST_KID"),
        (changed({2: {1: 2}}), "COSE_KEY"),
        (changed({2: "https://keys.example/"}), "COSE_KEY"),
        (changed({5: [TYPE, TYPE]}), "TRUST_LIST_CLAIMS"),
        (changed({5: [1]}), "TRUST_LIST_CLAIMS"),
        (changed({8: 3}), "TRUST_LIST_CLAIMS"),
        (changed({8: True}), "TRUST_LIST_CLAIMS"),
        (changed({8: 1}), "TRUST_LIST_STATUS"),
        (changed({10: 1}), "TRUST_LIST_CLAIMS"),
        (trust_list.encode(trust(), HUB_KID, cose.signer_of(KEY)), "TRUST_LIST_SIGNATURE"),
        (cose.sign(cose.header(HUB_KID, "application/statuslist+cwt"), b"\xa0", HUB_KEY), "COSE_CONTENT_TYPE"),
        (cose.sign(cose.header(HUB_KID, trust_list.CONTENT_TYPE), b"\xa0", HUB_KEY), "TRUST_LIST_CLAIMS"),
        (bytes(1 << 21), "TOO_LARGE"),
    ],
)
def test_a_list_that_is_not_exactly_ours_is_refused_with_its_reason(data, reason):
    assert reason_of(trust_list.decode, data, PUBLIC) == reason


def test_no_mutant_of_a_list_is_believed():
    data = trust_list.encode(trust(trusted(), OTHER), HUB_KID, SIGN)
    for mutant in mutants(data, 5000, seed=7):
        with pytest.raises(InvalidInputError):
            trust_list.decode(mutant, PUBLIC)


def test_a_list_without_a_number_or_a_time_is_refused():
    for change in ({"number": 0}, {"expires_at": 0}, {"publisher": ""}):
        assert reason_of(lambda change=change: replace(trust(), **change)) == "TRUST_LIST_CLAIMS"
