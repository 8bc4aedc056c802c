import random
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta

import pytest
from asn1crypto import algos
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import InvalidInputError
from seals.writing import assemble_seal, seal_info_to_sign, to_be_signed
from seals.x509 import Usage
from shuniu import pem, sm2
from shuniu.seals.chain import Trust
from shuniu.seals.kinds import kind_of
from shuniu.seals.reading import read_seal, read_signature
from shuniu.seals.report import Report, Result
from shuniu.seals.structures import CertDigest, ExtData
from shuniu.seals.verification import verify_seal, verify_signature
from shuniu.sm2 import der
from tests.seals.office import EARLY, LATE, MADE, NOW, ORIGINAL, PIXEL, SIGNED, YEAR, Office, as_pem, openssl

OFFICE = Office()
TRUST = OFFICE.trust()
SEAL = OFFICE.seal()
SIGNATURE = OFFICE.signature(SEAL)
SEAL_STEPS = [
    "seal.format", "seal.signature", "maker.chain", "maker.dates", "maker.revocation", "maker.key_usage", "seal.validity",
]  # fmt: skip
SIGNATURE_STEPS = [
    "format", *SEAL_STEPS, "signature", "signer.chain", "signer.dates", "signer.revocation", "signer.key_usage", "signer.in_seal",
    "time.in_certificate", "time.in_seal", "data_hash", "timestamp",
]  # fmt: skip


def check(signature=SIGNATURE, original=ORIGINAL, trust=TRUST, at=NOW) -> Report:
    return verify_signature(signature, original, trust, at)


def complaints(report: Report) -> dict[str, str]:
    return {step.name: step.reason for step in report.complaints}


def resealed(**changes) -> bytes:
    return OFFICE.signature(OFFICE.seal(OFFICE.info(**changes)))


def with_signature(signature_der: bytes, value: bytes) -> bytes:
    parts = der.parse(signature_der, "x", at_most=1 << 20).children("x", at_least=4, at_most=4)
    return der.write_sequence(*(part.raw for part in parts[:3]), der.write_bits(value))


def with_algorithm(outer_der: bytes, oid: str) -> bytes:
    parts = der.parse(outer_der, "x", at_most=1 << 20).children("x", at_least=4, at_most=4)
    return der.write_sequence(parts[0].raw, parts[1].raw, der.write_oid(oid), parts[3].raw)


def test_a_good_seal_passes_every_step_in_order():
    report = verify_seal(SEAL, TRUST, NOW)
    assert (report.result, report.complaints) == (Result.VALID, ())
    assert [step.name for step in report.steps] == SEAL_STEPS
    assert all(step.message and step.zh and step.clause for step in report.steps)


def test_a_good_signature_passes_every_step_in_order():
    report = check()
    assert (report.result, report.complaints) == (Result.VALID, ())
    assert [step.name for step in report.steps] == SIGNATURE_STEPS
    assert verify_signature(SIGNATURE, None, TRUST, NOW, digest=sm2.sm3(ORIGINAL)).result is Result.VALID


def test_openssl_verifies_what_the_maker_and_the_signer_signed(tmp_path):
    seal, signature = read_seal(SEAL), read_signature(SIGNATURE)
    for cert, data, value in (
        (seal.maker_cert, seal.info_raw, seal.signature),
        (signature.signer_cert, signature.tbs.raw, signature.signature),
    ):
        (tmp_path / "data").write_bytes(data)
        (tmp_path / "sig").write_bytes(value)
        files = ("-in", str(tmp_path / "data"), "-sigfile", str(tmp_path / "sig"))
        key = ("-certin", "-inkey", as_pem(tmp_path, "cert.pem", cert), "-pkeyopt", "distid:1234567812345678")
        assert "Verified" in openssl("pkeyutl", "-verify", "-rawin", "-digest", "sm3", *files, *key)


def test_a_vendor_s_raw_64_byte_signature_is_accepted():
    pair = algos.DSASignature.load(read_signature(SIGNATURE).signature).native
    raw = pair["r"].to_bytes(32, "big") + pair["s"].to_bytes(32, "big")
    assert check(with_signature(SIGNATURE, raw)).result is Result.VALID


# Each row breaks exactly one thing; the report must name exactly that step.
FAILURES = {
    "a changed original": (lambda: check(original=b"other"), "data_hash", "DATA_HASH", Result.INVALID),
    "no original": (lambda: check(original=None), "data_hash", "ORIGINAL_MISSING", Result.INDETERMINATE),
    "a short digest in the statement": (lambda: check(OFFICE.signature(data_hash=b"x")), "data_hash", "DATA_HASH", Result.INVALID),
    "a stranger's signature value": (lambda: check(OFFICE.signature(key=OFFICE.maker)), "signature", "SIGNATURE", Result.INVALID),
    "another algorithm": (lambda: check(with_algorithm(SIGNATURE, "1.2.840.10045.4.3.2")), "signature", "ALGORITHM", Result.INVALID),
    "a signer's certificate of another ca": (
        lambda: check(_signed_with(Office().certificate("x", OFFICE.signer, serial=3))), "signer.chain", "ISSUER_NOT_TRUSTED", Result.INVALID),
    "a signer expired since": (
        lambda: check(_signed_with(OFFICE.certificate("x", OFFICE.signer, serial=3, end=SIGNED))),
        "signer.dates", "EXPIRED_SINCE", Result.VALID_WHEN_SIGNED),
    "a signer revoked before": (lambda: check(trust=OFFICE.trust(signer=MADE)), "signer.revocation", "REVOKED", Result.INVALID),
    "a signer revoked since": (lambda: check(trust=OFFICE.trust(signer=NOW)), "signer.revocation", "REVOKED_SINCE", Result.INDETERMINATE),
    "a signer's encryption certificate": (
        lambda: check(_signed_with(OFFICE.certificate("x", OFFICE.signer, serial=3, usage=Usage.ENCRYPT))),
        "signer.key_usage", "KEY_USAGE", Result.INVALID),
    "a signer whom the seal does not list": (
        lambda: check(OFFICE.signature(SEAL, cert=OFFICE.certificate("x", OFFICE.signer, serial=4))),
        "signer.in_seal", "SIGNER_NOT_IN_SEAL", Result.INVALID),
    "a signer whose digest the seal does not list": (
        lambda: check(resealed(certificates=(), digests=(CertDigest("SM3", bytes(32)),))), "signer.in_seal", "SIGNER_NOT_IN_SEAL", Result.INVALID),
    "a digest of an unknown kind": (
        lambda: check(resealed(certificates=(), digests=(CertDigest("MD5", bytes(16)),))), "signer.in_seal", "DIGEST_UNKNOWN", Result.INDETERMINATE),
    "signed before the certificate began": (
        lambda: check(_signed_with(OFFICE.certificate("x", OFFICE.signer, serial=3, start=NOW))),
        "time.in_certificate", "TIME_OUTSIDE_CERTIFICATE", Result.INVALID),
    "signed in the future": (lambda: check(OFFICE.signature(SEAL, time=YEAR[7])), "time.in_certificate", "TIME_IN_FUTURE", Result.INVALID),
    "signed before the seal began": (lambda: check(OFFICE.signature(SEAL, time=YEAR[3])), "time.in_seal", "TIME_OUTSIDE_SEAL", Result.INVALID),
    "a seal expired since": (lambda: check(resealed(valid_until=SIGNED)), "seal.validity", "SEAL_EXPIRED_SINCE", Result.VALID_WHEN_SIGNED),
    "a seal whose maker's signature is a stranger's": (
        lambda: check(OFFICE.signature(OFFICE.seal(key=OFFICE.signer))), "seal.signature", "SIGNATURE", Result.INVALID),
    "a seal signed by another algorithm": (
        lambda: check(OFFICE.signature(with_algorithm(SEAL, "1.2.840.113549.1.1.11"))), "seal.signature", "ALGORITHM", Result.INVALID),
    "a maker of another ca": (
        lambda: check(OFFICE.signature(OFFICE.seal(cert=Office().certificate("x", OFFICE.maker, serial=2)))),
        "maker.chain", "ISSUER_NOT_TRUSTED", Result.INVALID),
    "a maker expired since": (
        lambda: check(OFFICE.signature(OFFICE.seal(cert=OFFICE.certificate("x", OFFICE.maker, serial=2, end=MADE)))),
        "maker.dates", "EXPIRED_SINCE", Result.VALID_WHEN_SIGNED),
    "a maker expired before": (
        lambda: check(OFFICE.signature(OFFICE.seal(cert=OFFICE.certificate("x", OFFICE.maker, serial=2, end=YEAR[3])))),
        "maker.dates", "EXPIRED", Result.INVALID),
    "a maker revoked before": (lambda: check(trust=OFFICE.trust(maker=MADE)), "maker.revocation", "REVOKED", Result.INVALID),
    "a maker's encryption certificate": (
        lambda: check(OFFICE.signature(OFFICE.seal(cert=OFFICE.certificate("x", OFFICE.maker, serial=2, usage=Usage.ENCRYPT)))),
        "maker.key_usage", "KEY_USAGE", Result.INVALID),
    "a critical extension in the seal": (
        lambda: check(resealed(extensions=(ExtData("1.2.3", critical=True, value=b""),))),
        "seal.format", "CRITICAL_EXTENSION", Result.INDETERMINATE),
    "a critical extension in the statement": (
        lambda: check(OFFICE.signature(SEAL, extensions=(ExtData("1.2.3", critical=True, value=b""),))),
        "format", "CRITICAL_EXTENSION", Result.INDETERMINATE),
    "a time stamp that nobody checks": (
        lambda: check(der.write_sequence(der.parse(SIGNATURE, "x", at_most=1 << 20).content, der.write(0xA0, der.write_bits(b"t")))),
        "timestamp", "TIMESTAMP_NOT_CHECKED", Result.INDETERMINATE),
}  # fmt: skip


def _signed_with(cert: bytes) -> bytes:
    return OFFICE.signature(OFFICE.seal(OFFICE.info(certificates=(cert,))), cert=cert)


@pytest.mark.parametrize("case", FAILURES)
def test_each_failure_is_named_by_its_own_step(case):
    make, step, reason, result = FAILURES[case]
    report = make()
    assert complaints(report) == {step: reason}
    assert report.result is result
    assert [each.name for each in report.steps] == SIGNATURE_STEPS


def test_every_step_but_the_unreadable_has_a_case_that_fails_it():
    assert {step for _, step, _, _ in FAILURES.values()} == set(SIGNATURE_STEPS)


def test_what_cannot_be_read_ends_the_report():
    for report in (verify_seal(b"junk", TRUST, NOW), check(b"junk"), check(SEAL), verify_seal(SIGNATURE, TRUST, NOW)):
        assert report.result is Result.INVALID
        assert len(report.steps) == 1


PAIR = algos.DSASignature.load(read_signature(SIGNATURE).signature).native
BARE = read_signature(SIGNATURE).signature
OTHER_KINDS = {
    "a PDF": (b"%PDF-1.7\n", "a PDF"),
    "an OFD": (b"PK\x03\x04\x14\x00", "OFD"),
    "a picture": (PIXEL, "a picture"),
    "PEM": (pem.armor("CERTIFICATE", OFFICE.signer_cert), "Base64 or PEM"),
    "Base64": (b64encode(SIGNATURE), "Base64 or PEM"),
    "nothing": (b"", "an empty file"),
    "a SignedData": (der.write_sequence(der.write_oid("1.2.156.10197.6.1.4.2.2"), der.write(0xA0, b"")), "a SignedData of GB/T 35275"),
    "a bare signature": (BARE, "a bare SM2 signature"),
    "a certificate": (OFFICE.signer_cert, "a certificate"),
    "a seal not signed yet": (read_seal(SEAL).info_raw, "without its signature"),
    "a statement not signed yet": (read_signature(SIGNATURE).tbs.raw, "without its signature"),
}


@pytest.mark.parametrize("case", OTHER_KINDS)
def test_sound_data_of_another_kind_are_named(case):
    data, words = OTHER_KINDS[case]
    for report in (check(data), verify_seal(data, TRUST, NOW)):
        assert [step.reason for step in report.steps] == ["OTHER_KIND_OF_DATA"]
        assert words in report.steps[0].message


def test_a_seal_given_as_a_stamp_and_a_stamp_as_a_seal_are_named():
    assert "this is a seal" in check(SEAL).steps[0].message
    assert "this is a stamp" in verify_seal(SIGNATURE, TRUST, NOW).steps[0].message
    assert (kind_of(SEAL), kind_of(SIGNATURE), kind_of(BARE)) == ("SESeal", "SES_Signature", "")


@given(st.binary(max_size=300))
def test_of_any_bytes_the_kind_is_told_or_not_and_nothing_breaks(data):
    for mutant in (data, der.write_sequence(data), der.write_sequence(der.write_sequence(data))):
        assert kind_of(mutant) == ""
        assert verify_seal(mutant, TRUST, NOW).result is Result.INVALID


def without_sign_byte(value: int) -> bytes:
    return der.write(der.INTEGER, value.to_bytes(32, "big"))


def test_a_signature_of_another_form_is_not_blamed_on_the_signed_bytes():
    r, s = PAIR["r"], PAIR["s"]
    half = 1 << 255
    broken = der.write_sequence(without_sign_byte(r | half), without_sign_byte(s))
    for value in (broken, b"", b"\x30\x00", der.write_sequence(der.write_integer(-r), der.write_integer(s)), bytes(65)):
        assert complaints(check(with_signature(SIGNATURE, value))) == {"signature": "SIGNATURE_FORM"}
    swapped = der.write_sequence(der.write_integer(s), der.write_integer(r))
    assert complaints(check(with_signature(SIGNATURE, swapped))) == {"signature": "SIGNATURE"}


def test_a_signature_with_an_empty_user_id_is_invalid_and_told_as_that(tmp_path):
    tbs = read_signature(SIGNATURE).tbs.raw
    (tmp_path / "key.pem").write_bytes(OFFICE.signer.to_pem())
    (tmp_path / "tbs").write_bytes(tbs)
    files = ("-in", str(tmp_path / "tbs"), "-out", str(tmp_path / "sig"))
    openssl("pkeyutl", "-sign", "-rawin", "-digest", "sm3", "-inkey", str(tmp_path / "key.pem"), *files)
    report = check(with_signature(SIGNATURE, (tmp_path / "sig").read_bytes()))
    assert (complaints(report), report.result) == ({"signature": "SM2_USER_ID"}, Result.INVALID)


def test_a_maker_whose_certificate_was_renewed_is_measured_at_the_stamp_s_time_too():
    # as in the tax bureau's seals: made on a day, the maker's certificate renewed five days later, stamps within it, all of it expired by now
    renewed = OFFICE.certificate("x", OFFICE.maker, serial=2, start=MADE + timedelta(days=5), end=SIGNED + timedelta(days=9))
    seal = OFFICE.seal(cert=renewed)
    report = check(OFFICE.signature(seal))
    assert (complaints(report), report.result) == ({"maker.dates": "EXPIRED_SINCE"}, Result.VALID_WHEN_SIGNED)
    assert complaints(check(OFFICE.signature(seal, time=MADE + timedelta(days=1)))) == {"maker.dates": "NOT_YET_VALID_THEN"}
    assert complaints(verify_seal(seal, TRUST, NOW)) == {"maker.dates": "NOT_YET_VALID_THEN"}
    assert verify_seal(seal, TRUST, SIGNED).result is Result.VALID


def test_a_certificate_that_cannot_be_read_leaves_no_step_valid_by_default():
    report = check(OFFICE.signature(SEAL, cert=b"no certificate"))
    assert complaints(report) == {
        "signature": "NOT_CHECKED", "signer.chain": "MALFORMED_DER", "signer.in_seal": "SIGNER_NOT_IN_SEAL", "time.in_certificate": "NOT_CHECKED",
    }  # fmt: skip
    assert report.result is Result.INVALID


def test_listing_the_signer_by_sm3_digest_is_as_good_as_by_certificate():
    for kind in ("SM3", "sm3", "1.2.156.10197.1.401"):
        assert check(resealed(certificates=(), digests=(CertDigest(kind, sm2.sm3(OFFICE.signer_cert)),))).result is Result.VALID


def test_a_verifier_that_knows_nothing_of_revocation_stays_undecided():
    report = check(trust=Trust(TRUST.anchors))
    assert complaints(report) == {"maker.revocation": "REVOCATION_UNKNOWN", "signer.revocation": "REVOCATION_UNKNOWN"}
    assert report.result is Result.INDETERMINATE


def test_years_later_the_signature_was_valid_when_signed():
    report = check(at=YEAR[15])
    assert report.result is Result.VALID_WHEN_SIGNED
    assert complaints(report) == {"maker.dates": "EXPIRED_SINCE", "seal.validity": "SEAL_EXPIRED_SINCE", "signer.dates": "EXPIRED_SINCE"}
    assert verify_seal(SEAL, TRUST, YEAR[15]).step("seal.validity").reason == "SEAL_EXPIRED"


@pytest.mark.parametrize(
    ("changes", "at", "reason"),
    [
        ({"valid_from": LATE, "valid_until": EARLY}, NOW, "SEAL_DATES"),
        ({}, EARLY, "SEAL_NOT_YET_VALID"),
        ({"valid_until": SIGNED}, NOW, "SEAL_EXPIRED"),
    ],
)
def test_a_seal_by_itself_is_held_to_its_own_dates(changes, at, reason):
    report = verify_seal(OFFICE.seal(OFFICE.info(**changes)), TRUST, at)
    assert complaints(report) == {"seal.validity": reason}
    assert report.result is Result.INVALID


def test_a_clock_a_little_ahead_is_no_forgery():
    assert check(at=SIGNED).result is Result.VALID
    assert check(OFFICE.signature(SEAL, time=SIGNED.replace(minute=4)), at=SIGNED).result is Result.VALID


def test_a_report_without_steps_has_verified_nothing():
    assert Report(NOW, ()).result is Result.INDETERMINATE
    with pytest.raises(KeyError):
        Report(NOW, ()).step("x")


def test_no_changed_byte_of_a_seal_is_ever_valid():
    for place in range(len(SEAL)):
        broken = bytearray(SEAL)
        broken[place] ^= 1 << place % 8
        assert verify_seal(bytes(broken), TRUST, NOW).result is Result.INVALID, place


def test_two_thousand_flipped_bits_of_a_signature_are_never_valid():
    dice = random.Random(38540)  # noqa: S311 - repeatable on purpose
    for bit in dice.sample(range(len(SIGNATURE) * 8), 2000):
        broken = bytearray(SIGNATURE)
        broken[bit // 8] ^= 1 << bit % 8
        assert check(bytes(broken)).result is Result.INVALID, bit


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_bytes_cut_doubled_or_swapped_are_never_valid(data):
    start = data.draw(st.integers(0, len(SIGNATURE) - 1))
    end = data.draw(st.integers(start + 1, min(start + 400, len(SIGNATURE))))
    piece = data.draw(st.one_of(st.just(b""), st.just(SIGNATURE[start:end] * 2), st.binary(max_size=20)))
    mutant = SIGNATURE[:start] + piece + SIGNATURE[end:]
    if mutant != SIGNATURE:
        assert check(mutant).result is Result.INVALID


def test_the_steps_see_the_bytes_that_came_not_a_new_encoding():
    seal = read_seal(SEAL)
    assert seal_info_to_sign(seal.info) == seal.info_raw
    bare = der.write_sequence(der.write_oid("1.2.3"), der.write(der.OCTET_STRING, b""))  # critical left out: our writer never does
    info_parts = der.parse(seal.info_raw, "x", at_most=1 << 20).content
    info = der.write_sequence(info_parts, der.write_sequence(bare))
    foreign = assemble_seal(info, OFFICE.maker_cert, OFFICE.maker.sign(info))
    assert seal_info_to_sign(read_seal(foreign).info) != info
    assert verify_seal(foreign, TRUST, NOW).result is Result.VALID


def test_a_seal_for_somebody_else_is_not_passed_off_by_swapping_it_in():
    other = OFFICE.seal(replace(OFFICE.info(), es_id="64010000099999"))
    parts = der.parse(SIGNATURE, "x", at_most=1 << 20).children("x", at_least=4, at_most=4)
    tbs = to_be_signed(other, SIGNED, sm2.sm3(ORIGINAL), "/original.bin")
    swapped = der.write_sequence(tbs, *(part.raw for part in parts[1:]))
    assert complaints(check(swapped)) == {"signature": "SIGNATURE"}


def test_verification_raises_nothing_for_any_bytes():
    for data in (b"", b"\x30\x00", bytes(2 << 20), b"\x30\x03\x02\x01\x04"):
        assert verify_seal(data, TRUST, NOW).result is Result.INVALID
        assert check(data).result is Result.INVALID
    with pytest.raises(InvalidInputError):
        read_seal(b"")
