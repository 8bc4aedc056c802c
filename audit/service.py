"""The gRPC face of the log."""

from typing import Final

from audit.actions import AuditActions
from audit.wire import consistency_to, inclusion_to, record_to, search_from
from hub.rpc import Call
from shuniu.v1 import audit_pb2 as pb


class AuditService:
    """Answers `shuniu.v1.AuditService`."""

    SERVICE: Final = pb.DESCRIPTOR.services_by_name["AuditService"]

    def __init__(self, actions: AuditActions) -> None:
        """Take the actions."""
        self._actions = actions

    def SearchAuditRecords(self, request: pb.SearchAuditRecordsRequest, call: Call) -> pb.SearchAuditRecordsResponse:
        """Find records."""
        found = self._actions.search(call.caller, search_from(request))
        records = [record_to(record) for record, _ in found.records]
        return pb.SearchAuditRecordsResponse(records=records, next_page_token=found.next_page_token, damaged_indexes=found.damaged)

    def GetAuditRecord(self, request: pb.GetAuditRecordRequest, call: Call) -> pb.AuditRecord:
        """Return one record."""
        record, _ = self._actions.record(call.caller, request.index)
        return record_to(record)

    def GetCheckpoint(self, _request: pb.GetCheckpointRequest, _call: Call) -> pb.GetCheckpointResponse:
        """Return the newest checkpoint."""
        checkpoint, vkey = self._actions.checkpoint()
        return pb.GetCheckpointResponse(checkpoint=checkpoint, vkey=vkey)

    def GetInclusionProof(self, request: pb.GetInclusionProofRequest, _call: Call) -> pb.InclusionProof:
        """Prove that a record is in the log."""
        return inclusion_to(self._actions.inclusion(request.index, request.size))

    def GetConsistencyProof(self, request: pb.GetConsistencyProofRequest, _call: Call) -> pb.ConsistencyProof:
        """Prove that the log only grew."""
        return consistency_to(self._actions.consistency(request.size1, request.size2))
