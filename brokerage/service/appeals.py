"""How an objection ends beside its outcome: who, what, answer."""

from brokerage.actions.appeals import AppealActions
from brokerage.service.steps import step_of
from brokerage.wire import objection_to
from hub.rpc import Call
from shuniu.v1 import brokerage_pb2 as pb


class AppealMethods:
    """The methods of BrokerageService that are about withdrawals, appeals and rulings."""

    _actions: AppealActions

    def WithdrawObjection(self, request: pb.WithdrawObjectionRequest, call: Call) -> pb.Objection:
        """Take an objection back, with the reason."""
        return objection_to(self._actions.withdraw_objection(step_of(call, request, officer=request.officer, reason=request.reason)))

    def AppealObjection(self, request: pb.AppealObjectionRequest, call: Call) -> pb.Objection:
        """Take the outcome to the authority."""
        return objection_to(self._actions.appeal_objection(step_of(call, request, officer=request.officer), request.statement))

    def UpholdObjection(self, request: pb.UpholdObjectionRequest, call: Call) -> pb.Objection:
        """Let the outcome stand, as the authority."""
        return objection_to(self._actions.uphold_objection(step_of(call, request, officer=request.officer, reason=request.reason)))

    def OverturnObjection(self, request: pb.OverturnObjectionRequest, call: Call) -> pb.Objection:
        """Have the source correct, as the authority."""
        return objection_to(self._actions.overturn_objection(step_of(call, request, officer=request.officer, reason=request.reason)))
