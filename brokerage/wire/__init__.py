"""What the brokerage speaks of as protobuf messages and back; a file for each thing. No rules."""

from brokerage.wire.complaints import complaint_from, complaint_state_from, complaint_to
from brokerage.wire.demands import demand_from, demand_state_from, demand_to
from brokerage.wire.disputes import dispute_from, dispute_state_from, dispute_to
from brokerage.wire.grants import explanation_from, grant_state_from, grant_to, ground_from, receipt_from
from brokerage.wire.objections import notice_to, objection_from, objection_state_from, objection_to
from brokerage.wire.requests import content_from, request_to, state_from, terms_from, terms_to
from brokerage.wire.use_records import use_from, use_record_to

__all__ = [
    "complaint_from",
    "complaint_state_from",
    "complaint_to",
    "content_from",
    "demand_from",
    "demand_state_from",
    "demand_to",
    "dispute_from",
    "dispute_state_from",
    "dispute_to",
    "explanation_from",
    "grant_state_from",
    "grant_to",
    "ground_from",
    "notice_to",
    "objection_from",
    "objection_state_from",
    "objection_to",
    "receipt_from",
    "request_to",
    "state_from",
    "terms_from",
    "terms_to",
    "use_from",
    "use_record_to",
]
