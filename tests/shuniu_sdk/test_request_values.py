"""`shuniu call` takes the values of closed lists in Chinese, and tells which there are where one is in no list."""

import json
import re
from pathlib import Path

import pytest
from google.protobuf.descriptor import Descriptor

from shuniu.catalogue import InvalidInputError
from shuniu.cli.calling import SERVICES, method_of, request_of
from shuniu.v1 import catalog_pb2
from shuniu.words import value_words

CREATE = method_of("CatalogService/CreateEntry")
GUIDES = ("docs/guides/provider.md", "docs/guides/provider.zh-CN.md")
ROOT = Path(__file__).parents[2]


def example(guide: str) -> str:
    """Return the entry.json of a guide."""
    found = re.search(r"```json\n(\{\"entry\".*?)```", (ROOT / guide).read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_values_of_an_entry_may_be_chinese():
    entry = {
        "share_type": "有条件共享",
        "modes": ["查询", "SHARE_MODE_CHECK"],
        "level": " 省级 ",
        "openType": "不予开放",
        "fields": [{"type": "日期"}],
    }
    request = request_of(CREATE, json.dumps({"entry": entry}))
    assert request == catalog_pb2.CreateEntryRequest(
        entry=catalog_pb2.Entry(
            share_type=catalog_pb2.SHARE_TYPE_CONDITIONAL,
            modes=[catalog_pb2.SHARE_MODE_QUERY, catalog_pb2.SHARE_MODE_CHECK],
            level=catalog_pb2.LEVEL_PROVINCE,
            open_type=catalog_pb2.OPEN_TYPE_CLOSED,
            fields=[catalog_pb2.Field(type=catalog_pb2.FIELD_TYPE_DATE)],
        )
    )


def test_a_value_that_is_in_no_list_is_told_with_those_that_are():
    with pytest.raises(InvalidInputError) as refusal:
        request_of(CREATE, '{"entry": {"fields": [{}, {"type": "图片"}]}}')
    assert (refusal.value.reason, refusal.value.field) == ("VALUE_NOT_LISTED", "entry.fields[1].type")
    assert refusal.value.zh == "第2个信息项的类型没有“图片”这一取值"
    assert "字符、整数" in refusal.value.next_action_zh
    assert "FIELD_TYPE_STRING, FIELD_TYPE_INT64" in refusal.value.next_action


def test_values_that_are_in_no_list_are_told_together_each_list_once():
    entry = {"share_type": "随便", "level": "省级", "fields": [{"type": "图片"}, {"type": "日期"}, {"type": "录音"}]}
    with pytest.raises(InvalidInputError) as refusal:
        request_of(CREATE, json.dumps({"entry": entry}))
    assert (refusal.value.reason, refusal.value.field) == ("VALUES_NOT_LISTED", "entry.share_type")
    told = "共享类型没有“随便”这一取值；第1个信息项的类型没有“图片”这一取值；第3个信息项的类型没有“录音”这一取值"
    assert refusal.value.zh == f"有3处取值无效：{told}"
    assert refusal.value.next_action_zh.count("请填写：") == 2
    assert refusal.value.message.count("is no value of this list") == 3


@pytest.mark.parametrize(
    "text", ['{"entry": {"title": "a", "title": "b"}}', '{"entry": 5}', '{"nonsense": 1}', '{"entry": {"fields": 5}}', "{", "[]"]
)
def test_what_is_no_request_is_still_refused(text):
    with pytest.raises(InvalidInputError) as refusal:
        request_of(CREATE, text)
    assert refusal.value.reason == "JSON"


def lists_of(kind: Descriptor, seen: set[str]) -> dict[str, set[str]]:
    """Return the closed lists that a message can hold, with their values but the unset one."""
    found: dict[str, set[str]] = {}
    for field in kind.fields:
        if field.enum_type is not None:
            found[field.enum_type.name] = {value.name for value in field.enum_type.values if value.number}
        elif field.message_type is not None and field.message_type.full_name not in seen:
            found |= lists_of(field.message_type, seen | {field.message_type.full_name})
    return found


METHODS = [method for service in SERVICES.values() for method in service.methods]


@pytest.mark.parametrize("method", METHODS, ids=lambda one: one.name)
def test_every_closed_list_of_every_call_has_chinese_words_and_no_word_means_two_values(method):
    for kind, values in {**lists_of(method.input_type, set()), **lists_of(method.output_type, set())}.items():
        words = value_words(kind)
        assert set(words) == values, kind
        every = [word for known in words.values() for word in known]
        assert len(every) == len(set(every)), kind


@pytest.mark.parametrize("guide", GUIDES)
def test_the_entry_in_the_guide_is_a_request(guide):
    request = request_of(CREATE, example(guide))
    assert isinstance(request, catalog_pb2.CreateEntryRequest)
    assert request.entry.share_type == catalog_pb2.SHARE_TYPE_CONDITIONAL
    assert request.entry.fields[0].key
