"""What the brokerage speaks of: requests, grants, objections, and the procedure of each. Pure: time comes in as `at`."""

from brokerage.model.delivery import DeliveryExplanation
from brokerage.model.disposal import DISPOSAL_PROCEDURE, Disposal, DisposalMethod, DisposalState, DisposalStep, Receipt
from brokerage.model.extension import Extension, ExtensionState
from brokerage.model.follow import FollowKind, check_followable
from brokerage.model.grant import GRANT_PROCEDURE, Grant, GrantState, GrantStep, grant_for
from brokerage.model.mending import Mending, SuspensionGround, Term, check_days, mend_days_of
from brokerage.model.notice import NOTICE_PROCEDURE, CorrectionNotice, NoticeState, NoticeStep, Recipient, recipients_of
from brokerage.model.objection import Concern, Objection, ObjectionContent, issuer_of, possible_keys
from brokerage.model.objection_procedure import OBJECTION_PROCEDURE, TARGETS, ObjectionState, ObjectionStep, ObjectionTarget
from brokerage.model.request import DataRequest, RequestContent
from brokerage.model.request_procedure import REQUEST_PROCEDURE, DataRequestState, RequestStep
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
    "DISPOSAL_PROCEDURE",
    "DISPOSAL_TURNS",
    "GRANT_PROCEDURE",
    "NOTICE_PROCEDURE",
    "NOTICE_TURNS",
    "OBJECTION_PROCEDURE",
    "OBJECTION_TURNS",
    "REQUEST_PROCEDURE",
    "REQUEST_TURNS",
    "TARGETS",
    "Concern",
    "CorrectionNotice",
    "DataRequest",
    "DataRequestState",
    "DeliveryExplanation",
    "Disposal",
    "DisposalMethod",
    "DisposalState",
    "DisposalStep",
    "Extension",
    "ExtensionState",
    "FollowKind",
    "Grant",
    "GrantState",
    "GrantStep",
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
    "grant_for",
    "grant_waits",
    "issuer_of",
    "mend_days_of",
    "notice_waits",
    "objection_waits",
    "possible_keys",
    "recipients_of",
    "request_waits",
    "told_of_grant",
    "told_of_life",
    "told_of_record",
    "told_of_request",
]
