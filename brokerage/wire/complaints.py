"""Complaints as protobuf messages and back. No rules."""

from typing import Final, cast

from brokerage.model import Complaint, ComplaintChannel, ComplaintContent, ComplaintState
from hub.faults import Faults
from hub.wire import Shape, content, member_of, optional_member
from shuniu.v1 import complaint_pb2 as pb
from timing.wire import timer_to

complaint_to: Final = Shape(pb.Complaint, Complaint, clock=lambda complaint: complaint.timer and timer_to(complaint.timer))


def complaint_state_from(number: pb.ComplaintState.ValueType) -> ComplaintState | None:
    """Return the state of complaints to filter by."""
    return optional_member(ComplaintState, pb.ComplaintState.DESCRIPTOR, number, "state")


def complaint_from(message: pb.Complaint) -> ComplaintContent:
    """Return what an officer writes of a complaint; raise InvalidInputError with all that is wrong with it."""
    faults, kind = Faults(), pb.ComplaintChannel.DESCRIPTOR
    # in the place of a channel that cannot be read stands any: the rest is judged, too
    channel = faults.take(lambda: member_of(ComplaintChannel, kind, message.channel, "complaint.channel"), ComplaintChannel.COUNTER)
    found = faults.take(lambda: content(message, ComplaintContent, "complaint", channel=channel), None)
    faults.refuse()
    return cast("ComplaintContent", found)
