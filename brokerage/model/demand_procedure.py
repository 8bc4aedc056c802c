"""The procedure of a demand, from filing to the entry that fulfils it (供需对接, Decree 809 art. 20)."""

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Final

from hub.procedure import Party, Procedure
from shuniu.words import Word


@unique
class DemandState(StrEnum):
    """Where a demand stands."""

    SUBMITTED = "submitted"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    FULFILLED = "fulfilled"
    DECLINED = "declined"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


@unique
class DemandStep(StrEnum):
    """What can be done to a demand."""

    ASSIGN = "assign"
    ACCEPT = "accept"
    DECLINE = "decline"
    MERGE = "merge"
    FULFIL = "fulfil"
    WITHDRAW = "withdraw"
    RELEASE = "release"
    END = "end"


NEXT: Final[Mapping[tuple[DemandState, DemandStep], DemandState]] = {
    (DemandState.SUBMITTED, DemandStep.ASSIGN): DemandState.ASSIGNED,
    (DemandState.DECLINED, DemandStep.ASSIGN): DemandState.ASSIGNED,
    (DemandState.ASSIGNED, DemandStep.ASSIGN): DemandState.ASSIGNED,
    (DemandState.ASSIGNED, DemandStep.ACCEPT): DemandState.ACCEPTED,
    (DemandState.ASSIGNED, DemandStep.DECLINE): DemandState.DECLINED,
    (DemandState.ACCEPTED, DemandStep.FULFIL): DemandState.FULFILLED,
    (DemandState.SUBMITTED, DemandStep.MERGE): DemandState.MERGED,
    (DemandState.ASSIGNED, DemandStep.MERGE): DemandState.MERGED,
    (DemandState.ACCEPTED, DemandStep.MERGE): DemandState.MERGED,
    (DemandState.DECLINED, DemandStep.MERGE): DemandState.MERGED,
    (DemandState.SUBMITTED, DemandStep.WITHDRAW): DemandState.WITHDRAWN,
    (DemandState.ASSIGNED, DemandStep.WITHDRAW): DemandState.WITHDRAWN,
    (DemandState.ACCEPTED, DemandStep.WITHDRAW): DemandState.WITHDRAWN,
    (DemandState.DECLINED, DemandStep.WITHDRAW): DemandState.WITHDRAWN,
    (DemandState.ASSIGNED, DemandStep.RELEASE): DemandState.DECLINED,
    (DemandState.ACCEPTED, DemandStep.RELEASE): DemandState.DECLINED,
    (DemandState.SUBMITTED, DemandStep.END): DemandState.WITHDRAWN,
    (DemandState.ASSIGNED, DemandStep.END): DemandState.WITHDRAWN,
    (DemandState.ACCEPTED, DemandStep.END): DemandState.WITHDRAWN,
    (DemandState.DECLINED, DemandStep.END): DemandState.WITHDRAWN,
}

DEMAND_PROCEDURE: Final = Procedure(
    thing=Word("demand", "demand", "数据需求"),
    next=NEXT,
    who={
        DemandStep.ASSIGN: frozenset({Party.AUTHORITY}),
        DemandStep.ACCEPT: frozenset({Party.ASSIGNEE}),
        DemandStep.DECLINE: frozenset({Party.ASSIGNEE}),
        DemandStep.MERGE: frozenset({Party.AUTHORITY}),
        DemandStep.FULFIL: frozenset({Party.ASSIGNEE}),
        DemandStep.WITHDRAW: frozenset({Party.FILER}),
        DemandStep.RELEASE: frozenset({Party.HUB}),
        DemandStep.END: frozenset({Party.HUB}),
    },
    states={
        DemandState.SUBMITTED: Word("submitted", "submitted", "已提出"),
        DemandState.ASSIGNED: Word("assigned", "assigned", "已分派"),
        DemandState.ACCEPTED: Word("accepted", "accepted", "已受理"),
        DemandState.FULFILLED: Word("fulfilled", "fulfilled", "已满足"),
        DemandState.DECLINED: Word("declined", "declined", "已退回"),
        DemandState.MERGED: Word("merged", "merged", "已合并"),
        DemandState.WITHDRAWN: Word("withdrawn", "withdrawn", "已撤回"),
    },
    steps={
        DemandStep.ASSIGN: Word("assign", "assign it", "分派"),
        DemandStep.ACCEPT: Word("accept", "accept it", "受理"),
        DemandStep.DECLINE: Word("decline", "decline it", "退回"),
        DemandStep.MERGE: Word("merge", "merge it", "合并"),
        DemandStep.FULFIL: Word("fulfil", "fulfil it", "满足"),
        DemandStep.WITHDRAW: Word("withdraw", "withdraw it", "撤回"),
        DemandStep.RELEASE: Word("release", "give it back to the authority", "因承办机构撤销退回"),
        DemandStep.END: Word("end", "end it", "因机构撤销终止"),
    },
)
