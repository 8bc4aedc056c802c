"""Grants: who, what, answer."""

from brokerage.actions.grants import GrantActions
from brokerage.service.steps import step_of
from brokerage.wire import grant_state_from, grant_to, ground_from
from hub.rpc import Call
from shuniu.v1 import brokerage_pb2 as pb
from shuniu.v1 import grant_life_pb2 as life


class GrantMethods:
    """The methods of BrokerageService that are about grants."""

    _actions: GrantActions

    def GetGrant(self, request: pb.GetGrantRequest, call: Call) -> pb.Grant:
        """Show a grant; one whose period is over shows as expired."""
        return grant_to(self._actions.get_grant(call.caller, request.name))

    def ListGrants(self, request: pb.ListGrantsRequest, call: Call) -> pb.ListGrantsResponse:
        """List the caller's grants, newest first, the ended ones too; where a state is given, those in it now."""
        found, following = self._actions.list_grants(call.caller, request.page_size, request.page_token, grant_state_from(request.state))
        return pb.ListGrantsResponse(grants=map(grant_to, found), next_page_token=following)

    def SuspendGrant(self, request: pb.SuspendGrantRequest, call: Call) -> pb.Grant:
        """Stop a grant for now; every call under it is refused from then on. For misuse, with a term to mend it."""
        step = step_of(call, request, officer=request.officer, reason=request.reason)
        return grant_to(self._actions.suspend_grant(step, ground_from(request.ground), request.mend_days))

    def ResumeGrant(self, request: pb.ResumeGrantRequest, call: Call) -> pb.Grant:
        """Allow calls under a suspended grant again."""
        return grant_to(self._actions.resume_grant(step_of(call, request, officer=request.officer, reason=request.reason)))

    def RevokeGrant(self, request: pb.RevokeGrantRequest, call: Call) -> pb.Grant:
        """End a grant for good, with a reason that stands in the log."""
        return grant_to(self._actions.revoke_grant(step_of(call, request, officer=request.officer, reason=request.reason)))

    def ReportMending(self, request: life.ReportMendingRequest, call: Call) -> pb.Grant:
        """Report what was mended of a misuse; it goes to whoever suspended the grant."""
        return grant_to(self._actions.report_mending(step_of(call, request, officer=request.officer), request.statement))

    def RefuseMending(self, request: life.RefuseMendingRequest, call: Call) -> pb.Grant:
        """Send a report back with another term."""
        step = step_of(call, request, officer=request.officer, reason=request.reason)
        return grant_to(self._actions.refuse_mending(step, request.mend_days))
