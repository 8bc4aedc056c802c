"""SealService over the actions: who, what, answer."""

from typing import Final

from hub.rpc import Call
from hub.unit_of_work import Step
from hub.wire import optional_moment
from seals.actions import SealActions
from seals.wire import application_from, certificate_to, report_to, seal_to, stamp_to, trust_to, use_from
from shuniu.v1 import seal_pb2 as pb


class SealService:
    """The servicer of shuniu.v1.SealService. Method names are the protocol's."""

    SERVICE: Final = pb.DESCRIPTOR.services_by_name["SealService"]

    def __init__(self, actions: SealActions) -> None:
        """Take the actions."""
        self._actions = actions

    def IssueSignerCertificate(self, request: pb.IssueSignerCertificateRequest, call: Call) -> pb.SignerCertificate:
        """Certify a signer's key."""
        return certificate_to(self._actions.issue_signer_certificate(Step(caller=call.caller, officer=request.officer), request.csr))

    def RevokeSignerCertificate(self, request: pb.RevokeSignerCertificateRequest, call: Call) -> pb.SignerCertificate:
        """Revoke a signer's certificate."""
        step = Step(caller=call.caller, name=request.name, reason=request.reason, officer=request.officer)
        return certificate_to(self._actions.revoke_signer_certificate(step))

    def ApplySeal(self, request: pb.ApplySealRequest, call: Call) -> pb.Seal:
        """Apply for a seal."""
        step = Step(caller=call.caller, officer=request.officer, request_id=request.request_id)
        return seal_to(self._actions.apply_seal(step, application_from(request)))

    def MakeSeal(self, request: pb.MakeSealRequest, call: Call) -> pb.Seal:
        """Draw and sign a seal."""
        return seal_to(self._actions.make_seal(Step(caller=call.caller, name=request.name, etag=request.etag, officer=request.officer)))

    def RefuseSeal(self, request: pb.RefuseSealRequest, call: Call) -> pb.Seal:
        """Refuse an application."""
        return seal_to(self._actions.refuse_seal(_with_reason(request, call)))

    def ActivateSeal(self, request: pb.ActivateSealRequest, call: Call) -> pb.Seal:
        """Put a seal into use."""
        return seal_to(self._actions.activate_seal(Step(caller=call.caller, name=request.name, etag=request.etag, officer=request.officer)))

    def RevokeSeal(self, request: pb.RevokeSealRequest, call: Call) -> pb.Seal:
        """End a seal."""
        return seal_to(self._actions.revoke_seal(_with_reason(request, call)))

    def GetSeal(self, request: pb.GetSealRequest, call: Call) -> pb.Seal:
        """Return a seal."""
        return seal_to(self._actions.get_seal(call.caller, request.name))

    def ListSeals(self, request: pb.ListSealsRequest, call: Call) -> pb.ListSealsResponse:
        """List seals."""
        found, following = self._actions.list_seals(call.caller, request.page_size, request.page_token)
        return pb.ListSealsResponse(seals=map(seal_to, found), next_page_token=following)

    def PrepareStamp(self, request: pb.PrepareStampRequest, call: Call) -> pb.Stamp:
        """Log a use and hand out the bytes to sign."""
        step = Step(caller=call.caller, officer=request.officer, request_id=request.request_id)
        return stamp_to(self._actions.prepare_stamp(step, use_from(request)))

    def CompleteStamp(self, request: pb.CompleteStampRequest, call: Call) -> pb.Stamp:
        """Take the signature."""
        return stamp_to(self._actions.complete_stamp(Step(caller=call.caller, name=request.name, etag=request.etag), request.signature))

    def VerifySeal(self, request: pb.VerifySealRequest, _call: Call) -> pb.SealReport:
        """Report on a seal."""
        return report_to(self._actions.verify_seal(request.seal, optional_moment(request, "at")))

    def VerifyStamp(self, request: pb.VerifyStampRequest, _call: Call) -> pb.SealReport:
        """Report on a signature."""
        return report_to(self._actions.verify_stamp(request.signature, request.digest, optional_moment(request, "at")))

    def GetSealTrust(self, _request: pb.GetSealTrustRequest, _call: Call) -> pb.GetSealTrustResponse:
        """Return the trust anchors."""
        others = map(trust_to, self._actions.list_seal_trusts())
        return pb.GetSealTrustResponse(ca_pem=self._actions.ca_pem, maker_pem=self._actions.maker_pem, trusts=others)

    def AddSealTrust(self, request: pb.AddSealTrustRequest, call: Call) -> pb.SealTrust:
        """Trust the CA of another maker."""
        step = Step(caller=call.caller, officer=request.officer, reason=request.reason)
        return trust_to(self._actions.add_seal_trust(step, request.title, request.certificate))

    def RemoveSealTrust(self, request: pb.RemoveSealTrustRequest, call: Call) -> pb.SealTrust:
        """Remove a trust."""
        step = Step(caller=call.caller, name=request.name, reason=request.reason, officer=request.officer)
        return trust_to(self._actions.remove_seal_trust(step))


def _with_reason(request: pb.RefuseSealRequest | pb.RevokeSealRequest, call: Call) -> Step:
    return Step(caller=call.caller, name=request.name, etag=request.etag, officer=request.officer, reason=request.reason)
