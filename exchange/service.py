"""The gRPC face of the exchange."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from audit.refusals import decision_name
from exchange import change_wire
from exchange.downloading import Downloading
from exchange.many import ManyKeys
from exchange.model import Delivery, read_grant
from exchange.stream_wire import whole_from
from exchange.streaming import Streaming
from exchange.subscribing import Subscribing
from exchange.transfer import CHECK, QUERY, Transfer
from exchange.when_available import WhenAvailable, may_wait
from exchange.wire import check_from, outcome_to, part_from, query_from
from hub.rpc import DECISION, Call
from hub.unit_of_work import Step
from questions.wire import question_to, state_from
from shuniu.v1 import download_pb2, exchange_pb2, query_many_pb2, stream_pb2, subscribe_pb2, waiting_question_pb2


@dataclass(frozen=True, slots=True)
class Wholes:
    """What carries everything of an entry: as a stream, and as a file."""

    streaming: Streaming
    downloading: Downloading


class ExchangeService:
    """Answers `shuniu.v1.ExchangeService`."""

    SERVICE: Final = exchange_pb2.DESCRIPTOR.services_by_name["ExchangeService"]

    def __init__(self, transfer: Transfer, many: ManyKeys, wholes: Wholes, subscribing: Subscribing, patience: WhenAvailable) -> None:
        """Take what carries queries, streams of keys, whole tables and files, and changes, and what keeps questions waiting."""
        self._transfer, self._many, self._subscribing, self._patience = transfer, many, subscribing, patience
        self._streaming, self._downloading = wholes.streaming, wholes.downloading

    async def Query(self, request: exchange_pb2.QueryRequest, call: Call) -> bytes:
        """Answer with the serialised QueryResponse; the receipt goes into the trailers."""
        # The gate lets no Query in without a deadline (`hub.access`), so 0.0 is only for the type checker.
        if may_wait(request):
            return _with_receipt(call, await self._patience.carry(call, request, query_from(request), QUERY, self._transfer.query))
        return _with_receipt(call, await self._transfer.query(call.caller, query_from(request), call.time_left or 0.0))

    async def Check(self, request: exchange_pb2.CheckRequest, call: Call) -> bytes:
        """Answer with the serialised CheckResponse; the receipt goes into the trailers."""
        if may_wait(request):
            return _with_receipt(call, await self._patience.carry(call, request, check_from(request), CHECK, self._transfer.check))
        return _with_receipt(call, await self._transfer.check(call.caller, check_from(request), call.time_left or 0.0))

    async def QueryMany(self, requests: AsyncIterator[query_many_pb2.QueryManyRequest], call: Call) -> AsyncIterator[bytes]:
        """Answer with the serialised QueryManyResponse of each key."""
        parts = (part_from(one) async for one in requests)
        async with aclosing(self._many.run(call.caller, parts, call.time_left or 0.0)) as outcomes:
            async for outcome in outcomes:
                yield outcome_to(outcome.place, outcome.came)

    async def Stream(self, request: stream_pb2.StreamRequest, call: Call) -> AsyncGenerator[bytes, None]:
        """Yield the serialised parts of a stream; the receipt is in the last one."""
        async with aclosing(self._streaming.run(call.caller, whole_from(request), call.time_left)) as parts:
            async for part in parts:
                yield part

    async def Download(self, request: download_pb2.DownloadRequest, call: Call) -> AsyncGenerator[bytes, None]:
        """Yield the serialised parts of a data file; the receipt is in the last one."""
        async with aclosing(self._downloading.run(call.caller, whole_from(request), call.time_left)) as parts:
            async for part in parts:
                yield part

    def GetWaitingQuestion(self, request: waiting_question_pb2.GetWaitingQuestionRequest, call: Call) -> waiting_question_pb2.WaitingQuestion:
        """Return a waiting question."""
        return question_to(*self._patience.questions.get(call.caller, request.name))

    def ListWaitingQuestions(
        self, request: waiting_question_pb2.ListWaitingQuestionsRequest, call: Call
    ) -> waiting_question_pb2.ListWaitingQuestionsResponse:
        """List the department's waiting questions."""
        page = self._patience.questions.page(call.caller, request.page_size, request.page_token, state_from(request.state))
        return waiting_question_pb2.ListWaitingQuestionsResponse(
            waiting_questions=[question_to(*one) for one in page.questions],
            next_page_token=page.following,
            waiting_total=page.waiting,
            ready_total=page.ready,
        )

    def WithdrawQuestion(self, request: waiting_question_pb2.WithdrawQuestionRequest, call: Call) -> waiting_question_pb2.WaitingQuestion:
        """Withdraw a waiting question."""
        step = Step(caller=call.caller, name=request.name, etag=request.etag, officer=request.officer, reason=request.reason)
        return question_to(self._patience.questions.withdraw(step))

    async def Subscribe(self, request: subscribe_pb2.SubscribeRequest, call: Call) -> AsyncGenerator[bytes, None]:
        """Yield the serialised parts of a subscription; the receipt of each portion follows it."""
        async with aclosing(self._subscribing.run(call.caller, change_wire.following_from(request), call.time_left)) as parts:
            async for part in parts:
                yield part

    async def AcknowledgeChanges(self, request: subscribe_pb2.AcknowledgeChangesRequest, call: Call) -> subscribe_pb2.AcknowledgeChangesResponse:
        """Note that the calling system has everything up to a change."""
        position = await self._subscribing.acknowledging.acknowledge(call.caller, read_grant(request.grant), request.token)
        return subscribe_pb2.AcknowledgeChangesResponse(position=position)


def _with_receipt(call: Call, delivery: Delivery) -> bytes:
    receipt = delivery.receipt
    call.trailers += [
        ("shuniu-log-origin", receipt.origin),
        ("shuniu-log-index", str(receipt.index)),
        ("shuniu-log-leaf-bin", receipt.leaf_hash),
        ("shuniu-answer-salt-bin", delivery.salt),
        (DECISION, decision_name(receipt.index)),
    ]
    return delivery.answer
