"""Foreign CBOR is read in one deterministic spelling, without tags, under caps."""

import importlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuniu.catalogue import ConfigError, InvalidInputError
from shuniu.codes import cbor
from shuniu.codes.cbor import Limits, encode, strict_cbor

PLAIN = st.recursive(
    st.integers(-(2**64), 2**64 - 1) | st.binary(max_size=40) | st.text(max_size=40) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(-(2**63), 2**63) | st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
def test_what_is_encoded_is_read_back_the_same(value):
    assert strict_cbor(encode(value), Limits(depth=30)) == value


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_read_to_what_encodes_the_same_or_refused(data):
    try:
        value = strict_cbor(data)
    except InvalidInputError:
        return
    assert encode(value) == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("a201020103", "CBOR" if cbor._IS_STRICT else "CBOR_NOT_DETERMINISTIC"),  # a key twice; an older decoder drops one, and the rest tells
        ("a2010201", "CBOR"),  # cut
        ("9f01ff", "CBOR"),  # indefinite array
        ("bf0102ff", "CBOR"),
        ("5f4101ff", "CBOR"),
        ("7f6161ff", "CBOR"),
        ("0100", "CBOR_NOT_DETERMINISTIC"),  # something behind the end
        ("1801", "CBOR_NOT_DETERMINISTIC"),  # a head longer than needed
        ("a2020001" + "00", "CBOR_NOT_DETERMINISTIC"),  # keys out of order
        ("f93c00", "CBOR_TYPE"),  # floating point
        ("f7", "CBOR_TYPE"),  # undefined
        ("e0", "CBOR_TYPE"),  # simple value
        ("a1410100", "CBOR_TYPE"),  # a byte string as key
        ("a1f500", "CBOR_TYPE"),  # a boolean as key
        ("a1800000", "CBOR_TYPE"),  # an array as key
        ("62c328", "CBOR"),  # not UTF-8
        ("d9d9f700", "CBOR"),  # tags of any kind
        ("c11a514b67b0", "CBOR"),
        ("c249010000000000000000", "CBOR"),
        ("c5821b7fffffffffffffff01", "CBOR"),  # a number of 2^63 digits
        ("d8236161", "CBOR"),  # a pattern
        ("d81c81d81d00", "CBOR"),  # a list that holds itself
        ("81" * 9 + "00", "CBOR"),  # nine deep
        ("81" * 3000 + "00", "CBOR"),
        ("9b7fffffffffffffff", "CBOR"),  # promises without bytes
        ("5b7fffffffffffffff", "CBOR"),
        ("ff", "CBOR"),
        ("", "CBOR"),
        ("9841" + "00" * 65, "CBOR_LIMITS"),  # 65 items
        ("590401" + "00" * 1025, "CBOR_LIMITS"),  # 1,025 bytes
        ("79" + "0402" + "c3bc" * 513, "CBOR_LIMITS"),  # 513 letters of two bytes
        ("00" * 4097, "TOO_LARGE"),
    ],
)
def test_cbor_that_is_not_plain_small_and_deterministic_is_refused(data, reason):
    with pytest.raises(InvalidInputError) as refusal:
        strict_cbor(bytes.fromhex(data))
    assert refusal.value.reason == reason
    assert outcome(bytes.fromhex(data), strict=False) is None


@given(st.binary(max_size=60) | PLAIN.map(encode) | PLAIN.map(lambda value: encode(value) + b"\x00"))
def test_an_older_decoder_behind_the_look_at_the_heads_reads_and_refuses_the_same(data):
    assert outcome(data, strict=False) == outcome(data, strict=cbor._IS_STRICT)


def outcome(data, *, strict):
    """What is read, or None where it is refused; without `strict` the decoder is one that refuses neither tags nor lengths by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cbor, "_IS_STRICT", strict)
        try:
            return [strict_cbor(data)]
        except InvalidInputError:
            return None


@pytest.mark.parametrize(("library", "room"), [("cbor2", "cbor"), ("zxingcpp", "qr"), ("PIL", "qr")])
def test_without_a_library_the_command_that_installs_it_is_named(monkeypatch, library, room):
    monkeypatch.setitem(sys.modules, library, None)
    for loaded in (room, "picture"):
        monkeypatch.delitem(sys.modules, f"shuniu.codes.{loaded}", raising=False)
    with pytest.raises(ConfigError) as refusal:
        importlib.import_module(f"shuniu.codes.{room}")
    assert refusal.value.next_action == 'pip install "shuniu[verify]"'


def test_eight_levels_and_sixty_four_items_are_allowed():
    assert strict_cbor(bytes.fromhex("81" * 8 + "00"))
    assert strict_cbor(bytes.fromhex("9840" + "00" * 64))


def test_a_text_of_four_byte_characters_is_measured_in_bytes():
    with pytest.raises(InvalidInputError):
        strict_cbor(encode("😀" * 341), Limits(string=1_024))
    assert strict_cbor(encode("😀" * 256), Limits(string=1_024)) == "😀" * 256
