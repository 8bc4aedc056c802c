"""The draft of an entry: names, types, comments and blanks, and nothing of the data."""

import json
import sys

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from shuniu.provider.comparison import compare
from shuniu.provider.description import entry_fields, entry_key, served_resource
from shuniu.provider.draft import BLANK, blanks_in, domain_of, draft_of, field_names, names_toml
from shuniu.v1.catalog_pb2 import FIELD_TYPE_DATE, FIELD_TYPE_STRING, CreateEntryRequest
from shuniu.v1.provider_pb2 import ProviderColumn, ProviderResource

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

COLUMNS = [
    ProviderColumn(name="SFZH", value_type=FIELD_TYPE_STRING, length=18, comment="公民身份号码"),
    ProviderColumn(name="姓名", value_type=FIELD_TYPE_STRING, length=50, nullable=True),
    ProviderColumn(name="born", value_type=FIELD_TYPE_DATE, comment="出生日期（公历）"),
    ProviderColumn(name="ZT-1", value_type=FIELD_TYPE_STRING),
    ProviderColumn(name="PERMIT_NO", value_type=FIELD_TYPE_STRING),
    ProviderColumn(name="odd"),
]
RESOURCE = ProviderResource(resource="T_RESIDENT", key="SFZH", comment="居住证登记信息；每日更新", columns=COLUMNS)


def filled(value):
    """Fill the blanks in, as a person would."""
    choices = {
        "region": "640000",
        "resource_code": "10100201/000900",
        "steward_phone": "0951-0000002",
        "level": "LEVEL_PROVINCE",
        "share_type": "SHARE_TYPE_UNCONDITIONAL",
        "open_type": "OPEN_TYPE_CLOSED",
        "update_period": "UPDATE_PERIOD_DAILY",
        "type": "FIELD_TYPE_STRING",
        "sensitivity": 2,
        "personal": True,
    }

    def fill(name, one):
        if isinstance(one, dict):
            return {inner: fill(inner, value) for inner, value in one.items()}
        if isinstance(one, list):
            return [fill(f"{name}{number}", value) for number, value in enumerate(one)]
        return choices.get(name, f"《居住证暂行条例》{name}") if isinstance(one, str) and BLANK in one else one

    return fill("", value)


def test_what_the_table_says_stands_in_the_draft():
    draft = draft_of(RESOURCE, "main")
    entry = draft.request["entry"]
    assert (entry["title"], entry["serving_system"], entry["serving_resource"], entry["subject_domain"]) == (
        "居住证登记信息",
        "main",
        "T_RESIDENT",
        "cn-id",
    )
    fields = {one["name"]: one for one in entry["fields"]}
    assert list(fields) == ["id_number", "name", "born", "field_4", "permit_no", "odd"]
    assert fields["id_number"]["key"] is True
    assert (fields["id_number"]["label"], fields["id_number"]["length"], fields["id_number"]["type"]) == ("公民身份号码", 18, "FIELD_TYPE_STRING")
    assert (fields["name"]["label"], fields["name"]["nullable"]) == ("姓名", True)
    assert fields["born"]["label"] == "出生日期"
    assert BLANK in fields["permit_no"]["label"]
    assert BLANK in fields["odd"]["type"]


def test_the_columns_whose_names_an_entry_cannot_have_are_mapped_in_toml():
    names = draft_of(RESOURCE, "main").names
    assert names == {"id_number": "SFZH", "name": "姓名", "field_4": "ZT-1", "permit_no": "PERMIT_NO"}
    assert tomllib.loads(names_toml(names))["resource"]["names"] == names


def test_the_draft_is_the_request_once_its_blanks_are_filled_in():
    draft = draft_of(RESOURCE, "main").request
    blanks = blanks_in(draft)
    assert "entry.abstract" in blanks
    assert "entry.fields[0].sensitivity" in blanks
    with pytest.raises(json_format.ParseError):
        json_format.ParseDict(draft, CreateEntryRequest())
    assert blanks_in(filled(draft)) == []
    request = json_format.ParseDict(json.loads(json.dumps(filled(draft))), CreateEntryRequest())
    assert entry_key(request.entry) == "id_number"


def test_a_filled_draft_agrees_with_what_is_served_under_its_map():
    draft = draft_of(RESOURCE, "main")
    request = json_format.ParseDict(filled(draft.request), CreateEntryRequest())
    source = {column: field for field, column in draft.names.items()}
    renamed = ProviderResource(resource=RESOURCE.resource, key="id_number")
    for column in RESOURCE.columns:
        renamed.columns.add().CopyFrom(column)
        renamed.columns[-1].name = source.get(column.name, column.name)
    assert compare(served_resource(renamed), entry_fields(request.entry), "id_number") == ()


@pytest.mark.parametrize(
    ("column", "comment", "domain"),
    [
        ("id_number", "", "cn-id"),
        ("SFZH", "", "cn-id"),
        ("k1", "身份证号码（18位）", "cn-id"),
        ("身份证号", "", "cn-id"),
        ("TYSHXYDM", "", "uscc"),
        ("k1", "统一社会信用代码", "uscc"),
        ("permit_number", "许可证号", ""),
        ("id", "", ""),
        ("name", "", ""),
    ],
)
def test_the_subject_domain_is_guessed_from_the_key_s_name_and_comment_alone(column, comment, domain):
    assert domain_of(column, comment) == domain


@given(st.lists(st.text(min_size=1, max_size=8) | st.sampled_from(["XM", "xm", "姓名", "name", "Name", "field_1"]), unique=True, max_size=8))
def test_every_column_gets_a_name_of_its_own_that_an_entry_can_have(columns):
    names = field_names([(column, "") for column in columns])
    assert list(names) == columns
    assert len(set(names.values())) == len(columns)
    assert all(name.isascii() and name == name.lower() and not name[0].isdigit() for name in names.values())
    mapped = {field: column for column, field in names.items() if field != column}
    assert tomllib.loads(names_toml(mapped)).get("resource", {}).get("names", {}) == mapped
