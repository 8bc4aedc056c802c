"""How an objection ends beside its outcome 异议复核与撤回: the objector takes it back, or takes the outcome to the authority (Decree 809 art. 26)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from shuniu.tck.procedures import objection
from shuniu.tck.procedures.request import WITHIN
from shuniu.tck.rules import ORDER, Move, Rules
from shuniu.tck.sequence import AUTHORITY, CONSUMER, OFFICE, OK, PROVIDER, Call, Expect, Kind, Need, Sequence, Step, refusal, says
from shuniu.tck.things import KEY, STRANGER, WORKER, step_on
from shuniu.words import Word

CHECK: Final = objection.CHECK
_BY: Final = {"officer": "{by}"}
_TAKE_BACK: Final = {"reason": "当事人不再主张", **_BY}
_APPEAL: Final = {"statement": "户口簿登记的住址与校核结论不同", **_BY}
_UPHOLD: Final = {"reason": "与原始档案一致", **_BY}
_OVERTURN: Final = {"reason": "原始档案记载有误，应予更正", **_BY}
_OUTCOME: Final = {"outcome": "住址已更正", **_BY}
_WAYS: Final = objection.RULES.ways
APPEALED: Final[tuple[Step, ...]] = (*_WAYS["dismissed"], step_on(CONSUMER, "AppealObjection", **_APPEAL))
OVERTURNED: Final[tuple[Step, ...]] = (*APPEALED, step_on(AUTHORITY, "OverturnObjection", **_OVERTURN))
_FILED: Final = Call(OFFICE, "FileObjection", {"objection": objection.content(officer=WORKER)}, keep="it")
OF_OFFICE: Final[tuple[Step, ...]] = (_FILED, *_WAYS["dismissed"][1:])
"""An objection that was dismissed, of the department that registered its officers."""


def _move(name: str, en: str, zh: str, who: str, fields: dict[str, Any]) -> Move:
    return Move(name, Word(name, en, zh), f"{name.capitalize()}Objection", (who,), CHECK, fields, tuple(fields))


RULES: Final = Rules(
    id="appeal",
    thing=objection.RULES.thing,
    prefix=objection.RULES.prefix,
    moves={
        "withdraw": _move("withdraw", "withdraw", "撤回", CONSUMER, _TAKE_BACK),
        "appeal": _move("appeal", "appeal", "申请复核", CONSUMER, _APPEAL),
        "uphold": _move("uphold", "uphold", "维持", AUTHORITY, _UPHOLD),
        "overturn": _move("overturn", "overturn", "撤销处理结果", AUTHORITY, _OVERTURN),
    },
    ways={
        **_WAYS,
        "appealed": APPEALED,
        "withdrawn": (*_WAYS["verifying"], step_on(CONSUMER, "WithdrawObjection", **_TAKE_BACK)),
    },
    words={**objection.RULES.words, "appealed": "appealed", "withdrawn": "withdrawn"},
    next={
        ("filed", "withdraw"): "withdrawn",
        ("verifying", "withdraw"): "withdrawn",
        ("corrected", "appeal"): "appealed",
        ("dismissed", "appeal"): "appealed",
        ("appealed", "uphold"): "closed",
        ("appealed", "overturn"): "verifying",
    },
)


def _one(name: str, en: str, zh: str, kind: Kind, *steps: Step) -> Sequence:
    return Sequence(f"appeal/{name}", Word(name, en, zh), CHECK, kind, steps)


def _on(who: str, rpc: str, expect: Expect, **fields: Any) -> Call:
    return Call(who, rpc, {"name": "{it.name}", "etag": "{it.etag}", **fields}, expect)


def sequences() -> Iterator[Sequence]:
    """Yield what the table says, and what it does not."""
    yield from RULES.sequences()
    yield from _settled()
    yield from _by_duty()
    continues = Call(PROVIDER, "GetObjection", {"name": "{it.name}"}, says(state="OBJECTION_STATE_APPEALED", service_continues_notice__filled=True))
    title = "whoever shows valid proof is served while an outcome is appealed against", "复核期间服务不中断"
    yield _one("service-continues", *title, Kind.DISPUTED, *APPEALED, continues)
    again = says(state="OBJECTION_STATE_VERIFYING", clock__filled=True, ruling="OBJECTION_RULING_OVERTURNED", decision=_OVERTURN["reason"])
    title = "after an overturned outcome the source checks anew, within a time of its own", "撤销处理结果后重新校核并重新计时"
    yield _one("checked-anew", *title, Kind.HAPPY, *OVERTURNED, Call(PROVIDER, "GetObjection", {"name": "{it.name}"}, again))
    dismiss = _on(PROVIDER, "DismissObjection", refusal("FAILED_PRECONDITION", reason="MUST_CORRECT"), outcome="维持原结论", **_BY)
    title = "what the authority has overturned the source corrects and does not dismiss", "处理结果被撤销的，数源部门只能更正"
    yield _one("overturned-binds", *title, Kind.REFUSED, *OVERTURNED, dismiss)
    corrected = (*OVERTURNED, step_on(PROVIDER, "CorrectObjection", **_OUTCOME))
    confirm = _on(CONSUMER, "ConfirmObjection", says(state="OBJECTION_STATE_CLOSED"))
    title = "an overturned outcome is corrected, and the objector closes it", "撤销后更正并由异议部门确认"
    yield _one("overturned-corrected", *title, Kind.HAPPY, *corrected, confirm)
    appeal = _on(CONSUMER, "AppealObjection", says(state="OBJECTION_STATE_APPEALED", ruling="OBJECTION_RULING_UNSPECIFIED"), **_APPEAL)
    yield _one("appealed-again", "what was corrected may be appealed against again", "更正后仍可申请复核", Kind.DISPUTED, *corrected, appeal)
    number = _on(CONSUMER, "AppealObjection", refusal("INVALID_ARGUMENT"), **{**_APPEAL, "statement": f"应为{KEY}"})
    title = "an appeal that spells an ID number is refused", "复核申请出现身份号码的不予受理"
    yield _one("number-in-text", *title, Kind.INCOMPLETE, *_WAYS["dismissed"], number)
    late = Call(PROVIDER, "GetObjection", {"name": "{it.name}"}, says(state="OBJECTION_STATE_VERIFYING"), "it")
    correct = _on(PROVIDER, "CorrectObjection", says(state="OBJECTION_STATE_CORRECTED"), **_OUTCOME)
    title = "a check whose time is over is answered all the same", "校核逾期后仍应作出处理"
    yield replace(_one("late", *title, Kind.LATE, *OVERTURNED, WITHIN, late, correct), needs=frozenset({Need.WRITING, Need.CLOCK}))


def _by_duty() -> Iterator[Sequence]:
    """Yield whose officers take an outcome to the authority, of a department that registered them."""
    for officer, expect, kind in ((WORKER, OK, Kind.HAPPY), (STRANGER, refusal("PERMISSION_DENIED", reason="DUTY_MISSING"), Kind.WRONG_DUTY)):
        appeal = _on(OFFICE, "AppealObjection", expect, **{**_APPEAL, "officer": officer})
        name = "with-the-duty" if expect is OK else "wrong-duty"
        title = "an appeal is made by an officer with the duty for corrections", "由具备更正职责的经办人申请复核"
        yield _one(name, *title, kind, *OF_OFFICE, appeal)


def _settled() -> Iterator[Sequence]:
    """Yield that no step of the check leads on from an objection that was appealed against or taken back."""
    for state in ("appealed", "withdrawn"):
        for name, move in objection.RULES.moves.items():
            expect = refusal("FAILED_PRECONDITION", reason="ILLEGAL_STATE", mentions=(RULES.words[state],))
            title = f"objection, {state}: {move.word.en} is refused", f"数据异议：{state} 时不得“{move.word.zh}”"
            one = _one(f"{state}-{name}-illegal", *title, Kind.OUT_OF_ORDER, *RULES.ways[state], move.call(expect=expect))
            yield replace(one, article=f"{ORDER}; {CHECK}")
