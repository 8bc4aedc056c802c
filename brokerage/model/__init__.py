"""What the brokerage speaks of: requests, grants, objections, and the procedure of each. Pure: time comes in as `at`."""

from brokerage.model.extension import Extension, ExtensionState
from brokerage.model.grant import GRANT_PROCEDURE, Grant, GrantState, GrantStep, grant_for
from brokerage.model.notice import NOTICE_PROCEDURE, CorrectionNotice, NoticeState, NoticeStep, Recipient, recipients_of
from brokerage.model.objection import Concern, Objection, ObjectionContent, issuer_of, possible_keys
from brokerage.model.objection_procedure import OBJECTION_PROCEDURE, TARGETS, ObjectionState, ObjectionStep, ObjectionTarget
from brokerage.model.request import DataRequest, RequestContent
from brokerage.model.request_procedure import REQUEST_PROCEDURE, DataRequestState, RequestStep
from brokerage.model.terms import Terms

__all__ = [
    "GRANT_PROCEDURE",
    "NOTICE_PROCEDURE",
    "OBJECTION_PROCEDURE",
    "REQUEST_PROCEDURE",
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
    "possible_keys",
    "recipients_of",
]
