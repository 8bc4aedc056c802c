"""What an entry must say, and which law may forbid sharing."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from catalog.model import Entry, Field, FieldType, OpenType, ShareMode, ShareType, Source, check_entry
from catalog.model.legal import rests_on_national_law
from hub.errors import InvalidInputError
from tests.catalog.samples import NOW, POLICE, POLICEMAN, RESIDENT_FIELDS, an_entry

ID = "01hzzzzzzzzzzzzzzzzzzzzzzz"


def _refused(field: str, **changed: Any) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as refusal:
        check_entry(an_entry(**changed))
    assert refusal.value.field == field
    return refusal.value


def _with_field(**changed: Any) -> dict[str, Any]:
    return {"fields": (RESIDENT_FIELDS[0], replace(Field("extra", "其他", FieldType.STRING), **changed))}


def test_the_sample_passes_and_has_its_key():
    check_entry(an_entry())
    key = an_entry().key_field
    assert key is not None
    assert key.name == "id_number"
    assert an_entry(fields=RESIDENT_FIELDS[1:]).key_field is None


def test_conditional_sharing_states_its_condition():
    _refused("entry.share_condition", share_condition=" ")
    _refused("entry.share_condition", share_type=ShareType.UNCONDITIONAL)
    check_entry(an_entry(share_type=ShareType.UNCONDITIONAL, share_condition=""))


def test_a_refusal_states_reason_and_national_law():
    refused = {
        "share_type": ShareType.REFUSED,
        "share_condition": "",
        "refusal_reason": "涉密",
        "refusal_basis": "《中华人民共和国保守国家秘密法》第二十六条",
    }
    check_entry(an_entry(**refused))
    _refused("entry.refusal_reason", **refused | {"refusal_reason": ""})
    assert _refused("entry.refusal_basis", **refused | {"refusal_basis": ""}).reason == "NO_NATIONAL_LAW"
    _refused("entry.refusal_basis", **refused | {"refusal_basis": "《宁夏回族自治区大数据条例》"})
    _refused("entry.refusal_reason", refusal_reason="涉密")
    _refused("entry.refusal_basis", refusal_basis="《公司法》")


@pytest.mark.parametrize(
    "cited",
    [
        "《中华人民共和国个人信息保护法》第二十五条",
        "《公司法》",
        "《中华人民共和国民法典》",
        "《海关法（2021修正）》",
        "《政府信息公开条例》第十四条",
        "《城市供水条例》",
        "《行政区划管理条例》",
        "《自然保护区条例》",
        "《中华人民共和国自然保护区条例》",
        "《国务院关于预算管理的决定》",
        "《互联网信息服务管理办法》（国务院令第292号）",
        "《宁夏回族自治区大数据条例》和《统计法》",
    ],
)
def test_laws_regulations_and_state_council_decisions_may_forbid_sharing(cited):
    assert rests_on_national_law(cited)


@pytest.mark.parametrize(
    "cited",
    [
        "",
        "统计法",
        "内部规定",
        "《》",
        "《宁夏回族自治区大数据条例》",
        "《银川市政务数据管理办法》",
        "《吴忠市城市管理条例》",
        "《海原县数据管理条例》",
        "《公安机关办理行政案件程序规定》",
        "《政务信息资源共享管理暂行办法》",
        "《关于加强保密工作的通知》",
        "《宁夏回族自治区实施《中华人民共和国统计法》办法》",
        "《银川市数据管理规定》（国务院令第1号）",
        "《国务院办公厅关于数据的通知》",
    ],
)
def test_local_rules_and_ministry_rules_may_not(cited):
    assert not rests_on_national_law(cited)


def test_conditional_opening_states_its_condition():
    _refused("entry.open_condition", open_type=OpenType.CONDITIONAL)
    _refused("entry.open_condition", open_condition="须实名")
    check_entry(an_entry(open_type=OpenType.CONDITIONAL, open_condition="须实名"))


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("entry.title", {"title": ""}),
        ("entry.title", {"title": "长" * 201}),
        ("entry.title", {"title": "a\nb"}),
        ("entry.abstract", {"abstract": ""}),
        ("entry.abstract", {"abstract": "a\x00"}),
        ("entry.class_path", {"class_path": ()}),
        ("entry.class_path", {"class_path": ("基础", " ")}),
        ("entry.region", {"region": "64000"}),
        ("entry.region", {"region": "64000０"}),
        ("entry.resource_code", {"resource_code": "人口/1"}),
        ("entry.steward_phone", {"steward_phone": "内线"}),
        ("entry.keywords", {"keywords": ("人", "人")}),
        ("entry.keywords", {"keywords": tuple(map(str, range(33)))}),
        ("entry.modes", {"modes": ()}),
        ("entry.modes", {"modes": (ShareMode.QUERY, ShareMode.QUERY)}),
        ("entry.purposes", {"purposes": ("事项",)}),
        ("entry.purposes", {"purposes": ("A1", "A1")}),
        ("entry.retention_days", {"retention_days": -1}),
        ("entry.fields", {"fields": ()}),
        ("entry.fields", {"fields": (*RESIDENT_FIELDS, RESIDENT_FIELDS[1])}),
        ("entry.fields", {"fields": RESIDENT_FIELDS[1:], "subject_domain": ""}),
        ("entry.fields", _with_field(key=True)),
        ("entry.fields", {"fields": (replace(RESIDENT_FIELDS[0], type=FieldType.DATE, mask=""), *RESIDENT_FIELDS[1:])}),
        ("entry.fields", {"fields": (replace(RESIDENT_FIELDS[0], type=FieldType.DOUBLE, mask=""), *RESIDENT_FIELDS[1:])}),
        ("entry.fields[1].name", _with_field(name="Name")),
        ("entry.fields[1].name", _with_field(name="")),
        ("entry.fields[1].label", _with_field(label="")),
        ("entry.fields[1].sensitivity", _with_field(sensitivity=0)),
        ("entry.fields[1].sensitivity", _with_field(sensitivity=5)),
        ("entry.fields[1].length", _with_field(length=-1)),
        ("entry.fields[1].personal_category", _with_field(personal_category="健康")),
        ("entry.fields[1].mask", _with_field(mask="stars")),
        ("entry.fields[1].mask", _with_field(mask="keep:1,")),
        ("entry.fields[1].mask", _with_field(mask="keep:6,4", length=11)),
        ("entry.fields[1].mask", _with_field(mask="keep:1,0", length=1)),
        ("entry.fields[1].mask", _with_field(mask="keep:1,2", type=FieldType.INT64)),
        ("entry.fields[1].mask", _with_field(mask="year", type=FieldType.BOOL)),
        ("entry.serving_system", {"serving_resource": ""}),
        ("entry.serving_system", {"serving_system": "人口"}),
        ("entry.subject_domain", {"subject_domain": "passport"}),
        ("entry.subject_domain", {"fields": RESIDENT_FIELDS[1:], "modes": (ShareMode.FILE,)}),
        ("entry.source.derived_from", {"source": Source("", ("entries/x",))}),
        ("entry.provider", {"provider": f" {POLICE}"}),
        ("entry.data_update_time", {"data_update_time": datetime(2026, 1, 1)}),  # noqa: DTZ001
    ],
)
def test_a_malformed_entry_is_sent_back_and_its_fault_named(field, changed):
    _refused(field, **changed)


def test_a_mistyped_credit_code_is_refused():
    with pytest.raises(InvalidInputError):
        check_entry(an_entry(provider=POLICE[:-1] + ("0" if POLICE[-1] != "0" else "1")))


def test_an_entry_is_not_derived_from_itself():
    origin = Source("", (f"entries/{ID}",))
    check_entry(an_entry(source=origin))
    with pytest.raises(InvalidInputError) as refusal:
        check_entry(an_entry(source=origin), f"entries/{ID}")
    assert refusal.value.field == "entry.source.derived_from"
    with pytest.raises(InvalidInputError):
        Entry.draft(an_entry(), POLICEMAN, ID, "公安厅", NOW).update(POLICEMAN, an_entry(source=origin))


def test_too_many_fields_are_refused():
    _refused("entry.fields", fields=tuple(Field(f"f{place}", "项", FieldType.STRING) for place in range(257)))


RULES = [
    ("entry.share_condition", {"share_condition": ""}, "有条件共享的，须写明共享条件"),
    ("entry.share_condition", {"share_type": ShareType.UNCONDITIONAL}, "只有有条件共享的目录条目才可填写共享条件"),
    ("entry.purposes", {"purposes": ("A1", "A1")}, "办理事项中“A1”重复"),
    ("entry.keywords", {"keywords": ("人", "人")}, "关键词中“人”重复"),
    ("entry.keywords", {"keywords": tuple(map(str, range(33)))}, "关键词不得超过32项"),
    ("entry.modes", {"modes": (ShareMode.QUERY, ShareMode.QUERY)}, "共享方式有重复"),
    ("entry.refusal_basis", {"refusal_basis": "《公司法》"}, "只有不予共享的目录条目才可填写不予共享依据"),
    ("entry.retention_days", {"retention_days": -1}, "保存期限应在0与36500之间"),
    ("entry.fields[1].sensitivity", _with_field(sensitivity=5), "第2个信息项的敏感级别应在1与4之间"),
    ("entry.fields[1].label", _with_field(label=""), "缺少第2个信息项的中文名称"),
]


@pytest.mark.parametrize(("field", "changed", "zh"), RULES)
def test_a_chinese_reader_learns_which_rule_was_broken_and_what_to_do(field, changed, zh):
    refusal = _refused(field, **changed)
    assert refusal.zh == zh
    assert refusal.next_action_zh != refusal.next_action


@pytest.mark.parametrize("basis", ["《...法》第...条", "《XX法》第1条", "《  法》"])
def test_a_title_without_a_name_is_no_law(basis):
    assert not rests_on_national_law(basis)


@pytest.mark.parametrize("basis", ["《刑法》第253条", "《民法典》", "《中华人民共和国个人信息保护法》第13条", "《统计法》第9条"])
def test_a_law_by_its_name_is_one(basis):
    assert rests_on_national_law(basis)
