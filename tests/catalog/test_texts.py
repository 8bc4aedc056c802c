"""The texts of an entry: one spelling, one cap each, and nobody's ID number."""

from dataclasses import replace
from typing import Any

import pytest

from catalog.model import Entry, EntryState, Field, FieldType, Source, check_entry
from catalog.model.texts import fold_texts
from hub.errors import InvalidInputError
from hub.faults import Faults
from tests.catalog.samples import NOW, POLICEMAN, RESIDENT_FIELDS, RULER, an_entry

ID = "01hzzzzzzzzzzzzzzzzzzzzzzz"
NUMBER = "11010519491231002X"


def _draft(**changed: Any) -> Entry:
    return Entry.draft(an_entry(**changed), POLICEMAN, ID, "公安厅", NOW)


def _with_field(**changed: Any) -> dict[str, Any]:
    return {"fields": (RESIDENT_FIELDS[0], replace(Field("extra", "其他", FieldType.STRING), **changed))}


def test_a_draft_keeps_its_texts_in_one_spelling():
    entry = _draft(
        title=" 常住\u200b人口 ",
        abstract="第一行\r\n第二行",
        keywords=(" 户籍", "人口"),
        steward_phone="０９５１-6136000",
        fields=(replace(RESIDENT_FIELDS[0], label=" 公民身份号码 "),),
        source=Source(" 人口 "),
    )
    assert (entry.title, entry.abstract, entry.keywords) == ("常住人口", "第一行\n第二行", ("户籍", "人口"))
    assert (entry.steward_phone, entry.fields[0].label, entry.source.record_term) == ("0951-6136000", "公民身份号码", "人口")
    assert entry.update(POLICEMAN, an_entry(title=" 户籍 ")).title == "户籍"


def test_texts_in_their_one_spelling_stay_as_they_are():
    entry = _draft()
    assert fold_texts(entry, Faults()) == entry == fold_texts(an_entry(id=ID, provider_title="公安厅", create_time=NOW), Faults())


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("entry.title", {"title": f"{NUMBER} 的登记信息"}),
        ("entry.abstract", {"abstract": f"联系人证件{NUMBER}"}),
        ("entry.abstract", {"abstract": "证件 110105 19491231 002X"}),
        ("entry.keywords", {"keywords": ("户籍", NUMBER)}),
        ("entry.class_path", {"class_path": (NUMBER,)}),
        ("entry.steward", {"steward": f"张三{NUMBER}"}),
        ("entry.steward_phone", {"steward_phone": "640200 19471221 0830"}),
        ("entry.share_condition", {"share_condition": f"仅供{NUMBER}使用"}),
        ("entry.legal_basis", {"legal_basis": NUMBER}),
        ("entry.purposes", {"purposes": (NUMBER,)}),
        ("entry.source.record_term", {"source": Source(NUMBER)}),
        ("entry.fields[1].name", _with_field(name=NUMBER.lower())),
        ("entry.fields[1].label", _with_field(label=NUMBER)),
        ("entry.fields[1].unit", _with_field(unit=NUMBER)),
    ],
)
def test_an_id_number_has_no_place_in_the_public_directory(field, changed):
    with pytest.raises(InvalidInputError) as refusal:
        _draft(**changed)
    assert (refusal.value.reason, refusal.value.field) == ("ID_NUMBER_IN_CLEAR", field)
    assert NUMBER not in refusal.value.message + refusal.value.zh


@pytest.mark.parametrize("purpose", ["11640000MB1234567X4000111001000", "116400000040100101400011100100001", "GA-2026.001"])
def test_codes_of_service_items_are_no_id_numbers(purpose):
    assert _draft(purposes=(purpose,)).purposes == (purpose,)


@pytest.mark.parametrize(
    ("field", "most", "changed"),
    [
        ("entry.title", 200, {"title": "长" * 201}),
        ("entry.abstract", 4000, {"abstract": "长" * 4001}),
        ("entry.share_condition", 2000, {"share_condition": "长" * 2001}),
        ("entry.legal_basis", 1000, {"legal_basis": "长" * 1001}),
        ("entry.steward", 100, {"steward": "长" * 101}),
        ("entry.fields[1].label", 100, _with_field(label="长" * 101)),
    ],
)
def test_each_text_has_its_cap_and_the_refusal_tells_it(field, most, changed):
    with pytest.raises(InvalidInputError) as refusal:
        _draft(**changed)
    assert refusal.value.field == field
    assert f"不得超过{most}个字符" in refusal.value.zh


def test_a_version_stored_before_the_rules_grew_stays_readable_and_can_be_withdrawn():
    stored = an_entry(id=ID, abstract=f"联系人证件{NUMBER}", title=" 旧标题 ")
    with pytest.raises(InvalidInputError):
        check_entry(stored)
    with pytest.raises(InvalidInputError):
        stored.submit(POLICEMAN, "新增", NOW)
    published = replace(stored, state=EntryState.PUBLISHED)
    assert published.withdraw(RULER, "含个人信息", NOW).abstract == stored.abstract


SAY_NOTHING = ["  ", "\u3000", "\u200b\u200d", "。。。", "——", "\u3164", "\u0301", "\u2800", "……！", "《》"]


@pytest.mark.parametrize("text", SAY_NOTHING)
@pytest.mark.parametrize("name", ["title", "abstract", "share_condition"])
def test_a_text_that_says_nothing_to_the_eye_is_refused(name, text):
    with pytest.raises(InvalidInputError) as refusal:
        _draft(**{name: text})
    assert refusal.value.field == f"entry.{name}"


@pytest.mark.parametrize("text", SAY_NOTHING)
def test_nor_do_lists_and_fields_hold_one(text):
    for field, changed in (
        ("entry.keywords", {"keywords": ("户籍", text)}),
        ("entry.class_path", {"class_path": (text,)}),
        ("entry.fields[1].label", _with_field(label=text)),
    ):
        with pytest.raises(InvalidInputError) as refusal:
            _draft(**changed)
        assert refusal.value.field == field


def test_a_unit_may_be_a_sign_and_line_ends_and_outer_blanks_make_no_difference():
    assert _draft(**_with_field(unit="%")).fields[1].unit == "%"
    assert _draft(title=" 常住人口\r\n", abstract="一\r\n二\r三").abstract == "一\n二\n三"
