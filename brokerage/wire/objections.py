"""Objections and correction notices as protobuf messages and back. No rules."""

from typing import Final, cast

from brokerage.model import CorrectionNotice, Objection, ObjectionContent, ObjectionState, ObjectionTarget
from hub.faults import Faults
from hub.wire import Shape, content, member_of, optional_member
from shuniu.v1 import brokerage_pb2 as pb
from timing.wire import timer_to

objection_to: Final = Shape(
    pb.Objection,
    Objection,
    subject_key=lambda _: "",  # written only: whose record it is about is never told, nor is the pseudonym
    clock=lambda objection: objection.timer and timer_to(objection.timer),
)
notice_to: Final = Shape(
    pb.CorrectionNotice,
    CorrectionNotice,
    bulk_count=lambda notice: notice.bulk_count or 0,
    bulk_grants=lambda notice: notice.bulk_grants or (),
)


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
