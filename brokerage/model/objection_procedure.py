"""The procedure of an objection, from filing to closing, and what an objection can be about."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from hub.procedure import Party, Procedure
from shuniu.words import Word


@unique
class ObjectionTarget(StrEnum):
    """What an objection is about."""

    RECORD = "record"
    FIELD = "field"
    ENTRY = "entry"
    DECISION = "decision"
    LICENSE = "license"


@unique
class ObjectionState(StrEnum):
    """Where an objection stands."""

    FILED = "filed"
    VERIFYING = "verifying"
    CORRECTED = "corrected"
    DISMISSED = "dismissed"
    CLOSED = "closed"
    APPEALED = "appealed"
    WITHDRAWN = "withdrawn"


@unique
class ObjectionStep(StrEnum):
    """What can be done to an objection."""

    VERIFY = "verify"
    CORRECT = "correct"
    DISMISS = "dismiss"
    CONFIRM = "confirm"
    WITHDRAW = "withdraw"
    APPEAL = "appeal"
    UPHOLD = "uphold"
    OVERTURN = "overturn"
    END = "end"


@unique
class ObjectionRuling(StrEnum):
    """What the authority decided on an appeal."""

    UPHELD = "upheld"
    OVERTURNED = "overturned"


NEXT: Final[Mapping[tuple[ObjectionState, ObjectionStep], ObjectionState]] = {
    (ObjectionState.FILED, ObjectionStep.VERIFY): ObjectionState.VERIFYING,
    (ObjectionState.VERIFYING, ObjectionStep.CORRECT): ObjectionState.CORRECTED,
    (ObjectionState.VERIFYING, ObjectionStep.DISMISS): ObjectionState.DISMISSED,
    (ObjectionState.CORRECTED, ObjectionStep.CONFIRM): ObjectionState.CLOSED,
    (ObjectionState.DISMISSED, ObjectionStep.CONFIRM): ObjectionState.CLOSED,
    (ObjectionState.FILED, ObjectionStep.WITHDRAW): ObjectionState.WITHDRAWN,
    (ObjectionState.VERIFYING, ObjectionStep.WITHDRAW): ObjectionState.WITHDRAWN,
    (ObjectionState.CORRECTED, ObjectionStep.APPEAL): ObjectionState.APPEALED,
    (ObjectionState.DISMISSED, ObjectionStep.APPEAL): ObjectionState.APPEALED,
    (ObjectionState.APPEALED, ObjectionStep.UPHOLD): ObjectionState.CLOSED,
    (ObjectionState.APPEALED, ObjectionStep.OVERTURN): ObjectionState.VERIFYING,
    # on the day on which one of its departments is closed
    (ObjectionState.FILED, ObjectionStep.END): ObjectionState.CLOSED,
    (ObjectionState.VERIFYING, ObjectionStep.END): ObjectionState.CLOSED,
    (ObjectionState.CORRECTED, ObjectionStep.END): ObjectionState.CLOSED,
    (ObjectionState.DISMISSED, ObjectionStep.END): ObjectionState.CLOSED,
    (ObjectionState.APPEALED, ObjectionStep.END): ObjectionState.CLOSED,
}

OBJECTION_PROCEDURE: Final = Procedure(
    thing=Word("objection", "objection", "数据异议"),
    next=NEXT,
    who={
        ObjectionStep.VERIFY: frozenset({Party.SOURCE}),
        ObjectionStep.CORRECT: frozenset({Party.SOURCE}),
        ObjectionStep.DISMISS: frozenset({Party.SOURCE}),
        ObjectionStep.CONFIRM: frozenset({Party.OBJECTOR}),
        ObjectionStep.WITHDRAW: frozenset({Party.OBJECTOR}),
        ObjectionStep.APPEAL: frozenset({Party.OBJECTOR}),
        ObjectionStep.UPHOLD: frozenset({Party.AUTHORITY}),
        ObjectionStep.OVERTURN: frozenset({Party.AUTHORITY}),
        ObjectionStep.END: frozenset({Party.HUB}),
    },
    states={
        ObjectionState.FILED: Word("filed", "filed", "已提出"),
        ObjectionState.VERIFYING: Word("verifying", "being verified", "校核中"),
        ObjectionState.CORRECTED: Word("corrected", "corrected", "已更正"),
        ObjectionState.DISMISSED: Word("dismissed", "dismissed", "已驳回"),
        ObjectionState.APPEALED: Word("appealed", "appealed", "复核中"),
        ObjectionState.WITHDRAWN: Word("withdrawn", "withdrawn", "已撤回"),
        ObjectionState.CLOSED: Word("closed", "closed", "已办结"),
    },
    steps={
        ObjectionStep.VERIFY: Word("verify", "take it up", "校核"),
        ObjectionStep.CORRECT: Word("correct", "correct what it is about", "更正"),
        ObjectionStep.DISMISS: Word("dismiss", "dismiss it", "驳回"),
        ObjectionStep.CONFIRM: Word("confirm", "confirm the outcome", "确认"),
        ObjectionStep.WITHDRAW: Word("withdraw", "withdraw it", "撤回"),
        ObjectionStep.APPEAL: Word("appeal", "appeal against the outcome", "申请复核"),
        ObjectionStep.UPHOLD: Word("uphold", "uphold the outcome", "维持"),
        ObjectionStep.OVERTURN: Word("overturn", "overturn the outcome", "撤销处理结果"),
        ObjectionStep.END: Word("end", "end it", "因机构撤销终止"),
    },
)


@dataclass(frozen=True, slots=True)
class TargetRule:
    """What an objection to one kind of target holds: where its resource is, whether it names a record by its key, and a field of it."""

    collection: str
    of_a_record: bool = False
    of_a_field: bool = False


TARGETS: Final[Mapping[ObjectionTarget, TargetRule]] = {
    ObjectionTarget.RECORD: TargetRule("entries", of_a_record=True),
    ObjectionTarget.FIELD: TargetRule("entries", of_a_record=True, of_a_field=True),
    ObjectionTarget.ENTRY: TargetRule("entries"),
    ObjectionTarget.DECISION: TargetRule("dataRequests"),
    ObjectionTarget.LICENSE: TargetRule("licenses"),
}
