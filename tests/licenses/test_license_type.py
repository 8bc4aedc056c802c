from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import ConfigError, InvalidInputError, NotFoundError
from licenses.license_type import Term, holder_short
from licenses.model import Draft, Holder
from licenses.type_file import load, read
from shuniu.codes.identifier import LicenseIdentifier
from shuniu.identifiers import citizen_id, uscc
from shuniu.identifiers.uscc import is_uscc
from tests.hub.spellings import spellings
from tests.shuniu_sdk.codes.issuing import reason_of

BUSINESS = "11100000MB0143028R001"
GOOD = """
[[type]]
code = "11100000MB0143028R009"
verified = false
zh = "证"
en = "License"
authority = "11100000MB0143028R"
authority_name = "局"
issued_by = "market regulation"
holder_kinds = ["001", "111"]
holders = 2
validity = "6 months"
longest = "长期"
[[type.field]]
name = "KZ_A"
zh = "甲"
en = "A"
required = true
pattern = "[a-z]+"
public = true
[[type.field]]
name = "KZ_B"
zh = "乙"
en = "B"
required = false
pattern = "[0-9]*"
"""
VALUES = {"KZ_FDDBR": "张小明", "KZ_ZCZB": "100.5", "KZ_CLRQ": "2026-11-01", "KZ_LX": "有限责任公司", "KZ_ZS": "银川市兴庆区1号"}


def test_the_three_types_of_the_file_are_well_formed_and_fit_into_an_identifier():
    types = load()
    assert [kind.zh for kind in types.values()] == ["营业执照", "居住证", "食品经营许可证"]
    for code, kind in types.items():
        assert is_uscc(kind.authority)
        assert LicenseIdentifier.build(code, kind.authority, "1").type_code == code == kind.code
        assert any(field.public for field in kind.fields)
        assert kind.longest.allows(date(2026, 1, 1), kind.validity.last_day(date(2026, 1, 1)))


def test_fields_are_checked_by_name_presence_and_pattern_and_values_are_not_repeated():
    kind = load().find(BUSINESS)
    kind.check(VALUES)
    assert kind.public_of(VALUES) == {"KZ_LX": "有限责任公司"}
    assert reason_of(kind.check, VALUES | {"KZ_XX": "1"}) == "FIELD_UNKNOWN"
    assert reason_of(kind.check, {}) == "SEVERAL_FAULTS"  # each that is missing, in one answer
    assert reason_of(kind.check, {name: value for name, value in VALUES.items() if name != "KZ_LX"}) == "FIELD_MISSING"
    with pytest.raises(InvalidInputError) as refusal:
        kind.check(VALUES | {"KZ_ZCZB": "secret"})
    assert (refusal.value.reason, refusal.value.field) == ("FIELD_SHAPE", "KZ_ZCZB")
    assert "secret" not in refusal.value.message + refusal.value.zh


def test_a_type_nobody_knows_is_not_found():
    with pytest.raises(NotFoundError):
        load().find("11100000MB0143028R999")


def test_a_new_type_is_one_block_of_data():
    kind = read(GOOD)["11100000MB0143028R009"]
    assert (kind.holder_kinds, kind.holders, kind.validity, kind.longest) == (frozenset({"001", "111"}), 2, Term(months=6), Term())
    kind.check({"KZ_A": "x"})
    assert kind.public_of({"KZ_A": "x", "KZ_B": "1"}) == {"KZ_A": "x"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('code = "11100000MB0143028R009"', 'code = "11100000MB0143028R9"', "three digits"),
        ('authority = "11100000MB0143028R"', 'authority = "11100000MB0143028S"', "three digits"),
        ('zh = "证"', "", "missing zh"),
        ('zh = "证"', 'zh = ""', "zh must be a text, and not empty"),
        ("holders = 2", "holders = 0", "at least 1"),
        ("holders = 2", "holders = true", "holders must be a whole number"),
        ("holders = 2", "holders = 2\nphoto = 1", "unknown photo"),
        ('["001", "111"]', '["002"]', "holder_kinds"),
        ('"6 months"', '"half a year"', "validity"),
        ('"[a-z]+"', '"["', "pattern of KZ_A"),
        ('"KZ_A"', '"NAME"', "KZ_ and capitals"),
        ('"KZ_A"', '"KZ_B"', "stands twice"),
        ("required = true", 'required = "yes"', "type 1, field 1: required"),
        ("[[type]]", "[[kind]]", "list of [[type]] blocks"),
        ("[[type]]", "[[type", "not TOML"),
    ],
)
def test_a_wrong_block_is_named_with_what_is_wrong(old, new, says):
    with pytest.raises(ConfigError) as problem:
        read(GOOD.replace(old, new, 1))
    assert says in problem.value.message


def test_an_authority_whose_code_has_a_wrong_check_character_is_refused():
    with pytest.raises(ConfigError, match="USCC of the authority"):
        read(GOOD.replace("MB0143028R", "MB0143028S"))


def test_the_same_code_twice_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="stands twice"):
        read(GOOD + GOOD)
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "types.toml")
    assert len(read(GOOD)) == 1


@pytest.mark.parametrize(
    ("term", "first", "last"),
    [
        ("1 years", date(2025, 3, 1), date(2026, 2, 28)),
        ("5 years", date(2024, 2, 29), date(2029, 2, 28)),
        ("1 months", date(2025, 1, 31), date(2025, 2, 28)),
        ("12 months", date(2025, 1, 1), date(2025, 12, 31)),
        ("30 days", date(2025, 1, 1), date(2025, 1, 30)),
        ("长期", date(2025, 1, 1), None),
    ],
)
def test_a_term_ends_on_the_day_before_its_anniversary(term, first, last):
    assert Term.parse(term).last_day(first) == last


@given(st.dates(date(1949, 10, 1), date(2200, 1, 1)), st.integers(1, 600))
def test_a_term_of_months_allows_its_own_end_and_not_a_day_more_nor_no_end(first, months):
    term = Term(months=months)
    last = term.last_day(first)
    assert last is not None
    assert first < last
    assert term.allows(first, last)
    assert not term.allows(first, date.fromordinal(last.toordinal() + 1))
    assert not term.allows(first, None)
    assert Term().allows(first, None)


@pytest.mark.parametrize("text", ["", "0 years", "1 year", "-1 days", "1000 years", "5"])
def test_a_term_of_another_form_is_refused(text):
    assert reason_of(Term.parse, text) == "TERM"


HOLDERS = {"111": citizen_id.build("640104", date(1990, 1, 1), 39), "001": uscc.build("91", "640100", "MA76F8XY")}


def holding(*holders: Holder) -> Draft:
    return Draft("11100000MB0143028R009", "1", holders, {"KZ_A": "a"}, b"12345678", None, None)


@given(st.sampled_from(sorted(HOLDERS)), st.data())
def test_the_code_of_a_holder_is_kept_in_its_one_spelling(kind, data):
    (known,) = read(GOOD).values()
    admitted = known.admit(holding(Holder("甲", data.draw(spellings(HOLDERS[kind])), kind)))
    assert admitted.holders[0].code == HOLDERS[kind]


@pytest.mark.parametrize("kind", sorted(HOLDERS))
def test_a_code_of_a_holder_that_is_none_is_named_by_its_fault(kind):
    (known,) = read(GOOD).values()
    wrong = HOLDERS[kind][:-1] + ("0" if HOLDERS[kind][-1] != "0" else "1")
    with pytest.raises(InvalidInputError) as error:
        known.admit(holding(Holder("甲", wrong, kind)))
    assert (error.value.field, error.value.reason.partition("_WRONG")[0]) == ("holders", "CITIZEN_ID" if kind == "111" else "USCC")
    assert wrong not in f"{error.value} {error.value.zh}"


@pytest.mark.parametrize(
    ("name", "kind", "short"),
    [
        ("张明", "111", "张*"),
        ("张小明", "111", "张*明"),
        ("阿卜杜拉·买买提", "111", "阿******提"),
        ("张", "111", "*"),
        ("宁夏枢纽科技有限公司", "001", "宁夏枢纽科技有限公司"),
        ("公" * 31, "001", "公" * 29 + "…"),
    ],
)
def test_a_person_is_shown_by_the_edges_of_the_name_only(name, kind, short):
    assert holder_short(name, kind) == short
