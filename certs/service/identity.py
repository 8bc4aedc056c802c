"""IdentityService over the actions: who, what, answer."""

from collections.abc import Callable
from typing import Final

from certs.actions import CertActions
from certs.model import EnrollmentToken, HostStep
from certs.service.successions import SuccessionMethods
from certs.wire.identity import cause_from, department_to, enrolment_to, invitation_from, parts_from, registration_from, revocation_to, system_to
from hub.rpc import Call
from hub.unit_of_work import Step
from hub.wire import moment_to
from shuniu.v1 import identity_pb2 as pb


def _none(_token: EnrollmentToken, _secret: str) -> str:
    """Write no invitation: a hub that is called by nobody from outside, as in tests of the service alone."""
    return ""


class IdentityService(SuccessionMethods):
    """The servicer of shuniu.v1.IdentityService. Method names are the protocol's."""

    SERVICE: Final = pb.DESCRIPTOR.services_by_name["IdentityService"]

    _actions: CertActions

    def __init__(self, actions: CertActions, web_url: str = "", invite: Callable[[EnrollmentToken, str], str] = _none) -> None:
        """Take the actions, the address of the web pages for login links, and what writes the invitation of a token and its secret."""
        self._actions, self._web_url, self._invite = actions, web_url, invite

    def CreateDepartment(self, request: pb.CreateDepartmentRequest, call: Call) -> pb.Department:
        """Register a department."""
        step = Step(caller=call.caller, request_id=request.request_id)
        return department_to(self._actions.create_department(step, registration_from(request.department)))

    def GetDepartment(self, request: pb.GetDepartmentRequest, call: Call) -> pb.Department:
        """Get a department."""
        return department_to(self._actions.get_department(call.caller, request.name))

    def UpdateDepartment(self, request: pb.UpdateDepartmentRequest, call: Call) -> pb.Department:
        """Change what is registered of a department."""
        stated = request.department
        step = Step(caller=call.caller, name=stated.name, etag=stated.etag, officer=request.officer, reason=request.reason)
        return department_to(self._actions.update_department(step, parts_from(request)))

    def DisableDepartment(self, request: pb.DisableDepartmentRequest, call: Call) -> pb.Department:
        """Disable a department."""
        return department_to(self._actions.disable_department(_step(request, call)))

    def EnableDepartment(self, request: pb.EnableDepartmentRequest, call: Call) -> pb.Department:
        """Enable a department."""
        return department_to(self._actions.enable_department(_step(request, call)))

    def ListDepartments(self, request: pb.ListDepartmentsRequest, call: Call) -> pb.ListDepartmentsResponse:
        """List departments."""
        found, following = self._actions.list_departments(call.caller, request.page_size, request.page_token)
        return pb.ListDepartmentsResponse(departments=map(department_to, found), next_page_token=following)

    def CreateEnrollmentToken(self, request: pb.CreateEnrollmentTokenRequest, call: Call) -> pb.CreateEnrollmentTokenResponse:
        """Make a one-time token."""
        secret, token = self._actions.create_enrollment_token(call.caller, invitation_from(request))
        return pb.CreateEnrollmentTokenResponse(token=secret, expire_time=moment_to(token.expire_time), invitation=self._invite(token, secret))

    def Enroll(self, request: pb.EnrollRequest, _call: Call) -> pb.EnrollResponse:
        """Redeem a token."""
        return enrolment_to(self._actions.enroll(request.token, request.csr))

    def RenewCertificate(self, request: pb.RenewCertificateRequest, call: Call) -> pb.EnrollResponse:
        """Renew the caller's certificate."""
        return enrolment_to(self._actions.renew(call.caller, request.csr))

    def RevokeCertificate(self, request: pb.RevokeCertificateRequest, call: Call) -> pb.Revocation:
        """Revoke a certificate."""
        step = Step(caller=call.caller, name=request.serial, reason=request.reason)
        return revocation_to(self._actions.revoke(step, cause_from(request.cause)))

    def RevokeSystem(self, request: pb.RevokeSystemRequest, call: Call) -> pb.Revocation:
        """Revoke a system."""
        return revocation_to(self._actions.revoke_system(Step(caller=call.caller, name=request.name, reason=request.reason)))

    def ListSystems(self, request: pb.ListSystemsRequest, call: Call) -> pb.ListSystemsResponse:
        """List a department's systems."""
        return pb.ListSystemsResponse(systems=map(system_to, self._actions.list_systems(call.caller, request.department)))

    def SetEndpoint(self, request: pb.SetEndpointRequest, call: Call) -> pb.System:
        """Register where the caller serves."""
        return system_to(self._actions.set_endpoint(call.caller, request.endpoint))

    def RequestHosts(self, request: pb.RequestHostsRequest, call: Call) -> pb.System:
        """Ask for hosts of the caller's system."""
        return system_to(self._actions.request_hosts(Step(caller=call.caller, reason=request.reason), request.hosts))

    def ApproveHosts(self, request: pb.DecideHostsRequest, call: Call) -> pb.System:
        """Approve hosts of a system."""
        return system_to(
            self._actions.decide_hosts(Step(caller=call.caller, name=request.name, reason=request.reason), request.hosts, HostStep.APPROVE)
        )

    def RefuseHosts(self, request: pb.DecideHostsRequest, call: Call) -> pb.System:
        """Refuse hosts of a system."""
        return system_to(
            self._actions.decide_hosts(Step(caller=call.caller, name=request.name, reason=request.reason), request.hosts, HostStep.REFUSE)
        )

    def WhoAmI(self, _request: pb.WhoAmIRequest, call: Call) -> pb.System:
        """Say who the caller is."""
        return system_to(self._actions.who_am_i(call.caller))

    def CreateLoginLink(self, request: pb.CreateLoginLinkRequest, call: Call) -> pb.LoginLink:
        """Make a one-time link to the web pages."""
        secret, end = self._actions.create_login_link(Step(caller=call.caller, officer=request.officer))
        return pb.LoginLink(url=f"{self._web_url}/login/{secret}", expire_time=moment_to(end))


def _step(request: pb.DisableDepartmentRequest | pb.EnableDepartmentRequest, call: Call) -> Step:
    return Step(caller=call.caller, name=request.name, etag=request.etag, officer=request.officer, reason=request.reason)
