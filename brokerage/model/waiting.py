"""Whose step a request, an objection or a correction notice waits for, in each state; and what departments are told of a grant.

A draft waits for nobody: whoever writes one may also leave it. A grant waits for nobody as long as it is used as it was given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from brokerage.model.disposal import DisposalState
from brokerage.model.grant import Grant
from brokerage.model.notice import CorrectionNotice, NoticeState
from brokerage.model.objection import Objection
from brokerage.model.objection_procedure import ObjectionState
from brokerage.model.request import DataRequest
from brokerage.model.request_procedure import DataRequestState
from brokerage.model.return_flow import ARTICLE
from brokerage.model.service_change import ServiceChange
from brokerage.model.service_change_procedure import ServiceChangeState
from hub.access import Duty
from hub.clock import day_in_china
from hub.desk import AUTHORITY, Notice, Waiting
from hub.procedure import Party
from timing.extension import ExtensionState
from timing.waiting import waiting_for


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is in a state, by which rpc; `timed` where the law's time runs for it."""

    step: str
    party: Party
    timed: bool = False


_ANSWER: Final = Turn("BrokerageService/ApproveDataRequest", Party.PROVIDER, timed=True)
_OUTCOME: Final = Turn("BrokerageService/ConfirmObjection", Party.OBJECTOR)
REQUEST_TURNS: Final[Mapping[DataRequestState, Turn | None]] = {
    DataRequestState.DRAFT: None,
    DataRequestState.SUBMITTED: _ANSWER,
    DataRequestState.OVERDUE: _ANSWER,
    DataRequestState.INCOMPLETE: Turn("BrokerageService/SupplementDataRequest", Party.CONSUMER),
    DataRequestState.OFFERED: Turn("BrokerageService/AcceptOffer", Party.CONSUMER),
    DataRequestState.APPROVED: None,
    DataRequestState.REFUSED: None,
    DataRequestState.WITHDRAWN: None,
}
OBJECTION_TURNS: Final[Mapping[ObjectionState, Turn | None]] = {
    ObjectionState.FILED: Turn("BrokerageService/VerifyObjection", Party.SOURCE, timed=True),
    ObjectionState.VERIFYING: Turn("BrokerageService/CorrectObjection", Party.SOURCE, timed=True),
    ObjectionState.CORRECTED: _OUTCOME,
    ObjectionState.DISMISSED: _OUTCOME,
    ObjectionState.APPEALED: Turn("BrokerageService/UpholdObjection", Party.AUTHORITY),
    ObjectionState.WITHDRAWN: None,
    ObjectionState.CLOSED: None,
}
NOTICE_TURNS: Final[Mapping[NoticeState, Turn | None]] = {
    NoticeState.SENT: Turn("BrokerageService/AcknowledgeCorrectionNotice", Party.RECIPIENT),
    NoticeState.ACKNOWLEDGED: None,
}
ARTICLE_29: Final = "政务数据共享条例（国务院令第809号）第二十九条"
ARTICLE_27: Final = "政务数据共享条例（国务院令第809号）第二十七条"
DISPOSAL_TURNS: Final[Mapping[DisposalState, Turn | None]] = {
    DisposalState.DUE: Turn("BrokerageService/RecordDisposal", Party.CONSUMER),
    DisposalState.RETURNED: Turn("BrokerageService/RecordDisposal", Party.CONSUMER),
    DisposalState.RECORDED: Turn("BrokerageService/AcceptDisposal", Party.PROVIDER),
    DisposalState.ACCEPTED: None,
}
_EXTENSION: Final = "BrokerageService/AllowExtension"
_EXTENDED: Final = frozenset({DataRequestState.SUBMITTED, DataRequestState.INCOMPLETE, DataRequestState.OVERDUE})
"""Where the authority still decides on a wish for more time."""


def request_waits(request: DataRequest) -> tuple[Waiting, ...]:
    """Return whose steps a request waits for; its timer is read with the due time of now."""
    waits = _of(REQUEST_TURNS[request.state], request, Duty.REQUESTS)
    wish = request.extension
    if wish is None or wish.state is not ExtensionState.REQUESTED or request.state not in _EXTENDED:
        return waits
    article = request.timer.citation if request.timer else ""
    return (*waits, Waiting(step=_EXTENSION, department=AUTHORITY, duties=(Duty.RULE,), article=article))


def objection_waits(objection: Objection) -> tuple[Waiting, ...]:
    """Return whose steps an objection waits for; its timer is read with the due time of now."""
    turn = OBJECTION_TURNS[objection.state]
    if turn is not None and turn.party is Party.AUTHORITY:  # no time limit: Decree 809 knows none for an appeal
        return (Waiting(step=turn.step, department=AUTHORITY, duties=(Duty.RULE,)),)
    return _of(turn, objection, Duty.CORRECTIONS)


def notice_waits(notice: CorrectionNotice) -> tuple[Waiting, ...]:
    """Return that a correction notice waits to be acknowledged."""
    return _of(NOTICE_TURNS[notice.state], notice, Duty.CORRECTIONS)


def service_change_waits(change: ServiceChange) -> tuple[Waiting, ...]:
    """Return whose steps a change of a running service waits for: each consumer's reply, then the provider's filing, then the authority."""
    if change.state is ServiceChangeState.FILED:
        return (Waiting(step="BrokerageService/AdmitServiceChange", department=AUTHORITY, duties=(Duty.RULE,), article=ARTICLE_27),)
    if change.state is not ServiceChangeState.CONSULTING:
        return ()
    replies = tuple(
        Waiting(step="BrokerageService/ReplyToServiceChange", department=one, duties=(Duty.REQUESTS,), due_time=change.reply_by, article=ARTICLE_27)
        for one in change.open_consumers
    )
    if replies and not change.is_due:
        return replies
    return (*replies, Waiting(step="BrokerageService/FileServiceChange", department=change.provider, duties=(Duty.REQUESTS,), article=ARTICLE_27))


def told_of_change(kind: str, change: ServiceChange, *departments: str) -> tuple[Notice, ...]:
    """Return what departments are told of a change of a running service."""
    effect = {"effect": day_in_china(change.effect_time).isoformat()} if change.effect_time else {}
    facts = {"entry": change.entry, "version": str(change.version), **({"grant": f"grants/{change.grant}"} if change.grant else {}), **effect}
    return tuple(Notice(kind=kind, department=one, duties=(Duty.REQUESTS,), article=ARTICLE_27, facts=facts) for one in departments)


def grant_waits(grant: Grant) -> tuple[Waiting, ...]:
    """Return whose steps a grant waits for.

    To mend what was misused, to explain why it cannot be used yet, to say what became of the data and what was done with it.
    """
    waits = [*_mending_waits(grant)]
    if grant.delivery_is_late and grant.delivery_explanation is None and grant.timer is not None:
        step = "BrokerageService/ExplainDelivery"
        waits.append(Waiting(step=step, department=grant.provider, duties=(Duty.REQUESTS,), article=grant.timer.citation))
    turn = None if grant.disposal is None else DISPOSAL_TURNS[grant.disposal.state]
    if turn is not None:
        waits.append(Waiting(step=turn.step, department=grant.parties[turn.party], duties=(Duty.REQUESTS,), article=ARTICLE_27))
    if grant.use_record_due is not None:
        waits.append(waiting_for("BrokerageService/RecordUse", grant.consumer, Duty.REQUESTS, grant.use_record_due.clock))
    return tuple(waits)


def _mending_waits(grant: Grant) -> tuple[Waiting, ...]:
    mending = grant.mending
    if mending is None or grant.suspension_ground is None:
        return ()
    if mending.report_time is None:
        # no `limit`: whoever suspended set the term, and no rule of the file of clocks
        due, step = mending.due_time, "BrokerageService/ReportMending"
        return (Waiting(step=step, department=grant.consumer, duties=(Duty.REQUESTS,), due_time=due, article=ARTICLE_27),)
    judge, duty = (grant.provider, Duty.REQUESTS) if mending.by is Party.PROVIDER else (AUTHORITY, Duty.RULE)
    return (Waiting(step="BrokerageService/ResumeGrant", department=judge, duties=(duty,), article=ARTICLE_27),)


def _of(turn: Turn | None, thing: DataRequest | Objection | CorrectionNotice, duty: Duty) -> tuple[Waiting, ...]:
    if turn is None:
        return ()
    timer = None if isinstance(thing, CorrectionNotice) or not turn.timed else thing.timer
    return (waiting_for(turn.step, thing.parties[turn.party], duty, timer),)


def told_of_request(kind: str, request: DataRequest, *departments: str) -> tuple[Notice, ...]:
    """Return what departments are told of a step at a request."""
    facts = {"entry": request.entry, **({"grant": request.grant} if request.grant else {})}
    article = ARTICLE if request.return_flow and request.grant else request.timer.citation if request.timer else ""
    return tuple(Notice(kind=kind, department=one, duties=(Duty.REQUESTS,), article=article, facts=facts) for one in departments)


def told_of_grant(kind: str, grant: Grant, by: str) -> tuple[Notice, ...]:
    """Return what the parties of a grant are told of a step at it, but whoever took the step (USCC)."""
    facts = {"entry": grant.entry, "data_request": grant.data_request}
    others = [one for one in (grant.consumer, grant.provider) if one != by]
    return tuple(Notice(kind=kind, department=one, duties=(Duty.REQUESTS,), facts=facts) for one in others)


def told_of_life(kind: str, grant: Grant, *departments: str, article: str = ARTICLE_27) -> tuple[Notice, ...]:
    """Return what departments are told of a grant that is misused, late or over; in the place of one, `AUTHORITY`."""
    facts = {"entry": grant.entry, "consumer": grant.consumer, "provider": grant.provider}
    return tuple(
        Notice(kind=kind, department=one, duties=(Duty.RULE if one == AUTHORITY else Duty.REQUESTS,), article=article, facts=facts)
        for one in departments
    )


def told_of_inspection(grant: Grant, by: str) -> Notice:
    """Return what the consumer of a grant is told whose use somebody inspected."""
    facts = {"entry": grant.entry, "department": by}
    return Notice(kind="grant_inspected", department=grant.consumer, duties=(Duty.REQUESTS,), article=ARTICLE_29, facts=facts)


def told_of_objection(kind: str, objection: Objection, *departments: str) -> tuple[Notice, ...]:
    """Return what departments are told of a step at an objection of which they are parties."""
    article = objection.timer.citation if objection.timer else ""
    return tuple(Notice(kind=kind, department=one, duties=(Duty.CORRECTIONS,), article=article) for one in departments)


def told_of_record(kind: str, objection: Objection, recipient: str, log_indexes: tuple[int, ...]) -> Notice:
    """Return what a department is told that received the record which an objection is about: of the data, and of its own records of the log."""
    facts = {"entry": objection.resource, "log_indexes": " ".join(map(str, log_indexes))}
    return Notice(kind=kind, department=recipient, duties=(Duty.CORRECTIONS,), facts=facts)
