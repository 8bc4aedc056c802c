"""Changes as they come: a subscription that is opened again wherever it ends, behind the last batch that was taken. Each change comes at least once.

subscription = client.subscribe(grant="grants/...", purpose="...", case_number="...", officer="...")
for change in subscription:
    ...  # keep it, durably
    subscription.ack()  # what came so far does not come again, to whatever process of this system
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Callable, Final

from shuniu.digest import SALT_LENGTH, answer_digest
from shuniu.errors import ShuniuCallError
from shuniu.reasons import SUBSCRIPTION_DAMAGED
from shuniu.receipts import LEAF_HASH_LENGTH, KeptAnswer, Receipt, ReceiptFolder
from shuniu.records import Python, from_record
from shuniu.retrying import PASSES
from shuniu.v1 import subscribe_pb2
from shuniu.v1.subscribe_pb2 import AcknowledgeChangesRequest, ChangeBatch, SubscribeReceipt, SubscribeRequest, SubscribeResponse, SubscribeState

if TYPE_CHECKING:
    from shuniu.v1.exchange_pb2_grpc import ExchangeServiceAsyncStub, ExchangeServiceStub

OPEN: Final = 86_400.0
"""Seconds for which one call stays open at most; the next one goes on where it ended."""
UPSERT, DELETE = "upsert", "delete"
_OPS: Final = {subscribe_pb2.CHANGE_OP_UPSERT: UPSERT, subscribe_pb2.CHANGE_OP_DELETE: DELETE}
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 1.5


@dataclass(frozen=True)
class Change:
    """One change: `op` is "upsert" or "delete", `record` None of one that is gone. `corrected` names objections by which it was corrected lately."""

    token: bytes
    op: str
    key: str
    record: dict[str, Python] | None
    corrected: tuple[str, ...] = ()


OnReceipt = Callable[[KeptAnswer], object]
"""Told the receipt of each portion, with the SHA-256 of the bytes that it speaks of: what `shuniu receipt` checks."""


def no_receipt(_receipt: KeptAnswer) -> None:
    """Keep no receipt."""


def kept_in(folder: ReceiptFolder | None, on_receipt: OnReceipt) -> OnReceipt:
    """Return what is told of receipts where they are kept in a folder, too: each is there before anybody hears of it."""
    if folder is None:
        return on_receipt

    def keep(receipt: KeptAnswer) -> None:
        folder.keep(receipt)
        on_receipt(receipt)

    return keep


class ChangeCourse:
    """How far a subscription has come: what to ask for next, and what to make of a part that came."""

    def __init__(self, request: SubscribeRequest, on_receipt: OnReceipt) -> None:
        """Begin where the request says."""
        self._request, self._on_receipt = request, on_receipt
        self.token, self.pause, self.is_caught_up, self.collapsed = request.resume_token, 0.0, False, 0
        self._hash, self._is_begun = sha256(), False

    def request(self) -> SubscribeRequest:
        """Return the request of the next call."""
        self._hash, self.is_caught_up = sha256(), False
        asked = SubscribeRequest()
        asked.CopyFrom(self._request)
        asked.resume_token = self.token
        if self.token:
            asked.from_beginning = False
        return asked

    def take(self, part: SubscribeResponse) -> ChangeBatch | None:
        """Return the changes that came, an empty batch where all is delivered now, None for what is neither."""
        self._is_begun, self.pause = True, 0.0
        kind = part.WhichOneof("part")
        if kind == "changes":
            self._hash.update(part.changes)
            return ChangeBatch.FromString(part.changes)
        if kind == "receipt":
            self._finish(part.receipt)
        if kind != "state":
            return None
        # what was not taken yet is told by the token: from the beginning is asked for once
        self._request.from_beginning = False
        self.collapsed += part.state.collapsed
        self.is_caught_up = part.state.kind == SubscribeState.KIND_CAUGHT_UP
        return ChangeBatch() if self.is_caught_up else None

    def _finish(self, told: SubscribeReceipt) -> None:
        content, self._hash = self._hash.digest(), sha256()
        fits = len(told.salt) == SALT_LENGTH and len(told.log_leaf) == LEAF_HASH_LENGTH
        if not fits or answer_digest(content, told.salt) != told.digest:
            raise SUBSCRIPTION_DAMAGED()
        self._on_receipt(KeptAnswer(Receipt(told.log_origin, told.log_index, told.log_leaf, told.salt), content))

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Let one call run to its end; raise what the next would meet again, and what it met before anything came."""
        try:
            yield
        except ShuniuCallError as error:
            if error.code not in PASSES or not self._is_begun:
                raise
            self.pause = max(min(max(self.pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE), min(error.retry_after, _LONGEST_PAUSE))
        else:
            self.pause = _FIRST_PAUSE


def changes_of(batch: ChangeBatch) -> list[Change]:
    """Return the changes of a batch; raise IntegrityError for one that is neither an update nor a deletion."""
    found = []
    for one in batch.changes:
        op = _OPS.get(one.op)
        if op is None:
            raise SUBSCRIPTION_DAMAGED()
        found.append(Change(one.token, op, one.key, from_record(one.record) if op == UPSERT else None, tuple(one.corrected)))
    return found


class Subscription:
    """The changes of an entry; iterate over it for as long as you like. For one thread."""

    def __init__(self, stub: ExchangeServiceStub, request: SubscribeRequest, on_receipt: OnReceipt = no_receipt) -> None:
        """Take the way to the hub, and what is asked for; nothing is called yet."""
        self._stub, self._grant, self.course = stub, request.grant, ChangeCourse(request, on_receipt)
        self._taken = b""

    def __iter__(self) -> Iterator[Change]:
        """Yield changes as they come, without end; it goes on by itself when the hub or the provider was away."""
        for changes in self.batches():
            for one in changes:
                self._taken = one.token
                yield one

    def until_caught_up(self) -> Iterator[Change]:
        """Yield changes until all that the provider has told of are delivered."""
        for changes in self.batches():
            if not changes:
                return
            for one in changes:
                self._taken = one.token
                yield one

    def batches(self) -> Iterator[list[Change]]:
        """Yield the changes of a batch at a time; an empty one says that all are delivered now."""
        for batch in self.messages():
            yield changes_of(batch)

    def messages(self) -> Iterator[ChangeBatch]:
        """Yield batches as they came, as messages: what is faster, and what other languages see."""
        course = self.course
        while True:
            with course.attempt():
                for part in self._stub.Subscribe(course.request(), timeout=OPEN):
                    batch = course.take(part)
                    if batch is not None:
                        yield batch
                        if batch.changes:
                            self._taken = course.token = batch.changes[-1].token
            time.sleep(course.pause)

    def ack(self, token: bytes = b"") -> None:
        """Say that everything up to a change is kept; without a token, up to the change that was yielded last. Nothing of it comes again."""
        token = token or self._taken
        if token:
            self._stub.AcknowledgeChanges(AcknowledgeChangesRequest(grant=self._grant, token=token))


class AsyncSubscription:
    """The same for asyncio."""

    def __init__(self, stub: ExchangeServiceAsyncStub, request: SubscribeRequest, on_receipt: OnReceipt = no_receipt) -> None:
        """Take the way to the hub, and what is asked for; nothing is called yet."""
        self._stub, self._grant, self.course = stub, request.grant, ChangeCourse(request, on_receipt)
        self._taken = b""

    async def __aiter__(self) -> AsyncIterator[Change]:
        """Yield changes as they come, without end."""
        async for changes in self.batches():
            for one in changes:
                self._taken = one.token
                yield one

    async def until_caught_up(self) -> AsyncIterator[Change]:
        """Yield changes until all that the provider has told of are delivered."""
        async for changes in self.batches():
            if not changes:
                return
            for one in changes:
                self._taken = one.token
                yield one

    async def batches(self) -> AsyncIterator[list[Change]]:
        """Yield the changes of a batch at a time; an empty one says that all are delivered now."""
        async for batch in self.messages():
            yield changes_of(batch)

    async def messages(self) -> AsyncIterator[ChangeBatch]:
        """Yield batches as they came, as messages."""
        course = self.course
        while True:
            with course.attempt():
                async for part in self._stub.Subscribe(course.request(), timeout=OPEN):
                    batch = course.take(part)
                    if batch is not None:
                        yield batch
                        if batch.changes:
                            self._taken = course.token = batch.changes[-1].token
            await asyncio.sleep(course.pause)

    async def ack(self, token: bytes = b"") -> None:
        """Say that everything up to a change is kept; without a token, up to the change that was yielded last."""
        token = token or self._taken
        if token:
            await self._stub.AcknowledgeChanges(AcknowledgeChangesRequest(grant=self._grant, token=token))
