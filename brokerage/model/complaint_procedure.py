"""The procedure of a citizen's complaint, filed by an officer (Decree 809 art. 37)."""

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Final

from hub.procedure import Party, Procedure
from shuniu.words import Word


@unique
class ComplaintState(StrEnum):
    """Where a complaint stands."""

    FILED = "filed"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    CLOSED = "closed"
    RETURNED = "returned"


@unique
class ComplaintStep(StrEnum):
    """What can be done to a complaint."""

    ACCEPT = "accept"
    ANSWER = "answer"
    CLOSE = "close"
    RETURN = "return"
    RELEASE = "release"
    END = "end"


NEXT: Final[Mapping[tuple[ComplaintState, ComplaintStep], ComplaintState]] = {
    (ComplaintState.FILED, ComplaintStep.ACCEPT): ComplaintState.ACCEPTED,
    (ComplaintState.FILED, ComplaintStep.RETURN): ComplaintState.RETURNED,
    (ComplaintState.ACCEPTED, ComplaintStep.ANSWER): ComplaintState.ANSWERED,
    (ComplaintState.ANSWERED, ComplaintStep.CLOSE): ComplaintState.CLOSED,
    (ComplaintState.ACCEPTED, ComplaintStep.RELEASE): ComplaintState.FILED,
    (ComplaintState.FILED, ComplaintStep.END): ComplaintState.CLOSED,
    (ComplaintState.ACCEPTED, ComplaintStep.END): ComplaintState.CLOSED,
    (ComplaintState.ANSWERED, ComplaintStep.END): ComplaintState.CLOSED,
}

COMPLAINT_PROCEDURE: Final = Procedure(
    thing=Word("complaint", "complaint", "共享投诉"),
    next=NEXT,
    who={
        ComplaintStep.ACCEPT: frozenset({Party.AUTHORITY}),
        ComplaintStep.ANSWER: frozenset({Party.ASSIGNEE}),
        ComplaintStep.CLOSE: frozenset({Party.FILER}),
        ComplaintStep.RETURN: frozenset({Party.AUTHORITY}),
        ComplaintStep.RELEASE: frozenset({Party.HUB}),
        ComplaintStep.END: frozenset({Party.HUB}),
    },
    states={
        ComplaintState.FILED: Word("filed", "filed", "已提交"),
        ComplaintState.ACCEPTED: Word("accepted", "accepted", "办理中"),
        ComplaintState.ANSWERED: Word("answered", "answered", "已答复"),
        ComplaintState.CLOSED: Word("closed", "closed", "已办结"),
        ComplaintState.RETURNED: Word("returned", "returned", "不予受理"),
    },
    steps={
        ComplaintStep.ACCEPT: Word("accept", "accept it", "受理"),
        ComplaintStep.ANSWER: Word("answer", "answer it", "答复"),
        ComplaintStep.CLOSE: Word("close", "close it", "办结"),
        ComplaintStep.RETURN: Word("return", "return it", "不予受理"),
        ComplaintStep.RELEASE: Word("release", "give it back to the authority", "因承办机构撤销退回"),
        ComplaintStep.END: Word("end", "end it", "因机构撤销终止"),
    },
)
