"""What a masking rule leaves of a value."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.masking import apply_mask, stricter
from catalog.model import least_hidden
from hub.errors import InvalidInputError


@pytest.mark.parametrize(
    ("rule", "value", "left"),
    [
        ("", "张三丰", "张三丰"),
        ("keep:1,0", "张三丰", "张**"),
        ("keep:1,1", "张三丰", "***"),
        ("keep:1,1", "欧阳锋华", "欧**华"),
        ("keep:3,4", "13800138000", "138****8000"),
        ("keep:3,4", "05550100", "********"),
        ("keep:6,4", "H1234567891", "***********"),
        ("keep:4,4", "91640100MA76XXXX1A", "9164**********XX1A"),
        ("keep:6,4", "640102199001011234", "640102********1234"),
        ("keep:2,1", "张三丰", "***"),
        ("keep:1,1", "张三", "**"),
        ("keep:0,0", "张三", "**"),
        ("keep:1,0", "", ""),
        ("keep:0,1", "ab", "*b"),
        ("keep:1,1", 12345, None),
        ("year", date(1990, 5, 6), "1990"),
        ("year", datetime(1990, 5, 6, tzinfo=UTC), "1990"),
        ("year", datetime(1989, 12, 31, 16, tzinfo=UTC), "1990"),
        ("year", datetime(1989, 12, 31, 15, 59, tzinfo=UTC), "1989"),
        ("year", datetime(1990, 1, 1, tzinfo=timezone(timedelta(hours=8))), "1990"),
        ("year", datetime(1990, 1, 1), "1990"),  # noqa: DTZ001 -- without a zone it is the day that it says
        ("year", "1990-05-06", "1990"),
        ("year", "19900506", "1990"),
        ("year", "1990年5月", "1990"),
        ("year", "不详", None),
        ("year", 1990, None),
        ("year", "199001011", None),
        ("hide", "张三", None),
        ("hide", 5, None),
        ("hide", None, None),
        ("keep:1,1", None, None),
        ("year", None, None),
        ("", 5, 5),
    ],
)
def test_a_mask_leaves_only_what_its_rule_says(rule, value, left):
    assert apply_mask(rule, value) == left


@given(st.text(max_size=30), st.integers(0, 40), st.integers(0, 40))
def test_a_mask_never_shows_a_whole_value(value, head, tail):
    left = apply_mask(f"keep:{head},{tail}", value)
    assert isinstance(left, str)
    assert len(left) == len(value)
    assert not value or "*" in left


@given(st.text(max_size=60), st.integers(0, 40), st.integers(0, 40))
def test_a_mask_covers_the_least_share_that_is_stated_or_everything(value, head, tail):
    value = value.replace("*", "x")
    covered = str(apply_mask(f"keep:{head},{tail}", value)).count("*")
    assert covered >= min(len(value), max(-(-len(value) // 3), 4 if len(value) > 8 else -(-len(value) // 2)))
    assert covered in {len(value), len(value) - head - tail}


def test_a_longer_text_never_shows_less_so_that_one_length_speaks_for_all_shorter_ones():
    shown = [length - least_hidden(length) for length in range(200)]
    assert shown == sorted(shown)


RULES = st.one_of(st.sampled_from(["", "year", "hide"]), st.builds("keep:{},{}".format, st.integers(0, 12), st.integers(0, 12)))


@given(RULES, RULES, st.one_of(st.dates(min_value=date(1000, 1, 1)).map(str), st.text("甲乙丙0123456789", max_size=12)))
def test_the_stricter_of_two_masks_shows_only_what_both_allow(one, other, value):
    rule = stricter(one, other)
    assert rule == stricter(other, one)
    assert stricter(one, one) == one
    both = apply_mask(rule, value)
    if rule == "year":
        assert {one, other} <= {"", "year"}
    elif rule == "hide":
        assert both is None
    else:
        for allowed in (one, other):
            head, tail = map(int, allowed.removeprefix("keep:").split(",")) if allowed else (99, 99)
            assert all(shown == "*" or place < head or place >= len(value) - tail for place, shown in enumerate(str(both)))


@given(st.text(max_size=12).filter(lambda text: text not in {"", "year", "hide"}))
def test_an_unknown_masking_rule_is_refused_and_not_ignored(rule):
    if not (rule.startswith("keep:") and rule[5:].replace(",", "", 1).isdigit()):
        with pytest.raises(InvalidInputError):
            apply_mask(rule, "value")
