"""Disposal 数据处置: once a grant has ended its consumer says what became of the data (Decree 809 art. 27)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shuniu.tck.procedures.grant import ACTIVE
from shuniu.tck.rules import NOT_THEIRS
from shuniu.tck.sequence import AUTHORITY, CONSUMER, OTHER, PROVIDER, Call, Expect, Kind, Sequence, Step, refusal, says
from shuniu.tck.things import KEY, step_on
from shuniu.words import Word

DISPOSE: Final = "Decree 809 art. 27 (政务数据共享条例第二十七条)"
ENDED: Final[tuple[Step, ...]] = (*ACTIVE, step_on(AUTHORITY, "RevokeGrant", reason="依据废止", officer="{by}"))
_RECEIPT: Final = {
    "disposal_method": "DISPOSAL_METHOD_DELETED",
    "statement": "已从业务库及备份中删除",
    "dispose_date": "{it.start_time.day}",
    "officer": "{by}",
}
_ILLEGAL: Final = refusal("FAILED_PRECONDITION")


def _step(rpc: str, who: str, fields: dict[str, Any], expect: Expect, etag: str = "{it.etag}") -> Call:
    return Call(who, rpc, {"name": "{it.name}", "etag": etag, **fields}, expect, "it" if expect.status == ("OK",) else "")


def _record(expect: Expect | None = None, who: str = CONSUMER, **other: Any) -> Call:
    return _step("RecordDisposal", who, {**_RECEIPT, **other}, expect or says(disposal__state="DISPOSAL_STATE_RECORDED"))


def _accept(expect: Expect | None = None, who: str = PROVIDER, **other: Any) -> Call:
    return _step("AcceptDisposal", who, {"officer": "{by}", **other}, expect or says(disposal__state="DISPOSAL_STATE_ACCEPTED"))


def _return(expect: Expect | None = None, who: str = PROVIDER, **other: Any) -> Call:
    said = {"reason": "请附删除记录", "officer": "{by}", **other}
    return _step("ReturnDisposal", who, said, expect or says(disposal__state="DISPOSAL_STATE_RETURNED"))


def _one(name: str, en: str, zh: str, kind: Kind, *steps: Step) -> Sequence:
    return Sequence(f"disposal/{name}", Word(name, en, zh), DISPOSE, kind, steps)


def sequences() -> Iterator[Sequence]:
    """Yield who says what became of the data, and who takes it as said."""
    due = Call(PROVIDER, "GetGrant", {"name": "{it.name}"}, says(disposal__state="DISPOSAL_STATE_DUE"))
    yield _one("due", "it is due once the grant has ended", "授权终结后应当处置", Kind.ENDED, *ENDED, due)
    yield _one("accepted", "the provider accepts the receipt", "提供部门确认处置", Kind.HAPPY, *ENDED, _record(), _accept())
    yield _one(
        "returned", "a receipt that was sent back is made anew", "退回后重新提交回执", Kind.HAPPY, *ENDED, _record(), _return(), _record(), _accept()
    )
    yield _one("too-early", "a live grant's data is not disposed of", "授权有效期间无需处置", Kind.OUT_OF_ORDER, *ACTIVE, _record(_ILLEGAL))
    yield _one("accepted-before", "nothing is accepted before it is said", "未提交回执的不得确认", Kind.OUT_OF_ORDER, *ENDED, _accept(_ILLEGAL))
    yield _one("returned-before", "nothing is sent back before it is said", "未提交回执的不得退回", Kind.OUT_OF_ORDER, *ENDED, _return(_ILLEGAL))
    yield _one(
        "recorded-twice",
        "what waits for the provider is not said again",
        "已提交的不得重复提交",
        Kind.OUT_OF_ORDER,
        *ENDED,
        _record(),
        _record(_ILLEGAL),
    )
    after = (*ENDED, _record(), _accept())
    yield _one("accepted-twice", "what was accepted stays so", "已确认的不得再退回", Kind.OUT_OF_ORDER, *after, _return(_ILLEGAL))
    stale = _step("AcceptDisposal", PROVIDER, {"officer": "{by}"}, refusal("ABORTED", reason="STALE_ETAG"), etag="{old.etag}")
    yield _one("stale", "an acceptance with an old etag is refused", "确认所附版本标记已过时", Kind.REPLAYED, *ENDED, _record(), stale)
    for who in (PROVIDER, AUTHORITY, OTHER):
        yield _one(
            f"recorded-by-{who}",
            f"it is said by the consumer: {who}",
            f"回执由使用部门提交：{who}",
            Kind.WRONG_PARTY,
            *ENDED,
            _record(NOT_THEIRS, who),
        )
    for who in (CONSUMER, OTHER):
        refused = _accept(NOT_THEIRS, who)
        yield _one(
            f"accepted-by-{who}", f"it is accepted by the provider: {who}", f"由提供部门确认：{who}", Kind.WRONG_PARTY, *ENDED, _record(), refused
        )
    wrong: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("no-method", "without a method", "未填写处置方式", {"disposal_method": "DISPOSAL_METHOD_UNSPECIFIED"}),
        ("no-statement", "without a statement", "未填写处置情况", {"statement": ""}),
        ("to-come", "of a day to come", "处置日期尚未到来", {"dispose_date": "2099-01-01"}),
        ("no-law", "archived without a law", "依法留存未填写依据", {"disposal_method": "DISPOSAL_METHOD_ARCHIVED_BY_LAW"}),
        ("number-in-text", "that spells an ID number", "出现公民身份号码", {"statement": f"已删除{KEY}的记录"}),
        ("no-officer", "without an officer", "未填写经办人", {"officer": ""}),
    )
    for name, en, zh, said in wrong:
        refused = _record(refusal("INVALID_ARGUMENT"), **said)
        yield _one(name, f"a receipt {en} is refused", f"{zh}的回执不予接收", Kind.INCOMPLETE, *ENDED, refused)
    silent = _return(refusal("INVALID_ARGUMENT"), reason="")
    yield _one("returned-without-reason", "a return without a reason is refused", "退回未说明理由", Kind.INCOMPLETE, *ENDED, _record(), silent)
