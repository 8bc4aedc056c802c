"""Proposals as protobuf messages and back. No rules."""

from typing import Final

from google.protobuf.json_format import MessageToJson

from hub.inside import Inside
from hub.wire import Shape, optional_member
from shuniu.v1 import work_pb2 as pb
from work.model import Proposal, ProposalState


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
