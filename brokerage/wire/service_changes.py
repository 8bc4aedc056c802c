"""Changes of running services as protobuf messages and back. No rules."""

from typing import Final

from brokerage.model.affected import AffectedGrant
from brokerage.model.service_change import ServiceChange, ServiceChangeReply
from brokerage.model.service_change_procedure import ServiceChangeState
from hub.wire import Shape, optional_member
from shuniu.v1 import service_change_pb2 as pb

_reply_to: Final = Shape(pb.ServiceChangeReply, ServiceChangeReply)
service_change_to: Final = Shape(
    pb.ServiceChange,
    ServiceChange,
    grant=lambda change: f"grants/{change.grant}" if change.grant else "",
    replies=lambda change: map(_reply_to, change.replies),
)
affected_to: Final = Shape(pb.AffectedGrant, AffectedGrant)


def change_state_from(number: pb.ServiceChangeState.ValueType) -> ServiceChangeState | None:
    """Return the state of changes to filter by."""
    return optional_member(ServiceChangeState, pb.ServiceChangeState.DESCRIPTOR, number, "state")
