"""Demands: who, what, answer."""

from brokerage.actions.demands import DemandActions
from brokerage.service.steps import step_of
from brokerage.wire import demand_from, demand_state_from, demand_to
from hub.rpc import Call
from hub.unit_of_work import Step
from shuniu.v1 import demand_pb2 as pb


class DemandMethods:
    """The methods of BrokerageService that are about demands."""

    _actions: DemandActions

    def FileDemand(self, request: pb.FileDemandRequest, call: Call) -> pb.Demand:
        """File a demand once for each request id."""
        step = Step(caller=call.caller, request_id=request.request_id)
        return demand_to(self._actions.file_demand(step, demand_from(request.demand)))

    def AssignDemand(self, request: pb.AssignDemandRequest, call: Call) -> pb.Demand:
        """Assign a demand to a department."""
        step = step_of(call, request, officer=request.officer, reason=request.reason)
        return demand_to(self._actions.assign_demand(step, request.department))

    def AcceptDemand(self, request: pb.AcceptDemandRequest, call: Call) -> pb.Demand:
        """Take a demand on."""
        step = step_of(call, request, officer=request.officer)
        return demand_to(self._actions.accept_demand(step))

    def DeclineDemand(self, request: pb.DeclineDemandRequest, call: Call) -> pb.Demand:
        """Give a demand back to the authority, with the reason."""
        step = step_of(call, request, officer=request.officer, reason=request.reason)
        return demand_to(self._actions.decline_demand(step))

    def MergeDemand(self, request: pb.MergeDemandRequest, call: Call) -> pb.Demand:
        """Let a demand go on within another, or name the entry that answers it already."""
        step = step_of(call, request, officer=request.officer, reason=request.reason)
        return demand_to(self._actions.merge_demand(step, request.into))

    def FulfilDemand(self, request: pb.FulfilDemandRequest, call: Call) -> pb.Demand:
        """Name the published entry that answers a demand."""
        step = step_of(call, request, officer=request.officer)
        return demand_to(self._actions.fulfil_demand(step, request.entry))

    def WithdrawDemand(self, request: pb.WithdrawDemandRequest, call: Call) -> pb.Demand:
        """Take a demand back."""
        step = step_of(call, request, officer=request.officer, reason=request.reason)
        return demand_to(self._actions.withdraw_demand(step))

    def GetDemand(self, request: pb.GetDemandRequest, call: Call) -> pb.Demand:
        """Show a demand."""
        return demand_to(self._actions.get_demand(call.caller, request.name))

    def ListDemands(self, request: pb.ListDemandsRequest, call: Call) -> pb.ListDemandsResponse:
        """List demands, newest first; where a state is given, those in it."""
        state = demand_state_from(request.state)
        found, following = self._actions.list_demands(call.caller, request.page_size, request.page_token, state, request.department)
        return pb.ListDemandsResponse(demands=map(demand_to, found), next_page_token=following)
