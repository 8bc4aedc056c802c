"""The procedure of a dispute: consult, coordinate, the government decides (Decree 809 art. 28)."""

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Final

from hub.procedure import Party, Procedure
from shuniu.words import Word


@unique
class DisputeState(StrEnum):
    """Where a dispute stands."""

    CONSULTING = "consulting"
    COORDINATING = "coordinating"
    SETTLED = "settled"
    DECIDED = "decided"
    WITH_GOVERNMENT = "with_government"
    GOVERNMENT_DECIDED = "government_decided"
    WITHDRAWN = "withdrawn"


@unique
class DisputeStep(StrEnum):
    """What can be done to a dispute."""

    ANSWER = "answer"
    PROPOSE = "propose"
    AGREE = "agree"
    ESCALATE = "escalate"
    HAND_OVER = "hand_over"
    DECIDE = "decide"
    RECORD = "record"
    WITHDRAW = "withdraw"
    END = "end"


NEXT: Final[Mapping[tuple[DisputeState, DisputeStep], DisputeState]] = {
    (DisputeState.CONSULTING, DisputeStep.ANSWER): DisputeState.CONSULTING,
    (DisputeState.CONSULTING, DisputeStep.PROPOSE): DisputeState.CONSULTING,
    (DisputeState.COORDINATING, DisputeStep.PROPOSE): DisputeState.COORDINATING,
    (DisputeState.CONSULTING, DisputeStep.AGREE): DisputeState.SETTLED,
    (DisputeState.COORDINATING, DisputeStep.AGREE): DisputeState.SETTLED,
    (DisputeState.CONSULTING, DisputeStep.ESCALATE): DisputeState.COORDINATING,
    (DisputeState.DECIDED, DisputeStep.ESCALATE): DisputeState.WITH_GOVERNMENT,
    (DisputeState.COORDINATING, DisputeStep.HAND_OVER): DisputeState.COORDINATING,
    (DisputeState.COORDINATING, DisputeStep.DECIDE): DisputeState.DECIDED,
    (DisputeState.WITH_GOVERNMENT, DisputeStep.RECORD): DisputeState.GOVERNMENT_DECIDED,
    (DisputeState.CONSULTING, DisputeStep.WITHDRAW): DisputeState.WITHDRAWN,
    (DisputeState.COORDINATING, DisputeStep.WITHDRAW): DisputeState.WITHDRAWN,
    (DisputeState.WITH_GOVERNMENT, DisputeStep.WITHDRAW): DisputeState.WITHDRAWN,
    (DisputeState.CONSULTING, DisputeStep.END): DisputeState.WITHDRAWN,
    (DisputeState.COORDINATING, DisputeStep.END): DisputeState.WITHDRAWN,
    (DisputeState.WITH_GOVERNMENT, DisputeStep.END): DisputeState.WITHDRAWN,
}

DISPUTE_PROCEDURE: Final = Procedure(
    thing=Word("dispute", "dispute", "共享争议"),
    next=NEXT,
    who={
        DisputeStep.ANSWER: frozenset({Party.RESPONDENT}),
        DisputeStep.PROPOSE: frozenset({Party.CLAIMANT, Party.RESPONDENT}),
        DisputeStep.AGREE: frozenset({Party.CLAIMANT, Party.RESPONDENT}),
        DisputeStep.ESCALATE: frozenset({Party.CLAIMANT, Party.RESPONDENT}),
        DisputeStep.HAND_OVER: frozenset({Party.AUTHORITY}),
        DisputeStep.DECIDE: frozenset({Party.AUTHORITY, Party.COORDINATOR}),
        DisputeStep.RECORD: frozenset({Party.AUTHORITY}),
        DisputeStep.WITHDRAW: frozenset({Party.CLAIMANT}),
        DisputeStep.END: frozenset({Party.HUB}),
    },
    states={
        DisputeState.CONSULTING: Word("consulting", "being consulted about", "协商中"),
        DisputeState.COORDINATING: Word("coordinating", "being coordinated", "协调中"),
        DisputeState.SETTLED: Word("settled", "settled", "协商一致"),
        DisputeState.DECIDED: Word("decided", "decided", "已协调处理"),
        DisputeState.WITH_GOVERNMENT: Word("with_government", "with the government", "报政府决定中"),
        DisputeState.GOVERNMENT_DECIDED: Word("government_decided", "decided by the government", "政府已决定"),
        DisputeState.WITHDRAWN: Word("withdrawn", "withdrawn", "已撤回"),
    },
    steps={
        DisputeStep.ANSWER: Word("answer", "answer it", "答复"),
        DisputeStep.PROPOSE: Word("propose", "propose terms", "提出协商方案"),
        DisputeStep.AGREE: Word("agree", "agree to the terms", "同意协商方案"),
        DisputeStep.ESCALATE: Word("escalate", "take it one tier up", "提请上一层级处理"),
        DisputeStep.HAND_OVER: Word("hand_over", "pass it on to the common superior", "移送共同上级"),
        DisputeStep.DECIDE: Word("decide", "decide it", "作出协调处理意见"),
        DisputeStep.RECORD: Word("record", "record the government's decision", "登记政府决定"),
        DisputeStep.WITHDRAW: Word("withdraw", "withdraw it", "撤回"),
        DisputeStep.END: Word("end", "end it", "因机构撤销终止"),
    },
)
