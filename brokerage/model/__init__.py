"""What the brokerage speaks of: requests, grants, objections, and the procedure of each. Pure: time comes in as `at`."""

from brokerage.model.extension import Extension, ExtensionState
from brokerage.model.grant import GRANT_PROCEDURE, Grant, GrantState, GrantStep, grant_for
from brokerage.model.notice import NOTICE_PROCEDURE, CorrectionNotice, NoticeState, NoticeStep, Recipient, recipients_of
from brokerage.model.objection import Concern, Objection, ObjectionContent, issuer_of, possible_keys
from brokerage.model.objection_procedure import OBJECTION_PROCEDURE, TARGETS, ObjectionState, ObjectionStep, ObjectionTarget
from brokerage.model.request import DataRequest, RequestContent
from brokerage.model.request_procedure import REQUEST_PROCEDURE, DataRequestState, RequestStep
from brokerage.model.terms import Terms
from brokerage.model.waiting import (
    NOTICE_TURNS,
    OBJECTION_TURNS,
    REQUEST_TURNS,
    notice_waits,
    objection_waits,
    request_waits,
    told_of_grant,
    told_of_record,
    told_of_request,
)

__all__ = [
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
    "Extension",
    "ExtensionState",
    "Grant",
    "GrantState",
    "GrantStep",
    "NoticeState",
    "NoticeStep",
    "Objection",
    "ObjectionContent",
    "ObjectionState",
    "ObjectionStep",
    "ObjectionTarget",
    "Recipient",
    "RequestContent",
    "RequestStep",
    "Terms",
    "grant_for",
    "issuer_of",
    "notice_waits",
    "objection_waits",
    "possible_keys",
    "recipients_of",
    "request_waits",
    "told_of_grant",
    "told_of_record",
    "told_of_request",
]
