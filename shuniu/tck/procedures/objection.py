"""Objections 数据异议: filed, checked by the source, corrected or dismissed, confirmed (Decree 809 art. 26)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shuniu.tck.rules import Move, Rules
from shuniu.tck.sequence import CONSUMER, OTHER, PROVIDER, Call, Kind, Sequence, Step, refusal, says
from shuniu.tck.things import KEY, step_on
from shuniu.words import Word

CHECK: Final = "Decree 809 art. 26 (政务数据共享条例第二十六条)"


def content(**other: Any) -> dict[str, Any]:
    """Return an objection to a record of the run's own entry."""
    said = {
        "target": "OBJECTION_TARGET_RECORD",
        "resource": "{entry.name}",
        "subject_key": "{person}",  # a new one in each sequence: of one department one objection to a record is open
        "statement": "住址与户口簿不符",
        "case_number": "LB-TCK-{n}",
        "officer": "{by}",
    }
    return {**said, **other}


def verifying(**other: Any) -> tuple[Step, ...]:
    """Return the calls that make an objection which is being checked."""
    filed = Call(CONSUMER, "FileObjection", {"objection": content(**other)}, says(state="OBJECTION_STATE_FILED"), "it")
    return (filed, step_on(PROVIDER, "VerifyObjection", officer="{by}"))


FILED: Final[tuple[Step, ...]] = (Call(CONSUMER, "FileObjection", {"objection": content()}, says(state="OBJECTION_STATE_FILED"), "it"),)
VERIFYING: Final = verifying()
_OUTCOME: Final = {"outcome": "住址已更正", "officer": "{by}"}
_NO: Final = {"outcome": "与原始档案一致", "officer": "{by}"}
_CORRECTED: Final[tuple[Step, ...]] = (*VERIFYING, step_on(PROVIDER, "CorrectObjection", **_OUTCOME))

RULES: Final = Rules(
    id="objection",
    thing=Word("objection", "objection", "数据异议"),
    prefix="OBJECTION_STATE_",
    moves={
        "verify": Move("verify", Word("verify", "verify", "校核"), "VerifyObjection", (PROVIDER,), CHECK, {"officer": "{by}"}, ("officer",)),
        "correct": Move("correct", Word("correct", "correct", "更正"), "CorrectObjection", (PROVIDER,), CHECK, _OUTCOME, ("outcome", "officer")),
        "dismiss": Move("dismiss", Word("dismiss", "dismiss", "驳回"), "DismissObjection", (PROVIDER,), CHECK, _NO, ("outcome", "officer")),
        "confirm": Move("confirm", Word("confirm", "confirm", "确认"), "ConfirmObjection", (CONSUMER,), CHECK),
    },
    ways={
        "filed": FILED,
        "verifying": VERIFYING,
        "corrected": _CORRECTED,
        "dismissed": (*VERIFYING, step_on(PROVIDER, "DismissObjection", **_NO)),
        "closed": (*_CORRECTED, step_on(CONSUMER, "ConfirmObjection")),
    },
    words={"filed": "filed", "verifying": "being verified", "corrected": "corrected", "dismissed": "dismissed", "closed": "closed"},
    next={
        ("filed", "verify"): "verifying",
        ("verifying", "correct"): "corrected",
        ("verifying", "dismiss"): "dismissed",
        ("corrected", "confirm"): "closed",
        ("dismissed", "confirm"): "closed",
    },
)


def sequences() -> Iterator[Sequence]:
    """Yield what the table says, and what it does not."""
    yield from RULES.sequences()
    continues = says(service_continues_notice__filled=True, subject_key="")
    yield Sequence(
        "objection/service-continues",
        Word(
            "continues",
            "whoever shows valid proof is served while a record is checked, and no key is given back",
            "校核期间服务不中断，且不回显证件号码",
        ),
        CHECK,
        Kind.DISPUTED,
        (*VERIFYING, Call(CONSUMER, "GetObjection", {"name": "{it.name}"}, continues)),
    )
    yield Sequence(
        "objection/unseen-by-others",
        Word("unseen", "an objection is seen by its parties and the authority alone", "异议只对当事部门和主管部门可见"),
        CHECK,
        Kind.WRONG_PARTY,
        (*FILED, Call(OTHER, "GetObjection", {"name": "{it.name}"}, refusal("NOT_FOUND"))),
    )
    for name, en, zh, other in (
        ("no-statement", "without a statement", "未填写异议内容", {"statement": ""}),
        ("no-key", "to a record without its key", "未填写记录的证件号码", {"subject_key": ""}),
        ("number-in-text", "that spells an ID number", "异议内容出现身份号码", {"statement": f"应为{KEY}"}),
        ("no-target", "to nothing", "未填写异议对象", {"target": "OBJECTION_TARGET_UNSPECIFIED"}),
        ("short-digest", "with a digest that is none", "证据摘要长度错误", {"evidence_digest": b"abc"}),
    ):
        title = Word(name, f"an objection {en} is refused", f"{zh}的异议不予受理")
        call = Call(CONSUMER, "FileObjection", {"objection": content(**other)}, refusal("INVALID_ARGUMENT"))
        yield Sequence(f"objection/{name}", title, CHECK, Kind.INCOMPLETE, (call,))
