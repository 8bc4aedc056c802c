"""Records of use: who, what, answer."""

from brokerage.actions.use_records import UseRecordActions
from brokerage.wire import use_from, use_record_to
from hub.rpc import Call
from hub.unit_of_work import Step
from shuniu.v1 import use_record_pb2 as pb


class UseRecordMethods:
    """The methods of BrokerageService that are about records of use."""

    _actions: UseRecordActions

    def RecordUse(self, request: pb.RecordUseRequest, call: Call) -> pb.UseRecord:
        """Record a use once for each request id."""
        step = Step(caller=call.caller, request_id=request.request_id)
        return use_record_to(self._actions.record_use(step, use_from(request.use_record)))

    def ListUseRecords(self, request: pb.ListUseRecordsRequest, call: Call) -> pb.ListUseRecordsResponse:
        """List the records of a grant's use, newest first."""
        found, following = self._actions.list_use_records(call.caller, request.grant, request.page_size, request.page_token)
        return pb.ListUseRecordsResponse(use_records=map(use_record_to, found), next_page_token=following)
