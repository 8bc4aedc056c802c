"""WorkService over the actions: who, what, answer."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Final

from hub.inside import Inside
from hub.rpc import Call
from hub.unit_of_work import Step
from shuniu.v1 import work_pb2 as pb
from work.actions import ProposalActions
from work.delivering import DeliveryActions
from work.listing import WorkActions
from work.watching import Watching
from work.wire import NOTICE_TO, ProposalShape, WorkShape, duties_from, filter_from, letter_to, state_from, target_to


class WorkService:
    """The servicer of shuniu.v1.WorkService. Method names are the protocol's."""

    SERVICE: Final = pb.DESCRIPTOR.services_by_name["WorkService"]

    def __init__(self, work: WorkActions, watching: Watching, proposals: ProposalActions, inside: Inside, deliveries: DeliveryActions) -> None:
        """Take the actions, the streams, and the gate inside, which knows what was proposed."""
        self._work, self._watching, self._proposals, self._deliveries = work, watching, proposals, deliveries
        self._to, self._work_to = ProposalShape(inside), WorkShape(work.days_left, work.proposal_of)

    def ListWork(self, request: pb.ListWorkRequest, call: Call) -> pb.ListWorkResponse:
        """List what waits for the department."""
        found, following, total, over = self._work.list_work(call.caller, filter_from(request, call.caller), request.page_size, request.page_token)
        return pb.ListWorkResponse(work=map(self._work_to, found), next_page_token=following, total=total, over=over)

    def ListNotices(self, request: pb.ListNoticesRequest, call: Call) -> pb.ListNoticesResponse:
        """List what the department was told."""
        asked = request.resource, duties_from(request.duties, "duties"), request.page_size, request.page_token
        found, following = self._work.list_notices(call.caller, *asked)
        return pb.ListNoticesResponse(notices=map(NOTICE_TO, found), next_page_token=following)

    async def WatchWork(self, request: pb.WatchWorkRequest, call: Call) -> AsyncIterator[pb.WorkEvent]:
        """Stream work and notices as they come."""
        async with aclosing(self._watching.watch(call.caller, request.resume_token)) as events:
            async for event in events:
                yield self._work_to.event(event)

    def AcknowledgeWork(self, request: pb.AcknowledgeWorkRequest, call: Call) -> pb.AcknowledgeWorkResponse:
        """Take note that the calling system has everything up to a token."""
        return pb.AcknowledgeWorkResponse(token=self._work.acknowledge(call.caller, request.token))

    def GetProposal(self, request: pb.GetProposalRequest, call: Call) -> pb.Proposal:
        """Get a proposal."""
        return self._to(self._proposals.get(call.caller, request.name))

    def ListProposals(self, request: pb.ListProposalsRequest, call: Call) -> pb.ListProposalsResponse:
        """List proposals."""
        found, following = self._proposals.page(call.caller, request.page_size, request.page_token, state_from(request.state))
        return pb.ListProposalsResponse(proposals=map(self._to, found), next_page_token=following)

    def Confirm(self, request: pb.ConfirmRequest, call: Call) -> pb.Proposal:
        """Confirm a proposal: the step is taken."""
        return self._to(self._proposals.confirm(_step(request, call, request.reason)))

    def Decline(self, request: pb.DeclineRequest, call: Call) -> pb.Proposal:
        """Decline a proposal."""
        return self._to(self._proposals.decline(_step(request, call, request.reason)))

    def TakeBack(self, request: pb.TakeBackRequest, call: Call) -> pb.Proposal:
        """Take a proposal back."""
        return self._to(self._proposals.take_back(_step(request, call, request.reason)))

    def SetDeliveryTarget(self, request: pb.SetDeliveryTargetRequest, call: Call) -> pb.DeliveryTarget:
        """Have notice of work sent somewhere."""
        step = Step(caller=call.caller, officer=request.officer, request_id=request.request_id)
        target = request.target
        return target_to(self._deliveries.set_target(step, target.webhook, target.email, duties_from(target.duties, "target.duties")))

    def ListDeliveryTargets(self, _request: pb.ListDeliveryTargetsRequest, call: Call) -> pb.ListDeliveryTargetsResponse:
        """List the department's targets."""
        return pb.ListDeliveryTargetsResponse(targets=map(target_to, self._deliveries.list_targets(call.caller)))

    def RemoveDeliveryTarget(self, request: pb.RemoveDeliveryTargetRequest, call: Call) -> pb.RemoveDeliveryTargetResponse:
        """Send nothing more to a target."""
        self._deliveries.remove_target(Step(caller=call.caller, name=request.name, officer=request.officer))
        return pb.RemoveDeliveryTargetResponse()

    def ListDeadLetters(self, request: pb.ListDeadLettersRequest, call: Call) -> pb.ListDeadLettersResponse:
        """List what could not be delivered."""
        found, following = self._deliveries.list_dead_letters(call.caller, request.page_size, request.page_token)
        return pb.ListDeadLettersResponse(letters=map(letter_to, found), next_page_token=following)

    def RetryDelivery(self, request: pb.RetryDeliveryRequest, call: Call) -> pb.DeadLetter:
        """Try a dead letter once more."""
        return letter_to(self._deliveries.retry(Step(caller=call.caller, name=request.name, officer=request.officer)))


def _step(request: Any, call: Call, reason: str = "") -> Step:
    return Step(caller=call.caller, name=request.name, etag=request.etag, officer=request.officer, reason=reason)
