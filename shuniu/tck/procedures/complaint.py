"""Complaints 共享投诉: filed for a citizen, taken up by the authority, answered, closed (Decree 809 art. 37)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shuniu.tck.rules import NOT_THEIRS, Move, Rules
from shuniu.tck.sequence import AUTHORITY, CONSUMER, PROVIDER, Call, Kind, Sequence, Step, refusal, says
from shuniu.tck.things import KEY, step_on
from shuniu.words import Word

COMPLAIN: Final = "Decree 809 art. 37 (政务数据共享条例第三十七条)"


def content(**other: Any) -> dict[str, Any]:
    """Return a complaint that names nobody."""
    said = {
        "statement": "窗口要求重复提交居住证明",
        "channel": "COMPLAINT_CHANNEL_COUNTER",
        "about_department": "{parties.provider}",
        "contact_reference": "XF-{run}-{n}",
        "officer": "{by}",
    }
    return {**said, **other}


_BY: Final = {"officer": "{by}"}
_ACCEPT: Final = {"department": "{parties.provider}", "reason": "属于数据共享事项", **_BY}
_ANSWER: Final = {"answer": "已改由共享数据核验，不再要求提交", **_BY}
_RETURN: Final = {"reason": "不属于数据共享事项，请向主管部门反映", **_BY}
FILED: Final[tuple[Step, ...]] = (Call(CONSUMER, "FileComplaint", {"complaint": content()}, says(state="COMPLAINT_STATE_FILED"), "it"),)
ACCEPTED: Final[tuple[Step, ...]] = (*FILED, step_on(AUTHORITY, "AcceptComplaint", **_ACCEPT))
ANSWERED: Final[tuple[Step, ...]] = (*ACCEPTED, step_on(PROVIDER, "AnswerComplaint", **_ANSWER))


def _move(name: str, zh: str, who: str, fields: dict[str, str], *demands: str) -> Move:
    return Move(name, Word(name, name, zh), f"{name.capitalize()}Complaint", (who,), COMPLAIN, fields, demands)


RULES: Final = Rules(
    id="complaint",
    thing=Word("complaint", "complaint", "共享投诉"),
    prefix="COMPLAINT_STATE_",
    moves={
        "accept": _move("accept", "受理", AUTHORITY, _ACCEPT, "officer"),
        "return": _move("return", "不予受理", AUTHORITY, _RETURN, "reason", "officer"),
        "answer": _move("answer", "答复", PROVIDER, _ANSWER, "answer", "officer"),
        "close": _move("close", "办结", CONSUMER, _BY, "officer"),
    },
    ways={
        "filed": FILED,
        "accepted": ACCEPTED,
        "answered": ANSWERED,
        "closed": (*ANSWERED, step_on(CONSUMER, "CloseComplaint", **_BY)),
        "returned": (*FILED, step_on(AUTHORITY, "ReturnComplaint", **_RETURN)),
    },
    # nobody is assigned, so it is nobody's to answer
    others={("filed", "answer"): NOT_THEIRS, ("returned", "answer"): NOT_THEIRS},
    words={"filed": "filed", "accepted": "accepted", "answered": "answered", "closed": "closed", "returned": "returned"},
    next={
        ("filed", "accept"): "accepted",
        ("filed", "return"): "returned",
        ("accepted", "answer"): "answered",
        ("answered", "close"): "closed",
    },
)


def sequences() -> Iterator[Sequence]:
    """Yield what the table says, and what it does not."""
    yield from RULES.sequences()
    yield Sequence(
        "complaint/spells-a-number",
        Word("number", "a complaint that spells an ID number is refused", "投诉内容出现公民身份号码的，不予接收"),
        COMPLAIN,
        Kind.REFUSED,
        (Call(CONSUMER, "FileComplaint", {"complaint": content(statement=f"当事人{KEY}反映重复提交")}, refusal("INVALID_ARGUMENT")),),
    )
