"""The gRPC face of the log."""

from typing import Final

from audit.actions import AuditActions
from audit.erasing import ErasingActions
from audit.wire import bulk_to, consistency_to, erasure_to, erasure_view_to, inclusion_to, opening_from, record_to, search_from, wish_from
from hub.rpc import Call
from hub.unit_of_work import Step
from shuniu.v1 import audit_pb2 as pb


class AuditService:
    """Answers `shuniu.v1.AuditService`."""

    SERVICE: Final = pb.DESCRIPTOR.services_by_name["AuditService"]

    def __init__(self, actions: AuditActions, erasing: ErasingActions) -> None:
        """Take the actions."""
        self._actions, self._erasing = actions, erasing

    def SearchAuditRecords(self, request: pb.SearchAuditRecordsRequest, call: Call) -> pb.SearchAuditRecordsResponse:
        """Find records."""
        found = self._actions.search(call.caller, search_from(request))
        records = [record_to(record) for record, _ in found.records]
        return pb.SearchAuditRecordsResponse(
            records=records,
            next_page_token=found.next_page_token,
            damaged_indexes=found.damaged,
            search_index=found.search,
            bulk_deliveries=[bulk_to(one, action) for one, action in found.bulk],
            bulk_count=found.bulk_count,
        )

    def GetAuditRecord(self, request: pb.GetAuditRecordRequest, call: Call) -> pb.AuditRecord:
        """Return one record."""
        record, _ = self._actions.record(call.caller, request.index, opening_from(request))
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

    def ProposeErasure(self, request: pb.ProposeErasureRequest, call: Call) -> pb.Erasure:
        """Propose to erase records."""
        step = Step(caller=call.caller, officer=request.officer, reason=request.reason, request_id=request.request_id)
        return erasure_view_to(self._erasing.propose(step, wish_from(request)))

    def GetErasure(self, request: pb.GetErasureRequest, call: Call) -> pb.Erasure:
        """Return one proposal."""
        return erasure_view_to(self._erasing.get(call.caller, request.name))

    def ListErasures(self, request: pb.ListErasuresRequest, _call: Call) -> pb.ListErasuresResponse:
        """Page through the proposals."""
        found, following = self._erasing.page(request.page_size, request.page_token)
        return pb.ListErasuresResponse(erasures=map(erasure_to, found), next_page_token=following)
