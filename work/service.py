"""WorkService over the actions: who, what, answer."""

from typing import Any, Final

from hub.inside import Inside
from hub.rpc import Call
from hub.unit_of_work import Step
from shuniu.v1 import work_pb2 as pb
from work.actions import ProposalActions
from work.delivering import DeliveryActions
from work.wire import ProposalShape, duties_from, letter_to, state_from, target_to


class WorkService:
    """The servicer of shuniu.v1.WorkService. Method names are the protocol's."""

    SERVICE: Final = pb.DESCRIPTOR.services_by_name["WorkService"]

    def __init__(self, proposals: ProposalActions, inside: Inside, deliveries: DeliveryActions) -> None:
        """Take the actions, and the gate inside, which knows what was proposed."""
        self._proposals, self._to, self._deliveries = proposals, ProposalShape(inside), deliveries

    def GetProposal(self, request: pb.GetProposalRequest, call: Call) -> pb.Proposal:
        """Get a proposal."""
        return self._to(self._proposals.get(call.caller, request.name))

    def ListProposals(self, request: pb.ListProposalsRequest, call: Call) -> pb.ListProposalsResponse:
        """List proposals."""
        found, following = self._proposals.page(call.caller, request.page_size, request.page_token, state_from(request.state))
        return pb.ListProposalsResponse(proposals=map(self._to, found), next_page_token=following)

    def Confirm(self, request: pb.ConfirmRequest, call: Call) -> pb.Proposal:
        """Confirm a proposal: the step is taken."""
        return self._to(self._proposals.confirm(_step(request, call)))

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
        return target_to(self._deliveries.set_target(step, target.webhook, target.email, duties_from(target)))

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
