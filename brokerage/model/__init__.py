"""What the brokerage speaks of: requests, grants, objections, and the procedure of each. Pure: time comes in as `at`."""

from brokerage.model.case_waiting import (
    COMPLAINT_TURNS,
    DEMAND_TURNS,
    complaint_waits,
    demand_waits,
    dispute_waits,
    told_of_complaint,
    told_of_demand,
    told_of_dispute,
)
from brokerage.model.complaint import Complaint, ComplaintChannel, ComplaintContent
from brokerage.model.complaint_procedure import COMPLAINT_PROCEDURE, ComplaintState, ComplaintStep
from brokerage.model.delivery import DeliveryExplanation
from brokerage.model.demand import Demand, DemandContent
from brokerage.model.demand_procedure import DEMAND_PROCEDURE, DemandState, DemandStep
from brokerage.model.disposal import DISPOSAL_PROCEDURE, Disposal, DisposalMethod, DisposalState, DisposalStep, Receipt
from brokerage.model.dispute import OPEN_DISPUTE, Dispute, DisputeContent
from brokerage.model.dispute_procedure import DISPUTE_PROCEDURE, DisputeState, DisputeStep
from brokerage.model.extension import Extension, ExtensionState
from brokerage.model.follow import FollowKind, check_followable
from brokerage.model.grant import GRANT_PROCEDURE, Grant, GrantState, GrantStep, grant_for
from brokerage.model.matter import Matter, Meanwhile, matter_of_demand, matter_of_grant, matter_of_objection, matter_of_request
from brokerage.model.mending import Mending, SuspensionGround, Term, check_days, mend_days_of
from brokerage.model.notice import NOTICE_PROCEDURE, CorrectionNotice, NoticeState, NoticeStep, Recipient, recipients_of
from brokerage.model.objection import Concern, Objection, ObjectionContent, issuer_of, possible_keys
from brokerage.model.objection_procedure import OBJECTION_PROCEDURE, TARGETS, ObjectionState, ObjectionStep, ObjectionTarget
from brokerage.model.request import DataRequest, RequestContent
from brokerage.model.request_procedure import REQUEST_PROCEDURE, DataRequestState, RequestStep
from brokerage.model.superior import may_coordinate, suggests_superior
from brokerage.model.terms import Terms
from brokerage.model.waiting import (
    DISPOSAL_TURNS,
    NOTICE_TURNS,
    OBJECTION_TURNS,
    REQUEST_TURNS,
    grant_waits,
    notice_waits,
    objection_waits,
    request_waits,
    told_of_grant,
    told_of_life,
    told_of_record,
    told_of_request,
)

__all__ = [
    "COMPLAINT_PROCEDURE",
    "COMPLAINT_TURNS",
    "DEMAND_PROCEDURE",
    "DEMAND_TURNS",
    "DISPOSAL_PROCEDURE",
    "DISPOSAL_TURNS",
    "DISPUTE_PROCEDURE",
    "GRANT_PROCEDURE",
    "NOTICE_PROCEDURE",
    "NOTICE_TURNS",
    "OBJECTION_PROCEDURE",
    "OBJECTION_TURNS",
    "OPEN_DISPUTE",
    "REQUEST_PROCEDURE",
    "REQUEST_TURNS",
    "TARGETS",
    "Complaint",
    "ComplaintChannel",
    "ComplaintContent",
    "ComplaintState",
    "ComplaintStep",
    "Concern",
    "CorrectionNotice",
    "DataRequest",
    "DataRequestState",
    "DeliveryExplanation",
    "Demand",
    "DemandContent",
    "DemandState",
    "DemandStep",
    "Disposal",
    "DisposalMethod",
    "DisposalState",
    "DisposalStep",
    "Dispute",
    "DisputeContent",
    "DisputeState",
    "DisputeStep",
    "Extension",
    "ExtensionState",
    "FollowKind",
    "Grant",
    "GrantState",
    "GrantStep",
    "Matter",
    "Meanwhile",
    "Mending",
    "NoticeState",
    "NoticeStep",
    "Objection",
    "ObjectionContent",
    "ObjectionState",
    "ObjectionStep",
    "ObjectionTarget",
    "Receipt",
    "Recipient",
    "RequestContent",
    "RequestStep",
    "SuspensionGround",
    "Term",
    "Terms",
    "check_days",
    "check_followable",
    "complaint_waits",
    "demand_waits",
    "dispute_waits",
    "grant_for",
    "grant_waits",
    "issuer_of",
    "matter_of_demand",
    "matter_of_grant",
    "matter_of_objection",
    "matter_of_request",
    "may_coordinate",
    "mend_days_of",
    "notice_waits",
    "objection_waits",
    "possible_keys",
    "recipients_of",
    "request_waits",
    "suggests_superior",
    "told_of_complaint",
    "told_of_demand",
    "told_of_dispute",
    "told_of_grant",
    "told_of_life",
    "told_of_record",
    "told_of_request",
]
