import zlib
from datetime import date

import base45
import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuniu.catalogue import InvalidInputError
from shuniu.codes import code, cose
from shuniu.codes.cbor import encode as encode_cbor
from shuniu.codes.identifier import LicenseIdentifier
from shuniu.codes.status_list import StatusReference

from .issuing import KEY, KID, MARKET, NOW, OTHER_TYPE, POLICE, SIGN, TYPE, claims, mutants, reason_of

TEXT = code.encode(claims(), KID, SIGN)
SIGNED = zlib.decompress(base45.b45decode(TEXT[4:]))
SHOWN = st.text(min_size=1, max_size=64).filter(str.isprintable)
CLAIMS = st.builds(
    code.CodeClaims,
    issuer=st.sampled_from([MARKET, POLICE]),
    identifier=st.builds(LicenseIdentifier.build, st.sampled_from([TYPE, OTHER_TYPE]), st.just("340100"), st.text("019AZ", min_size=1, max_size=40)),
    issued_at=st.integers(0, NOW),
    expires_at=st.none() | st.integers(NOW + 1, 2 * NOW),
    status=st.builds(StatusReference, st.just("https://h.example/s/1"), st.integers(0, 2**32 - 1)),
    number=SHOWN,
    name=SHOWN,
    holder_short=SHOWN,
    issue_date=st.dates(date(1000, 1, 1)),
    public=st.dictionaries(st.sampled_from(["KZ_A", "KZ_BB", "KZ_C1"]), SHOWN, max_size=3).map(code.public_map),
)


def written(packed):
    return "EL1:" + base45.b45encode(packed).decode()


def with_claims(change, remove=()):
    """A well-signed code whose claims were changed before signing."""
    payload = cbor2.loads(code.prepare(claims(), KID).payload)
    changed = {key: value for key, value in (payload | change).items() if key not in remove}
    return code.text_of(cose.sign(cose.header(KID, code.CONTENT_TYPE), encode_cbor(changed), KEY))


def with_private(change):
    return with_claims({code.PRIVATE: cbor2.loads(code.prepare(claims(), KID).payload)[code.PRIVATE] | change})


@given(CLAIMS)
def test_every_code_is_read_back_as_it_was_written(made):
    text = code.encode(made, KID, lambda _: b"s" * 64)
    read = code.decode(text)
    assert read.claims == made
    assert read.message.kid == KID


def test_two_steps_give_what_one_step_gives():
    unsigned = code.prepare(claims(), KID)
    text = code.text_of(unsigned.assemble(SIGN(unsigned.to_be_signed)))
    assert code.decode(text).claims == code.decode(TEXT).claims == claims()
    assert code.decode(text).message.is_signed_by(KEY.public_key())


@given(st.binary(max_size=300))
def test_base45_is_that_of_the_library(data):
    assert code.base45_of(data) == base45.b45encode(data).decode()
    assert code.bytes_of(code.base45_of(data)) == data


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", max_size=30))
def test_base45_refuses_what_the_library_refuses(text):
    try:
        expected = base45.b45decode(text)
    except ValueError:
        assert reason_of(code.bytes_of, text) == "CODE_BASE45"
    else:
        assert code.bytes_of(text) == expected


def test_a_code_holds_only_the_documented_claims():
    payload = cbor2.loads(code.prepare(claims(expires_at=None), KID).payload)
    assert payload.keys() == {1, 6, 7, 65535, -65537}
    assert payload[65535] == {"status_list": {"idx": 77_001, "uri": "https://hub.example/status/1"}}
    assert payload[-65537][5] == 20261101
    assert cbor2.loads(code.prepare(claims(), KID).protected) == {1: -7, 4: KID, 16: "application/vnd.shuniu.el1+cwt"}


@pytest.mark.parametrize("text", ["", "hello", "https://hub.example/v", "el1:ABC", "HC1:" + TEXT[4:], " " + TEXT, "\x00", "电子证照"])
def test_a_text_that_is_no_license_code_is_told_apart(text):
    assert reason_of(code.decode, text) == "NOT_A_LICENSE_CODE"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("EL1:", "INFLATE_TRUNCATED"),
        ("EL1:" + "A" * 4293, "CODE_TOO_LONG"),
        ("EL1:" + "A" * 10_000_000, "CODE_TOO_LONG"),
        (TEXT + "\n", "CODE_ALPHABET"),
        (TEXT.lower().replace("el1:", "EL1:"), "CODE_ALPHABET"),
        (TEXT[:-1] + "Ａ", "CODE_ALPHABET"),
        (TEXT + "AAAA"[: 1 + (-len(TEXT[4:]) % 3)], "CODE_BASE45"),
        ("EL1::::", "CODE_BASE45"),  # 91,124 is no two bytes
        ("EL1:::", "CODE_BASE45"),
        ("EL1:AAA", "INFLATE"),
        (written(zlib.compress(SIGNED, 9)[:-3]), "INFLATE_TRUNCATED"),
        (written(zlib.compress(SIGNED, 9) + b"x"), "INFLATE_TRAILING"),
        (written(zlib.compress(SIGNED, 9) * 2), "INFLATE_TRAILING"),
        (written(zlib.compress(bytes(1_000_000), 9)), "INFLATE_TOO_LARGE"),
        (written(zlib.compress(bytes(4097), 9)), "INFLATE_TOO_LARGE"),
        (written(zlib.compress(SIGNED, 1)), "CODE_COMPRESSION"),
        (written(zlib.compress(b"", 9)), "COSE_SHAPE"),
        (written(zlib.compress(SIGNED + b"\x00", 9)), "CBOR_NOT_DETERMINISTIC"),
        (written(zlib.compress(SIGNED[1:], 9)), "COSE_SHAPE"),
    ],
)
def test_each_malformed_code_has_its_own_reason(text, reason):
    assert reason_of(code.decode, text) == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (with_claims({1: "11100000MB0143028S"}), "CLAIMS_ISSUER"),
        (with_claims({1: POLICE}), "CLAIMS_DISAGREE"),
        (with_private({1: OTHER_TYPE}), "CLAIMS_DISAGREE"),
        (with_claims({1: 5}), "CLAIMS"),
        (with_claims({}, remove=(6,)), "CLAIMS"),
        (with_claims({}, remove=(65535,)), "CLAIMS"),
        (with_claims({8: {1: {1: 2}}}), "CLAIMS"),  # cnf: a key inside the code
        (with_claims({6: "yesterday"}), "CLAIMS"),
        (with_claims({6: True}), "CLAIMS"),
        (with_claims({6: -1}), "CLAIMS_TIME"),
        (with_claims({4: NOW - 3600}), "CLAIMS_TIME"),
        (with_claims({4: 2**63}), "CLAIMS_TIME"),
        (with_claims({7: b"\xff"}), "IDENTIFIER_SHAPE"),
        (with_claims({7: str(claims().identifier).encode()[:-1] + b"?"}), "IDENTIFIER_SHAPE"),
        (with_claims({7: str(claims().identifier).encode()[:-1] + b"0"}), "IDENTIFIER_CHECK"),
        (with_claims({65535: {"status_list": {"idx": -1, "uri": "https://h/1"}}}), "CLAIMS_STATUS"),
        (with_claims({65535: {"status_list": {"idx": 1, "uri": "file:///etc/passwd"}}}), "CLAIMS_STATUS"),
        (with_claims({65535: {"idx": 1, "uri": "https://h/1"}}), "CLAIMS"),
        (with_private({4: "张\u202e明"}), "CLAIMS_TEXT"),  # turns the line around
        (with_private({3: "证\n照"}), "CLAIMS_TEXT"),
        (with_private({2: ""}), "CLAIMS_TEXT"),
        (with_private({2: 7}), "CLAIMS_TEXT"),
        (with_private({3: "x" * 65}), "CLAIMS_TEXT"),
        (with_private({5: 20260230}), "CLAIMS_DATE"),
        (with_private({5: 2**60}), "CLAIMS_DATE"),
        (with_private({6: {}}), "CLAIMS"),
        (with_private({6: {"NAME": "x"}}), "CLAIMS"),
        (with_private({6: {f"KZ_{n}": "x" for n in range(9)}}), "CLAIMS"),
        (with_private({7: "photo"}), "CLAIMS"),
    ],
)
def test_wrong_claims_are_refused_although_they_are_well_signed(text, reason):
    assert reason_of(code.decode, text) == reason


@pytest.mark.parametrize(
    "change",
    [{"holder_short": "张明 11010519491231002X"}, {"number": "11010519491231002X"}, {"public": (("KZ_A", "11010519491231002x"),)}],
)
def test_no_citizen_id_number_gets_onto_a_code(change):
    assert reason_of(code.prepare, claims(**change), KID) == "PERSONAL_DATA_ON_CODE"


@pytest.mark.parametrize("change", [{"name": ""}, {"holder_short": "\ud800"}, {"issuer": "nobody"}, {"expires_at": 0}])
def test_claims_that_could_not_be_read_back_are_not_signed(change):
    assert reason_of(code.prepare, claims(**change), KID).startswith("CLAIMS")


def test_bits_behind_the_last_deflate_code_do_not_make_a_second_text():
    found = 0
    for length in range(64):
        packed = zlib.compress(bytes(range(144, 144 + length)), 9)  # nine bits a byte: every number of idle bits occurs
        for bit in range(packed[-5].bit_length(), 8):
            other = packed[:-5] + bytes((packed[-5] | 1 << bit,)) + packed[-4:]
            if inflates(other):
                found += 1
                assert reason_of(code.decode, written(other)) == "CODE_COMPRESSION"
    assert found > 10


def inflates(packed):
    try:
        return zlib.decompress(packed)
    except zlib.error:
        return b""


def test_twenty_thousand_mutants_of_a_code_are_refused_or_carry_a_wrong_signature():
    for mutant in mutants(TEXT.encode(), 20_000, seed=3):
        try:
            message = code.decode(mutant.decode("latin-1")).message
        except InvalidInputError:
            continue
        assert not message.is_signed_by(KEY.public_key())


def test_twenty_thousand_mutants_of_the_claims_never_crash_the_reader():
    payload = code.prepare(claims(), KID).payload
    for mutant in mutants(payload, 20_000, seed=4):
        text = code.text_of(cose.assemble(cose.header(KID, code.CONTENT_TYPE), mutant, b"s" * 64))
        try:
            read = code.decode(text)
        except InvalidInputError:
            continue
        assert encode_cbor(code._claims_map(read.claims)) == mutant
