"""The errors of the SDK: each says what was wrong in English and Chinese, and the one thing to do next."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, Final

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2

from shuniu.catalogue import ShuniuError

DOMAIN: Final = "shuniu"
DETAILS: Final = "grpc-status-details-bin"
MAX_DETAILS: Final = 64 * 1024
_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}
_OWN_WORDS: Final[Mapping[grpc.StatusCode, tuple[str, str, str]]] = {
    grpc.StatusCode.UNAVAILABLE: (
        "无法连接对方",
        "check the address, the port, the CA certificate and that the other side runs; then try again",
        "请核对地址、端口和 CA 证书，并确认对方正在运行，然后重试",
    ),
    grpc.StatusCode.DEADLINE_EXCEEDED: ("调用超时", "try again, or set a longer timeout", "请重试，或设置更长的调用期限"),
    grpc.StatusCode.UNIMPLEMENTED: (
        "对方不支持此方法",
        "check that both sides have the same version, and that this is the right port",
        "请核对双方版本是否一致、端口是否正确",
    ),
}


class InvalidValueError(ShuniuError, ValueError):
    """A value is none of the types that a record carries, or too large; the text names type and field, never the value."""

    field = ""
    """The field of a record that holds the value, where there is one."""


class IdentityError(ShuniuError):
    """The folder with key and certificates is missing, incomplete, already in use, or does not fit together."""


class SourceError(ShuniuError):
    """A department's own database cannot be served as asked: not reachable, no such table, no such key column."""


class UnreachableError(SourceError):
    """A department's own database does not answer now, or does not let this program in: trying again later may help."""

    is_waiting = True


class FetchError(ShuniuError):
    """What a provider function raises to tell the hub something on purpose; any other error becomes "the provider failed"."""

    def __init__(
        self,
        code: grpc.StatusCode,
        reason: str,
        message: str,
        *,
        message_zh: str = "",
        next_action: str = "",
        next_action_zh: str = "",
        retry_after: float = 0.0,
        facts: Mapping[str, str] | None = None,
        cause: str = "",
    ) -> None:
        """Say the status, a stable reason in SCREAMING_SNAKE_CASE and, where waiting helps, how long in seconds.

        `facts` are for the hub's program: `column` names the field that is to blame. `cause` stands in the provider's own log and is not sent.
        """
        super().__init__(message, message_zh=message_zh, next_action=next_action, next_action_zh=next_action_zh)
        self.code = code
        self.reason = reason
        self.retry_after = retry_after
        self.facts: dict[str, str] = dict(facts or {})
        self.cause = cause


@dataclasses.dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a request: the path of the field, the reason's stable code, what is wrong and what to do in both languages."""

    field: str
    reason: str
    message: str
    message_zh: str


class ShuniuCallError(ShuniuError):
    """A call that the other side refused, or that never arrived: what gRPC and google.rpc.Status said about it.

    `reason` is the stable code of `ErrorInfo`, or the status code's name when the error is gRPC's own; `field` names the request field that
    is to blame, `faults` what is wrong where it is more than one thing, `facts` what else the hub said, `retry_after` the seconds to wait
    (0: waiting does not help).
    """

    def __init__(self, code: grpc.StatusCode, message: str, details: Details | None = None) -> None:
        """Put together the status and its details."""
        known = details or Details()
        zh, next_action, next_action_zh = ("", "", "") if details else _OWN_WORDS.get(code, ("", "", ""))
        super().__init__(
            message,
            message_zh=known.message_zh or zh,
            next_action=known.next_action or next_action,
            next_action_zh=known.next_action_zh or next_action_zh,
        )
        self.code = code
        self.reason = known.reason or code.name
        self.field = known.field
        self.faults = known.faults
        self.facts: Mapping[str, str] = known.facts
        self.retry_after = known.retry_after


@dataclasses.dataclass
class Details:
    """What the details of a google.rpc.Status say (AIP-193)."""

    reason: str = ""
    message_zh: str = ""
    next_action: str = ""
    next_action_zh: str = ""
    field: str = ""
    retry_after: float = 0.0
    faults: tuple[Fault, ...] = ()
    facts: dict[str, str] = dataclasses.field(default_factory=dict)


def call_error(error: grpc.RpcError) -> ShuniuCallError:
    """Return the error of a failed call in the SDK's words; unreadable details are left out, never guessed."""
    known: Any = error  # RpcError has no methods of its own; what a call raises is a grpc.Call or an AioRpcError, which have these
    code, message = known.code(), known.details() or ""
    details = _details(code, known.trailing_metadata() or ())
    # the text on the wire ends with the next action, for clients that read nothing else
    if details is not None and details.next_action:
        message = message.removesuffix(f"; {details.next_action}")
    return ShuniuCallError(code, message, details)


def _details(code: grpc.StatusCode, trailers: Iterable[tuple[str, str | bytes]]) -> Details | None:
    blob = next((value for key, value in trailers if key == DETAILS), None)
    if not isinstance(blob, bytes) or len(blob) > MAX_DETAILS:
        return None
    try:
        status = status_pb2.Status.FromString(blob)
        # details of another status than the call's own are not about this failure
        return _read(status) if _CODES.get(status.code) is code else None
    except DecodeError:
        return None


def _read(status: status_pb2.Status) -> Details:
    details = Details()
    for packed in status.details:
        info, zh = error_details_pb2.ErrorInfo(), error_details_pb2.LocalizedMessage()
        bad, retry = error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
        if packed.Unpack(info):
            details.reason, details.facts = info.reason, dict(info.metadata)
            details.next_action = details.facts.pop("next_action", "")
            details.next_action_zh = details.facts.pop("next_action_zh", "")
        elif packed.Unpack(zh) and zh.locale.startswith("zh"):
            details.message_zh = zh.message
        elif packed.Unpack(bad) and bad.field_violations:
            details.field = bad.field_violations[0].field
            # one alone is what the error itself says
            if details.reason == "SEVERAL_FAULTS":
                details.faults = tuple(map(_fault, bad.field_violations))
        elif packed.Unpack(retry):
            details.retry_after = max(0.0, retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9)
    return details


def _fault(one: error_details_pb2.BadRequest.FieldViolation) -> Fault:
    return Fault(one.field, one.reason, one.description, one.localized_message.message or one.description)


def status_bytes(error: FetchError) -> bytes:
    """Return the google.rpc.Status of a provider's error, ready for the trailers."""
    metadata = dict(error.facts)
    if error.next_action:
        metadata.update(next_action=error.next_action, next_action_zh=error.next_action_zh)
    details: list[Message] = [
        error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=metadata),
        error_details_pb2.LocalizedMessage(locale="zh-CN", message=error.message_zh),
    ]
    if error.retry_after > 0:
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(int(error.retry_after * 1000))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    status = status_pb2.Status(code=error.code.value[0], message=str(error), details=[_pack(detail) for detail in details])
    return bytes(status.SerializeToString())


def _pack(detail: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed
