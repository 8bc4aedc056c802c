"""Work, notices, events and proposals as protobuf messages and back. No rules."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

from google.protobuf.json_format import MessageToJson

from hub.access import Caller, Duty
from hub.faults import Faults
from hub.inside import Inside
from hub.wire import Shape, member_of, moment_to, optional_member, optional_moment
from shuniu.v1 import officer_pb2
from shuniu.v1 import work_pb2 as pb
from shuniu.v1.officer_pb2 import Duty as PbDuty
from work.model import SETTLED, DeadLetter, DeliveryTarget, Proposal, ProposalState, ToldNotice, Work, WorkEvent
from work.store import Filter

target_to: Final = Shape(pb.DeliveryTarget, DeliveryTarget)
letter_to: Final = Shape(pb.DeadLetter, DeadLetter)
NOTICE_TO: Final = Shape(pb.Notice, ToldNotice, duties=lambda one: list(one.duties))


class WorkShape:
    """Work and events as messages: days that are left and the proposal that waits are told as they are now."""

    def __init__(self, days_left: Callable[[Work], int | None], proposal: Callable[[Work], str]) -> None:
        """Take how many days are left of work, and which proposal waits about it."""
        self._to: Final = Shape(pb.Work, Work, days_left=days_left, proposal=proposal, duties=lambda one: list(one.duties))

    def __call__(self, work: Work) -> pb.Work:
        """Return work as a message."""
        return self._to(work)

    def event(self, event: WorkEvent) -> pb.WorkEvent:
        """Return an event as a message."""
        said: dict[str, Any] = {"token": event.token, "time": moment_to(event.time)}
        if isinstance(event.about, ToldNotice):
            return pb.WorkEvent(**said, notice=NOTICE_TO(event.about))
        about = self._to(event.about)
        return pb.WorkEvent(**said, settled=about) if event.kind == SETTLED else pb.WorkEvent(**said, posted=about)


def duties_from(numbers: Iterable[int]) -> tuple[Duty, ...]:
    """Return the duties to filter by."""
    return tuple(member_of(Duty, PbDuty.DESCRIPTOR, number, "duties") for number in numbers)


def filter_from(request: pb.ListWorkRequest, caller: Caller) -> Filter:
    """Return which work is asked for: of the caller's department, or what is over at all of them."""
    return Filter(
        department="" if request.escalated else caller.department,
        escalated=request.escalated,
        duties=duties_from(request.duties),
        due_before=optional_moment(request, "due_before"),
        resource=request.resource,
    )


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


def duties_of_target(target: pb.DeliveryTarget) -> tuple[Duty, ...]:
    """Return the duties of a target, each once; a number that stands for no duty is refused."""
    faults, found = Faults(), list[Duty]()
    for place, number in enumerate(target.duties):
        read = partial(member_of, Duty, officer_pb2.Duty.DESCRIPTOR, number, f"target.duties[{place}]")
        found.append(faults.take(read, Duty.LEAD))
    faults.refuse()
    return tuple(sorted(set(found)))
