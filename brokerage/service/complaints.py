"""Complaints of citizens: who, what, answer."""

from brokerage.actions.complaints import ComplaintActions
from brokerage.service.steps import step_of
from brokerage.wire import complaint_from, complaint_state_from, complaint_to
from hub.rpc import Call
from hub.unit_of_work import Step
from shuniu.v1 import complaint_pb2 as pb


class ComplaintMethods:
    """The methods of BrokerageService that are about complaints."""

    _actions: ComplaintActions

    def FileComplaint(self, request: pb.FileComplaintRequest, call: Call) -> pb.Complaint:
        """File a complaint once for each request id."""
        step = Step(caller=call.caller, request_id=request.request_id)
        return complaint_to(self._actions.file_complaint(step, complaint_from(request.complaint)))

    def AcceptComplaint(self, request: pb.AcceptComplaintRequest, call: Call) -> pb.Complaint:
        """Give a complaint to a department, or keep it."""
        step = step_of(call, request, officer=request.officer, reason=request.reason)
        return complaint_to(self._actions.accept_complaint(step, request.department))

    def ReturnComplaint(self, request: pb.ReturnComplaintRequest, call: Call) -> pb.Complaint:
        """Say that a complaint is no matter of sharing, and where to go instead."""
        step = step_of(call, request, officer=request.officer, reason=request.reason)
        return complaint_to(self._actions.return_complaint(step))

    def AnswerComplaint(self, request: pb.AnswerComplaintRequest, call: Call) -> pb.Complaint:
        """Answer a complaint."""
        step = step_of(call, request, officer=request.officer)
        return complaint_to(self._actions.answer_complaint(step, request.answer))

    def CloseComplaint(self, request: pb.CloseComplaintRequest, call: Call) -> pb.Complaint:
        """Close a complaint once the citizen was told."""
        step = step_of(call, request, officer=request.officer)
        return complaint_to(self._actions.close_complaint(step))

    def GetComplaint(self, request: pb.GetComplaintRequest, call: Call) -> pb.Complaint:
        """Show a complaint."""
        return complaint_to(self._actions.get_complaint(call.caller, request.name))

    def ListComplaints(self, request: pb.ListComplaintsRequest, call: Call) -> pb.ListComplaintsResponse:
        """List complaints, newest first; where a state is given, those in it."""
        state = complaint_state_from(request.state)
        found, following = self._actions.list_complaints(call.caller, request.page_size, request.page_token, state)
        return pb.ListComplaintsResponse(complaints=map(complaint_to, found), next_page_token=following)
