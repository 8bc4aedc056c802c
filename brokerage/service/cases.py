"""CaseService over its actions: who, what, answer."""

from typing import Final

from brokerage.actions.cases import CaseActions
from brokerage.actions.inspections import InspectionActions
from brokerage.wire.cases import case_file_to, decision_to
from brokerage.wire.inspections import inspection_to
from hub.rpc import Call
from hub.showing import Look
from shuniu.v1 import case_pb2 as pb
from shuniu.v1 import inspection_pb2


class CaseService:
    """The servicer of shuniu.v1.CaseService."""

    SERVICE: Final = pb.DESCRIPTOR.services_by_name["CaseService"]

    def __init__(self, actions: CaseActions, inspections: InspectionActions) -> None:
        """Take the actions."""
        self._actions, self._inspections = actions, inspections

    def GetDecision(self, request: pb.GetDecisionRequest, call: Call) -> pb.Decision:
        """Say why a call was answered or refused, or a step taken."""
        return decision_to(self._actions.decision(call.caller, request.name))

    def GetCaseFile(self, request: pb.GetCaseFileRequest, call: Call) -> pb.CaseFile:
        """Return everything that belongs to one grant."""
        return case_file_to(self._actions.case_file(call.caller, request.name))

    def InspectGrant(self, request: inspection_pb2.InspectGrantRequest, call: Call) -> inspection_pb2.GrantInspection:
        """Show what the consumer of a grant did with it; the look is on the log first."""
        return inspection_to(self._inspections.inspect(call.caller, request.name, Look(request.officer, request.reason)))
