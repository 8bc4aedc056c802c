"""Disputes as protobuf messages and back. No rules."""

from typing import Final

from brokerage.model import Dispute, DisputeContent, DisputeState
from hub.wire import Shape, content, optional_member
from shuniu.v1 import dispute_pb2 as pb
from timing.wire import timer_to

dispute_to: Final = Shape(pb.Dispute, Dispute, clock=lambda dispute: dispute.timer and timer_to(dispute.timer))


def dispute_state_from(number: pb.DisputeState.ValueType) -> DisputeState | None:
    """Return the state of disputes to filter by."""
    return optional_member(DisputeState, pb.DisputeState.DESCRIPTOR, number, "state")


def dispute_from(message: pb.Dispute) -> DisputeContent:
    """Return what a claimant writes of a dispute; raise InvalidInputError with all that is wrong with it."""
    return content(message, DisputeContent, "dispute")
