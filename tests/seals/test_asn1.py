import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from asn1crypto import core
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import InvalidInputError
from seals.writing import seal_info_to_sign, to_be_signed
from shuniu import sm2
from shuniu.seals.reading import PICTURE_CAP, SIZE_CAP, read_seal, read_signature
from shuniu.seals.structures import CertDigest, ExtData, Header, Picture
from shuniu.sm2 import der
from tests.seals.office import LATE, MADE, ORIGINAL, SIGNED, Office, openssl

OFFICE = Office()
SEAL = OFFICE.seal()
SIGNATURE = OFFICE.signature(SEAL)
READERS = (read_seal, read_signature)


def test_a_seal_is_read_as_it_was_written():
    seal = read_seal(SEAL)
    assert seal.info == OFFICE.info()
    assert seal.raw == SEAL
    assert seal.info_raw == seal_info_to_sign(OFFICE.info())
    assert (seal.maker_cert, seal.algorithm) == (OFFICE.maker_cert, "1.2.156.10197.1.501")
    assert OFFICE.maker.public.verify(seal.signature, seal.info_raw)


def test_a_signature_is_read_as_it_was_written():
    signature = read_signature(SIGNATURE)
    tbs = signature.tbs
    assert (tbs.seal.raw, tbs.time, tbs.data_hash, tbs.property_info) == (SEAL, SIGNED, sm2.sm3(ORIGINAL), "/original.bin")
    assert tbs.raw in SIGNATURE
    assert OFFICE.signer.public.verify(signature.signature, tbs.raw)
    assert signature.timestamp is None


def test_extensions_and_digest_lists_survive_the_round_trip():
    extension = ExtData("1.2.156.10197.99.1", critical=False, value=b"any")
    digest = CertDigest("SM3", sm2.sm3(OFFICE.signer_cert))
    info = OFFICE.info(certificates=(), digests=(digest,), extensions=(extension,))
    assert read_seal(OFFICE.seal(info)).info == info
    assert read_signature(OFFICE.signature(extensions=(extension,))).tbs.extensions == (extension,)


def test_openssl_sees_the_structure_of_the_standard(tmp_path):
    path = tmp_path / "signature.der"
    path.write_bytes(SIGNATURE)
    lines = openssl("asn1parse", "-inform", "DER", "-in", str(path)).splitlines()
    found = [re.match(r".*:d=(\d+) .*?: ([A-Z0-9 ]*[A-Z0-9])", line) for line in lines]
    shapes = [(match[1], match[2]) for match in found if match]
    assert len(shapes) == len(lines)
    top = [shape for depth, shape in shapes if depth == "1"]
    assert top == ["SEQUENCE", "OCTET STRING", "OBJECT", "BIT STRING"]
    assert [shape for depth, shape in shapes if depth == "2"] == ["INTEGER", "SEQUENCE", "GENERALIZEDTIME", "BIT STRING", "IA5STRING"]
    assert [shape for depth, shape in shapes if depth == "3"] == ["SEQUENCE", "OCTET STRING", "OBJECT", "BIT STRING"]
    assert [shape for depth, shape in shapes if depth == "4"] == ["SEQUENCE", "IA5STRING", "SEQUENCE", "SEQUENCE"]
    assert any(f"{SIGNED:%Y%m%d%H%M%S}Z" in line for line in lines)


def test_a_time_stamp_stands_in_an_explicit_tag():
    outer = der.parse(SIGNATURE, "x", at_most=1 << 20)
    stamped = der.write_sequence(outer.content, der.write(0xA0, der.write_bits(b"token")))
    assert read_signature(stamped).timestamp == b"token"


@pytest.mark.parametrize("version", [1, 2, 3, 5])
def test_other_versions_are_recognised_and_named(version):
    header = der.write_sequence(der.write_text(der.IA5, "ES"), der.write_integer(version), der.write_text(der.IA5, "V"))
    seal = der.write_sequence(der.write_sequence(header), der.write_sequence(b""))
    tbs = der.write_sequence(der.write_integer(version), seal)
    for data, read in ((seal, read_seal), (der.write_sequence(tbs, der.write_bits(b"")), read_signature)):
        with pytest.raises(InvalidInputError, match=f"version {version} is not supported yet"):
            read(data)


@pytest.mark.parametrize(
    "changes",
    [
        {"es_id": "一"},
        {"es_id": "1" * 65},
        {"name": "长" * 1000},
        {"certificates": ()},
        {"digests": (CertDigest("SM3", b"x"),)},
        {"certificates": (b"",)},
        {"created": datetime(2024, 1, 1)},  # noqa: DTZ001 - the point of the test
        {"picture": Picture("PNG", bytes(PICTURE_CAP + 1), 40, 40)},
        {"picture": Picture("PNG", b"x", 0, 40)},
        {"picture": Picture("PNG", b"x", 40, 100000)},
        {"header": Header("V", version=5)},
        {"header": Header("V", id="EX")},
        {"extensions": (ExtData("1.2.-3", critical=False, value=b""),)},
        {"extensions": (ExtData("not.an.oid", critical=False, value=b""),)},
    ],
)
def test_what_would_not_be_read_is_not_handed_out_for_signing(changes):
    with pytest.raises(InvalidInputError):
        seal_info_to_sign(OFFICE.info(**changes))


def test_a_statement_about_a_broken_seal_is_not_handed_out_for_signing():
    with pytest.raises(InvalidInputError):
        to_be_signed(SEAL[:-1], SIGNED, sm2.sm3(b"x"), "x")
    with pytest.raises(InvalidInputError):
        to_be_signed(SEAL, SIGNED, sm2.sm3(b"x"), "中文")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x80\x00\x00",  # indefinite length
        b"\x30\x81\x01\x00",  # length longer than needed
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x85\x00\x00\x00\x00\x00",
        b"\x3f\x81\x01\x00",
        b"\x30\x82\x03\xe8" + b"\x30\x82" * 500,
        b"\x30\x80" * 5000,
        bytes(SIZE_CAP + 1),
        SEAL + b"\x00",
        SIGNATURE + b"\x00",
    ],
    ids=range(12),
)
def test_hostile_bytes_are_refused_at_once(data):
    for read in READERS:
        with pytest.raises(InvalidInputError):
            read(data)


def test_every_cut_of_a_signature_is_refused():
    for length in range(len(SIGNATURE)):
        for read in READERS:
            with pytest.raises(InvalidInputError):
                read(SIGNATURE[:length])


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_mutated_structures_are_read_or_refused_and_keep_their_bytes(data):
    raw = bytearray(SIGNATURE)
    for _ in range(data.draw(st.integers(1, 5))):
        place, action = data.draw(st.integers(0, len(raw) - 1)), data.draw(st.sampled_from("fid"))
        if action == "f":
            raw[place] ^= data.draw(st.integers(1, 255))
        elif action == "i":
            raw[place:place] = data.draw(st.binary(min_size=1, max_size=4))
        else:
            del raw[place : place + 3]
    try:
        signature = read_signature(bytes(raw))
    except InvalidInputError:
        return
    assert signature.tbs.raw in bytes(raw)
    assert signature.tbs.seal.info_raw in signature.tbs.raw


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_foreign_bytes_never_cause_another_error(data):
    for read in READERS:
        with pytest.raises(InvalidInputError):
            read(data)


@settings(deadline=None)
@given(st.integers(-(1 << 200), 1 << 200))
def test_integers_agree_with_another_hand(value):
    assert der.write_integer(value) == core.Integer(value).dump()
    assert der.parse(core.Integer(value).dump(), "x", at_most=99).integer("x") == value


@settings(deadline=None)
@given(st.tuples(st.integers(0, 2), st.integers(0, 39)), st.lists(st.integers(0, 1 << 60), max_size=4))
def test_object_identifiers_agree_with_another_hand(head, tail):
    dotted = ".".join(map(str, (*head, *tail)))
    assert der.write_oid(dotted) == core.ObjectIdentifier(dotted).dump()
    assert der.parse(der.write_oid(dotted), "x", at_most=99).oid("x") == dotted


@settings(deadline=None)
@given(st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC)))  # noqa: DTZ001
def test_times_agree_with_another_hand(moment):
    assert der.write_time(moment) == core.GeneralizedTime(moment).dump()
    assert der.parse(der.write_time(moment), "x", at_most=99).generalized_time("x") == moment


@settings(deadline=None)
@given(st.binary(max_size=70000))
def test_lengths_agree_with_another_hand(value):
    assert der.write(der.OCTET_STRING, value) == core.OctetString(value).dump()
    assert der.parse(der.write(der.OCTET_STRING, value), "x", at_most=1 << 20).octets("x") == value


@pytest.mark.parametrize("raw", [b"\x04\x81\x01\x00", b"\x04\x82\x00\x80" + bytes(128), b"\x04\x80", b"\x04\x85\x00\x00\x00\x00\x00"])
def test_a_length_has_exactly_one_form(raw):
    with pytest.raises(InvalidInputError):
        der.parse(raw, "x", at_most=1000)


@pytest.mark.parametrize(
    "text",
    [
        b"20240101000000",
        b"20240101000000+0800",
        b"202401010000Z",
        b"20240101000000.5Z",
        b"20241301000000Z",
        b"20240101000060Z",
        b"00000101000000Z",
    ],
)
def test_a_time_has_exactly_one_form(text):
    with pytest.raises(InvalidInputError):
        der.parse(der.write(der.GENERALIZED_TIME, text), "x", at_most=99).generalized_time("x")


@pytest.mark.parametrize(
    ("read", "raw"),
    [
        ("integer", b"\x02\x00"),
        ("integer", b"\x02\x02\x00\x01"),
        ("integer", b"\x02\x02\xff\xff"),
        ("integer", b"\x02\x21" + b"\x01" * 33),
        ("boolean", b"\x01\x01\x01"),
        ("boolean", b"\x01\x00"),
        ("bits", b"\x03\x00"),
        ("bits", b"\x03\x02\x01\x00"),
        ("oid", b"\x06\x00"),
        ("oid", b"\x06\x01\x80"),
        ("oid", b"\x06\x03\x2a\x80\x01"),
        ("octets", b"\x24\x02\x04\x00"),
    ],
)
def test_values_have_exactly_one_encoding(read, raw):
    with pytest.raises(InvalidInputError):
        getattr(der.parse(raw, "x", at_most=99), read)("x")


def test_a_certificate_list_of_the_wrong_kind_is_refused():
    seal = OFFICE.seal(OFFICE.info())
    listed = der.write_integer(1) + der.strings(der.OCTET_STRING, [OFFICE.signer_cert])
    assert listed in seal
    with pytest.raises(InvalidInputError):
        read_seal(seal.replace(listed, der.write_integer(2) + listed[3:]))
    with pytest.raises(InvalidInputError, match="certListType is 3"):
        read_seal(seal.replace(listed, der.write_integer(3) + listed[3:]))


def test_dates_are_kept_to_the_second_in_utc():
    info = OFFICE.info(created=replace(OFFICE.info().property, created=MADE).created, valid_until=LATE)
    assert read_seal(OFFICE.seal(info)).info.property.valid_until == LATE
