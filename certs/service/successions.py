"""Successions of departments: who, what, answer."""

from certs.succeeding import SuccessionActions
from certs.wire.successions import succession_from, succession_to
from hub.rpc import Call
from hub.unit_of_work import Step
from shuniu.v1 import succession_pb2 as pb


class SuccessionMethods:
    """The methods of IdentityService that are about successions."""

    _actions: SuccessionActions

    def CreateSuccession(self, request: pb.CreateSuccessionRequest, call: Call) -> pb.Succession:
        """Lay a succession down, once for each request id."""
        step = Step(caller=call.caller, officer=request.officer, request_id=request.request_id)
        return succession_to(self._actions.create_succession(step, succession_from(request.succession)))

    def ConfirmSuccession(self, request: pb.ConfirmSuccessionRequest, call: Call) -> pb.Succession:
        """Confirm a succession; the hub carries it out on its day."""
        step = Step(caller=call.caller, name=request.name, etag=request.etag, officer=request.officer)
        return succession_to(self._actions.confirm_succession(step))

    def CallOffSuccession(self, request: pb.CallOffSuccessionRequest, call: Call) -> pb.Succession:
        """Call a succession off before its day."""
        step = Step(caller=call.caller, name=request.name, etag=request.etag, officer=request.officer, reason=request.reason)
        return succession_to(self._actions.call_off_succession(step))

    def GetSuccession(self, request: pb.GetSuccessionRequest, call: Call) -> pb.Succession:
        """Show a succession."""
        return succession_to(self._actions.get_succession(call.caller, request.name))

    def ListSuccessions(self, request: pb.ListSuccessionsRequest, call: Call) -> pb.ListSuccessionsResponse:
        """List the successions that the caller may know of, newest first."""
        found, following = self._actions.list_successions(call.caller, request.page_size, request.page_token)
        return pb.ListSuccessionsResponse(successions=map(succession_to, found), next_page_token=following)
