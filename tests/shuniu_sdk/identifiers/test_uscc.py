"""A mistyped unified social credit code is refused and the fault is named."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shuniu.catalogue import InvalidInputError
from shuniu.identifiers.uscc import ALPHABET, build, check_character, is_uscc, organisation_check, parse_uscc, region_of
from tests.hub.spellings import spellings

PUBLISHED = (  # codes of companies, as their public registers print them
    "91110000802100433B",
    "91110000600037341L",
    "91440300708461136T",
    "9144030071526726XG",
)
REGIONS = st.integers(110000, 659999).map(str)
ORGANISATIONS = st.text(ALPHABET, min_size=8, max_size=8)
CODES = st.builds(build, st.sampled_from(("11", "12", "51", "91", "92")), REGIONS, ORGANISATIONS)


@pytest.mark.parametrize("code", PUBLISHED)
def test_codes_printed_in_public_registers_are_accepted(code):
    assert parse_uscc(code) == code
    assert check_character(code[:17]) == code[17]
    assert organisation_check(code[8:16]) == code[16]


@given(CODES)
def test_what_is_built_is_accepted_and_keeps_its_region(code):
    assert is_uscc(code)
    assert build(code[:2], region_of(code), code[8:16]) == code


@given(CODES, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_every_change_of_one_character_is_detected(code, place, other):
    changed = code[:place] + other + code[place + 1 :]
    assert is_uscc(changed) == (changed == code)


@given(CODES, st.integers(0, 16))
def test_two_neighbours_changing_places_are_detected(code, place):
    changed = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert is_uscc(changed) == (changed == code)


def test_every_single_change_of_a_published_code_is_detected_without_exception():
    code = PUBLISHED[0]
    accepted = [changed for place in range(18) for other in ALPHABET + "IOSVZ-*" if is_uscc(changed := code[:place] + other + code[place + 1 :])]
    assert accepted == [code] * 18


@pytest.mark.parametrize("letter", "IOSVZ")
def test_a_letter_that_looks_like_a_digit_is_named_with_its_place(letter):
    with pytest.raises(InvalidInputError, match="character 10 is not one") as raised:
        parse_uscc(PUBLISHED[0][:9] + letter + PUBLISHED[0][10:])
    assert raised.value.reason == "USCC_FOREIGN_CHARACTER"


@given(CODES, st.data())
def test_every_spelling_of_a_code_is_that_code(code, data):
    assert parse_uscc(data.draw(spellings(code))) == code


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "USCC_WRONG_LENGTH"),
        ("9111000080210043B", "USCC_WRONG_LENGTH"),
        ("9" * 1_000_000, "USCC_WRONG_LENGTH"),
        ("91110000802100433C", "USCC_WRONG_CHECK_CHARACTER"),
        ("91A10000802100433B", "USCC_WRONG_REGION"),
        ("O1110000802100433B", "USCC_FOREIGN_CHARACTER"),
        ("９" * 10_000, "USCC_WRONG_LENGTH"),
    ],
)
def test_each_fault_has_its_own_reason(text, reason):
    with pytest.raises(InvalidInputError) as raised:
        parse_uscc(text)
    assert raised.value.reason == reason


def test_small_letters_and_blanks_around_are_forgiven():
    assert parse_uscc(" 91110000802100433b\n") == "91110000802100433B"


@given(st.text(max_size=80))
@example("ſ" * 18)
def test_any_text_is_either_a_code_or_an_error_that_says_so(text):
    if is_uscc(text):
        assert len(parse_uscc(text)) == 18
