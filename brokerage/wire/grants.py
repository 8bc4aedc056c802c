"""Grants as protobuf messages and back. No rules."""

from typing import Final

from brokerage.model import Grant, GrantState
from brokerage.wire.requests import terms_to
from hub.wire import Shape, optional_member
from shuniu.v1 import brokerage_pb2 as pb

grant_to: Final = Shape(pb.Grant, Grant, terms=lambda grant: terms_to(grant.terms))


def grant_state_from(number: pb.GrantState.ValueType) -> GrantState | None:
    """Return the state of grants to filter by."""
    return optional_member(GrantState, pb.GrantState.DESCRIPTOR, number, "state")
