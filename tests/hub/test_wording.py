"""Texts that people write: folded, within their caps, and without anybody's ID number."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import wording
from hub.errors import InvalidInputError
from hub.wording import (
    CaseNumber,
    Guard,
    Key,
    LegalBasis,
    LookReason,
    Officer,
    Purpose,
    Reasons,
    RequestId,
    Searcher,
    Statement,
    Text,
    Title,
    fold,
    spells_id_number,
)
from shuniu.identifiers import citizen_id

NUMBER = "11010519491231002X"
OLD_NUMBER = "110105491231002"
TYPES = [Officer, CaseNumber, Purpose, RequestId, Reasons, LegalBasis, Title, Statement]
MANY = 10_000


def reason_of(kind: type[Text], text: str) -> str:
    with pytest.raises(InvalidInputError) as error:
        kind(text)
    return error.value.reason


@pytest.mark.parametrize("kind", TYPES)
def test_a_text_is_its_own_folded_form(kind: type[Text]):
    assert kind("  2026-12 \u200b") == "2026-12"
    assert kind(kind("2026-12")) == "2026-12"
    assert isinstance(kind("2026-12"), str)


@pytest.mark.parametrize("kind", TYPES)
def test_a_text_has_a_cap_and_no_control_characters(kind: type[Text]):
    assert len(kind("a" * kind.cap)) == kind.cap
    for wrong in ("a" * (kind.cap + 1), "a\x00b", "a\x7fb", "a\ud800b"):
        with pytest.raises(InvalidInputError) as error:
            kind(wrong)
        assert error.value.field == kind.field


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("nothing", ["", "  ", "\u200b\ufeff", "\u3000"])
def test_only_an_optional_text_may_say_nothing(kind: type[Text], nothing: str):
    if kind.optional:
        assert kind(nothing) == ""
    else:
        assert reason_of(kind, nothing) == kind.missing().reason


@pytest.mark.parametrize("kind", [kind for kind in TYPES if not kind.several_lines])
def test_an_identifier_stands_on_one_line(kind: type[Text]):
    for wrong in ("a\nb", "a\r\nb", "a\u2028b"):
        with pytest.raises(InvalidInputError):
            kind(wrong)


def test_sentences_keep_their_chinese_punctuation_and_identifiers_are_folded_to_one_spelling():
    assert Reasons("依据《条例》（试行），予以终止；\r\n另行通知。") == "依据《条例》（试行），予以终止；\n另行通知。"
    assert CaseNumber("ＢＪ－２０２６－０００１") == "BJ-2026-0001"
    assert Officer("李\u00a0四") == "李 四"
    assert fold("e\u0301", identifies=False) == "é"


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("spelling", [NUMBER, NUMBER.lower(), "１１０１０５１９４９１２３１００２Ｘ", "110105\u200b19491231002X"])
def test_no_text_spells_a_citizen_number(kind: type[Text], spelling: str):
    assert reason_of(kind, spelling) == "ID_NUMBER_IN_CLEAR"
    if kind.several_lines or kind.guard is Guard.SPACED:
        assert reason_of(kind, f"号码为{spelling}的人") == "ID_NUMBER_IN_CLEAR"


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind.guard is not Guard.WHOLE])
@pytest.mark.parametrize("spelling", ["640200 19471221 0830", "640200-19471221-0830", "x11010519491231002Xy", "x11010519491231002X9"])
def test_signs_and_letters_do_not_hide_a_number(kind: type[Text], spelling: str):
    assert reason_of(kind, spelling) == "ID_NUMBER_IN_CLEAR"


@pytest.mark.parametrize("kind", [CaseNumber, RequestId])
@pytest.mark.parametrize(
    "spelling",
    [
        "640200 19471221 0830",
        "办 640200 19471221 0830",
        "2026 640200194712210830",
        "2026-640200 19471221 0830",
        "110105 19491231 002X",
        "110105-19491231-002X",
        "110105.19491231.002x",
    ],
)
def test_blanks_do_not_hide_a_number_in_a_case_number_and_nothing_hides_one_that_ends_in_x(kind: type[Text], spelling: str):
    assert reason_of(kind, spelling) == "ID_NUMBER_IN_CLEAR"
    assert reason_of(Officer, spelling) == "ID_NUMBER_IN_CLEAR"


@pytest.mark.parametrize("spelling", ["640200-19471221-0830", "x11010519491231002Xy", "B640200194712210830"])
def test_a_case_number_is_written_with_dashes_and_letters(spelling: str):
    assert CaseNumber(spelling) == spelling


def test_old_numbers_of_fifteen_digits_are_refused_in_an_officer_and_a_reason_alone():
    for kind in (Officer, Reasons):
        assert reason_of(kind, OLD_NUMBER) == "ID_NUMBER_IN_CLEAR"
    others: list[type[Text]] = [CaseNumber, Purpose, LegalBasis, Statement, Title, RequestId]
    for one in others:
        assert one(OLD_NUMBER) == OLD_NUMBER


def case_numbers(form: str) -> list[str]:
    """Return case numbers as offices write them."""
    chance = random.Random(20261126)  # noqa: S311 - the same numbers in every run
    found = []
    for _ in range(MANY):
        region = chance.choice(["640000", "640100", "640104", "640221", "640302", "110105", "310115"])
        day = date(2015, 1, 1) + timedelta(days=chance.randrange(4_500))
        found.append(form.format(region=region, day=day, short=day.strftime("%y%m%d"), n=chance.randrange(10_000), m=chance.randrange(1_000_000)))
    return found


@pytest.mark.parametrize(
    "form",
    [
        "{region}{short}0{n:04d}",
        "{region}{day:%Y%m%d}{m:06d}",
        "BJ{region}{day:%Y%m%d}{n:04d}",
        "{region}-{day:%Y%m%d}-{n:04d}",
        "{day:%Y}-{m:06d}",
        "宁市监准字〔{day:%Y}〕第{n}号",
        "X{region}{day:%Y%m%d}{n:04d}X9",
    ],
)
def test_honest_case_numbers_are_not_refused(form: str):
    for number in case_numbers(form):
        assert CaseNumber(number)


def test_fifteen_digit_case_numbers_are_never_refused():
    for number in (f"{text[:12]}{text[-3:]}" for text in case_numbers("{region}{short}{n:04d}")):
        assert len(number) == 15
        assert CaseNumber(number) == number


def test_of_18_digit_case_numbers_one_in_eleven_is_a_citizen_number_and_the_refusal_shows_how_to_write_it():
    refused = 0
    for number in case_numbers("{region}{day:%Y%m%d}{n:04d}"):
        assert len(number) == 18
        if citizen_id.is_citizen_id(number):
            refused += 1
            with pytest.raises(InvalidInputError) as error:
                CaseNumber(number)
            assert "letter or a dash" in error.value.next_action
            assert "字母或连字符" in error.value.next_action_zh
            assert CaseNumber(f"B{number}")
            assert CaseNumber(f"{number[:6]}-{number[6:14]}-{number[14:]}")
        else:
            assert CaseNumber(number) == number
    assert 0.08 < refused / MANY < 0.10


@pytest.mark.parametrize(
    "text", [NUMBER, NUMBER.lower(), f"x{NUMBER}9", "110105 19491231-002X", OLD_NUMBER, f"a{OLD_NUMBER}b", "１１０１０５１９４９１２３１００２Ｘ"]
)
def test_the_key_of_a_call_is_found_in_any_spelling(text: str):
    key = Key(NUMBER.lower())
    assert key.stands_in("harmless", text)
    assert not key.stands_in("harmless", text[:9])


def test_a_key_is_not_found_across_two_texts_and_a_short_one_not_at_all():
    assert not Key(NUMBER).stands_in(NUMBER[:9], NUMBER[9:])
    assert not Key("12345").stands_in("12345")
    assert Key("123456").stands_in("a 12-34.56")


@given(st.text(max_size=80))
def test_reading_any_text_gives_a_text_or_a_refusal(text: str):
    for kind in TYPES:
        try:
            again = kind(kind(text))
        except InvalidInputError:
            continue
        assert again == kind(text)
        assert not spells_id_number(again, kind.guard)
        assert len(again) <= kind.cap


@given(st.text(alphabet="0123456789Xx-. 年", max_size=40), st.sampled_from(list(Guard)))
def test_looking_for_numbers_never_fails(text: str, guard: Guard):
    assert spells_id_number(text, guard) in {True, False}


def test_every_cap_and_field_is_stated_once_in_the_types():
    assert len({kind.field for kind in TYPES}) == len(TYPES)
    assert wording.CaseNumber.cap == 128
    assert wording.Officer.cap == 64


@pytest.mark.parametrize("says", ["投诉", "case", "信访件 2026-17", "No. 1, tax", "案ab", "Íñigo", "བོད་ཡིག"])
def test_a_reason_of_a_look_says_something(says: str):
    assert LookReason(says) == says


@pytest.mark.parametrize("nothing", [".", "。。。。", "x", "why", "2026-17", "投", "a1b2c3", "- - - -", "①②③④"])
def test_a_reason_of_a_look_that_says_nothing_is_refused(nothing: str):
    assert reason_of(LookReason, nothing) == "TEXT_SAYS_TOO_LITTLE"


@pytest.mark.parametrize(
    ("name", "is_one"), [("赵敏", True), ("SJT-0009", True), ("0231", True), ("Li Na", True), (".", False), ("t", False), ("李", False)]
)
def test_a_searcher_is_a_name_or_a_number_of_an_office(name: str, is_one: bool):  # noqa: FBT001 - a value of the table
    if is_one:
        assert Searcher(name) == name
    else:
        assert reason_of(Searcher, name) == "TEXT_SAYS_TOO_LITTLE"


@given(st.text("0123456789Xx -.年a\x00\n字", max_size=40), st.text("0123456789X -字a", max_size=24), st.data())
def test_the_quick_look_for_a_key_of_many_digits_hides_no_text_that_spells_it(text, key, data):
    sought = Key(key)
    written = data.draw(st.sampled_from([text, text + key, key.join(text[:3]), " ".join(key), f"{text}{key[6:]}"]))
    careful = Key(key)
    careful._has_many_digits = False
    assert sought.stands_in(text, written) == careful.stands_in(text, written)


def test_a_citizen_number_is_found_in_every_text_that_spells_it():
    number = "640104199003070128"
    for written in (
        number,
        " ".join(number),
        f"x{number}y",
        f"字{number[:6]}·{number[6:]}",
        number[:6] + number[8:17],
        f"a-{number[:3]}_{number[3:]}",
    ):
        assert Key(number).stands_in("nothing", written), written
