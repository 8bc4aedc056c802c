"""The procedure of a data request, from draft to decision."""

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Final

from hub.procedure import Party, Procedure
from shuniu.words import Word


@unique
class DataRequestState(StrEnum):
    """Where a request stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    INCOMPLETE = "incomplete"
    OFFERED = "offered"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    OVERDUE = "overdue"


@unique
class RequestStep(StrEnum):
    """What can be done to a request."""

    SUBMIT = "submit"
    ASK_FOR_MORE = "ask_for_more"
    SUPPLEMENT = "supplement"
    APPROVE = "approve"
    OFFER = "offer"
    ACCEPT = "accept"
    REFUSE = "refuse"
    REQUEST_EXTENSION = "request_extension"
    ALLOW_EXTENSION = "allow_extension"
    REFUSE_EXTENSION = "refuse_extension"
    WITHDRAW = "withdraw"
    RUN_OUT = "run_out"
    END = "end"


NEXT: Final[Mapping[tuple[DataRequestState, RequestStep], DataRequestState]] = {
    (DataRequestState.DRAFT, RequestStep.SUBMIT): DataRequestState.SUBMITTED,
    (DataRequestState.SUBMITTED, RequestStep.ASK_FOR_MORE): DataRequestState.INCOMPLETE,
    (DataRequestState.INCOMPLETE, RequestStep.SUPPLEMENT): DataRequestState.SUBMITTED,
    (DataRequestState.SUBMITTED, RequestStep.APPROVE): DataRequestState.APPROVED,
    # overdue means escalated, not lost: everything but sending it back is still possible
    (DataRequestState.OVERDUE, RequestStep.APPROVE): DataRequestState.APPROVED,
    (DataRequestState.SUBMITTED, RequestStep.OFFER): DataRequestState.OFFERED,
    (DataRequestState.OVERDUE, RequestStep.OFFER): DataRequestState.OFFERED,
    # who does not want what is offered withdraws; declining is no step of its own
    (DataRequestState.OFFERED, RequestStep.ACCEPT): DataRequestState.APPROVED,
    (DataRequestState.SUBMITTED, RequestStep.REFUSE): DataRequestState.REFUSED,
    (DataRequestState.OVERDUE, RequestStep.REFUSE): DataRequestState.REFUSED,
    # Decree 809 art. 21: asked for while the time runs; the authority may decide when it is over, and what it allows counts from the old end on
    (DataRequestState.SUBMITTED, RequestStep.REQUEST_EXTENSION): DataRequestState.SUBMITTED,
    (DataRequestState.SUBMITTED, RequestStep.ALLOW_EXTENSION): DataRequestState.SUBMITTED,
    (DataRequestState.INCOMPLETE, RequestStep.ALLOW_EXTENSION): DataRequestState.INCOMPLETE,
    (DataRequestState.OVERDUE, RequestStep.ALLOW_EXTENSION): DataRequestState.SUBMITTED,
    (DataRequestState.SUBMITTED, RequestStep.REFUSE_EXTENSION): DataRequestState.SUBMITTED,
    (DataRequestState.INCOMPLETE, RequestStep.REFUSE_EXTENSION): DataRequestState.INCOMPLETE,
    (DataRequestState.OVERDUE, RequestStep.REFUSE_EXTENSION): DataRequestState.OVERDUE,
    (DataRequestState.DRAFT, RequestStep.WITHDRAW): DataRequestState.WITHDRAWN,
    (DataRequestState.SUBMITTED, RequestStep.WITHDRAW): DataRequestState.WITHDRAWN,
    (DataRequestState.INCOMPLETE, RequestStep.WITHDRAW): DataRequestState.WITHDRAWN,
    (DataRequestState.OFFERED, RequestStep.WITHDRAW): DataRequestState.WITHDRAWN,
    (DataRequestState.OVERDUE, RequestStep.WITHDRAW): DataRequestState.WITHDRAWN,
    (DataRequestState.SUBMITTED, RequestStep.RUN_OUT): DataRequestState.OVERDUE,
    # on the day of a succession: a party was closed, or both became one department
    (DataRequestState.DRAFT, RequestStep.END): DataRequestState.WITHDRAWN,
    (DataRequestState.SUBMITTED, RequestStep.END): DataRequestState.WITHDRAWN,
    (DataRequestState.INCOMPLETE, RequestStep.END): DataRequestState.WITHDRAWN,
    (DataRequestState.OFFERED, RequestStep.END): DataRequestState.WITHDRAWN,
    (DataRequestState.OVERDUE, RequestStep.END): DataRequestState.WITHDRAWN,
}

REQUEST_PROCEDURE: Final = Procedure(
    thing=Word("data_request", "data request", "数据共享申请"),
    next=NEXT,
    who={
        RequestStep.SUBMIT: frozenset({Party.CONSUMER}),
        RequestStep.ASK_FOR_MORE: frozenset({Party.PROVIDER}),
        RequestStep.SUPPLEMENT: frozenset({Party.CONSUMER}),
        RequestStep.APPROVE: frozenset({Party.PROVIDER}),
        RequestStep.OFFER: frozenset({Party.PROVIDER}),
        RequestStep.ACCEPT: frozenset({Party.CONSUMER}),
        RequestStep.REFUSE: frozenset({Party.PROVIDER}),
        RequestStep.REQUEST_EXTENSION: frozenset({Party.PROVIDER}),
        RequestStep.ALLOW_EXTENSION: frozenset({Party.AUTHORITY}),
        RequestStep.REFUSE_EXTENSION: frozenset({Party.AUTHORITY}),
        RequestStep.WITHDRAW: frozenset({Party.CONSUMER}),
        RequestStep.RUN_OUT: frozenset({Party.HUB}),
        RequestStep.END: frozenset({Party.HUB}),
    },
    states={
        DataRequestState.DRAFT: Word("draft", "a draft", "草稿"),
        DataRequestState.SUBMITTED: Word("submitted", "submitted", "已提交"),
        DataRequestState.INCOMPLETE: Word("incomplete", "incomplete", "待补正"),
        DataRequestState.OFFERED: Word("offered", "offered", "待确认"),
        DataRequestState.APPROVED: Word("approved", "approved", "已批准"),
        DataRequestState.REFUSED: Word("refused", "refused", "已拒绝"),
        DataRequestState.WITHDRAWN: Word("withdrawn", "withdrawn", "已撤回"),
        DataRequestState.OVERDUE: Word("overdue", "overdue", "已逾期"),
    },
    steps={
        RequestStep.SUBMIT: Word("submit", "submit it", "提交"),
        RequestStep.ASK_FOR_MORE: Word("ask_for_more", "ask for more", "要求补正"),
        RequestStep.SUPPLEMENT: Word("supplement", "supplement it", "补正"),
        RequestStep.APPROVE: Word("approve", "approve it", "批准"),
        RequestStep.OFFER: Word("offer", "offer less", "部分批准"),
        RequestStep.ACCEPT: Word("accept", "accept the offer", "确认"),
        RequestStep.REFUSE: Word("refuse", "refuse it", "拒绝"),
        RequestStep.REQUEST_EXTENSION: Word("request_extension", "ask for more time", "申请延期"),
        RequestStep.ALLOW_EXTENSION: Word("allow_extension", "allow more time", "同意延期"),
        RequestStep.REFUSE_EXTENSION: Word("refuse_extension", "refuse more time", "不同意延期"),
        RequestStep.WITHDRAW: Word("withdraw", "withdraw it", "撤回"),
        RequestStep.RUN_OUT: Word("run_out", "mark it overdue", "标记逾期"),
        RequestStep.END: Word("end", "end it", "因机构变更终止"),
    },
)
