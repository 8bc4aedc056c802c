"""Proposals, targets of deliveries and dead letters as protobuf messages and back. No rules."""

from functools import partial
from typing import Final

from google.protobuf.json_format import MessageToJson

from hub.access import Duty
from hub.faults import Faults
from hub.inside import Inside
from hub.wire import Shape, member_of, optional_member
from shuniu.v1 import officer_pb2
from shuniu.v1 import work_pb2 as pb
from work.model import DeadLetter, DeliveryTarget, Proposal, ProposalState

target_to: Final = Shape(pb.DeliveryTarget, DeliveryTarget)
letter_to: Final = Shape(pb.DeadLetter, DeadLetter)


class ProposalShape:
    """A proposal as a message; the request is told as JSON, for people to read before they confirm."""

    def __init__(self, inside: Inside) -> None:
        """Take the gate inside, which knows the message of each rpc."""
        self._inside = inside
        self._to: Final = Shape(pb.Proposal, Proposal, request_json=self._json, duties=lambda one: list(one.duties))

    def __call__(self, proposal: Proposal) -> pb.Proposal:
        """Return the message."""
        return self._to(proposal)

    def _json(self, proposal: Proposal) -> str:
        request = self._inside.requests[proposal.method].FromString(proposal.request)
        return MessageToJson(request, preserving_proto_field_name=True, ensure_ascii=False)


def state_from(number: int) -> ProposalState | None:
    """Return the state to filter by, None for none."""
    return optional_member(ProposalState, pb.ProposalState.DESCRIPTOR, number, "state")


def duties_from(target: pb.DeliveryTarget) -> tuple[Duty, ...]:
    """Return the duties of a target, each once; a number that stands for no duty is refused."""
    faults, found = Faults(), list[Duty]()
    for place, number in enumerate(target.duties):
        read = partial(member_of, Duty, officer_pb2.Duty.DESCRIPTOR, number, f"target.duties[{place}]")
        found.append(faults.take(read, Duty.LEAD))
    faults.refuse()
    return tuple(sorted(set(found)))
