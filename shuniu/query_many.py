"""Many keys of one case over one stream: what is sent, and what became of each key, its answer byte for byte as it came."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import grpc
from google.protobuf.message import DecodeError

from shuniu.errors import Details, ShuniuCallError
from shuniu.v1.exchange_pb2 import QueryManyResponse
from shuniu.v1.query_many_pb2 import QueryManyKey, QueryManyOpening, QueryManyRequest, QueryRefusal

if TYPE_CHECKING:
    from shuniu.client import Answer
    from shuniu.receipts import Receipt

DEADLINE: Final = 120.0
"""Seconds that a whole stream may take, unless a timeout is given."""
_ANSWER: Final = QueryManyResponse.DESCRIPTOR.fields_by_name["answer"].number
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}
_UNREADABLE: Final = Details(
    message_zh="枢纽返回的消息无法识别",
    next_action="do not use the answer; check that hub and SDK are of releases that go together",
    next_action_zh="请勿使用该结果，并核对枢纽与 SDK 的版本是否匹配",
)


@dataclass(frozen=True)
class KeyAnswer:
    """What became of one key: an answer with its receipt, or the error that a `query` of this key would have raised."""

    place: int
    subject_key: str = field(repr=False)
    answer: Answer | None = None
    error: ShuniuCallError | None = None

    @property
    def receipt(self) -> Receipt | None:
        """Return the receipt of the answer, None where there is no answer."""
        return self.answer.receipt if self.answer is not None else None

    def get(self) -> Answer:
        """Return the answer, or raise the error."""
        if self.answer is None:
            raise self.error or _unreadable()
        return self.answer


@dataclass(frozen=True)
class Told:
    """One message of the stream: of which key, the bytes of its answer or the error, and the receipt as the trailers of a query tell it."""

    place: int
    data: bytes = b""
    error: ShuniuCallError | None = None
    receipt: tuple[tuple[str, str | bytes], ...] = ()


@dataclass
class Keys:
    """What is sent: the opening, then each key under the next place; and which key stands under which place."""

    opening: QueryManyOpening
    request_id: str = ""
    _count: int = 0
    _sent: dict[int, str] = field(default_factory=dict)
    _failed: list[BaseException] = field(default_factory=list)

    def requests(self, keys: Iterable[str]) -> Iterator[QueryManyRequest]:
        """Yield what is sent, as fast as the hub takes it."""
        yield QueryManyRequest(opening=self.opening)
        try:
            for key in keys:
                yield self._asks(key)
        except Exception as error:  # gRPC, in whose thread this runs, would tell nobody
            self._failed.append(error)
            raise

    async def requests_async(self, keys: Iterable[str] | AsyncIterable[str]) -> AsyncIterator[QueryManyRequest]:
        """Do the same for asyncio."""
        yield QueryManyRequest(opening=self.opening)
        try:
            if isinstance(keys, AsyncIterable):
                async for key in keys:
                    yield self._asks(key)
                return
            for key in keys:
                yield self._asks(key)
        except Exception as error:
            self._failed.append(error)
            raise

    def take(self, place: int) -> str:
        """Return the key that was sent under a place, whose answer has come; raise ShuniuCallError for a place that waits for none."""
        if place not in self._sent:
            raise _unreadable()
        return self._sent.pop(place)

    def raise_failed(self) -> None:
        """Raise what the caller's own keys raised, where they did: what gRPC says of it is no account of it."""
        if self._failed:
            raise self._failed[0]

    def _asks(self, key: str) -> QueryManyRequest:
        self._count += 1
        self._sent[self._count] = key
        return QueryManyRequest(key=QueryManyKey(place=self._count, subject_key=key, request_id=self.request_id))


def told_by(data: bytes) -> Told:
    """Return what a message of the stream says; raise ShuniuCallError where it cannot be read, or says neither."""
    try:
        message = QueryManyResponse.FromString(data)
        outcome = message.WhichOneof("outcome")
        if outcome == "refusal":
            return Told(message.place, error=_error_of(message.refusal))
        if outcome != "answer":
            raise _unreadable()
        receipt = (
            ("shuniu-log-origin", message.log_origin),
            ("shuniu-log-index", str(message.log_index)),
            ("shuniu-log-leaf-bin", message.log_leaf),
            ("shuniu-answer-salt-bin", message.answer_salt),
        )
        return Told(message.place, answer_in(data), receipt=receipt)
    except (DecodeError, ValueError, IndexError) as error:
        raise _unreadable() from error


def answer_in(data: bytes) -> bytes:
    """Return the bytes of the answer as they stand in a QueryManyResponse: to read it and write it again may give others."""
    found, at = bytearray(), 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == _VARINT:
            _, at = _varint(data, at)
        elif kind == _BYTES:
            length, at = _varint(data, at)
            if tag >> 3 == _ANSWER:
                found += data[at : at + length]
            at += length
        elif kind in {_FIXED64, _FIXED32}:
            at += 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(kind)
    return bytes(found)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 -- the bit that says that more follows
            return value, at
        shift += 7


def _error_of(refusal: QueryRefusal) -> ShuniuCallError:
    details = Details(
        reason=refusal.reason,
        message_zh=refusal.message_zh,
        next_action=refusal.next_action,
        next_action_zh=refusal.next_action_zh,
        retry_after=refusal.retry_after,
        facts={"decision": refusal.decision} if refusal.decision else {},
    )
    return ShuniuCallError(_CODES.get(refusal.code, grpc.StatusCode.UNKNOWN), refusal.message, details)


def _unreadable() -> ShuniuCallError:
    return ShuniuCallError(grpc.StatusCode.DATA_LOSS, "the hub sent a message that says nothing of a key that was asked for", _UNREADABLE)
