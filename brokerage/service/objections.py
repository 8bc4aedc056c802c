"""Objections and what follows: who, what, answer."""

from brokerage.actions.objections import ObjectionActions
from brokerage.service.steps import step_of
from brokerage.wire import objection_from, objection_state_from, objection_to
from hub.rpc import Call
from hub.unit_of_work import Step
from shuniu.v1 import brokerage_pb2 as pb


class ObjectionMethods:
    """The methods of BrokerageService that are about objections."""

    _actions: ObjectionActions

    def FileObjection(self, request: pb.FileObjectionRequest, call: Call) -> pb.Objection:
        """File an objection once for each request id and transfer it to the department that can check it."""
        step = Step(caller=call.caller, request_id=request.request_id)
        return objection_to(self._actions.file_objection(step, objection_from(request.objection)))

    def VerifyObjection(self, request: pb.VerifyObjectionRequest, call: Call) -> pb.Objection:
        """Begin to check what is objected to."""
        return objection_to(self._actions.verify_objection(step_of(call, request, officer=request.officer)))

    def CorrectObjection(self, request: pb.CorrectObjectionRequest, call: Call) -> pb.Objection:
        """Say what was corrected; the answer counts the departments that were sent a notice."""
        return objection_to(self._actions.correct_objection(step_of(call, request, officer=request.officer), request.outcome, request.successor))

    def DismissObjection(self, request: pb.DismissObjectionRequest, call: Call) -> pb.Objection:
        """Say why nothing is to be corrected."""
        return objection_to(self._actions.dismiss_objection(step_of(call, request, officer=request.officer), request.outcome))

    def ConfirmObjection(self, request: pb.ConfirmObjectionRequest, call: Call) -> pb.Objection:
        """Close an objection after its outcome was read."""
        return objection_to(self._actions.confirm_objection(step_of(call, request)))

    def GetObjection(self, request: pb.GetObjectionRequest, call: Call) -> pb.Objection:
        """Show an objection, never whose record it is about."""
        return objection_to(self._actions.get_objection(call.caller, request.name))

    def ListObjections(self, request: pb.ListObjectionsRequest, call: Call) -> pb.ListObjectionsResponse:
        """List the objections that the caller filed or has to check, newest first; where a state is given, those in it."""
        found, following = self._actions.list_objections(call.caller, request.page_size, request.page_token, objection_state_from(request.state))
        return pb.ListObjectionsResponse(objections=map(objection_to, found), next_page_token=following)
