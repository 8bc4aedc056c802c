"""SealService over the actions: who, what, answer."""

from hub.rpc import Call
from seals.actions import SealActions
from seals.wire import certificate_to, kind_from, moment_from, report_to, seal_to, stamp_to
from shuniu.v1 import seal_pb2 as pb


class SealService:
    """The servicer of shuniu.v1.SealService. Method names are the protocol's."""

    def __init__(self, actions: SealActions) -> None:
        """Take the actions."""
        self._actions = actions

    def IssueSignerCertificate(self, request: pb.IssueSignerCertificateRequest, call: Call) -> pb.SignerCertificate:
        """Certify a signer's key."""
        return certificate_to(self._actions.issue_signer_certificate(call.caller, request.csr, request.officer))

    def RevokeSignerCertificate(self, request: pb.RevokeSignerCertificateRequest, call: Call) -> pb.SignerCertificate:
        """Revoke a signer's certificate."""
        return certificate_to(self._actions.revoke_signer_certificate(call.caller, request.name, request.reason, request.officer))

    def ApplySeal(self, request: pb.ApplySealRequest, call: Call) -> pb.Seal:
        """Apply for a seal."""
        asked = request.seal
        kind, end = kind_from(asked.kind), moment_from(asked.valid_to, "seal.valid_to")
        return seal_to(self._actions.apply_seal(call.caller, kind, asked.title, tuple(asked.signers), end, request.officer, request.request_id))

    def MakeSeal(self, request: pb.MakeSealRequest, call: Call) -> pb.Seal:
        """Draw and sign a seal."""
        return seal_to(self._actions.make_seal(call.caller, request.name, request.etag, request.officer))

    def RefuseSeal(self, request: pb.RefuseSealRequest, call: Call) -> pb.Seal:
        """Refuse an application."""
        return seal_to(self._actions.refuse_seal(call.caller, request.name, request.etag, request.reason, request.officer))

    def ActivateSeal(self, request: pb.ActivateSealRequest, call: Call) -> pb.Seal:
        """Put a seal into use."""
        return seal_to(self._actions.activate_seal(call.caller, request.name, request.etag, request.officer))

    def RevokeSeal(self, request: pb.RevokeSealRequest, call: Call) -> pb.Seal:
        """End a seal."""
        return seal_to(self._actions.revoke_seal(call.caller, request.name, request.etag, request.reason, request.officer))

    def GetSeal(self, request: pb.GetSealRequest, call: Call) -> pb.Seal:
        """Return a seal."""
        return seal_to(self._actions.get_seal(call.caller, request.name))

    def ListSeals(self, request: pb.ListSealsRequest, call: Call) -> pb.ListSealsResponse:
        """List seals."""
        found, following = self._actions.list_seals(call.caller, request.page_size, request.page_token)
        return pb.ListSealsResponse(seals=map(seal_to, found), next_page_token=following)

    def PrepareStamp(self, request: pb.PrepareStampRequest, call: Call) -> pb.Stamp:
        """Log a use and hand out the bytes to sign."""
        return stamp_to(
            self._actions.prepare_stamp(
                call.caller,
                request.seal,
                request.signer,
                request.digest,
                request.property,
                request.officer,
                request.purpose,
                request.case_number,
                request.request_id,
            )
        )

    def CompleteStamp(self, request: pb.CompleteStampRequest, call: Call) -> pb.Stamp:
        """Take the signature."""
        return stamp_to(self._actions.complete_stamp(call.caller, request.name, request.etag, request.signature))

    def VerifySeal(self, request: pb.VerifySealRequest, _call: Call) -> pb.SealReport:
        """Report on a seal."""
        at = moment_from(request.at, "at") if request.HasField("at") else None
        return report_to(self._actions.verify_seal(request.seal, at))

    def VerifyStamp(self, request: pb.VerifyStampRequest, _call: Call) -> pb.SealReport:
        """Report on a signature."""
        at = moment_from(request.at, "at") if request.HasField("at") else None
        return report_to(self._actions.verify_stamp(request.signature, request.digest, at))

    def GetSealTrust(self, _request: pb.GetSealTrustRequest, _call: Call) -> pb.GetSealTrustResponse:
        """Return the trust anchors."""
        return pb.GetSealTrustResponse(ca_pem=self._actions.ca_pem, maker_pem=self._actions.maker_pem)
