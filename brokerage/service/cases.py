"""CaseService over its actions: who, what, answer."""

from typing import Final

from brokerage.actions.browsing import BrowsingActions
from brokerage.actions.cases import CaseActions
from brokerage.actions.inspections import InspectionActions
from brokerage.wire.browsing import browsing_to
from brokerage.wire.cases import case_file_to, decision_to
from brokerage.wire.inspections import inspection_to
from hub.rpc import Call
from hub.showing import Look
from shuniu.v1 import browsing_pb2, inspection_pb2
from shuniu.v1 import case_pb2 as pb


class CaseService:
    """The servicer of shuniu.v1.CaseService."""

    SERVICE: Final = pb.DESCRIPTOR.services_by_name["CaseService"]

    def __init__(self, actions: CaseActions, inspections: InspectionActions, browsing: BrowsingActions) -> None:
        """Take the actions."""
        self._actions, self._inspections, self._browsing = actions, inspections, browsing

    def GetDecision(self, request: pb.GetDecisionRequest, call: Call) -> pb.Decision:
        """Say why a call was answered or refused, or a step taken."""
        return decision_to(self._actions.decision(call.caller, request.name))

    def GetCaseFile(self, request: pb.GetCaseFileRequest, call: Call) -> pb.CaseFile:
        """Return everything that belongs to one grant."""
        return case_file_to(self._actions.case_file(call.caller, request.name))

    def InspectGrant(self, request: inspection_pb2.InspectGrantRequest, call: Call) -> inspection_pb2.GrantInspection:
        """Show what the consumer of a grant did with it; the look is on the log first."""
        return inspection_to(self._inspections.inspect(call.caller, request.name, Look(request.officer, request.reason)))

    def ListBrowsingFindings(self, request: browsing_pb2.ListBrowsingFindingsRequest, call: Call) -> browsing_pb2.ListBrowsingFindingsResponse:
        """List the days on which the records of many were read under one case number."""
        found, following = self._browsing.newest(call.caller, request.page_size, request.page_token)
        return browsing_pb2.ListBrowsingFindingsResponse(findings=map(browsing_to, found), next_page_token=following)
