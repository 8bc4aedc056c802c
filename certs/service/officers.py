"""OfficerService over the actions: who, what, answer."""

from typing import Any, Final

from certs.actions import CertActions
from certs.importing import Line
from certs.wire.officers import duties_from, duty_from, mandate_to, officer_to, parts_from, registration_to, state_from
from hub.rpc import Call
from hub.unit_of_work import Step
from hub.wire import moment_to, optional_moment
from shuniu.v1 import officer_pb2 as pb


class OfficerService:
    """The servicer of shuniu.v1.OfficerService. Method names are the protocol's."""

    SERVICE: Final = pb.DESCRIPTOR.services_by_name["OfficerService"]

    def __init__(self, actions: CertActions, web_url: str = "") -> None:
        """Take the actions, and the address of the web pages for one-time links."""
        self._actions, self._web_url = actions, web_url

    def CreateOfficer(self, request: pb.CreateOfficerRequest, call: Call) -> pb.Officer:
        """Register an officer."""
        step = Step(caller=call.caller, officer=request.officer, request_id=request.request_id)
        duties = duties_from(request.duties, "duties")
        return officer_to(self._actions.create_officer(step, request.department, request.number, request.display_name, duties))

    def ImportOfficers(self, request: pb.ImportOfficersRequest, call: Call) -> pb.ImportOfficersResponse:
        """Take a list of officers."""
        step = Step(caller=call.caller, officer=request.officer, request_id=request.request_id)
        lines = [Line(line.number, line.display_name, duties_from(line.duties, f"lines[{place}].duties")) for place, line in enumerate(request.lines)]
        done = self._actions.import_officers(step, lines, complete=request.complete, validate_only=request.validate_only)
        return pb.ImportOfficersResponse(created=done.created, updated=done.updated, unchanged=done.unchanged, dismissed=done.dismissed)

    def UpdateOfficer(self, request: pb.UpdateOfficerRequest, call: Call) -> pb.Officer:
        """Change an officer."""
        return officer_to(self._actions.update_officer(_step(request, call), parts_from(request)))

    def DismissOfficer(self, request: pb.DismissOfficerRequest, call: Call) -> pb.Officer:
        """Dismiss an officer."""
        return officer_to(self._actions.dismiss_officer(_step(request, call)))

    def InviteOfficer(self, request: pb.InviteOfficerRequest, call: Call) -> pb.OfficerInvitation:
        """Make a one-time link for an officer."""
        secret, end = self._actions.invite_officer(Step(caller=call.caller, name=request.name, officer=request.officer))
        return pb.OfficerInvitation(url=f"{self._web_url}/login/{secret}", expire_time=moment_to(end))

    def NameDeputy(self, request: pb.NameDeputyRequest, call: Call) -> pb.Officer:
        """Name the deputy of a lead."""
        return officer_to(self._actions.name_deputy(_step(request, call), request.deputy, optional_moment(request, "until")))

    def GetOfficer(self, request: pb.GetOfficerRequest, call: Call) -> pb.Officer:
        """Get an officer."""
        return officer_to(self._actions.get_officer(call.caller, request.name))

    def ListOfficers(self, request: pb.ListOfficersRequest, call: Call) -> pb.ListOfficersResponse:
        """List officers."""
        state, duty = state_from(request.state), duty_from(request.duty)
        found, following = self._actions.list_officers(call.caller, request.department, request.page_size, request.page_token, state=state, duty=duty)
        return pb.ListOfficersResponse(officers=map(officer_to, found), next_page_token=following)

    def GetOfficerRegistration(self, request: pb.GetOfficerRegistrationRequest, call: Call) -> pb.OfficerRegistration:
        """Say how a department's officers are known."""
        return registration_to(self._actions.officer_registration(call.caller, request.department))

    def SetOfficerRegistration(self, request: pb.SetOfficerRegistrationRequest, call: Call) -> pb.OfficerRegistration:
        """Set from when on unknown officers are refused."""
        step = Step(caller=call.caller, officer=request.officer, reason=request.reason)
        return registration_to(self._actions.set_officer_registration(step, request.department, optional_moment(request, "register_from")))

    def CreateMandate(self, request: pb.CreateMandateRequest, call: Call) -> pb.Mandate:
        """Register a mandate."""
        step = Step(caller=call.caller, officer=request.officer, reason=request.reason, request_id=request.request_id)
        return mandate_to(self._actions.create_mandate(step, request.system, request.steps, optional_moment(request, "expire_time")))

    def RevokeMandate(self, request: pb.RevokeMandateRequest, call: Call) -> pb.Mandate:
        """End a mandate."""
        return mandate_to(self._actions.revoke_mandate(_step(request, call)))

    def ListMandates(self, request: pb.ListMandatesRequest, call: Call) -> pb.ListMandatesResponse:
        """List mandates."""
        found, following = self._actions.list_mandates(call.caller, request.department, request.page_size, request.page_token)
        return pb.ListMandatesResponse(mandates=map(mandate_to, found), next_page_token=following)


def _step(request: Any, call: Call) -> Step:
    return Step(caller=call.caller, name=request.name, etag=request.etag, officer=request.officer, reason=request.reason)
