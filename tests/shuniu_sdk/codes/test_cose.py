import subprocess
import zlib

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shuniu.catalogue import InvalidInputError
from shuniu.codes import code, cose, status_list, trust_list
from shuniu.codes.cbor import encode as encode_cbor
from shuniu.codes.es256 import der_of
from tests.judges import judge_program

from .issuing import HUB_KID, KEY, KID, NOW, OTHER_KEY, SIGN, claims, mutants, reason_of, trust

TYPE = "application/test"
HEADER = cose.header(KID, TYPE)
GOOD = cose.sign(HEADER, b"payload", KEY)


def assembled(headers, payload=b"payload", signature=b"\x01" * 64, unprotected=None):
    return b"\xd2" + encode_cbor([encode_cbor(headers), unprotected or {}, payload, signature])


def test_the_library_sorts_keys_by_length_first_and_our_maps_do_not_depend_on_it():
    assert encode_cbor({24: 0, -1: 0}).hex() == "a220001818" + "00"  # RFC 8949 section 4.2.1 would put 24 first
    unsigned = [code.prepare(claims(), KID), trust_list.prepare(trust(), HUB_KID), status_list.prepare(status_list.StatusBits(), "u", KID, NOW)]
    for message in unsigned:
        for encoded in (message.protected, message.payload):
            for keys in maps_in(cbor2.loads(encoded)):
                assert keys == sorted(keys)


def maps_in(value):
    """The encoded keys of every map, in the order in which they were written."""
    if isinstance(value, dict):
        yield [cbor2.dumps(key) for key in value]
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from maps_in(inner)


def test_a_signature_made_in_two_steps_verifies_and_only_with_its_own_key():
    signature = SIGN(cose.to_be_signed(HEADER, b"payload"))
    message = cose.decode(cose.assemble(HEADER, b"payload", signature), TYPE)
    assert message.is_signed_by(KEY.public_key())
    assert not message.is_signed_by(OTHER_KEY.public_key())
    assert (message.kid, message.payload) == (KID, b"payload")


def test_openssl_verifies_the_signature_over_the_sig_structure(tmp_path):
    message = cose.decode(GOOD, TYPE)
    (tmp_path / "key.pem").write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (tmp_path / "signature").write_bytes(der_of(message.signature))
    (tmp_path / "data").write_bytes(cose.to_be_signed(message.protected, message.payload))
    command = [judge_program("openssl", "openssl"), "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature"]
    assert subprocess.run([*command, "data"], cwd=tmp_path, check=True, capture_output=True).stdout == b"Verified OK\n"
    (tmp_path / "data").write_bytes(b"other")
    assert subprocess.run([*command, "data"], cwd=tmp_path, check=False, capture_output=True).returncode == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (GOOD[1:], "COSE_SHAPE"),  # no tag
        (b"\xd1" + GOOD[1:], "COSE_SHAPE"),  # COSE_Mac0
        (GOOD + b"\x00", "CBOR_NOT_DETERMINISTIC"),
        (assembled({1: -7, 4: KID, 16: TYPE}, unprotected={4: KID}), "COSE_SHAPE"),
        (assembled({1: -7, 4: KID, 16: TYPE}, unprotected={1: -7}), "COSE_SHAPE"),
        (assembled({1: -8, 4: KID, 16: TYPE}), "COSE_ALGORITHM"),
        (assembled({1: -35, 4: KID, 16: TYPE}), "COSE_ALGORITHM"),
        (assembled({1: 5, 4: KID, 16: TYPE}), "COSE_ALGORITHM"),  # HMAC with the public key as secret
        (assembled({1: None, 4: KID, 16: TYPE}), "COSE_ALGORITHM"),
        (assembled({1: "ES256", 4: KID, 16: TYPE}), "COSE_ALGORITHM"),
        (assembled({4: KID, 16: TYPE}), "COSE_HEADER"),
        (assembled({1: -7, 16: TYPE}), "COSE_HEADER"),
        (assembled({1: -7, 4: KID, 16: TYPE, 2: [99]}), "COSE_HEADER"),  # crit
        (assembled({1: -7, 4: KID, 16: TYPE, 33: b"certificate"}), "COSE_HEADER"),  # x5chain: a key inside the code
        (assembled({1: -7, 4: KID, 16: TYPE, 35: "https://evil.example/"}), "COSE_HEADER"),  # x5u
        (assembled({1: -7, 4: b"", 16: TYPE}), "COSE_HEADER"),
        (assembled({1: -7, 4: b"k" * 33, 16: TYPE}), "COSE_HEADER"),
        (assembled({1: -7, 4: "text", 16: TYPE}), "COSE_HEADER"),
        (assembled({1: -7, 4: KID, 16: "application/other"}), "COSE_CONTENT_TYPE"),
        (assembled({1: -7, 4: KID, 16: TYPE}, signature=b"1" * 63), "COSE_SIGNATURE_LENGTH"),
        (assembled({1: -7, 4: KID, 16: TYPE}, signature=b"1" * 65), "COSE_SIGNATURE_LENGTH"),
        (assembled({1: -7, 4: KID, 16: TYPE}, payload=None), "COSE_SHAPE"),  # detached
        (assembled([]), "COSE_HEADER"),
        (b"", "COSE_SHAPE"),
        (b"\xd2" * 5000, "TOO_LARGE"),
    ],
)
def test_a_message_that_is_not_exactly_ours_is_refused_with_its_reason(data, reason):
    assert reason_of(cose.decode, data, TYPE) == reason


@pytest.mark.parametrize("signature", [b"\x00" * 64, b"\xff" * 64, b"\x00" * 32 + b"\x01" * 32])
def test_a_degenerate_signature_is_just_wrong(signature):
    assert not cose.decode(cose.assemble(HEADER, b"payload", signature), TYPE).is_signed_by(KEY.public_key())


def test_a_key_survives_as_cose_key_and_one_off_the_curve_does_not():
    made = cose.cose_key(KEY.public_key())
    assert cose.public_key_of(made) == KEY.public_key()
    for change in ({-2: b"\x01" * 32}, {-1: 2}, {1: 1}, {3: -8}, {-3: made[-3][:31]}, {-3: True}, {5: 1}):
        assert reason_of(cose.public_key_of, made | change) == "COSE_KEY"
    assert reason_of(cose.cose_key, ec.generate_private_key(ec.SECP384R1()).public_key()) == "COSE_KEY"


def test_inflating_stops_at_the_cap_and_sees_cuts_and_tails():
    packed = zlib.compress(b"a" * 4096, 9)
    assert cose.inflate(packed, 4096) == b"a" * 4096
    assert reason_of(cose.inflate, zlib.compress(b"a" * 4097, 9), 4096) == "INFLATE_TOO_LARGE"
    assert reason_of(cose.inflate, zlib.compress(bytes(1 << 26), 9), 4096) == "INFLATE_TOO_LARGE"
    assert reason_of(cose.inflate, packed[:-1], 5000) == "INFLATE_TRUNCATED"
    assert reason_of(cose.inflate, packed + b"x", 5000) == "INFLATE_TRAILING"
    assert reason_of(cose.inflate, packed[:-1] + b"x", 5000) == "INFLATE"
    assert reason_of(cose.inflate, b"", 5000) == "INFLATE_TRUNCATED"


def test_no_mutant_of_a_message_is_taken_for_signed():
    for mutant in mutants(GOOD, 20_000, seed=2):
        try:
            message = cose.decode(mutant, TYPE)
        except InvalidInputError:
            continue
        assert not message.is_signed_by(KEY.public_key())
