"""What the brokerage speaks of as protobuf messages and back; a file for each thing. No rules."""

from brokerage.wire.grants import grant_state_from, grant_to
from brokerage.wire.objections import notice_to, objection_from, objection_state_from, objection_to
from brokerage.wire.requests import content_from, extension_to, request_to, state_from, terms_from, terms_to

__all__ = [
    "content_from",
    "extension_to",
    "grant_state_from",
    "grant_to",
    "notice_to",
    "objection_from",
    "objection_state_from",
    "objection_to",
    "request_to",
    "state_from",
    "terms_from",
    "terms_to",
]
