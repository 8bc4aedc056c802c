"""Changes of running services: who, what, answer."""

from brokerage.actions.service_changes import ServiceChangeActions
from brokerage.service.steps import step_of
from brokerage.wire.service_changes import affected_to, change_state_from, service_change_to
from hub.rpc import Call
from hub.unit_of_work import Step
from shuniu.v1 import service_change_pb2 as pb


class ServiceChangeMethods:
    """The methods of BrokerageService that are about changes of running services."""

    _actions: ServiceChangeActions

    def ListAffectedGrants(self, request: pb.ListAffectedGrantsRequest, call: Call) -> pb.ListAffectedGrantsResponse:
        """List the live grants that would lose something by a publication or a withdrawal."""
        found, following, total = self._actions.list_affected_grants(
            call.caller, request.entry, request.version, request.page_size, request.page_token, withdrawal=request.withdrawal
        )
        return pb.ListAffectedGrantsResponse(grants=map(affected_to, found), next_page_token=following, total=total)

    def ProposeServiceChange(self, request: pb.ProposeServiceChangeRequest, call: Call) -> pb.ServiceChange:
        """Begin the end of one running grant, once for each request id."""
        step = Step(caller=call.caller, officer=request.officer, reason=request.reason, request_id=request.request_id)
        return service_change_to(self._actions.propose_service_change(step, request.grant))

    def ReplyToServiceChange(self, request: pb.ReplyToServiceChangeRequest, call: Call) -> pb.ServiceChange:
        """Say what a consumer thinks of a change."""
        step = step_of(call, request, officer=request.officer)
        return service_change_to(self._actions.reply_to_service_change(step, agrees=request.agrees, statement=request.statement))

    def FileServiceChange(self, request: pb.FileServiceChangeRequest, call: Call) -> pb.ServiceChange:
        """File a change with the authority, with its date."""
        step = step_of(call, request, officer=request.officer, reason=request.reason)
        return service_change_to(self._actions.file_service_change(step, request.effect_date))

    def AdmitServiceChange(self, request: pb.AdmitServiceChangeRequest, call: Call) -> pb.ServiceChange:
        """Take note of a change, as the authority."""
        step = step_of(call, request, officer=request.officer, reason=request.reason)
        return service_change_to(self._actions.admit_service_change(step, request.effect_date))

    def ReturnServiceChange(self, request: pb.ReturnServiceChangeRequest, call: Call) -> pb.ServiceChange:
        """Send a change back to the consultation, as the authority."""
        return service_change_to(self._actions.return_service_change(step_of(call, request, officer=request.officer, reason=request.reason)))

    def CallOffServiceChange(self, request: pb.CallOffServiceChangeRequest, call: Call) -> pb.ServiceChange:
        """Give a change up, as its provider."""
        return service_change_to(self._actions.call_off_service_change(step_of(call, request, officer=request.officer, reason=request.reason)))

    def GetServiceChange(self, request: pb.GetServiceChangeRequest, call: Call) -> pb.ServiceChange:
        """Show a change of a running service."""
        return service_change_to(self._actions.get_service_change(call.caller, request.name))

    def ListServiceChanges(self, request: pb.ListServiceChangesRequest, call: Call) -> pb.ListServiceChangesResponse:
        """List the changes that the caller proposed or is consulted on, newest first; where a state is given, those in it."""
        found, following = self._actions.list_service_changes(call.caller, request.page_size, request.page_token, change_state_from(request.state))
        return pb.ListServiceChangesResponse(service_changes=map(service_change_to, found), next_page_token=following)
