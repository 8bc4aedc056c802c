"""Requests: who, what, answer."""

from brokerage.actions.requests import RequestActions
from brokerage.service.steps import step_of
from brokerage.wire import content_from, request_to, state_from, terms_from
from hub.rpc import Call
from hub.unit_of_work import Step
from shuniu.v1 import brokerage_pb2 as pb


class RequestMethods:
    """The methods of BrokerageService that are about requests."""

    _actions: RequestActions

    def CreateDataRequest(self, request: pb.CreateDataRequestRequest, call: Call) -> pb.DataRequest:
        """File a draft once for each request id; with validate_only, answer what it would be and store nothing."""
        content = content_from(request.data_request)
        if request.validate_only:
            return request_to(self._actions.check_data_request(call.caller, content))
        return request_to(self._actions.create_data_request(Step(caller=call.caller, request_id=request.request_id), content))

    def SubmitDataRequest(self, request: pb.SubmitDataRequestRequest, call: Call) -> pb.DataRequest:
        """Send a draft to the provider; the answer shows the decision where the entry itself decides at once."""
        return request_to(self._actions.submit_data_request(step_of(call, request, officer=request.officer)))

    def AskForMore(self, request: pb.AskForMoreRequest, call: Call) -> pb.DataRequest:
        """Send a request back to the consumer with all that it lacks, once."""
        return request_to(self._actions.ask_for_more(step_of(call, request, officer=request.officer), tuple(request.gaps)))

    def SupplementDataRequest(self, request: pb.SupplementDataRequestRequest, call: Call) -> pb.DataRequest:
        """Give what the provider asked for and send the request to it again."""
        return request_to(self._actions.supplement_data_request(step_of(call, request), request.supplement))

    def ApproveDataRequest(self, request: pb.ApproveDataRequestRequest, call: Call) -> pb.DataRequest:
        """Grant what was asked; with narrower terms, make an offer that the consumer has to accept."""
        terms = terms_from(request.terms) if request.HasField("terms") else None
        step = step_of(call, request, officer=request.officer, reason=request.reason)
        return request_to(self._actions.approve_data_request(step, terms, request.disposal_terms))

    def AcceptOffer(self, request: pb.AcceptOfferRequest, call: Call) -> pb.DataRequest:
        """Take what the provider offers; the answer names the grant, which is live."""
        return request_to(self._actions.accept_offer(step_of(call, request)))

    def RefuseDataRequest(self, request: pb.RefuseDataRequestRequest, call: Call) -> pb.DataRequest:
        """Refuse a request, with the reason and the national law that it rests on."""
        step = step_of(call, request, officer=request.officer, reason=request.reason)
        return request_to(self._actions.refuse_data_request(step, request.legal_basis))

    def RequestExtension(self, request: pb.RequestExtensionRequest, call: Call) -> pb.DataRequest:
        """Ask the authority for more time, once; the clock runs on until it allows some."""
        step = step_of(call, request, officer=request.officer, reason=request.reason)
        return request_to(self._actions.request_extension(step, request.working_days))

    def AllowExtension(self, request: pb.AllowExtensionRequest, call: Call) -> pb.DataRequest:
        """Allow more time; the answer is due so many working days later."""
        return request_to(self._actions.allow_extension(step_of(call, request, officer=request.officer, reason=request.reason)))

    def RefuseExtension(self, request: pb.RefuseExtensionRequest, call: Call) -> pb.DataRequest:
        """Refuse more time; the answer stays due when it was."""
        return request_to(self._actions.refuse_extension(step_of(call, request, officer=request.officer, reason=request.reason)))

    def WithdrawDataRequest(self, request: pb.WithdrawDataRequestRequest, call: Call) -> pb.DataRequest:
        """Take a request back before it is decided, with the reason."""
        return request_to(self._actions.withdraw_data_request(step_of(call, request, reason=request.reason)))

    def GetDataRequest(self, request: pb.GetDataRequestRequest, call: Call) -> pb.DataRequest:
        """Show a request, its due time counted by today's holiday tables."""
        return request_to(self._actions.get_data_request(call.caller, request.name))

    def ListDataRequests(self, request: pb.ListDataRequestsRequest, call: Call) -> pb.ListDataRequestsResponse:
        """List the caller's requests, newest first; where a state is given, only those in it."""
        found, following = self._actions.list_data_requests(call.caller, request.page_size, request.page_token, state_from(request.state))
        return pb.ListDataRequestsResponse(data_requests=map(request_to, found), next_page_token=following)
