"""Many keys of one case 批量查询: each is a query of its own, and what one is refused ends nothing (Decree 809 art. 22, 25)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shuniu.tck.sequence import CONSUMER, Call, Expect, Kind, Sequence, refusal
from shuniu.tck.things import KEY
from shuniu.tck.ways import Way, granted, use
from shuniu.words import Word

_NOBODY: Final = "640104199003070006"
_BAD: Final = "640104199003070120"


def _parts(*keys: tuple[int, str], **other: Any) -> dict[str, Any]:
    return {"parts": [{"opening": use(**other)}, *({"key": {"place": place, "subject_key": key}} for place, key in keys)]}


def _request(**other: Any) -> dict[str, Any]:
    return _parts((1, KEY), **other)


_FOUND: Final = Expect(says={"length": 1, "first.place": 1, "first.answer.records.length": 1, "first.log_leaf.length": 32})
WAY: Final = Way("query-many", "QueryMany", "query", Word("many", "a query of many keys", "批量查询"), _request, _FOUND)


def sequences() -> Iterator[Sequence]:
    """Yield what holds of every way, keys side by side, and streams that are out of order."""
    yield from WAY.sequences()
    live = granted("query")
    for name, en, zh, keys, said in (
        (
            "beside-nobody",
            "each key has an answer of its own",
            "各标识分别得到结果",
            ((1, KEY), (2, _NOBODY)),
            {"length": 2, "first.answer.records.length": 1, "last.answer.records.length": 0},
        ),
        (
            "beside-refused",
            "a key that is refused ends nothing",
            "一个标识被拒绝不影响其他标识",
            ((1, _BAD), (2, KEY)),
            {"length": 2, "first.refusal.filled": True, "first.answer.filled": False, "last.answer.records.length": 1},
        ),
        (
            "same-key-again",
            "a key that is sent again under another place is asked for again, and logged again",
            "以另一序号重复发送的标识再次查询并再次记录",
            ((1, KEY), (2, KEY)),
            {"length": 2, "first.answer.records.length": 1, "last.answer.records.length": 1},
        ),
        ("none", "a stream without keys ends well, and nothing is released", "没有标识的数据流正常结束，未提供数据", (), {"length": 0}),
    ):
        kind = Kind.REPLAYED if name == "same-key-again" else Kind.HAPPY
        yield WAY.sequence(name, en, zh, kind, *live, Call(CONSUMER, "QueryMany", _parts(*keys), Expect(says=said)))
    opening, key = {"opening": use()}, {"key": {"place": 1, "subject_key": KEY}}
    for name, en, zh, kind, reason, parts in (
        ("no-opening", "a key before the opening is refused", "未发送开场消息即发送标识被拒绝", Kind.OUT_OF_ORDER, "OPENING_MISSING", [key]),
        ("second-opening", "a second opening is refused", "第二条开场消息被拒绝", Kind.OUT_OF_ORDER, "OPENING_TWICE", [opening, opening]),
        ("same-place", "a place that another key has is refused", "序号重复被拒绝", Kind.REPLAYED, "PLACE_WRONG", [opening, key, key]),
        (
            "place-0",
            "a key without a place is refused",
            "没有序号的标识被拒绝",
            Kind.INCOMPLETE,
            "PLACE_WRONG",
            [opening, {"key": {"subject_key": KEY}}],
        ),
    ):
        call = Call(CONSUMER, "QueryMany", {"parts": parts}, refusal("INVALID_ARGUMENT", reason=reason))
        yield WAY.sequence(name, en, zh, kind, *live, call)
