"""Demands as protobuf messages and back. No rules."""

from typing import Final

from brokerage.model import Demand, DemandContent, DemandState
from hub.wire import Shape, content, optional_member
from shuniu.v1 import demand_pb2 as pb

demand_to: Final = Shape(pb.Demand, Demand)


def demand_state_from(number: pb.DemandState.ValueType) -> DemandState | None:
    """Return the state of demands to filter by."""
    return optional_member(DemandState, pb.DemandState.DESCRIPTOR, number, "state")


def demand_from(message: pb.Demand) -> DemandContent:
    """Return what a department writes of a demand; raise InvalidInputError with all that is wrong with it."""
    return content(message, DemandContent, "demand")
