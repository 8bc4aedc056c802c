"""Whose step a demand, a dispute or a complaint waits for, in each state, and what departments are told of each."""

from collections.abc import Mapping
from typing import Final

from brokerage.model.complaint import Complaint
from brokerage.model.complaint_procedure import ComplaintState
from brokerage.model.demand import Demand
from brokerage.model.demand_procedure import DemandState
from brokerage.model.dispute import Dispute
from brokerage.model.dispute_procedure import DisputeState
from brokerage.model.matter import MEANWHILE
from brokerage.model.waiting import Turn
from hub.access import Duty
from hub.desk import AUTHORITY, Notice, Waiting
from hub.procedure import Party
from timing.waiting import waiting_for

ARTICLE_OF_DEMANDS: Final = "政务数据共享条例（国务院令第809号）第二十条"
ARTICLE_OF_DISPUTES: Final = "政务数据共享条例（国务院令第809号）第二十八条"
ARTICLE_OF_COMPLAINTS: Final = "政务数据共享条例（国务院令第809号）第三十七条"
_ASSIGN: Final = Turn("BrokerageService/AssignDemand", Party.AUTHORITY)
DEMAND_TURNS: Final[Mapping[DemandState, Turn | None]] = {
    DemandState.SUBMITTED: _ASSIGN,
    DemandState.ASSIGNED: Turn("BrokerageService/AcceptDemand", Party.ASSIGNEE),
    DemandState.ACCEPTED: Turn("BrokerageService/FulfilDemand", Party.ASSIGNEE),
    DemandState.FULFILLED: None,
    DemandState.DECLINED: _ASSIGN,
    DemandState.MERGED: None,
    DemandState.WITHDRAWN: None,
}
COMPLAINT_TURNS: Final[Mapping[ComplaintState, Turn | None]] = {
    ComplaintState.FILED: Turn("BrokerageService/AcceptComplaint", Party.AUTHORITY, timed=True),
    ComplaintState.ACCEPTED: Turn("BrokerageService/AnswerComplaint", Party.ASSIGNEE, timed=True),
    ComplaintState.ANSWERED: Turn("BrokerageService/CloseComplaint", Party.FILER),
    ComplaintState.CLOSED: None,
    ComplaintState.RETURNED: None,
}


def demand_waits(demand: Demand) -> tuple[Waiting, ...]:
    """Return whose step a demand waits for."""
    return _of(DEMAND_TURNS[demand.state], demand, Duty.REQUESTS)


def complaint_waits(complaint: Complaint) -> tuple[Waiting, ...]:
    """Return whose step a complaint waits for; its timer is read with the due time of now."""
    return _of(COMPLAINT_TURNS[complaint.state], complaint, Duty.CORRECTIONS)


def dispute_waits(dispute: Dispute) -> tuple[Waiting, ...]:
    """Return whose step a dispute waits for: while terms stand, that of the party that did not propose them besides; decided, nobody's."""
    match dispute.state:
        case DisputeState.CONSULTING:
            # whoever has to say something: the respondent its position, the claimant what it makes of it
            whose, step = (dispute.claimant, "ProposeSettlement") if dispute.answer else (dispute.respondent, "AnswerDispute")
            turns = (waiting_for(f"BrokerageService/{step}", whose, Duty.REQUESTS, dispute.timer),)
        case DisputeState.COORDINATING:
            duty = Duty.REQUESTS if dispute.coordinator else Duty.RULE
            turns = (waiting_for("BrokerageService/DecideDispute", dispute.coordinator or AUTHORITY, duty, dispute.timer),)
        case DisputeState.WITH_GOVERNMENT:
            return (waiting_for("BrokerageService/RecordGovernmentDecision", AUTHORITY, Duty.RULE),)
        case _:
            return ()
    if not dispute.proposer:
        return turns
    other = dispute.respondent if dispute.proposer == dispute.claimant else dispute.claimant
    if dispute.state is DisputeState.CONSULTING:
        return (waiting_for("BrokerageService/AgreeSettlement", other, Duty.REQUESTS, dispute.timer),)
    return (*turns, waiting_for("BrokerageService/AgreeSettlement", other, Duty.REQUESTS))


def told_of_demand(kind: str, demand: Demand, *departments: str) -> tuple[Notice, ...]:
    """Return what departments are told of a step at a demand, each once; whoever it concerns beside them reads the board."""
    facts = {name: value for name, value in (("entry", demand.entry), ("merged_into", demand.merged_into), ("assignee", demand.assignee)) if value}
    return _told(kind, departments, Duty.REQUESTS, ARTICLE_OF_DEMANDS, facts)


def told_of_dispute(kind: str, dispute: Dispute, *departments: str) -> tuple[Notice, ...]:
    """Return what departments are told of a step at a dispute: about what, and what holds meanwhile."""
    word = MEANWHILE[dispute.meanwhile]
    facts = {"resource": dispute.resource, "meanwhile": f"{word.zh} {word.en}"}
    return _told(kind, departments, Duty.REQUESTS, ARTICLE_OF_DISPUTES, facts)


def told_of_complaint(kind: str, complaint: Complaint, *departments: str) -> tuple[Notice, ...]:
    """Return what departments are told of a step at a complaint; nothing of what it says."""
    return _told(kind, departments, Duty.CORRECTIONS, ARTICLE_OF_COMPLAINTS, {"contact_reference": complaint.contact_reference})


def _told(kind: str, departments: tuple[str, ...], duty: Duty, article: str, facts: Mapping[str, str]) -> tuple[Notice, ...]:
    once = dict.fromkeys(one for one in departments if one)
    return tuple(Notice(kind=kind, department=one, duties=(duty,), article=article, facts=facts) for one in once)


def _of(turn: Turn | None, thing: Demand | Complaint, duty: Duty) -> tuple[Waiting, ...]:
    if turn is None:
        return ()
    timer = thing.timer if turn.timed and isinstance(thing, Complaint) else None
    if turn.party is Party.AUTHORITY:
        return (waiting_for(turn.step, AUTHORITY, Duty.RULE, timer),)
    return (waiting_for(turn.step, thing.parties[turn.party], duty, timer),)
