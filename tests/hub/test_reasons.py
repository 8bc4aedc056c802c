"""Rows of the catalogue: raised by name with facts, told in two languages."""

import pytest

from hub.errors import CATALOGUE, InvalidInputError, LimitError, NotAllowedError, Reason
from shuniu.words import Word, either, field_word

ROW: Reason[NotAllowedError] = Reason(
    error=NotAllowedError,
    reason="NOT_YOURS",
    en="the {state} grant of {n} calls: {field}",
    zh="{state}的授权，{n}次：{field}",
    next_en="ask for {n}",
    next_zh="请申请{n}次",
)
CATALOGUE.remove(ROW)  # type: ignore[arg-type]  # a row of a test is nobody's row
SUSPENDED = Word("suspended", "suspended", "已暂停")


def test_facts_fill_the_texts_in_the_language_of_each_and_go_along():
    error = ROW(state=SUSPENDED, n=3, field="entry.fields[3].mask", retry_after=2.0)
    assert isinstance(error, NotAllowedError)
    assert error.message == "the suspended grant of 3 calls: entry.fields[3].mask"
    assert error.zh == "已暂停的授权，3次：第4个信息项的脱敏规则"
    assert (error.next_action, error.next_action_zh) == ("ask for 3", "请申请3次")
    assert (error.reason, error.field, error.retry_after) == ("NOT_YOURS", "entry.fields[3].mask", 2.0)
    assert dict(error.facts) == {"state": "suspended", "n": "3"}


def test_a_text_may_say_after_how_many_seconds_to_try_again():
    later: Reason[LimitError] = Reason(error=LimitError, en="a", zh="甲", next_en="retry after {retry_after} s", next_zh="请于{retry_after}秒后重试")
    del CATALOGUE[-1:]
    error = later(retry_after=9.6)
    assert (error.next_action, error.next_action_zh, dict(error.facts)) == ("retry after 10 s", "请于10秒后重试", {})


def test_braces_in_a_fact_are_text():
    assert ROW(state="{n}", n="{0.__class__}").message == "the {n} grant of {0.__class__} calls: "


def test_a_row_without_a_reason_has_its_class_s_code_and_may_have_a_http_status_of_its_own():
    plain: Reason[InvalidInputError] = Reason(error=InvalidInputError, en="a", zh="甲", next_en="b", next_zh="乙")
    large: Reason[LimitError] = Reason(error=LimitError, reason="BODY_TOO_LARGE", en="a", zh="甲", next_en="b", next_zh="乙", http=413)
    del CATALOGUE[-2:]
    assert (plain().reason, plain().http) == ("INVALID_INPUT", 400)
    assert (large().reason, large().http) == ("BODY_TOO_LARGE", 413)


def test_a_fact_that_is_missing_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        ROW(n=3)


def test_alternatives_read_as_people_say_them():
    made, active = Word("made", "made", "已制作"), Word("active", "in use", "已启用")
    assert either(made) == made
    assert (either(made, active).en, either(made, active).zh) == ("made or in use", "已制作或已启用")
    assert either(made, active, SUSPENDED).zh == "已制作、已启用或已暂停"


def test_a_field_without_a_word_stands_for_itself():
    assert field_word("terms.mode").zh == "共享方式"
    assert field_word("KZ_NAME").zh == "KZ_NAME"
    assert field_word("").zh == ""
