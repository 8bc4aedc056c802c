"""BrokerageService over the actions: who, what, answer."""

from brokerage.actions import BrokerageActions
from brokerage.wire import content_from, grant_to, notice_to, objection_from, objection_to, request_to, state_from, terms_from
from hub.rpc import Call
from shuniu.v1 import brokerage_pb2 as pb


class BrokerageService:
    """The servicer of shuniu.v1.BrokerageService. Method names are the protocol's."""

    def __init__(self, actions: BrokerageActions) -> None:
        """Take the actions."""
        self._actions = actions

    def CreateDataRequest(self, request: pb.CreateDataRequestRequest, call: Call) -> pb.DataRequest:
        """File a draft, or only check what it would be."""
        content = content_from(request.data_request)
        if request.validate_only:
            return request_to(self._actions.check_data_request(call.caller, content))
        return request_to(self._actions.create_data_request(call.caller, content, request.request_id))

    def SubmitDataRequest(self, request: pb.SubmitDataRequestRequest, call: Call) -> pb.DataRequest:
        """Submit a draft."""
        return request_to(self._actions.submit_data_request(call.caller, request.name, request.etag))

    def AskForMore(self, request: pb.AskForMoreRequest, call: Call) -> pb.DataRequest:
        """Name the gaps."""
        return request_to(self._actions.ask_for_more(call.caller, request.name, request.etag, tuple(request.gaps), request.officer))

    def SupplementDataRequest(self, request: pb.SupplementDataRequestRequest, call: Call) -> pb.DataRequest:
        """Fill the gaps."""
        return request_to(self._actions.supplement_data_request(call.caller, request.name, request.etag, request.supplement))

    def ApproveDataRequest(self, request: pb.ApproveDataRequestRequest, call: Call) -> pb.DataRequest:
        """Approve, or offer less."""
        terms = terms_from(request.terms) if request.HasField("terms") else None
        return request_to(self._actions.approve_data_request(call.caller, request.name, request.etag, terms, request.reason, request.officer))

    def AcceptOffer(self, request: pb.AcceptOfferRequest, call: Call) -> pb.DataRequest:
        """Accept an offer."""
        return request_to(self._actions.accept_offer(call.caller, request.name, request.etag))

    def RefuseDataRequest(self, request: pb.RefuseDataRequestRequest, call: Call) -> pb.DataRequest:
        """Refuse, citing a law."""
        return request_to(
            self._actions.refuse_data_request(call.caller, request.name, request.etag, request.reason, request.legal_basis, request.officer)
        )

    def WithdrawDataRequest(self, request: pb.WithdrawDataRequestRequest, call: Call) -> pb.DataRequest:
        """Take a request back."""
        return request_to(self._actions.withdraw_data_request(call.caller, request.name, request.etag, request.reason))

    def SuspendGrant(self, request: pb.SuspendGrantRequest, call: Call) -> pb.Grant:
        """Stop a grant for now."""
        return grant_to(self._actions.suspend_grant(call.caller, request.name, request.etag, request.reason, request.officer))

    def ResumeGrant(self, request: pb.ResumeGrantRequest, call: Call) -> pb.Grant:
        """Let a grant go on."""
        return grant_to(self._actions.resume_grant(call.caller, request.name, request.etag, request.reason, request.officer))

    def RevokeGrant(self, request: pb.RevokeGrantRequest, call: Call) -> pb.Grant:
        """End a grant."""
        return grant_to(self._actions.revoke_grant(call.caller, request.name, request.etag, request.reason, request.officer))

    def VerifyObjection(self, request: pb.VerifyObjectionRequest, call: Call) -> pb.Objection:
        """Take an objection up."""
        return objection_to(self._actions.verify_objection(call.caller, request.name, request.etag, request.officer))

    def CorrectObjection(self, request: pb.CorrectObjectionRequest, call: Call) -> pb.Objection:
        """Say what was corrected."""
        return objection_to(self._actions.correct_objection(call.caller, request.name, request.etag, request.outcome, request.officer))

    def DismissObjection(self, request: pb.DismissObjectionRequest, call: Call) -> pb.Objection:
        """Say why it stands."""
        return objection_to(self._actions.dismiss_objection(call.caller, request.name, request.etag, request.outcome, request.officer))

    def ConfirmObjection(self, request: pb.ConfirmObjectionRequest, call: Call) -> pb.Objection:
        """Close an objection."""
        return objection_to(self._actions.confirm_objection(call.caller, request.name, request.etag))

    def AcknowledgeCorrectionNotice(self, request: pb.AcknowledgeCorrectionNoticeRequest, call: Call) -> pb.CorrectionNotice:
        """Acknowledge a notice."""
        return notice_to(self._actions.acknowledge_correction_notice(call.caller, request.name, request.etag, request.officer))

    def GetDataRequest(self, request: pb.GetDataRequestRequest, call: Call) -> pb.DataRequest:
        """Get a request."""
        return request_to(self._actions.get_data_request(call.caller, request.name))

    def GetGrant(self, request: pb.GetGrantRequest, call: Call) -> pb.Grant:
        """Get a grant."""
        return grant_to(self._actions.get_grant(call.caller, request.name))

    def GetObjection(self, request: pb.GetObjectionRequest, call: Call) -> pb.Objection:
        """Get an objection."""
        return objection_to(self._actions.get_objection(call.caller, request.name))

    def ListDataRequests(self, request: pb.ListDataRequestsRequest, call: Call) -> pb.ListDataRequestsResponse:
        """List requests."""
        found, following = self._actions.list_data_requests(call.caller, request.page_size, request.page_token, state_from(request.state))
        return pb.ListDataRequestsResponse(data_requests=map(request_to, found), next_page_token=following)

    def ListGrants(self, request: pb.ListGrantsRequest, call: Call) -> pb.ListGrantsResponse:
        """List grants."""
        found, following = self._actions.list_grants(call.caller, request.page_size, request.page_token)
        return pb.ListGrantsResponse(grants=map(grant_to, found), next_page_token=following)

    def ListObjections(self, request: pb.ListObjectionsRequest, call: Call) -> pb.ListObjectionsResponse:
        """List objections."""
        found, following = self._actions.list_objections(call.caller, request.page_size, request.page_token)
        return pb.ListObjectionsResponse(objections=map(objection_to, found), next_page_token=following)

    def ListCorrectionNotices(self, request: pb.ListCorrectionNoticesRequest, call: Call) -> pb.ListCorrectionNoticesResponse:
        """List notices."""
        found, following = self._actions.list_correction_notices(call.caller, request.page_size, request.page_token)
        return pb.ListCorrectionNoticesResponse(correction_notices=map(notice_to, found), next_page_token=following)

    def FileObjection(self, request: pb.FileObjectionRequest, call: Call) -> pb.Objection:
        """File an objection."""
        return objection_to(self._actions.file_objection(call.caller, objection_from(request.objection), request.request_id))
