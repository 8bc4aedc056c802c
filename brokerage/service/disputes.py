"""Disputes: who, what, answer."""

from brokerage.actions.disputes import DisputeActions
from brokerage.service.steps import step_of
from brokerage.wire import dispute_from, dispute_state_from, dispute_to
from hub.rpc import Call
from hub.unit_of_work import Step
from shuniu.v1 import dispute_pb2 as pb


class DisputeMethods:
    """The methods of BrokerageService that are about disputes."""

    _actions: DisputeActions

    def OpenDispute(self, request: pb.OpenDisputeRequest, call: Call) -> pb.Dispute:
        """Open a dispute once for each request id."""
        step = Step(caller=call.caller, request_id=request.request_id)
        return dispute_to(self._actions.open_dispute(step, dispute_from(request.dispute)))

    def AnswerDispute(self, request: pb.AnswerDisputeRequest, call: Call) -> pb.Dispute:
        """State the respondent's position."""
        step = step_of(call, request, officer=request.officer)
        return dispute_to(self._actions.answer_dispute(step, request.answer))

    def ProposeSettlement(self, request: pb.ProposeSettlementRequest, call: Call) -> pb.Dispute:
        """Propose terms to the other party."""
        step = step_of(call, request, officer=request.officer)
        return dispute_to(self._actions.propose_settlement(step, request.settlement))

    def AgreeSettlement(self, request: pb.AgreeSettlementRequest, call: Call) -> pb.Dispute:
        """Agree to the terms that the other party proposed."""
        step = step_of(call, request, officer=request.officer)
        return dispute_to(self._actions.agree_settlement(step))

    def EscalateDispute(self, request: pb.EscalateDisputeRequest, call: Call) -> pb.Dispute:
        """Take a dispute one tier up."""
        step = step_of(call, request, officer=request.officer, reason=request.reason)
        return dispute_to(self._actions.escalate_dispute(step))

    def PassDispute(self, request: pb.PassDisputeRequest, call: Call) -> pb.Dispute:
        """Pass a dispute on to the common superior."""
        step = step_of(call, request, officer=request.officer, reason=request.reason)
        return dispute_to(self._actions.pass_dispute(step, request.coordinator))

    def DecideDispute(self, request: pb.DecideDisputeRequest, call: Call) -> pb.Dispute:
        """Decide a dispute, with what follows."""
        step = step_of(call, request, officer=request.officer)
        return dispute_to(self._actions.decide_dispute(step, request.outcome, request.consequence))

    def RecordGovernmentDecision(self, request: pb.RecordGovernmentDecisionRequest, call: Call) -> pb.Dispute:
        """Record what the government decided."""
        step = step_of(call, request, officer=request.officer)
        return dispute_to(self._actions.record_government_decision(step, request.document_number, request.outcome, request.consequence))

    def WithdrawDispute(self, request: pb.WithdrawDisputeRequest, call: Call) -> pb.Dispute:
        """Take a dispute back."""
        step = step_of(call, request, officer=request.officer, reason=request.reason)
        return dispute_to(self._actions.withdraw_dispute(step))

    def GetDispute(self, request: pb.GetDisputeRequest, call: Call) -> pb.Dispute:
        """Show a dispute."""
        return dispute_to(self._actions.get_dispute(call.caller, request.name))

    def ListDisputes(self, request: pb.ListDisputesRequest, call: Call) -> pb.ListDisputesResponse:
        """List disputes, newest first; where a state is given, those in it."""
        state = dispute_state_from(request.state)
        found, following = self._actions.list_disputes(call.caller, request.page_size, request.page_token, state)
        return pb.ListDisputesResponse(disputes=map(dispute_to, found), next_page_token=following)
