"""Disputes 共享争议: two departments consult, the authority or the common superior decides, then the government (Decree 809 art. 28)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shuniu.tck.rules import NOT_THEIRS, Move, Rules
from shuniu.tck.sequence import AUTHORITY, CONSUMER, OTHER, PROVIDER, Call, Kind, Sequence, Step, refusal, says
from shuniu.tck.things import KEY, SUBMITTED_REQUEST, step_on
from shuniu.words import Word

DISPUTE: Final = "Decree 809 art. 28 (政务数据共享条例第二十八条)"
_REFUSED: Final[tuple[Step, ...]] = (*SUBMITTED_REQUEST, step_on(PROVIDER, "RefuseDataRequest", reason="现有依据不足以支持该用途", officer="{by}"))


def _open(who: str = CONSUMER, expect: Any = None, **other: Any) -> Call:
    said = {"resource": "{it.name}", "statement": "申请依据充分，不同意不予共享", "officer": "{by}", **other}
    return Call(who, "OpenDispute", {"dispute": said}, expect or says(state="DISPUTE_STATE_CONSULTING"), "it", alone=True)


_WHY: Final = {"reason": "协商未果", "officer": "{by}"}
_ANSWER: Final = {"answer": "请补充使用依据的具体条款", "officer": "{by}"}
_TERMS: Final = {"settlement": "缩小字段范围后予以共享", "officer": "{by}"}
_BY: Final = {"officer": "{by}"}
_PASS: Final = {"coordinator": "{parties.other}", "reason": "争议双方的共同上级部门", "officer": "{by}"}
_DECISION: Final = {"outcome": "应予共享", "consequence": "申请部门可以重新提出申请", "officer": "{by}"}
_GOVERNMENT: Final = {"document_number": "宁政函〔2026〕1号", **_DECISION}

CONSULTING: Final[tuple[Step, ...]] = (*_REFUSED, _open())
_OFFERED: Final[tuple[Step, ...]] = (*CONSULTING, step_on(PROVIDER, "ProposeSettlement", **_TERMS))
_COORDINATING: Final[tuple[Step, ...]] = (*CONSULTING, step_on(PROVIDER, "AnswerDispute", **_ANSWER), step_on(CONSUMER, "EscalateDispute", **_WHY))
_DECIDED: Final[tuple[Step, ...]] = (*_COORDINATING, step_on(AUTHORITY, "DecideDispute", **_DECISION))
_WITH_GOVERNMENT: Final[tuple[Step, ...]] = (*_DECIDED, step_on(CONSUMER, "EscalateDispute", **_WHY))


def _move(name: str, word: Word, rpc: str, who: tuple[str, ...], fields: dict[str, Any], *demands: str) -> Move:
    return Move(name, word, rpc, who, DISPUTE, fields, demands)


_BOTH: Final = (CONSUMER, PROVIDER)
RULES: Final = Rules(
    id="dispute",
    thing=Word("dispute", "dispute", "共享争议"),
    prefix="DISPUTE_STATE_",
    moves={
        "answer": _move("answer", Word("answer", "answer", "答复"), "AnswerDispute", (PROVIDER,), _ANSWER, "answer", "officer"),
        "propose": _move("propose", Word("propose", "propose terms", "提出协商方案"), "ProposeSettlement", _BOTH, _TERMS, "settlement", "officer"),
        "agree": _move("agree", Word("agree", "agree", "同意协商方案"), "AgreeSettlement", _BOTH, _BY, "officer"),
        "escalate": _move("escalate", Word("escalate", "escalate", "提请上一层级处理"), "EscalateDispute", _BOTH, _WHY, "reason", "officer"),
        "pass": _move("pass", Word("pass", "pass on", "移送共同上级"), "PassDispute", (AUTHORITY,), _PASS, "coordinator", "reason", "officer"),
        "decide": _move(
            "decide", Word("decide", "decide", "作出协调处理意见"), "DecideDispute", (AUTHORITY,), _DECISION, "outcome", "consequence", "officer"
        ),
        "record": _move(
            "record",
            Word("record", "record the government's decision", "登记政府决定"),
            "RecordGovernmentDecision",
            (AUTHORITY,),
            _GOVERNMENT,
            "document_number",
            "outcome",
            "officer",
        ),
        "withdraw": _move("withdraw", Word("withdraw", "withdraw", "撤回"), "WithdrawDispute", (CONSUMER,), _WHY, "reason", "officer"),
    },
    ways={
        "consulting": CONSULTING,
        "coordinating": _COORDINATING,
        "settled": (*_OFFERED, step_on(CONSUMER, "AgreeSettlement", **_BY)),
        "decided": _DECIDED,
        "with_government": _WITH_GOVERNMENT,
        "government_decided": (*_WITH_GOVERNMENT, step_on(AUTHORITY, "RecordGovernmentDecision", **_GOVERNMENT)),
        "withdrawn": (*CONSULTING, step_on(CONSUMER, "WithdrawDispute", **_WHY)),
    },
    words={
        "consulting": "being consulted about",
        "coordinating": "being coordinated",
        "settled": "settled",
        "decided": "decided",
        "with_government": "with the government",
        "government_decided": "decided by the government",
        "withdrawn": "withdrawn",
    },
    next={
        ("consulting", "answer"): "consulting",
        ("consulting", "propose"): "consulting",
        ("coordinating", "propose"): "coordinating",
        ("consulting", "agree"): "settled",
        ("coordinating", "agree"): "settled",
        ("consulting", "escalate"): "coordinating",
        ("decided", "escalate"): "with_government",
        ("coordinating", "decide"): "decided",
        ("with_government", "record"): "government_decided",
        ("consulting", "withdraw"): "withdrawn",
        ("coordinating", "withdraw"): "withdrawn",
        ("with_government", "withdraw"): "withdrawn",
    },
    # the kit's departments stand side by side: none is above another
    others={("coordinating", "pass"): refusal("INVALID_ARGUMENT", reason="NO_SUPERIOR")},
    starts={
        ("consulting", "agree"): _OFFERED,
        ("coordinating", "agree"): (*_COORDINATING, step_on(PROVIDER, "ProposeSettlement", **_TERMS)),
    },
)


def _one(name: str, en: str, zh: str, kind: Kind, *steps: Step) -> Sequence:
    return Sequence(f"dispute/{name}", Word(name, en, zh), DISPUTE, kind, steps)


def sequences() -> Iterator[Sequence]:
    """Yield what the table says, and what it does not."""
    yield from RULES.sequences()
    stands = Call(CONSUMER, "GetDispute", {"name": "{it.name}"}, says(meanwhile="DISPUTE_MEANWHILE_REFUSED"))
    yield _one(
        "meanwhile", "what was refused stays refused while it is disputed", "争议处理期间，不予共享的仍不予共享", Kind.DISPUTED, *CONSULTING, stands
    )
    again = _open(expect=refusal("ALREADY_EXISTS", "FAILED_PRECONDITION"), resource="{old.name}")
    yield _one("twice", "about one thing one dispute is open at a time", "同一事项只有一件争议在办", Kind.REPLAYED, *_REFUSED, _kept_as_old(), again)
    none = Call(CONSUMER, "AgreeSettlement", {"name": "{it.name}", "etag": "{it.etag}", **_BY}, refusal("FAILED_PRECONDITION"))
    yield _one("agreed-to-nothing", "nobody agrees before terms are proposed", "未提出方案的不得同意", Kind.OUT_OF_ORDER, *CONSULTING, none)
    own = Call(PROVIDER, "AgreeSettlement", {"name": "{it.name}", "etag": "{it.etag}", **_BY}, refusal("FAILED_PRECONDITION", "PERMISSION_DENIED"))
    yield _one("own-terms", "nobody agrees to the own terms", "不得同意本部门提出的方案", Kind.WRONG_PARTY, *_OFFERED, own)
    unseen = Call(OTHER, "GetDispute", {"name": "{it.name}"}, NOT_THEIRS)
    yield _one("unseen-by-others", "a dispute is seen by its parties", "争议只对当事部门可见", Kind.WRONG_PARTY, *CONSULTING, unseen)
    foreign = _open(OTHER, NOT_THEIRS)
    yield _one("of-others", "nobody disputes what others decided among themselves", "不得就他人事项提出争议", Kind.WRONG_PARTY, *_REFUSED, foreign)
    running = _open(expect=refusal("FAILED_PRECONDITION", "INVALID_ARGUMENT"))
    yield _one(
        "of-nothing-decided", "what is not decided is not disputed", "尚未决定的事项不得提出争议", Kind.OUT_OF_ORDER, *SUBMITTED_REQUEST, running
    )
    for name, en, zh, other in (
        ("no-statement", "without a statement", "未填写理由", {"statement": ""}),
        ("no-resource", "about nothing", "未填写争议事项", {"resource": ""}),
        ("number-in-text", "that spells an ID number", "出现公民身份号码", {"statement": f"当事人{KEY}符合条件"}),
        ("no-officer", "without an officer", "未填写经办人", {"officer": ""}),
    ):
        wrong = _open(expect=refusal("INVALID_ARGUMENT", "NOT_FOUND"), **other)
        yield _one(name, f"a dispute {en} is refused", f"{zh}的争议不予受理", Kind.INCOMPLETE, *_REFUSED, wrong)


def _kept_as_old() -> Call:
    """Return the call that opens a dispute, after which the request is still known as `old`."""
    return Call(CONSUMER, "OpenDispute", {"dispute": {"resource": "{it.name}", "statement": "依据充分", "officer": "{by}"}}, keep="it")
