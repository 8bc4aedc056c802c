"""Disputes 共享争议: two departments consult, the authority or the common superior coordinates, the government decides (Decree 809 art. 28)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from shuniu.tck.procedures import demand, grant, objection, request
from shuniu.tck.procedures.appeal import OF_OFFICE
from shuniu.tck.rules import NOT_THEIRS, Move, Rules
from shuniu.tck.sequence import AUTHORITY, CONSUMER, OFFICE, OK, OTHER, PROVIDER, Call, Expect, Kind, Need, Sequence, Step, refusal, says
from shuniu.tck.things import KEY, STRANGER, SUBMITTED_REQUEST, WORKER, query, step_on
from shuniu.words import Word

SETTLE: Final = "Decree 809 art. 28 (政务数据共享条例第二十八条)"
_BY: Final = {"officer": "{by}"}
_ANSWER: Final = {"answer": "所申请信息不属于本部门职责", **_BY}
_TERMS: Final = {"settlement": "提供姓名和住址，不提供其他字段", **_BY}
_WHY: Final = {"reason": "双方意见不一致", **_BY}
_PASS: Final = {"coordinator": "{parties.other}", "reason": "双方行政区划不同", **_BY}
_DECISION: Final = {"outcome": "拒绝理由不成立", "consequence": "使用部门可以重新申请，提供部门应予批准", **_BY}
_RECORD: Final = {"document_number": "宁政办函〔2026〕{n}号", **_DECISION}


def _open(meanwhile: str, who: str = CONSUMER, resource: str = "{it.name}", keep: str = "it") -> Call:
    """Return the call that disputes what was kept as `it`, with what must hold meanwhile."""
    content = {"resource": resource, "statement": "所需字段为办理该事项所必需", **_BY}
    expect = says(state="DISPUTE_STATE_CONSULTING", meanwhile=f"DISPUTE_MEANWHILE_{meanwhile}")
    return Call(who, "OpenDispute", {"dispute": content}, expect, keep, alone=True)


def _refused(expect: Expect, who: str = CONSUMER, resource: str = "{it.name}", **other: Any) -> Call:
    return Call(who, "OpenDispute", {"dispute": {"resource": resource, "statement": "所需字段为办理该事项所必需", **_BY, **other}}, expect)


REFUSED: Final = request.RULES.ways["refused"]
OPEN: Final[tuple[Step, ...]] = (*REFUSED, _open("REFUSED"))
_OFFERED: Final[tuple[Step, ...]] = (*OPEN, step_on(PROVIDER, "ProposeSettlement", **_TERMS))
ANSWERED: Final[tuple[Step, ...]] = (*OPEN, step_on(PROVIDER, "AnswerDispute", **_ANSWER))
COORDINATING: Final[tuple[Step, ...]] = (*ANSWERED, step_on(CONSUMER, "EscalateDispute", **_WHY))
DECIDED: Final[tuple[Step, ...]] = (*COORDINATING, step_on(AUTHORITY, "DecideDispute", **_DECISION))
WITH_GOVERNMENT: Final[tuple[Step, ...]] = (*DECIDED, step_on(PROVIDER, "EscalateDispute", **_WHY))
_PARTIES: Final = (CONSUMER, PROVIDER)


def _move(name: str, en: str, zh: str, rpc: str, who: tuple[str, ...], fields: dict[str, Any]) -> Move:
    return Move(name, Word(name, en, zh), rpc, who, SETTLE, fields, tuple(fields))


RULES: Final = Rules(
    id="dispute",
    thing=Word("dispute", "dispute", "共享争议"),
    prefix="DISPUTE_STATE_",
    moves={
        "answer": _move("answer", "answer", "答复", "AnswerDispute", (PROVIDER,), _ANSWER),
        "propose": _move("propose", "propose terms", "提出协商方案", "ProposeSettlement", _PARTIES, _TERMS),
        "agree": _move("agree", "agree to the terms", "同意协商方案", "AgreeSettlement", _PARTIES, _BY),
        "escalate": _move("escalate", "take one tier up", "提请上一层级处理", "EscalateDispute", _PARTIES, _WHY),
        "hand_over": _move("hand_over", "pass on to the common superior", "移送共同上级", "PassDispute", (AUTHORITY,), _PASS),
        "decide": _move("decide", "decide", "作出协调处理意见", "DecideDispute", (AUTHORITY,), _DECISION),
        "record": _move("record", "record the government's decision", "登记政府决定", "RecordGovernmentDecision", (AUTHORITY,), _RECORD),
        "withdraw": _move("withdraw", "withdraw", "撤回", "WithdrawDispute", (CONSUMER,), _WHY),
    },
    ways={
        "consulting": OPEN,
        "coordinating": COORDINATING,
        "settled": (*_OFFERED, step_on(CONSUMER, "AgreeSettlement", **_BY)),
        "decided": DECIDED,
        "with_government": WITH_GOVERNMENT,
        "government_decided": (*WITH_GOVERNMENT, step_on(AUTHORITY, "RecordGovernmentDecision", **_RECORD)),
        "withdrawn": (*OPEN, step_on(CONSUMER, "WithdrawDispute", **_WHY)),
    },
    starts={
        ("consulting", "agree"): _OFFERED,
        ("coordinating", "agree"): (*COORDINATING, step_on(PROVIDER, "ProposeSettlement", **_TERMS)),
        ("consulting", "escalate"): ANSWERED,
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
        ("coordinating", "hand_over"): "coordinating",
        ("coordinating", "decide"): "decided",
        ("with_government", "record"): "government_decided",
        ("consulting", "withdraw"): "withdrawn",
        ("coordinating", "withdraw"): "withdrawn",
        ("with_government", "withdraw"): "withdrawn",
    },
)
_PASSED: Final[tuple[Step, ...]] = (*COORDINATING, step_on(AUTHORITY, "PassDispute", **_PASS))


def _one(name: str, en: str, zh: str, kind: Kind, *steps: Step) -> Sequence:
    superior = any(isinstance(step, Call) and step.rpc == "PassDispute" and step.expect.status == ("OK",) for step in steps)
    needs = frozenset({Need.WRITING, Need.SUPERIOR} if superior else {Need.WRITING})
    return Sequence(f"dispute/{name}", Word(name, en, zh), SETTLE, kind, steps, needs)


def _on(who: str, rpc: str, expect: Expect, **fields: Any) -> Call:
    return Call(who, rpc, {"name": "{it.name}", "etag": "{it.etag}", **fields}, expect)


def sequences() -> Iterator[Sequence]:
    """Yield what the table says, and what it does not."""
    for one in RULES.sequences():
        passes = one.id == "dispute/coordinating-hand_over-coordinating"
        yield replace(one, needs=one.needs | {Need.SUPERIOR}) if passes else one
    yield from _meanwhile()
    yield from _openings()
    yield from _tiers()


def _meanwhile() -> Iterator[Sequence]:
    """Yield what holds while a dispute is open, for each thing that there can be one about: what was decided stands."""
    read = Call(CONSUMER, "GetDataRequest", {"name": "{thing.name}"}, says(state="DATA_REQUEST_STATE_REFUSED"))
    mark = Call(CONSUMER, "GetDataRequest", {"name": "{it.name}"}, keep="thing")
    title = "a refused request stays refused while it is disputed", "争议期间申请维持不予共享"
    yield _one("meanwhile-refused", *title, Kind.DISPUTED, *REFUSED, mark, _open("REFUSED"), read)
    decide = (*COORDINATING[len(REFUSED) :], step_on(AUTHORITY, "DecideDispute", **_DECISION))
    title = "a decision does not itself change what it is about", "协调处理意见不直接改变原决定"
    yield _one("decision-changes-nothing-itself", *title, Kind.DISPUTED, *REFUSED, mark, *decide, read)
    accept = Call(CONSUMER, "AcceptOffer", {"name": "{it.name}", "etag": "{it.etag}"}, says(state="DATA_REQUEST_STATE_APPROVED"))
    title = "an offer that is disputed may be accepted", "争议期间部分批准仍可确认"
    yield _one("meanwhile-offered", *title, Kind.DISPUTED, *request.RULES.ways["offered"], _open("OFFERED", keep="dispute"), accept)
    stopped = Call(CONSUMER, "Query", query("{it.name}"), refusal("PERMISSION_DENIED", "FAILED_PRECONDITION", reason="GRANT_SUSPENDED"))
    title = "a grant that was suspended answers nothing while that is disputed", "争议期间授权维持暂停"
    yield _one("meanwhile-suspended", *title, Kind.DISPUTED, *grant.RULES.ways["suspended"], _open("SUSPENDED", keep="dispute"), stopped)
    ended = Call(CONSUMER, "Query", query("{it.name}"), refusal("PERMISSION_DENIED", "FAILED_PRECONDITION", reason="GRANT_REVOKED"))
    title = "a grant that was ended stays ended while that is disputed", "争议期间授权维持终止"
    yield _one("meanwhile-ended", *title, Kind.DISPUTED, *grant.RULES.ways["revoked"], _open("ENDED", keep="dispute"), ended)
    title = "the outcome of a check is disputed, and whoever shows valid proof is served", "校核结论存在争议的，当事人出示有效证明的继续办理"
    yield _one("meanwhile-dismissed", *title, Kind.DISPUTED, *objection.RULES.ways["dismissed"], _open("SERVICE_CONTINUES"))
    title = "a demand that was declined stays declined while that is disputed", "争议期间需求维持退回"
    declined = Call(CONSUMER, "GetDemand", {"name": "{it.name}"}, says(state="DEMAND_STATE_DECLINED"))
    yield _one("meanwhile-declined", *title, Kind.DISPUTED, *demand.RULES.ways["declined"], _open("DECLINED", keep="dispute"), declined)


def _openings() -> Iterator[Sequence]:
    """Yield who opens a dispute about what."""
    undecided = _refused(refusal("FAILED_PRECONDITION", reason="NOT_DISPUTABLE"))
    title = "a request on which nobody has decided is not disputed", "尚未作出决定的申请不能提出争议"
    yield _one("undecided", *title, Kind.OUT_OF_ORDER, *SUBMITTED_REQUEST, undecided)
    active = _refused(refusal("FAILED_PRECONDITION", reason="NOT_DISPUTABLE"))
    yield _one("running", "a grant that runs is not disputed", "有效的授权不能提出争议", Kind.OUT_OF_ORDER, *grant.ACTIVE, active)
    entry = _refused(refusal("INVALID_ARGUMENT", reason="DISPUTE_ABOUT_UNKNOWN"), resource="{entry.name}")
    yield _one("about-an-entry", "an entry is not disputed", "目录条目不能提出共享争议", Kind.REFUSED, *REFUSED, entry)
    again = _refused(refusal("FAILED_PRECONDITION", reason="DISPUTE_OPEN"), resource="{it.resource}")
    yield _one("two-at-once", "about one thing one dispute is open at a time", "同一事项不得同时提出两次争议", Kind.REPLAYED, *OPEN, again)
    withdrawn = RULES.ways["withdrawn"]
    anew = _open("REFUSED", resource="{it.resource}")
    yield _one("opened-anew", "what was withdrawn may be disputed again", "撤回后可以再次提出争议", Kind.HAPPY, *withdrawn, anew)
    yield _one("by-the-provider", "either party disputes", "任何一方均可提出争议", Kind.HAPPY, *REFUSED, _open("REFUSED", PROVIDER))
    content = {"resource": "{it.name}", "statement": "所需字段为办理该事项所必需", **_BY}
    sent = Call(CONSUMER, "OpenDispute", {"dispute": content, "request_id": "tck-{run}-{n}"}, keep="made")
    title = "a dispute that is sent again is opened once", "重复提交的争议只受理一次"
    yield _one("sent-again", *title, Kind.REPLAYED, *REFUSED, sent, replace(sent, expect=says(name="{made.name}")))
    for who, expect in ((OTHER, refusal("NOT_FOUND")), (AUTHORITY, refusal("FAILED_PRECONDITION", reason="NO_OTHER_PARTY"))):
        yield _one(f"opened-by-{who}", f"no dispute is the {who}'s to open", f"不得由 {who} 提出", Kind.WRONG_PARTY, *REFUSED, _refused(expect, who))
    for officer, expect, kind in ((WORKER, OK, Kind.HAPPY), (STRANGER, refusal("PERMISSION_DENIED", reason="DUTY_MISSING"), Kind.WRONG_DUTY)):
        name = "with-the-duty" if expect is OK else "wrong-duty"
        title = "a dispute is opened by an officer with the duty for requests", "由具备申请职责的经办人提出争议"
        yield _one(name, *title, kind, *OF_OFFICE, _refused(expect, OFFICE, officer=officer))
    for name, en, zh, other in (
        ("no-statement", "without a statement", "未填写争议内容", {"statement": ""}),
        ("no-officer", "without an officer", "未填写经办人", {"officer": ""}),
        ("number-in-text", "that spells an ID number", "争议内容出现身份号码", {"statement": f"当事人{KEY}的信息"}),
    ):
        call = _refused(refusal("INVALID_ARGUMENT"), **other)
        yield _one(name, f"a dispute {en} is refused", f"{zh}的争议不予受理", Kind.INCOMPLETE, *REFUSED, call)
    unseen = Call(OTHER, "GetDispute", {"name": "{it.name}"}, refusal("NOT_FOUND"))
    yield _one(
        "unseen-by-others", "a dispute is seen by its parties and the authority alone", "争议只对双方和主管部门可见", Kind.WRONG_PARTY, *OPEN, unseen
    )


def _tiers() -> Iterator[Sequence]:
    """Yield what binds the parties and the coordinator."""
    none = _on(CONSUMER, "AgreeSettlement", refusal("FAILED_PRECONDITION", reason="NO_TERMS"), **_BY)
    yield _one("no-terms", "nobody agrees where nobody has proposed terms", "未提出协商方案时不得同意", Kind.OUT_OF_ORDER, *OPEN, none)
    own = _on(PROVIDER, "AgreeSettlement", refusal("PERMISSION_DENIED", reason="OWN_TERMS"), **_BY)
    yield _one("own-terms", "nobody agrees to what they proposed alone", "提出方案的部门不得自行同意", Kind.WRONG_PARTY, *_OFFERED, own)
    party = _on(AUTHORITY, "PassDispute", refusal("INVALID_ARGUMENT", reason="NO_SUPERIOR"), **{**_PASS, "coordinator": "{parties.provider}"})
    yield _one("passed-to-a-party", "nobody coordinates a dispute of their own", "争议一方不得作为协调部门", Kind.REFUSED, *COORDINATING, party)
    superior = _on(OTHER, "DecideDispute", says(state="DISPUTE_STATE_DECIDED", coordinator="{parties.other}"), **_DECISION)
    yield _one("decided-by-the-superior", "the common superior decides", "共同上级作出处理意见", Kind.DISPUTED, *_PASSED, superior)
    authority = _on(AUTHORITY, "DecideDispute", refusal("PERMISSION_DENIED", reason="PASSED_ON"), **_DECISION)
    title = "what was passed on the authority decides no more", "已移送的争议不再由主管部门处理"
    yield _one("passed-on", *title, Kind.WRONG_PARTY, *_PASSED, authority)
    for who in (CONSUMER, PROVIDER):
        decide = _on(who, "DecideDispute", NOT_THEIRS, **_DECISION)
        yield _one(f"decided-by-{who}", f"the {who} decides nothing itself", f"{who} 不得自行决定", Kind.WRONG_PARTY, *_PASSED, decide)
