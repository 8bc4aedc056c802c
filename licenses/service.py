"""The gRPC face of licenses."""

from hub.rpc import Call
from licenses.actions import LicenseActions
from licenses.wire import draft_from, identifier_from, key_to, kid_from, license_to, moment_from, type_to, verdict_to
from shuniu.v1 import license_pb2 as pb


class LicenseService:
    """Answers `shuniu.v1.LicenseService`."""

    def __init__(self, actions: LicenseActions) -> None:
        """Take the actions."""
        self._actions = actions

    def ListLicenseTypes(self, _request: pb.ListLicenseTypesRequest, _call: Call) -> pb.ListLicenseTypesResponse:
        """Return all types."""
        return pb.ListLicenseTypesResponse(license_types=[type_to(kind) for _, kind in sorted(self._actions.types.items())])

    def RegisterIssuingKey(self, request: pb.RegisterIssuingKeyRequest, call: Call) -> pb.IssuingKey:
        """Register a key."""
        types = tuple(request.license_types)
        return key_to(self._actions.register_key(call.caller, request.public_key, types, moment_from(request), request.proof, request.officer))

    def AdmitIssuingKey(self, request: pb.AdmitIssuingKeyRequest, call: Call) -> pb.IssuingKey:
        """Admit a key to the trust list."""
        return key_to(self._actions.admit_key(call.caller, kid_from(request.name), request.etag, request.officer))

    def RevokeIssuingKey(self, request: pb.RevokeIssuingKeyRequest, call: Call) -> pb.IssuingKey:
        """Revoke a key."""
        return key_to(self._actions.revoke_key(call.caller, kid_from(request.name), request.etag, request.reason, request.officer))

    def PrepareLicense(self, request: pb.PrepareLicenseRequest, call: Call) -> pb.License:
        """Prepare a license for signing."""
        content = request.SerializeToString(deterministic=True)
        draft = draft_from(request.license)
        return license_to(self._actions.prepare(call.caller, draft, request.officer, request.case_number, request.request_id, content))

    def IssueLicense(self, request: pb.IssueLicenseRequest, call: Call) -> pb.License:
        """Take the signature."""
        return license_to(self._actions.issue(call.caller, identifier_from(request.name), request.etag, request.signature, request.officer))

    def AttachStamp(self, request: pb.AttachStampRequest, call: Call) -> pb.License:
        """Attach the seal."""
        return license_to(self._actions.attach_stamp(call.caller, identifier_from(request.name), request.etag, request.stamp))

    def SuspendLicense(self, request: pb.SuspendLicenseRequest, call: Call) -> pb.License:
        """Suspend."""
        return license_to(self._actions.suspend(call.caller, identifier_from(request.name), request.etag, request.reason, request.officer))

    def ResumeLicense(self, request: pb.ResumeLicenseRequest, call: Call) -> pb.License:
        """Resume."""
        return license_to(self._actions.resume(call.caller, identifier_from(request.name), request.etag, request.reason, request.officer))

    def RevokeLicense(self, request: pb.RevokeLicenseRequest, call: Call) -> pb.License:
        """Revoke."""
        return license_to(self._actions.revoke(call.caller, identifier_from(request.name), request.etag, request.reason, request.officer))

    def GetLicense(self, request: pb.GetLicenseRequest, call: Call) -> pb.License:
        """Return one."""
        return license_to(self._actions.get(call.caller, identifier_from(request.name)))

    def ListLicenses(self, request: pb.ListLicensesRequest, call: Call) -> pb.ListLicensesResponse:
        """Return a page."""
        found, token = self._actions.list(call.caller, request.page_size, request.page_token)
        return pb.ListLicensesResponse(licenses=[license_to(one) for one in found], next_page_token=token)

    async def VerifyCode(self, request: pb.VerifyCodeRequest, _call: Call) -> pb.VerifyCodeResponse:
        """Verify a code; all of it is in memory, so it runs in the event loop."""
        return verdict_to(*self._actions.verify_code(request.code))

    def GetTrustList(self, _request: pb.GetTrustListRequest, _call: Call) -> pb.GetTrustListResponse:
        """Return the trust list."""
        trust_list, pem = self._actions.trust_list()
        return pb.GetTrustListResponse(trust_list=trust_list, public_key_pem=pem.decode())

    def GetStatusList(self, request: pb.GetStatusListRequest, _call: Call) -> pb.GetStatusListResponse:
        """Return a status list."""
        status_list, uri = self._actions.status_list(request.shard)
        return pb.GetStatusListResponse(status_list=status_list, uri=uri)
