"""Disposal 数据处置: what a consumer did with the data once its grant has ended, and what the provider says of it (Decree 809 art. 27)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shuniu.tck.procedures import amendment
from shuniu.tck.procedures.grant import ACTIVE, EXPIRED
from shuniu.tck.rules import Move, Rules
from shuniu.tck.sequence import AUTHORITY, CONSUMER, OTHER, PROVIDER, Call, Expect, Kind, Later, Need, Sequence, Step, refusal, says
from shuniu.tck.things import KEY, step_on
from shuniu.words import Word

DISPOSE: Final = "Decree 809 art. 27 (政务数据共享条例第二十七条)"
_BY: Final = {"officer": "{by}"}
_LAW: Final = {"legal_basis": "《中华人民共和国档案法》第十四条"}
_RECEIPT: Final[dict[str, Any]] = {
    "disposal_method": "DISPOSAL_METHOD_DELETED",
    "statement": "已从业务系统中删除并清除备份",
    "dispose_date": "{it.start_time.day}",
    **_BY,
}
_BACK: Final = {"reason": "未说明备份的处置", **_BY}
_END: Final = {"reason": "不再需要", **_BY}
ENDED: Final[tuple[Step, ...]] = (*ACTIVE, step_on(CONSUMER, "RevokeGrant", **_END))
RECORDED: Final[tuple[Step, ...]] = (*ENDED, step_on(CONSUMER, "RecordDisposal", **_RECEIPT))
RULES: Final = Rules(
    id="disposal",
    thing=Word("disposal", "disposal", "数据处置"),
    prefix="DISPOSAL_STATE_",
    path="disposal.state",
    moves={
        "record": Move(
            "record",
            Word("record", "record", "提交处置回执"),
            "RecordDisposal",
            (CONSUMER,),
            DISPOSE,
            _RECEIPT,
            ("disposal_method", "statement", "dispose_date", "officer"),
        ),
        "accept": Move("accept", Word("accept", "accept", "确认处置"), "AcceptDisposal", (PROVIDER,), DISPOSE, _BY, ("officer",)),
        "return": Move("return", Word("return", "send back", "退回回执"), "ReturnDisposal", (PROVIDER,), DISPOSE, _BACK, ("reason", "officer")),
    },
    ways={
        "due": ENDED,
        "recorded": RECORDED,
        "returned": (*RECORDED, step_on(PROVIDER, "ReturnDisposal", **_BACK)),
        "accepted": (*RECORDED, step_on(PROVIDER, "AcceptDisposal", **_BY)),
    },
    words={"due": "due", "recorded": "recorded", "returned": "sent back", "accepted": "accepted"},
    next={
        ("due", "record"): "recorded",
        ("recorded", "accept"): "accepted",
        ("recorded", "return"): "returned",
        ("returned", "record"): "recorded",
    },
)
_WRONG: Final[tuple[tuple[str, str, str, dict[str, Any]], ...]] = (
    ("kept-without-law", "of data that is kept without a law", "无法律依据而留存", {"disposal_method": "DISPOSAL_METHOD_ARCHIVED_BY_LAW"}),
    ("deleted-by-law", "of data that is deleted, with a law to keep it", "删除数据却填写留存依据", _LAW),
    ("before-the-grant", "of a day before the grant", "处置日期早于授权", {"dispose_date": "2000-01-01"}),
    ("to-come", "of a day to come", "处置日期尚未到来", {"dispose_date": "2099-01-01"}),
    ("no-day", "of a day that is none", "处置日期有误", {"dispose_date": "2026-02-30"}),
    ("about-a-person", "that spells an ID number", "写明证件号码", {"statement": f"已删除{KEY}的记录"}),
)


def _one(name: str, en: str, zh: str, kind: Kind, *steps: Step) -> Sequence:
    late = any(isinstance(step, Later) for step in steps)
    return Sequence(f"disposal/{name}", Word(name, en, zh), DISPOSE, kind, steps, frozenset({Need.WRITING} | ({Need.CLOCK} if late else set())))


def _record(expect: Expect, who: str = CONSUMER, grant: str = "it", **other: Any) -> Call:
    fields = {"name": f"{{{grant}.name}}", "etag": f"{{{grant}.etag}}", **_RECEIPT, "dispose_date": f"{{{grant}.start_time.day}}", **other}
    return Call(who, "RecordDisposal", fields, expect)


def sequences() -> Iterator[Sequence]:
    """Yield what the table says, and what it does not."""
    yield from RULES.sequences()
    yield from _owed()
    for name, en, zh, wrong in _WRONG:
        refused = _record(refusal("INVALID_ARGUMENT"), **wrong)
        yield _one(name, f"a receipt {en} is refused", f"{zh}的处置回执不予接受", Kind.INCOMPLETE, *ENDED, refused)
    law = {"disposal_method": "DISPOSAL_METHOD_ARCHIVED_BY_LAW", **_LAW}
    kept = _record(says(disposal__state="DISPOSAL_STATE_RECORDED", disposal__legal_basis=law["legal_basis"]), **law)
    yield _one("kept-by-law", "what a law demands to keep is kept, and the receipt cites it", "依法留存的，回执载明依据", Kind.HAPPY, *ENDED, kept)
    given = _record(says(disposal__disposal_method="DISPOSAL_METHOD_RETURNED"), disposal_method="DISPOSAL_METHOD_RETURNED")
    yield _one("given-back", "data is given back to its provider", "数据退还提供部门", Kind.HAPPY, *ENDED, given)
    unseen = Call(OTHER, "GetGrant", {"name": "{it.name}"}, refusal("NOT_FOUND"))
    yield _one(
        "unseen-by-others",
        "a receipt is seen by the parties and the authority alone",
        "处置回执不对其他部门公开",
        Kind.WRONG_PARTY,
        *RECORDED,
        unseen,
    )
    seen = Call(AUTHORITY, "GetGrant", {"name": "{it.name}"}, says(disposal__state="DISPOSAL_STATE_RECORDED"))
    yield _one("seen-by-the-authority", "the authority sees a receipt", "主管部门可以查看处置回执", Kind.HAPPY, *RECORDED, seen)


def _owed() -> Iterator[Sequence]:
    """Yield when a receipt is owed, and when none is."""
    early = _record(refusal("FAILED_PRECONDITION", reason="DISPOSAL_TOO_EARLY"))
    yield _one("too-early", "no receipt is given while a grant runs", "授权终结前不得提交处置回执", Kind.OUT_OF_ORDER, *ACTIVE, early)
    none = Call(PROVIDER, "AcceptDisposal", {"name": "{it.name}", "etag": "{it.etag}", **_BY}, refusal("FAILED_PRECONDITION", reason="NO_RECEIPT"))
    yield _one("nothing-to-accept", "nothing is accepted while a grant runs", "授权终结前没有可确认的回执", Kind.OUT_OF_ORDER, *ACTIVE, none)
    revoked = Call(AUTHORITY, "RevokeGrant", {"name": "{it.name}", "etag": "{it.etag}", **_END}, says(disposal__state="DISPOSAL_STATE_DUE"))
    yield _one("due-at-once", "a receipt is owed as soon as a grant is ended", "授权终止后即应提交处置回执", Kind.ENDED, *ACTIVE, revoked)
    expired = _record(says(disposal__state="DISPOSAL_STATE_RECORDED"))
    yield _one("after-the-period", "a receipt is given once the period of a grant is over", "授权到期后提交处置回执", Kind.LATE, *EXPIRED, expired)
    follows = Call(CONSUMER, "GetGrant", {"name": "{grant.name}"}, says(disposal__filled=False), "grant")
    owed = _record(refusal("FAILED_PRECONDITION", reason="DISPOSAL_NOT_OWED"), grant="grant")
    yield _one(
        "goes-on",
        "data that is used on under an amended grant is not disposed of",
        "变更后继续使用的数据不需处置",
        Kind.OUT_OF_ORDER,
        *amendment.AMENDED,
        follows,
        owed,
    )
