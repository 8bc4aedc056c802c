"""What becomes of the data of a grant that has ended: who, what, answer."""

from brokerage.actions.disposals import DisposalActions
from brokerage.service.steps import step_of
from brokerage.wire import grant_to, receipt_from
from hub.rpc import Call
from shuniu.v1 import brokerage_pb2 as pb
from shuniu.v1 import grant_life_pb2 as life


class DisposalMethods:
    """The methods of BrokerageService that are about disposals."""

    _actions: DisposalActions

    def RecordDisposal(self, request: life.RecordDisposalRequest, call: Call) -> pb.Grant:
        """Say what became of the data; the receipt goes to the provider."""
        return grant_to(self._actions.record_disposal(step_of(call, request, officer=request.officer), receipt_from(request)))

    def AcceptDisposal(self, request: life.AcceptDisposalRequest, call: Call) -> pb.Grant:
        """Take note of a receipt."""
        return grant_to(self._actions.accept_disposal(step_of(call, request, officer=request.officer)))

    def ReturnDisposal(self, request: life.ReturnDisposalRequest, call: Call) -> pb.Grant:
        """Send a receipt back with what it lacks; the consumer owes another."""
        step = step_of(call, request, officer=request.officer, reason=request.reason)
        return grant_to(self._actions.return_disposal(step))
