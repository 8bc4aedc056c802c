"""The gRPC face of licenses."""

import asyncio
from typing import Final

from hub.faults import Faults
from hub.rpc import Call
from hub.showing import Look
from hub.unit_of_work import Step
from hub.wire import moment_from
from licenses.actions import LicenseActions
from licenses.live import NotLoadedError
from licenses.wire import draft_from, key_state_from, key_to, license_to, registration_from, type_to, verdict_to, wanted_from
from shuniu.v1 import license_pb2 as pb

_Reasoned = (
    pb.RevokeIssuingKeyRequest
    | pb.RetireIssuingKeyRequest
    | pb.SuspendLicenseRequest
    | pb.ResumeLicenseRequest
    | pb.RevokeLicenseRequest
    | pb.SupersedeLicenseRequest
)


class LicenseService:
    """Answers `shuniu.v1.LicenseService`.

    Content out of the register is shown by GetLicense alone. Steps give back what the caller sent (PrepareLicense) or proves to hold
    (IssueLicense, AttachStamp: it signed or stamped those very bytes); the others are known to whoever reads a name and an etag.
    """

    SERVICE: Final = pb.DESCRIPTOR.services_by_name["LicenseService"]

    def __init__(self, actions: LicenseActions) -> None:
        """Take the actions."""
        self._actions = actions

    def ListLicenseTypes(self, _request: pb.ListLicenseTypesRequest, _call: Call) -> pb.ListLicenseTypesResponse:
        """Return all types, ordered by code."""
        return pb.ListLicenseTypesResponse(license_types=[type_to(kind) for _, kind in sorted(self._actions.types.items())])

    def RegisterIssuingKey(self, request: pb.RegisterIssuingKeyRequest, call: Call) -> pb.IssuingKey:
        """Register a key of the caller's department."""
        return key_to(self._actions.register_key(Step(caller=call.caller, officer=request.officer), registration_from(request)))

    def ListIssuingKeys(self, request: pb.ListIssuingKeysRequest, call: Call) -> pb.ListIssuingKeysResponse:
        """Return a page of the keys that the caller may change."""
        found, token = self._actions.list_keys(call.caller, request.page_size, request.page_token, key_state_from(request.state))
        return pb.ListIssuingKeysResponse(issuing_keys=[key_to(one) for one in found], next_page_token=token)

    def AdmitIssuingKey(self, request: pb.AdmitIssuingKeyRequest, call: Call) -> pb.IssuingKey:
        """Admit a key to the trust list."""
        return key_to(self._actions.admit_key(Step(caller=call.caller, name=request.name, etag=request.etag, officer=request.officer)))

    def RevokeIssuingKey(self, request: pb.RevokeIssuingKeyRequest, call: Call) -> pb.IssuingKey:
        """Revoke a key and all codes under it."""
        return key_to(self._actions.revoke_key(_step(request, call)))

    def RetireIssuingKey(self, request: pb.RetireIssuingKeyRequest, call: Call) -> pb.IssuingKey:
        """Retire a key; codes that it signed stay valid."""
        since = moment_from(request.retire_time, "retire_time") if request.HasField("retire_time") else None
        return key_to(self._actions.retire_key(_step(request, call), since))

    def PrepareLicense(self, request: pb.PrepareLicenseRequest, call: Call) -> pb.License:
        """Prepare a license for signing."""
        step = Step(caller=call.caller, officer=request.officer, request_id=request.request_id)
        whole = request.SerializeToString(deterministic=True)
        unread = Faults()
        draft = draft_from(request.license, unread)
        return license_to(self._actions.prepare(step, draft, request.case_number, whole, unread, supersedes=request.supersedes))

    def IssueLicense(self, request: pb.IssueLicenseRequest, call: Call) -> pb.License:
        """Take the department's signature."""
        step = Step(caller=call.caller, name=request.name, etag=request.etag, officer=request.officer)
        return license_to(self._actions.issue(step, request.signature).without_holders())

    def AttachStamp(self, request: pb.AttachStampRequest, call: Call) -> pb.License:
        """Attach the department's seal."""
        step = Step(caller=call.caller, name=request.name, etag=request.etag)
        return license_to(self._actions.attach_stamp(step, request.stamp).without_holders())

    def SuspendLicense(self, request: pb.SuspendLicenseRequest, call: Call) -> pb.License:
        """Make a license not valid for now."""
        return license_to(self._actions.suspend(_step(request, call)).without_content())

    def ResumeLicense(self, request: pb.ResumeLicenseRequest, call: Call) -> pb.License:
        """Put a license in force again."""
        return license_to(self._actions.resume(_step(request, call)).without_content())

    def RevokeLicense(self, request: pb.RevokeLicenseRequest, call: Call) -> pb.License:
        """Make a license not valid for good."""
        return license_to(self._actions.revoke(_step(request, call)).without_content())

    def SupersedeLicense(self, request: pb.SupersedeLicenseRequest, call: Call) -> pb.License:
        """Let a newer license take the place of one."""
        return license_to(self._actions.supersede(_step(request, call), request.successor).without_content())

    def GetLicense(self, request: pb.GetLicenseRequest, call: Call) -> pb.License:
        """Return a license to its issuer or the authority, against who looks and why."""
        return license_to(self._actions.get(call.caller, request.name, Look(request.searcher, request.reason)))

    def ListLicenses(self, request: pb.ListLicensesRequest, call: Call) -> pb.ListLicensesResponse:
        """Return a page of the caller department's licenses."""
        found, token = self._actions.list(call.caller, request.page_size, request.page_token, wanted_from(request))
        return pb.ListLicensesResponse(licenses=[license_to(one) for one in found], next_page_token=token)

    async def VerifyCode(self, request: pb.VerifyCodeRequest, _call: Call) -> pb.VerifyCodeResponse:
        """Verify a code: in the event loop where all of it is in memory, in a thread while the register is being loaded."""
        try:
            return verdict_to(self._actions.verify_loaded(request.code), self._actions.types)
        except NotLoadedError:
            return verdict_to(await asyncio.to_thread(self._actions.verify_code, request.code), self._actions.types)

    def GetTrustList(self, _request: pb.GetTrustListRequest, _call: Call) -> pb.GetTrustListResponse:
        """Return the signed trust list and the key that signs it."""
        trust_list, pem = self._actions.trust_list()
        return pb.GetTrustListResponse(trust_list=trust_list, public_key_pem=pem.decode())

    def GetStatusList(self, request: pb.GetStatusListRequest, _call: Call) -> pb.GetStatusListResponse:
        """Return the signed status list of a shard."""
        status_list, uri = self._actions.status_list(request.shard)
        return pb.GetStatusListResponse(status_list=status_list, uri=uri)


def _step(request: _Reasoned, call: Call) -> Step:
    return Step(caller=call.caller, name=request.name, etag=request.etag, officer=request.officer, reason=request.reason)
