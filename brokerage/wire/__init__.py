"""What the brokerage speaks of as protobuf messages and back; a file for each thing. No rules."""

from brokerage.wire.grants import explanation_from, grant_state_from, grant_to, ground_from, receipt_from
from brokerage.wire.objections import notice_to, objection_from, objection_state_from, objection_to
from brokerage.wire.requests import content_from, extension_to, request_to, state_from, terms_from, terms_to

__all__ = [
    "content_from",
    "explanation_from",
    "extension_to",
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
]
