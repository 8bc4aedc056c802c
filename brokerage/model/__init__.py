"""What the brokerage speaks of: requests, grants, objections, and the procedure of each. Pure: time comes in as `at`."""

from brokerage.model.case_clock import CaseClock
from brokerage.model.grant import Grant, GrantState, GrantStep, grant_for
from brokerage.model.objection import (
    OF_A_RECORD,
    CorrectionNotice,
    Objection,
    ObjectionContent,
    ObjectionState,
    ObjectionStep,
    ObjectionTarget,
    issuer_of,
    receptions_by_department,
)
from brokerage.model.request import DataRequest, DataRequestState, RequestContent, RequestStep
from brokerage.model.terms import Terms

__all__ = [
    "OF_A_RECORD",
    "CaseClock",
    "CorrectionNotice",
    "DataRequest",
    "DataRequestState",
    "Grant",
    "GrantState",
    "GrantStep",
    "Objection",
    "ObjectionContent",
    "ObjectionState",
    "ObjectionStep",
    "ObjectionTarget",
    "RequestContent",
    "RequestStep",
    "Terms",
    "grant_for",
    "issuer_of",
    "receptions_by_department",
]
