"""Directory updates 目录更新: law or duties changed, and an entry is to follow in time (Decree 809 art. 17)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from shuniu.tck.procedures.request import WITHIN
from shuniu.tck.rules import Move, Rules
from shuniu.tck.sequence import AUTHORITY, CONSUMER, OTHER, PROVIDER, Call, Expect, Kind, Later, Need, Sequence, Step, refusal, says
from shuniu.tck.things import DRAFT_ENTRY, KEY, PUBLISHED_ENTRY, entry_content, step_on
from shuniu.words import Word

FOLLOW: Final = "Decree 809 art. 17 (政务数据共享条例第十七条)"
_BY: Final = {"officer": "{by}"}
_WISH: Final[dict[str, Any]] = {"working_days": 5, "reason": "需逐项核对", **_BY}
_DECISION: Final = {"reason": "情况属实", **_BY}
_WHY: Final = {"reason": "误报", **_BY}
_LAST = PUBLISHED_ENTRY[-1]
PUBLISHED: Final[tuple[Step, ...]] = (*PUBLISHED_ENTRY[:-1], replace(_LAST, keep="own") if isinstance(_LAST, Call) else _LAST)
"""An entry of the sequence's own, kept as `own`."""
_CHANGE: Final = {
    "entry": "{own.name}",
    "change": "登记机关变更，条目应写明新的登记机关",
    "legal_basis": "《居住证暂行条例》第五条",
    "change_date": "{own.publish_time.day}",
    **_BY,
}


def _report(expect: Expect, who: str = PROVIDER, **other: Any) -> Call:
    return Call(who, "ReportDirectoryUpdate", {"directory_update": {**_CHANGE, **other}}, expect, "it", alone=True)


def _get(expect: Expect, who: str = PROVIDER) -> Call:
    return Call(who, "GetDirectoryUpdate", {"name": "{it.name}"}, expect, "it")


DUE: Final[tuple[Step, ...]] = (*PUBLISHED, _report(says(state="DIRECTORY_UPDATE_STATE_DUE", provider="{parties.provider}")))
REQUESTED: Final[tuple[Step, ...]] = (*DUE, step_on(PROVIDER, "RequestUpdateExtension", **_WISH))
_OWN: Final = {"name": "{own.name}", "etag": "{own.etag}"}
_GONE: Final = Call(PROVIDER, "WithdrawEntry", {**_OWN, "reason": "职能调整", **_BY})
_SUBMITTED: Final[tuple[Step, ...]] = (
    Call(PROVIDER, "ReviseEntry", {**_OWN, "reason": "登记机关变更"}, keep="own"),
    Call(PROVIDER, "SubmitEntry", {**_OWN, "reason": "登记机关变更", **_BY}, keep="own"),
)
_PUBLISH: Final = Call(AUTHORITY, "PublishEntry", {**_OWN, **_BY}, says(version=2), "own")


def _move(name: str, en: str, zh: str, rpc: str, who: tuple[str, ...], fields: dict[str, Any]) -> Move:
    return Move(name, Word(name, en, zh), rpc, who, FOLLOW, fields, ("reason", "officer"))


RULES: Final = Rules(
    id="directory-update",
    thing=Word("directory_update", "directory update", "目录更新"),
    prefix="DIRECTORY_UPDATE_STATE_",
    moves={
        "request_extension": _move("request_extension", "ask for more time", "申请延期", "RequestUpdateExtension", (PROVIDER,), _WISH),
        "allow_extension": _move("allow_extension", "allow more time", "同意延期", "AllowUpdateExtension", (AUTHORITY,), _DECISION),
        "refuse_extension": _move("refuse_extension", "refuse more time", "不同意延期", "RefuseUpdateExtension", (AUTHORITY,), _DECISION),
        "withdraw": _move("withdraw", "withdraw", "撤回", "WithdrawDirectoryUpdate", (PROVIDER, AUTHORITY), _WHY),
    },
    ways={
        "due": DUE,
        "done": (*DUE, _GONE, _get(says(state="DIRECTORY_UPDATE_STATE_DONE"))),
        "withdrawn": (*DUE, step_on(PROVIDER, "WithdrawDirectoryUpdate", **_WHY)),
    },
    starts={("due", "allow_extension"): REQUESTED, ("due", "refuse_extension"): REQUESTED},
    words={"due": "due", "done": "done", "withdrawn": "withdrawn"},
    next={
        ("due", "request_extension"): "due",
        ("due", "allow_extension"): "due",
        ("due", "refuse_extension"): "due",
        ("due", "withdraw"): "withdrawn",
    },
)


def _one(name: str, en: str, zh: str, kind: Kind, *steps: Step) -> Sequence:
    needs = frozenset({Need.WRITING} | ({Need.CLOCK} if any(isinstance(step, Later) for step in steps) else set()))
    return Sequence(f"directory-update/{name}", Word(name, en, zh), FOLLOW, kind, steps, needs)


def _on(who: str, rpc: str, expect: Expect, **fields: Any) -> Call:
    return Call(who, rpc, {"name": "{it.name}", "etag": "{it.etag}", **fields}, expect)


def sequences() -> Iterator[Sequence]:
    """Yield what the table says, and what it does not."""
    yield from RULES.sequences()
    yield from _made()
    yield from _reports()
    yield from _more_time()


def _made() -> Iterator[Sequence]:
    """Yield what fulfils an update, and what does not."""
    done = _get(says(state="DIRECTORY_UPDATE_STATE_DONE", version=2))
    yield _one("published", "a version that is published fulfils the update", "发布新版本即完成更新", Kind.HAPPY, *DUE, *_SUBMITTED, _PUBLISH, done)
    gone = _get(says(state="DIRECTORY_UPDATE_STATE_DONE", version=0))
    yield _one("entry-withdrawn", "the withdrawal of the entry fulfils the update", "撤销条目即完成更新", Kind.ENDED, *DUE, _GONE, gone)
    still = _get(says(state="DIRECTORY_UPDATE_STATE_DUE"))
    yield _one(
        "submitted-is-not-done",
        "a version that is submitted fulfils nothing yet",
        "提交新版本尚未完成更新",
        Kind.OUT_OF_ORDER,
        *DUE,
        *_SUBMITTED,
        still,
    )
    title = "what is over is still due, and can still be made", "逾期的更新仍应完成"
    yield _one("late", *title, Kind.LATE, *DUE, WITHIN, still, *_SUBMITTED, _PUBLISH, done)
    title = "a version that was submitted before the change does not fulfil the update", "变化前提交的版本不能完成更新"
    now = Call(PROVIDER, "CreateEntry", {"entry": entry_content()}, keep="now")  # it says the hub's day
    change = _report(says(state="DIRECTORY_UPDATE_STATE_DUE"), change_date="{now.create_time.day}")
    yield _one("submitted-before", *title, Kind.LATE, *PUBLISHED, *_SUBMITTED, Later(48), now, change, _PUBLISH, still)


def _reports() -> Iterator[Sequence]:
    """Yield who reports a change, and what a report may not be."""
    filer = _report(says(state="DIRECTORY_UPDATE_STATE_DUE", filer="{parties.authority}", clock__filled=True), AUTHORITY)
    yield _one(
        "by-the-authority", "the authority reports a change, and the provider owes the update", "主管部门可以报告变化", Kind.HAPPY, *PUBLISHED, filer
    )
    own = _on(PROVIDER, "WithdrawDirectoryUpdate", refusal("PERMISSION_DENIED", reason="UPDATE_OF_OTHER_PARTY"), **_WHY)
    title = "what the authority reported a provider does not take back", "主管部门报告的变化，提供部门不得撤回"
    yield _one("of-the-authority-kept", *title, Kind.WRONG_PARTY, *PUBLISHED, filer, own)
    for who in (CONSUMER, OTHER):
        theirs = _report(refusal("PERMISSION_DENIED", reason="UPDATE_OF_OTHER_PARTY"), who)
        yield _one(f"reported-by-{who}", f"the {who} reports no change of another's entry", f"{who} 不得报告", Kind.WRONG_PARTY, *PUBLISHED, theirs)
    unseen = Call(OTHER, "GetDirectoryUpdate", {"name": "{it.name}"}, refusal("NOT_FOUND"))
    yield _one(
        "unseen-by-others", "an update is seen by its parties and the authority alone", "目录更新不对其他部门公开", Kind.WRONG_PARTY, *DUE, unseen
    )
    again = _report(refusal("ALREADY_EXISTS", reason="UPDATE_DUE_ALREADY"))
    yield _one("reported-twice", "the same change is reported once", "同一变化不重复报告", Kind.REPLAYED, *DUE, again)
    other = _report(says(state="DIRECTORY_UPDATE_STATE_DUE"), legal_basis="《居住证暂行条例》第八条")
    yield _one("another-change", "an entry may owe several changes", "同一条目可以有多项待更新", Kind.HAPPY, *DUE, other)
    draft = _report(refusal("NOT_FOUND"), entry="{it.name}", change_date="{it.create_time.day}")
    yield _one("of-a-draft", "an entry that was never published owes no update", "未发布的条目无需更新", Kind.REFUSED, *DRAFT_ENTRY, draft)
    for name, en, zh, wrong in (
        ("to-come", "of a day to come", "变化日期尚未到来", {"change_date": "2099-01-01"}),
        ("long-ago", "of more than a year ago", "变化日期超过一年", {"change_date": "2000-01-01"}),
        ("no-day", "of a day that is none", "变化日期有误", {"change_date": "2026-02-30"}),
        ("no-change", "that says nothing", "未填写变化内容", {"change": ""}),
        ("no-basis", "without a legal basis", "未填写依据", {"legal_basis": ""}),
        ("no-officer", "without an officer", "未填写经办人", {"officer": ""}),
        ("about-a-person", "that spells an ID number", "写明证件号码", {"change": f"更正{KEY}的登记"}),
    ):
        refused = _report(refusal("INVALID_ARGUMENT"), **wrong)
        yield _one(name, f"a change {en} is not reported", f"{zh}的报告不予受理", Kind.INCOMPLETE, *PUBLISHED, refused)


def _more_time() -> Iterator[Sequence]:
    """Yield how more time is asked for and decided."""
    allow = step_on(AUTHORITY, "AllowUpdateExtension", **_DECISION)
    counts = says(clock__extension_days=5, extension__state="EXTENSION_STATE_ALLOWED")
    yield _one("extension-counts", "what the authority allowed is counted", "主管部门同意的延期计入时限", Kind.HAPPY, *REQUESTED, allow, _get(counts))
    stays = says(clock__extension_days=0, extension__state="EXTENSION_STATE_REFUSED")
    refused = step_on(AUTHORITY, "RefuseUpdateExtension", **_DECISION)
    yield _one(
        "extension-refused",
        "what the authority refused is not counted",
        "主管部门未同意的延期不计入时限",
        Kind.REFUSED,
        *REQUESTED,
        refused,
        _get(stays),
    )
    long = _on(PROVIDER, "RequestUpdateExtension", refusal("INVALID_ARGUMENT", mentions=("5",)), **{**_WISH, "working_days": 6})
    yield _one("extension-too-long", "more than five working days are not asked for", "延期不得超过五个工作日", Kind.INCOMPLETE, *DUE, long)
    twice = _on(PROVIDER, "RequestUpdateExtension", refusal("FAILED_PRECONDITION", reason="EXTENSION_TWICE"), **_WISH)
    yield _one("extension-twice", "more time is asked for once", "延期只能申请一次", Kind.REPLAYED, *REQUESTED, refused, twice)
    for name, rpc in (("allowed", "AllowUpdateExtension"), ("refused", "RefuseUpdateExtension")):
        unasked = _on(AUTHORITY, rpc, refusal("FAILED_PRECONDITION", reason="NO_EXTENSION_ASKED"), **_DECISION)
        yield _one(f"extension-unasked-{name}", "nobody decides what nobody asked for", "未申请的延期不得决定", Kind.OUT_OF_ORDER, *DUE, unasked)
        decided = _on(AUTHORITY, rpc, refusal("FAILED_PRECONDITION", reason="EXTENSION_DECIDED"), **_DECISION)
        yield _one(f"extension-decided-then-{name}", "more time is decided on once", "延期只决定一次", Kind.REPLAYED, *REQUESTED, allow, decided)
