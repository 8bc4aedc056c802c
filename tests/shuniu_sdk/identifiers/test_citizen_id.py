"""A mistyped ID number is refused, and no refusal repeats it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuniu.catalogue import InvalidInputError
from shuniu.identifiers.citizen_id import birth_date_of, build, check_character, is_citizen_id, parse_citizen_id, sex_of
from tests.hub.spellings import spellings

STANDARD = "11010519491231002X"  # the example of GB 11643-1999 itself
SECOND = "440524188001010014"  # its second one
REGIONS = st.sampled_from(("110105", "640100", "640200", "610100", "810000"))
NUMBERS = st.builds(build, REGIONS, st.dates(date(1900, 1, 1), date(2026, 12, 31)), st.integers(0, 999))


@pytest.mark.parametrize("number", [STANDARD, SECOND])
def test_the_examples_of_the_standard_are_accepted(number):
    assert parse_citizen_id(number) == number
    assert check_character(number[:17]) == number[17]


def test_date_and_sex_are_read_from_the_number():
    assert birth_date_of(STANDARD) == date(1949, 12, 31)
    assert (sex_of(STANDARD), sex_of(SECOND)) == ("女", "男")


@given(REGIONS, st.dates(date(1900, 1, 1), date(2026, 12, 31)), st.integers(0, 999))
def test_what_is_built_says_what_it_was_built_from(region, born, sequence):
    number = build(region, born, sequence)
    assert birth_date_of(number) == born
    assert number.startswith(region)
    assert sex_of(number) == ("男" if sequence % 2 else "女")


@given(NUMBERS, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_every_change_of_one_character_is_detected(number, place, other):
    changed = number[:place] + other + number[place + 1 :]
    assert is_citizen_id(changed) == (changed == number)


@given(NUMBERS, st.integers(0, 15))
def test_two_neighbours_changing_places_are_detected(number, place):
    changed = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert is_citizen_id(changed) == (changed == number)


@pytest.mark.parametrize(
    ("first17", "reason"),
    [
        ("99010519491231002", "CITIZEN_ID_WRONG_REGION"),
        ("11010519490231002", "CITIZEN_ID_WRONG_DATE"),
        ("11010517001231002", "CITIZEN_ID_WRONG_DATE"),
        ("11010500001231002", "CITIZEN_ID_WRONG_DATE"),
    ],
)
def test_a_right_check_character_does_not_excuse_a_wrong_part(first17, reason):
    number = first17 + check_character(first17)
    with pytest.raises(InvalidInputError) as raised:
        parse_citizen_id(number)
    assert raised.value.reason == reason
    assert number not in str(raised.value)


def test_a_wrong_check_character_is_named_and_the_number_is_not_repeated():
    with pytest.raises(InvalidInputError, match="check character") as raised:
        parse_citizen_id(STANDARD[:-1] + "1")
    assert STANDARD[:10] not in f"{raised.value} {raised.value.zh} {raised.value.facts}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1" * 16,
        "1" * 1_000_000,
        "11010519491231002X5",
        "11O1O519491231OO2X",
        "0110105194912310021",
        "11010519491231002.0",
        "%",
        "张三",
        "１" * 10_000,
    ],
)
def test_what_has_another_shape_is_refused(text):
    assert not is_citizen_id(text)
    with pytest.raises(InvalidInputError) as raised:
        parse_citizen_id(text, "subject_key")
    assert (raised.value.reason, raised.value.field) == ("CITIZEN_ID_WRONG_SHAPE", "subject_key")


@given(NUMBERS, st.data())
def test_every_spelling_of_a_number_is_that_number(number, data):
    assert parse_citizen_id(data.draw(spellings(number))) == number


def test_a_number_of_fifteen_digits_is_refused_with_words_that_say_how_it_is_written_today():
    old = SECOND[:6] + SECOND[8:17]
    for text in (old, f" {old} ", "".join(chr(ord(digit) + 0xFEE0) for digit in old)):
        with pytest.raises(InvalidInputError) as raised:
            parse_citizen_id(text)
        assert raised.value.reason == "CITIZEN_ID_OLD_FORM"
        assert "18" in raised.value.next_action
        assert "18位" in raised.value.next_action_zh
        assert old not in f"{raised.value} {raised.value.zh} {raised.value.facts}"


def test_a_sequence_of_four_digits_is_refused():
    with pytest.raises(InvalidInputError, match="sequence code"):
        build("640100", date(2000, 1, 1), 1000)


@given(st.text(max_size=80))
def test_any_text_is_either_a_number_or_an_error_that_says_so(text):
    if is_citizen_id(text):
        assert len(parse_citizen_id(text)) == 18
