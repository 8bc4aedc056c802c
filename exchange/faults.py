"""What a provider's refusal means to the caller: whose fault it is, whether waiting helps, what to do (ADR 0039).

Of what a provider says the hub believes a reason in capitals, a column that it asked for, and how long to wait. No other word of it is passed on
or logged: the text of an error quotes keys and data.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import grpc
from google.protobuf.message import DecodeError
from google.rpc import status_pb2

from exchange.model import Question
from exchange.reasons import (
    ANSWER_TO_OTHER_QUESTION,
    ENTRY_NOT_SERVED,
    FIELD_NOT_SERVED,
    KEY_REFUSED,
    PROVIDER_BROKE_OFF,
    PROVIDER_BUSY,
    PROVIDER_FAILED,
    PROVIDER_FAILED_AT,
    PROVIDER_NOT_READY,
    PROVIDER_NOT_READY_AT,
    PROVIDER_OUTDATED,
    PROVIDER_REFUSED,
    PROVIDER_SLOW,
    PROVIDER_SOURCE_DOWN,
    PROVIDER_TOO_LARGE,
    PROVIDER_UNREACHABLE,
    RECORD_DAMAGED,
    RECORD_DAMAGED_AT,
)
from exchange.steps import FETCH
from hub.errors import Reason, ShuniuError
from shuniu.errors import DETAILS, call_error
from shuniu.words import Word

_REASON: Final = re.compile(r"(?!(?:.*[0-9]){5})[A-Z][A-Z0-9_]{0,63}")  # goes into the log: five digits could be part of anybody's number
_RETRIES: Final = (1.0, 60.0)  # the shortest and the longest wait that a provider may have the hub tell
_Code = grpc.StatusCode
_CODES: Final = {code.value[0]: code for code in _Code if code is not _Code.OK}
_Row = tuple[Reason[Any], Reason[Any]]
"""What is told where the provider names no column, and where it names one that was asked for."""


def _same(reason: Reason[Any]) -> _Row:
    return reason, reason


_BY_REASON: Final[Mapping[tuple[grpc.StatusCode, str], _Row]] = {
    (_Code.INVALID_ARGUMENT, "INVALID_KEY"): _same(KEY_REFUSED),
    (_Code.INVALID_ARGUMENT, "UNKNOWN_RESOURCE"): _same(ENTRY_NOT_SERVED),
    (_Code.INVALID_ARGUMENT, "UNKNOWN_KEY"): _same(ENTRY_NOT_SERVED),
    (_Code.INVALID_ARGUMENT, "UNKNOWN_FIELD"): (ENTRY_NOT_SERVED, FIELD_NOT_SERVED),
    (_Code.DATA_LOSS, "RECORD_OF_OTHER_KEY"): _same(ANSWER_TO_OTHER_QUESTION),
}
_BY_STATUS: Final[Mapping[grpc.StatusCode, _Row]] = {
    _Code.CANCELLED: _same(PROVIDER_BROKE_OFF),
    _Code.UNKNOWN: (PROVIDER_FAILED, PROVIDER_FAILED_AT),
    _Code.INVALID_ARGUMENT: _same(PROVIDER_REFUSED),
    _Code.DEADLINE_EXCEEDED: _same(PROVIDER_SLOW),
    _Code.NOT_FOUND: (ENTRY_NOT_SERVED, FIELD_NOT_SERVED),
    _Code.ALREADY_EXISTS: _same(PROVIDER_REFUSED),
    _Code.PERMISSION_DENIED: _same(PROVIDER_REFUSED),
    _Code.RESOURCE_EXHAUSTED: _same(PROVIDER_BUSY),
    _Code.FAILED_PRECONDITION: (PROVIDER_NOT_READY, PROVIDER_NOT_READY_AT),
    _Code.ABORTED: _same(PROVIDER_BROKE_OFF),
    _Code.OUT_OF_RANGE: _same(PROVIDER_REFUSED),
    _Code.UNIMPLEMENTED: _same(PROVIDER_OUTDATED),
    _Code.INTERNAL: (PROVIDER_FAILED, PROVIDER_FAILED_AT),
    _Code.UNAVAILABLE: _same(PROVIDER_UNREACHABLE),
    _Code.DATA_LOSS: (RECORD_DAMAGED, RECORD_DAMAGED_AT),
    _Code.UNAUTHENTICATED: _same(PROVIDER_REFUSED),
}
_WAITS: Final[Mapping[Reason[Any], float]] = {
    PROVIDER_SLOW: 1.0,
    PROVIDER_BROKE_OFF: 1.0,
    PROVIDER_UNREACHABLE: 5.0,
    PROVIDER_SOURCE_DOWN: 5.0,
    PROVIDER_BUSY: 5.0,
}
"""Seconds to wait before another try, where the provider does not say: nothing else becomes better by waiting."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is believed of a provider's error."""

    status: grpc.StatusCode
    reason: str = ""
    column: str = ""
    retry_after: float = 0.0

    @classmethod
    def of(cls, error: grpc.RpcError, question: Question) -> Self:
        """Read an error; what does not have the form of it, and a column that was not asked for, is as if it were not said."""
        known = call_error(error)
        reason = known.reason if known.reason != known.code.name and _REASON.fullmatch(known.reason) else ""
        column = known.facts.get("column", "")
        wait = min(max(known.retry_after, _RETRIES[0]), _RETRIES[1]) if known.retry_after > 0 else 0.0
        return cls(known.code, reason, column if column in question.columns else "", wait)


class _Refused(grpc.RpcError):
    """What a provider refused one of several keys with, as gRPC tells of a call of its own."""

    def __init__(self, told: status_pb2.Status) -> None:
        self._told = told

    def code(self) -> grpc.StatusCode:
        return _CODES.get(self._told.code, _Code.UNKNOWN)

    def details(self) -> str:
        return str(self._told.message)

    def trailing_metadata(self) -> Any:
        return ((DETAILS, self._told.SerializeToString()),)


def refused_with(status: bytes, question: Question, limit: float, provider: str) -> ShuniuError:
    """Return the error for a key that was refused among several, by the bytes of its google.rpc.Status."""
    try:
        told = status_pb2.Status.FromString(status)
    except DecodeError:
        told = status_pb2.Status(code=_Code.UNKNOWN.value[0])
    return translate(Said.of(_Refused(told), question), question, limit, provider)


def translate(said: Said, question: Question, limit: float, provider: str) -> ShuniuError:
    """Return the error for how a provider's call ended; it was given `limit` seconds."""
    plain, named = _row_of(said)
    facts: dict[str, Any] = {"step": FETCH.place, "provider": provider}
    if plain is PROVIDER_SLOW:
        facts["limit"] = f"{limit:.1f}"
    facts["provider_reason"] = Word(said.reason, f" ({said.reason})", f"（{said.reason}）") if said.reason else Word("", "", "")
    if said.column:
        facts["column"] = question.word_of(said.column)
    wait = (said.retry_after or _WAITS[plain]) if plain in _WAITS else 0.0
    told: ShuniuError = (named if said.column else plain)(field="subject_key" if plain is KEY_REFUSED else "", retry_after=wait, **facts)
    return told


def _row_of(said: Said) -> _Row:
    if said.status in {_Code.UNAVAILABLE, _Code.DEADLINE_EXCEEDED} and said.reason:
        return _same(PROVIDER_SOURCE_DOWN)  # it answered, so it is there: what is away lies behind it
    # gRPC itself says nothing but the status of an answer above our limit
    if said.status is _Code.RESOURCE_EXHAUSTED and not said.retry_after and said.reason in {"", "TOO_LARGE"}:
        return _same(PROVIDER_TOO_LARGE)
    return _BY_REASON.get((said.status, said.reason)) or _BY_STATUS.get(said.status) or (PROVIDER_FAILED, PROVIDER_FAILED_AT)
