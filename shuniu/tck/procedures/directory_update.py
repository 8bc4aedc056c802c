"""Directory updates 目录更新: what changed in the law or in duties is followed in time (Decree 809 art. 17)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shuniu.tck.rules import NOT_THEIRS, Move, Rules
from shuniu.tck.sequence import AUTHORITY, CONSUMER, PROVIDER, Call, Kind, Later, Need, Sequence, Step, refusal, says
from shuniu.tck.things import KEY, PUBLISHED_ENTRY, step_on
from shuniu.words import Word

FOLLOW: Final = "Decree 809 art. 17 (政务数据共享条例第十七条)"
_TODAY: Final = "{it.create_time.day}"


def _report(who: str = PROVIDER, expect: Any = None, **other: Any) -> Call:
    said = {"entry": "{it.name}", "change": "新增登记事项", "legal_basis": "《居住证暂行条例》", "change_date": _TODAY, "officer": "{by}", **other}
    return Call(who, "ReportDirectoryUpdate", {"directory_update": said}, expect or says(state="DIRECTORY_UPDATE_STATE_DUE"), "it", alone=True)


DUE: Final[tuple[Step, ...]] = (*PUBLISHED_ENTRY, _report())
_WHY: Final = {"reason": "涉及多个系统改造", "officer": "{by}"}
_MORE: Final[dict[str, Any]] = {"working_days": 5, **_WHY}
_EXTENSION: Final = step_on(PROVIDER, "RequestUpdateExtension", **_MORE)


def _move(name: str, en: str, zh: str, rpc: str, who: tuple[str, ...], fields: dict[str, Any], *demands: str) -> Move:
    return Move(name, Word(name, en, zh), rpc, who, FOLLOW, fields, demands)


RULES: Final = Rules(
    id="directory-update",
    thing=Word("directory_update", "directory update", "目录更新"),
    prefix="DIRECTORY_UPDATE_STATE_",
    moves={
        "ask": _move("ask", "ask for more time", "申请延期", "RequestUpdateExtension", (PROVIDER,), _MORE, "reason", "officer"),
        "allow": _move("allow", "allow more time", "同意延期", "AllowUpdateExtension", (AUTHORITY,), _WHY, "reason", "officer"),
        "refuse": _move("refuse", "refuse more time", "不同意延期", "RefuseUpdateExtension", (AUTHORITY,), _WHY, "reason", "officer"),
        "withdraw": _move("withdraw", "withdraw", "撤回", "WithdrawDirectoryUpdate", (PROVIDER, AUTHORITY), _WHY, "reason", "officer"),
    },
    ways={"due": DUE, "withdrawn": (*DUE, step_on(PROVIDER, "WithdrawDirectoryUpdate", **_WHY))},
    words={"due": "due", "withdrawn": "withdrawn"},
    next={("due", "ask"): "due", ("due", "allow"): "due", ("due", "refuse"): "due", ("due", "withdraw"): "withdrawn"},
    starts={("due", "allow"): (*DUE, _EXTENSION), ("due", "refuse"): (*DUE, _EXTENSION)},
)


def _one(name: str, en: str, zh: str, kind: Kind, *steps: Step, clock: bool = False) -> Sequence:
    needs = frozenset({Need.WRITING, Need.CLOCK} if clock else {Need.WRITING})
    return Sequence(f"directory-update/{name}", Word(name, en, zh), FOLLOW, kind, steps, needs)


def sequences() -> Iterator[Sequence]:
    """Yield what the table says, and what it does not."""
    yield from RULES.sequences()
    kept = Call(PROVIDER, "GetDirectoryUpdate", {"name": "{it.name}"}, keep="update")
    entry = Call(PROVIDER, "GetEntry", {"name": "{update.entry}"}, keep="it")
    published = (
        step_on(PROVIDER, "ReviseEntry", reason="新增登记事项"),
        step_on(PROVIDER, "SubmitEntry", reason="新增登记事项", officer="{by}"),
        step_on(AUTHORITY, "PublishEntry", officer="{by}"),
    )
    done = Call(PROVIDER, "GetDirectoryUpdate", {"name": "{update.name}"}, says(state="DIRECTORY_UPDATE_STATE_DONE", version=2))
    yield _one("made", "the publication of a version fulfils it", "发布新版本即完成更新", Kind.HAPPY, *DUE, kept, entry, *published, done)
    ended = step_on(PROVIDER, "WithdrawEntry", reason="职能取消", officer="{by}")
    gone = Call(PROVIDER, "GetDirectoryUpdate", {"name": "{update.name}"}, says(state="DIRECTORY_UPDATE_STATE_DONE"))
    yield _one("withdrawn-entry", "so does the withdrawal of the entry", "撤销条目亦即完成更新", Kind.ENDED, *DUE, kept, entry, ended, gone)
    by_authority = _report(AUTHORITY)
    yield _one("by-the-authority", "the authority reports a change too", "主管部门亦可报告", Kind.HAPPY, *PUBLISHED_ENTRY, by_authority)
    other = _report(CONSUMER, NOT_THEIRS)
    yield _one("by-others", "nobody else reports it", "其他部门不得报告", Kind.WRONG_PARTY, *PUBLISHED_ENTRY, other)
    early = Call(AUTHORITY, "AllowUpdateExtension", {"name": "{it.name}", "etag": "{it.etag}", **_WHY}, refusal("FAILED_PRECONDITION"))
    yield _one("allowed-unasked", "more time is allowed to whoever asks for it", "未申请的不得同意延期", Kind.OUT_OF_ORDER, *DUE, early)
    twice = Call(PROVIDER, "RequestUpdateExtension", {"name": "{it.name}", "etag": "{it.etag}", **_MORE}, refusal("FAILED_PRECONDITION"))
    yield _one("asked-twice", "more time is asked for once", "延期只申请一次", Kind.REPLAYED, *DUE, _EXTENSION, twice)
    late = Call(PROVIDER, "GetDirectoryUpdate", {"name": "{update.name}"}, says(state="DIRECTORY_UPDATE_STATE_DUE", clock__days_left__filled=True))
    after = (kept, Later(24 * 30), late, entry, *published, done)
    yield _one("late", "what is over can still be made", "逾期后仍可完成更新", Kind.LATE, *DUE, *after, clock=True)
    for name, en, zh, wrong in (
        ("to-come", "of a day to come", "尚未发生", {"change_date": "2099-01-01"}),
        ("long-ago", "of years ago", "过于久远", {"change_date": "2001-01-01"}),
        ("no-day", "whose day is none", "日期有误", {"change_date": "2026-02-30"}),
        ("no-law", "without a legal basis", "未填写依据", {"legal_basis": ""}),
        ("no-change", "that says nothing", "未填写变化内容", {"change": ""}),
        ("number-in-text", "that spells an ID number", "出现公民身份号码", {"change": f"补登{KEY}"}),
        ("no-officer", "without an officer", "未填写经办人", {"officer": ""}),
    ):
        call = _report(expect=refusal("INVALID_ARGUMENT"), **wrong)
        yield _one(name, f"a change {en} is refused", f"{zh}的变化不予受理", Kind.INCOMPLETE, *PUBLISHED_ENTRY, call)
