"""Records of use 使用记录: what a consumer did with a grant, and who may look at it (Decree 809 art. 29)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shuniu.tck.procedures.grant import ACTIVE
from shuniu.tck.rules import NOT_THEIRS
from shuniu.tck.sequence import AUTHORITY, CONSUMER, OTHER, PROVIDER, Call, Expect, Kind, Sequence, Step, refusal, says
from shuniu.tck.things import KEY, step_on
from shuniu.words import Word

KEEPS: Final = "Decree 809 art. 29 (政务数据共享条例第二十九条)"
_DAY: Final = "{it.start_time.day}"
_USE: Final = {
    "grant": "{it.name}",
    "begin_date": _DAY,
    "end_date": _DAY,
    "scenario": "低保核对",
    "process": "窗口受理时逐件核对",
    "effect": "减少证明材料",
    "storage": "未留存",
    "destruction": "尚未销毁",
    "officer": "{by}",
}
_LIST: Final = {"grant": "{it.name}"}
_LOOK: Final = {"name": "{it.name}", "reason": "年度检查使用情况", "officer": "{by}"}
_WRONG: Final[tuple[tuple[str, str, str, dict[str, Any]], ...]] = (
    ("upside-down", "whose period ends before it begins", "起止日期颠倒", {"begin_date": _DAY, "end_date": "2000-01-01"}),
    ("to-come", "of days to come", "期间尚未到来", {"begin_date": _DAY, "end_date": "2099-01-01"}),
    ("before-the-grant", "of days before the grant", "期间早于授权", {"begin_date": "2000-01-01", "end_date": _DAY}),
    ("no-day", "whose day is none", "日期有误", {"end_date": "2026-02-30"}),
    ("no-scenario", "without a scenario", "未填写应用场景", {"scenario": ""}),
    ("no-effect", "without an effect", "未填写使用成效", {"effect": ""}),
    ("no-officer", "without an officer", "未填写经办人", {"officer": ""}),
    ("about-a-person", "that spells an ID number", "写明证件号码", {"process": f"为{KEY}核对"}),
)


def _record(expect: Expect, who: str = CONSUMER, keep: str = "", **other: Any) -> Call:
    return Call(who, "RecordUse", {"use_record": {**_USE, **other}}, expect, keep)


MADE: Final[tuple[Step, ...]] = (*ACTIVE, _record(says(begin_date=_DAY, corrects=""), keep="use"))


def _one(name: str, en: str, zh: str, kind: Kind, *steps: Step) -> Sequence:
    return Sequence(f"use-record/{name}", Word(name, en, zh), KEEPS, kind, steps)


def sequences() -> Iterator[Sequence]:
    """Yield who records, what a record may not be, and who looks."""
    listed = Call(CONSUMER, "ListUseRecords", _LIST, says(use_records__length=1))
    yield _one("made", "a consumer records its use and lists it", "使用部门填写并查看使用记录", Kind.HAPPY, *MADE, listed)
    revoked = step_on(AUTHORITY, "RevokeGrant", reason="依据废止", officer="{by}")
    after = _record(says(end_date=_DAY))
    yield _one("after-the-end", "the use of a grant that has ended is recorded", "授权终结后仍可填写使用记录", Kind.ENDED, *ACTIVE, revoked, after)
    corrected = _record(says(corrects="{use.name}"), corrects="{use.name}", effect="减少证明材料三份")
    yield _one("corrected", "a later record corrects an earlier one", "后填的使用记录更正先填的", Kind.HAPPY, *MADE, corrected)
    twice = _record(refusal("INVALID_ARGUMENT", reason="CORRECTS_WRONG"), corrects="{use.name}")
    yield _one("corrected-twice", "a record is corrected once", "同一使用记录只更正一次", Kind.REPLAYED, *MADE, corrected, twice)
    for name, en, zh, wrong in _WRONG:
        refused = _record(refusal("INVALID_ARGUMENT"), **wrong)
        yield _one(name, f"a record {en} is refused", f"{zh}的使用记录不予接受", Kind.INCOMPLETE, *ACTIVE, refused)
    for who in (PROVIDER, AUTHORITY, OTHER):
        made = _record(NOT_THEIRS, who)
        yield _one(f"by-{who}", f"nobody records the use of another: {who}", f"不得代他人填写：{who}", Kind.WRONG_PARTY, *ACTIVE, made)
        listing = Call(who, "ListUseRecords", _LIST, NOT_THEIRS)
        yield _one(f"listed-by-{who}", f"nobody lists another's records: {who}", f"不得查看他人的列表：{who}", Kind.WRONG_PARTY, *MADE, listing)
    for who in (PROVIDER, AUTHORITY):
        look = Call(who, "InspectGrant", _LOOK, says(use_records__length=1, look_index__filled=True))
        yield _one(f"inspected-by-{who}", f"{who} inspects the use of a grant", f"{who} 检查使用情况", Kind.HAPPY, *MADE, look)
        for gap in ("reason", "officer"):
            silent = Call(who, "InspectGrant", {**_LOOK, gap: ""}, refusal("INVALID_ARGUMENT"))
            yield _one(
                f"inspected-by-{who}-without-{gap}", f"an inspection without {gap} is refused", f"检查缺少 {gap}", Kind.INCOMPLETE, *MADE, silent
            )
    for who in (CONSUMER, OTHER):
        look = Call(who, "InspectGrant", _LOOK, NOT_THEIRS)
        yield _one(f"inspected-by-{who}", f"{who} does not inspect the grant", f"{who} 不得检查", Kind.WRONG_PARTY, *MADE, look)
