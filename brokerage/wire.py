"""Requests, grants, objections and notices as protobuf messages and back. No rules."""

from typing import Final, cast

from brokerage.model import (
    CorrectionNotice,
    DataRequest,
    DataRequestState,
    Extension,
    Grant,
    GrantState,
    Objection,
    ObjectionContent,
    ObjectionState,
    ObjectionTarget,
    RequestContent,
    Terms,
)
from hub.faults import Faults
from hub.wire import Shape, content, member_of, optional_member
from shuniu.v1 import brokerage_pb2 as pb
from timing.wire import timer_to

extension_to: Final = Shape(pb.Extension, Extension)
terms_to: Final = Shape(pb.Terms, Terms)
request_to: Final = Shape(
    pb.DataRequest,
    DataRequest,
    asked=lambda request: terms_to(request.asked),
    offered=lambda request: request.offered and terms_to(request.offered),
    clock=lambda request: request.timer and timer_to(request.timer),
    extension=lambda request: request.extension and extension_to(request.extension),
    pending_proposal=lambda _: "",  # the gate says it, to the department that proposed
)
grant_to: Final = Shape(pb.Grant, Grant, terms=lambda grant: terms_to(grant.terms))
objection_to: Final = Shape(
    pb.Objection,
    Objection,
    subject_key=lambda _: "",  # written only: whose record it is about is never told, nor is the pseudonym
    clock=lambda objection: objection.timer and timer_to(objection.timer),
)
notice_to: Final = Shape(pb.CorrectionNotice, CorrectionNotice)


def content_from(message: pb.DataRequest) -> RequestContent:
    """Return what the consumer writes of a request."""
    return content(message, RequestContent, "data_request", asked=terms_from(message.asked))


def terms_from(message: pb.Terms) -> Terms:
    """Return the terms; the mode in small letters."""
    # the message has a text here, not an enum
    return content(message, Terms, "terms", mode=message.mode.lower())


def state_from(number: pb.DataRequestState.ValueType) -> DataRequestState | None:
    """Return the state of requests to filter by, None for none; a number that stands for no state is refused."""
    return optional_member(DataRequestState, pb.DataRequestState.DESCRIPTOR, number, "state")


def grant_state_from(number: pb.GrantState.ValueType) -> GrantState | None:
    """Return the state of grants to filter by."""
    return optional_member(GrantState, pb.GrantState.DESCRIPTOR, number, "state")


def objection_state_from(number: pb.ObjectionState.ValueType) -> ObjectionState | None:
    """Return the state of objections to filter by."""
    return optional_member(ObjectionState, pb.ObjectionState.DESCRIPTOR, number, "state")


def objection_from(message: pb.Objection) -> ObjectionContent:
    """Return what the objector writes of an objection; raise InvalidInputError with all that is wrong with it."""
    faults = Faults()
    # in the place of a target that cannot be read stands the one to which the rest belongs: the rest is judged, too
    likely = ObjectionTarget.FIELD if message.field else ObjectionTarget.RECORD if message.subject_key else ObjectionTarget.ENTRY
    kind = pb.ObjectionTarget.DESCRIPTOR
    target = faults.take(lambda: member_of(ObjectionTarget, kind, message.target, "objection.target"), likely)
    found = faults.take(lambda: content(message, ObjectionContent, "objection", target=target), None)
    faults.refuse()
    return cast("ObjectionContent", found)
