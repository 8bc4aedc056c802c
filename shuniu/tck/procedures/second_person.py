"""Officers and second persons 经办人与复核: what one officer proposes, another confirms (Decree 809 art. 13, 20)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shuniu.tck.sequence import CONSUMER, OFFICE, Call, Expect, Kind, Need, Sequence, Step, refusal, says
from shuniu.tck.things import LEAD, STRANGER, WORKER, request_content
from shuniu.words import Word

HEAD: Final = "Decree 809 art. 20 (政务数据共享条例第二十条)"
_DRAFT: Final[tuple[Step, ...]] = (
    Call(OFFICE, "CreateDataRequest", {"data_request": request_content(officer=WORKER)}, keep="draft"),
    Call(
        OFFICE,
        "SubmitDataRequest",
        {"name": "{draft.name}", "etag": "{draft.etag}", "officer": WORKER},
        says(state="DATA_REQUEST_STATE_DRAFT", pending_proposal__filled=True),
        "it",
    ),
    Call(OFFICE, "GetProposal", {"name": "{it.pending_proposal}"}, says(state="PROPOSAL_STATE_PROPOSED"), "proposal"),
)


def _decide(rpc: str, officer: str, expect: Expect, **more: Any) -> Call:
    return Call(OFFICE, rpc, {"name": "{proposal.name}", "etag": "{proposal.etag}", "officer": officer, **more}, expect)


def _one(name: str, en: str, zh: str, kind: Kind, *steps: Step) -> Sequence:
    confirms = any(isinstance(step, Call) and step.rpc in {"Confirm", "Decline"} and step.expect.status == ("OK",) for step in steps)
    return Sequence(
        f"second-person/{name}", Word(name, en, zh), HEAD, kind, steps, frozenset({Need.WRITING} | ({Need.MANDATE} if confirms else set()))
    )


def sequences() -> Iterator[Sequence]:
    """Yield what officers of a department that registered them may do, and what they may not."""
    state = Call(OFFICE, "GetDataRequest", {"name": "{it.name}"}, says(state="DATA_REQUEST_STATE_SUBMITTED"))
    still = Call(OFFICE, "GetDataRequest", {"name": "{it.name}"}, says(state="DATA_REQUEST_STATE_DRAFT"))
    yield _one(
        "confirmed", "a step is taken once the head confirms it", "经负责人确认后办理", Kind.HAPPY, *_DRAFT, _decide("Confirm", LEAD, Expect()), state
    )
    yield _one(
        "declined", "a step that the head declines is not taken", "负责人不同意的不予办理", Kind.REFUSED, *_DRAFT,
        _decide("Decline", LEAD, Expect(), reason="材料不足"), still,
    )  # fmt: skip
    yield _one(
        "taken-back", "who proposed a step may take it back", "提出人可以撤回", Kind.ENDED, *_DRAFT,
        _decide("TakeBack", WORKER, Expect(), reason="填写有误"), still,
    )  # fmt: skip
    own = _decide("Confirm", WORKER, refusal("PERMISSION_DENIED", "FAILED_PRECONDITION"))
    yield _one("own", "nobody confirms what they proposed", "提出人不得自行确认", Kind.WRONG_DUTY, *_DRAFT, own, still)
    other = _decide("Confirm", STRANGER, refusal("PERMISSION_DENIED", "FAILED_PRECONDITION"))
    yield _one("other-duty", "nobody confirms without the duty", "不具备职责者不得确认", Kind.WRONG_DUTY, *_DRAFT, other, still)
    foreign = Call(CONSUMER, "GetProposal", {"name": "{proposal.name}"}, refusal("NOT_FOUND"))
    yield _one("unseen", "a proposal is the department's own", "待确认事项只对本部门可见", Kind.WRONG_PARTY, *_DRAFT, foreign)
    again = _decide("Confirm", LEAD, refusal("ABORTED", "FAILED_PRECONDITION"))
    yield _one("twice", "a proposal is confirmed once", "待确认事项只确认一次", Kind.REPLAYED, *_DRAFT, _decide("Confirm", LEAD, Expect()), again)
    twice = Call(
        OFFICE,
        "SubmitDataRequest",
        {"name": "{draft.name}", "etag": "{draft.etag}", "officer": WORKER},
        Expect(says={"pending_proposal": "{it.pending_proposal}"}),
    )
    yield _one("proposed-twice", "a step that waits is proposed once", "已在等待确认的不重复提出", Kind.REPLAYED, *_DRAFT, twice)
    for name, officer, reason, kind in (
        ("unknown-officer", "TCK-NOBODY", "OFFICER_UNKNOWN", Kind.WRONG_DUTY),
        ("wrong-duty", STRANGER, "DUTY_MISSING", Kind.WRONG_DUTY),
    ):
        call = Call(OFFICE, "CreateDataRequest", {"data_request": request_content(officer=officer)}, refusal("PERMISSION_DENIED", reason=reason))
        yield _one(name, f"a request of {name.replace('-', ' ')} is refused", f"经办人 {officer} 不得提出申请", kind, call)
