"""Correction notices: who, what, answer."""

from brokerage.actions.notices import NoticeActions
from brokerage.service.steps import step_of
from brokerage.wire import notice_to
from hub.rpc import Call
from shuniu.v1 import brokerage_pb2 as pb


class NoticeMethods:
    """The methods of BrokerageService that are about correction notices."""

    _actions: NoticeActions

    def ListCorrectionNotices(self, request: pb.ListCorrectionNoticesRequest, call: Call) -> pb.ListCorrectionNoticesResponse:
        """List notices, newest first: those to the caller's department, or of an objection that the caller oversees those to everybody."""
        found, following = self._actions.list_correction_notices(call.caller, request.page_size, request.page_token, request.objection)
        return pb.ListCorrectionNoticesResponse(correction_notices=map(notice_to, found), next_page_token=following)

    def GetCorrectionNotice(self, request: pb.GetCorrectionNoticeRequest, call: Call) -> pb.CorrectionNotice:
        """Show a notice to its recipient, and to whoever sees to it that it is acknowledged."""
        return notice_to(self._actions.get_correction_notice(call.caller, request.name))

    def AcknowledgeCorrectionNotice(self, request: pb.AcknowledgeCorrectionNoticeRequest, call: Call) -> pb.CorrectionNotice:
        """Confirm that a notice arrived, once."""
        return notice_to(self._actions.acknowledge_correction_notice(step_of(call, request, officer=request.officer)))
