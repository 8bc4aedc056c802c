"""IdentityService over the actions: who, what, answer."""

from certs.actions import CertActions
from certs.wire import certificate_to, department_to, enrolled_to, roles_from, system_to, timestamp, ttl_from
from hub.rpc import Call
from shuniu.v1 import identity_pb2


class IdentityService:
    """The servicer of shuniu.v1.IdentityService. Method names are the protocol's."""

    def __init__(self, actions: CertActions, web_url: str = "") -> None:
        """Take the actions and the address of the web pages, for login links."""
        self._actions = actions
        self._web_url = web_url

    def CreateDepartment(self, request: identity_pb2.CreateDepartmentRequest, call: Call) -> identity_pb2.Department:
        """Register a department."""
        asked = request.department
        return department_to(
            self._actions.create_department(call.caller, asked.uscc, asked.title, asked.short_title, asked.region, request.request_id)
        )

    def ListDepartments(self, request: identity_pb2.ListDepartmentsRequest, _call: Call) -> identity_pb2.ListDepartmentsResponse:
        """List departments."""
        found, following = self._actions.list_departments(request.page_size, request.page_token)
        return identity_pb2.ListDepartmentsResponse(departments=map(department_to, found), next_page_token=following)

    def CreateEnrollmentToken(self, request: identity_pb2.CreateEnrollmentTokenRequest, call: Call) -> identity_pb2.CreateEnrollmentTokenResponse:
        """Make a one-time token."""
        roles, ttl = roles_from(request.roles), ttl_from(request.ttl)
        secret, end = self._actions.create_enrollment_token(call.caller, request.department, request.system, roles, ttl)
        return identity_pb2.CreateEnrollmentTokenResponse(token=secret, expire_time=timestamp(end))

    def Enroll(self, request: identity_pb2.EnrollRequest, _call: Call) -> identity_pb2.EnrollResponse:
        """Redeem a token."""
        return enrolled_to(self._actions.enroll(request.token, request.csr))

    def RenewCertificate(self, request: identity_pb2.RenewCertificateRequest, call: Call) -> identity_pb2.EnrollResponse:
        """Renew the caller's certificate."""
        return enrolled_to(self._actions.renew(call.caller, request.csr))

    def RevokeCertificate(self, request: identity_pb2.RevokeCertificateRequest, call: Call) -> identity_pb2.Certificate:
        """Revoke a certificate."""
        return certificate_to(self._actions.revoke(call.caller, request.serial, request.reason))

    def ListSystems(self, request: identity_pb2.ListSystemsRequest, call: Call) -> identity_pb2.ListSystemsResponse:
        """List a department's systems."""
        return identity_pb2.ListSystemsResponse(systems=map(system_to, self._actions.list_systems(call.caller, request.department)))

    def SetEndpoint(self, request: identity_pb2.SetEndpointRequest, call: Call) -> identity_pb2.System:
        """Register where the caller serves."""
        return system_to(self._actions.set_endpoint(call.caller, request.endpoint))

    def WhoAmI(self, _request: identity_pb2.WhoAmIRequest, call: Call) -> identity_pb2.System:
        """Say who the caller is."""
        return system_to(self._actions.who_am_i(call.caller))

    def CreateLoginLink(self, request: identity_pb2.CreateLoginLinkRequest, call: Call) -> identity_pb2.LoginLink:
        """Make a one-time link to the web pages."""
        secret, end = self._actions.create_login_link(call.caller, request.officer)
        return identity_pb2.LoginLink(url=f"{self._web_url}/login/{secret}", expire_time=timestamp(end))
