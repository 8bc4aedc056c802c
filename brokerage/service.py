"""BrokerageService over the actions: who, what, answer."""

from typing import Final, Protocol

from brokerage.actions import BrokerageActions
from brokerage.wire import (
    content_from,
    grant_state_from,
    grant_to,
    notice_to,
    objection_from,
    objection_state_from,
    objection_to,
    request_to,
    state_from,
    terms_from,
)
from hub.rpc import Call
from hub.unit_of_work import Step
from shuniu.v1 import brokerage_pb2 as pb


class BrokerageService:
    """The servicer of shuniu.v1.BrokerageService. Method names and their order are the protocol's."""

    SERVICE: Final = pb.DESCRIPTOR.services_by_name["BrokerageService"]

    def __init__(self, actions: BrokerageActions) -> None:
        """Take the actions."""
        self._actions = actions

    def CreateDataRequest(self, request: pb.CreateDataRequestRequest, call: Call) -> pb.DataRequest:
        """File a draft once for each request id; with validate_only, answer what it would be and store nothing."""
        content = content_from(request.data_request)
        if request.validate_only:
            return request_to(self._actions.check_data_request(call.caller, content))
        return request_to(self._actions.create_data_request(Step(caller=call.caller, request_id=request.request_id), content))

    def SubmitDataRequest(self, request: pb.SubmitDataRequestRequest, call: Call) -> pb.DataRequest:
        """Send a draft to the provider; the answer shows the decision where the entry itself decides at once."""
        return request_to(self._actions.submit_data_request(_step(call, request, officer=request.officer)))

    def AskForMore(self, request: pb.AskForMoreRequest, call: Call) -> pb.DataRequest:
        """Send a request back to the consumer with all that it lacks, once."""
        return request_to(self._actions.ask_for_more(_step(call, request, officer=request.officer), tuple(request.gaps)))

    def SupplementDataRequest(self, request: pb.SupplementDataRequestRequest, call: Call) -> pb.DataRequest:
        """Give what the provider asked for and send the request to it again."""
        return request_to(self._actions.supplement_data_request(_step(call, request), request.supplement))

    def ApproveDataRequest(self, request: pb.ApproveDataRequestRequest, call: Call) -> pb.DataRequest:
        """Grant what was asked; with narrower terms, make an offer that the consumer has to accept."""
        terms = terms_from(request.terms) if request.HasField("terms") else None
        step = _step(call, request, officer=request.officer, reason=request.reason)
        return request_to(self._actions.approve_data_request(step, terms))

    def AcceptOffer(self, request: pb.AcceptOfferRequest, call: Call) -> pb.DataRequest:
        """Take what the provider offers; the answer names the grant, which is live."""
        return request_to(self._actions.accept_offer(_step(call, request)))

    def RefuseDataRequest(self, request: pb.RefuseDataRequestRequest, call: Call) -> pb.DataRequest:
        """Refuse a request, with the reason and the national law that it rests on."""
        step = _step(call, request, officer=request.officer, reason=request.reason)
        return request_to(self._actions.refuse_data_request(step, request.legal_basis))

    def RequestExtension(self, request: pb.RequestExtensionRequest, call: Call) -> pb.DataRequest:
        """Ask the authority for more time, once; the clock runs on until it allows some."""
        step = _step(call, request, officer=request.officer, reason=request.reason)
        return request_to(self._actions.request_extension(step, request.working_days))

    def AllowExtension(self, request: pb.AllowExtensionRequest, call: Call) -> pb.DataRequest:
        """Allow more time; the answer is due so many working days later."""
        return request_to(self._actions.allow_extension(_step(call, request, officer=request.officer, reason=request.reason)))

    def RefuseExtension(self, request: pb.RefuseExtensionRequest, call: Call) -> pb.DataRequest:
        """Refuse more time; the answer stays due when it was."""
        return request_to(self._actions.refuse_extension(_step(call, request, officer=request.officer, reason=request.reason)))

    def WithdrawDataRequest(self, request: pb.WithdrawDataRequestRequest, call: Call) -> pb.DataRequest:
        """Take a request back before it is decided, with the reason."""
        return request_to(self._actions.withdraw_data_request(_step(call, request, reason=request.reason)))

    def GetDataRequest(self, request: pb.GetDataRequestRequest, call: Call) -> pb.DataRequest:
        """Show a request, its due time counted by today's holiday tables."""
        return request_to(self._actions.get_data_request(call.caller, request.name))

    def ListDataRequests(self, request: pb.ListDataRequestsRequest, call: Call) -> pb.ListDataRequestsResponse:
        """List the caller's requests, newest first; where a state is given, only those in it."""
        found, following = self._actions.list_data_requests(call.caller, request.page_size, request.page_token, state_from(request.state))
        return pb.ListDataRequestsResponse(data_requests=map(request_to, found), next_page_token=following)

    def GetGrant(self, request: pb.GetGrantRequest, call: Call) -> pb.Grant:
        """Show a grant; one whose period is over shows as expired."""
        return grant_to(self._actions.get_grant(call.caller, request.name))

    def ListGrants(self, request: pb.ListGrantsRequest, call: Call) -> pb.ListGrantsResponse:
        """List the caller's grants, newest first, the ended ones too; where a state is given, those in it now."""
        found, following = self._actions.list_grants(call.caller, request.page_size, request.page_token, grant_state_from(request.state))
        return pb.ListGrantsResponse(grants=map(grant_to, found), next_page_token=following)

    def SuspendGrant(self, request: pb.SuspendGrantRequest, call: Call) -> pb.Grant:
        """Stop a grant for now; every call under it is refused from then on."""
        return grant_to(self._actions.suspend_grant(_step(call, request, officer=request.officer, reason=request.reason)))

    def ResumeGrant(self, request: pb.ResumeGrantRequest, call: Call) -> pb.Grant:
        """Allow calls under a suspended grant again."""
        return grant_to(self._actions.resume_grant(_step(call, request, officer=request.officer, reason=request.reason)))

    def RevokeGrant(self, request: pb.RevokeGrantRequest, call: Call) -> pb.Grant:
        """End a grant for good, with a reason that stands in the log."""
        return grant_to(self._actions.revoke_grant(_step(call, request, officer=request.officer, reason=request.reason)))

    def FileObjection(self, request: pb.FileObjectionRequest, call: Call) -> pb.Objection:
        """File an objection once for each request id and transfer it to the department that can check it."""
        step = Step(caller=call.caller, request_id=request.request_id)
        return objection_to(self._actions.file_objection(step, objection_from(request.objection)))

    def VerifyObjection(self, request: pb.VerifyObjectionRequest, call: Call) -> pb.Objection:
        """Begin to check what is objected to."""
        return objection_to(self._actions.verify_objection(_step(call, request, officer=request.officer)))

    def CorrectObjection(self, request: pb.CorrectObjectionRequest, call: Call) -> pb.Objection:
        """Say what was corrected; the answer counts the departments that were sent a notice."""
        return objection_to(self._actions.correct_objection(_step(call, request, officer=request.officer), request.outcome))

    def DismissObjection(self, request: pb.DismissObjectionRequest, call: Call) -> pb.Objection:
        """Say why nothing is to be corrected."""
        return objection_to(self._actions.dismiss_objection(_step(call, request, officer=request.officer), request.outcome))

    def ConfirmObjection(self, request: pb.ConfirmObjectionRequest, call: Call) -> pb.Objection:
        """Close an objection after its outcome was read."""
        return objection_to(self._actions.confirm_objection(_step(call, request)))

    def GetObjection(self, request: pb.GetObjectionRequest, call: Call) -> pb.Objection:
        """Show an objection, never whose record it is about."""
        return objection_to(self._actions.get_objection(call.caller, request.name))

    def ListObjections(self, request: pb.ListObjectionsRequest, call: Call) -> pb.ListObjectionsResponse:
        """List the objections that the caller filed or has to check, newest first; where a state is given, those in it."""
        found, following = self._actions.list_objections(call.caller, request.page_size, request.page_token, objection_state_from(request.state))
        return pb.ListObjectionsResponse(objections=map(objection_to, found), next_page_token=following)

    def ListCorrectionNotices(self, request: pb.ListCorrectionNoticesRequest, call: Call) -> pb.ListCorrectionNoticesResponse:
        """List the notices sent to the caller's department, newest first."""
        found, following = self._actions.list_correction_notices(call.caller, request.page_size, request.page_token)
        return pb.ListCorrectionNoticesResponse(correction_notices=map(notice_to, found), next_page_token=following)

    def AcknowledgeCorrectionNotice(self, request: pb.AcknowledgeCorrectionNoticeRequest, call: Call) -> pb.CorrectionNotice:
        """Confirm that a notice arrived, once."""
        return notice_to(self._actions.acknowledge_correction_notice(_step(call, request, officer=request.officer)))


class _OfThing(Protocol):
    """A request that takes a step with one thing, as it was read."""

    name: str
    etag: str


def _step(call: Call, request: _OfThing, *, officer: str = "", reason: str = "") -> Step:
    return Step(caller=call.caller, name=request.name, etag=request.etag, officer=officer, reason=reason)
