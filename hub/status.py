"""How an error is told over gRPC: a rich status of a code, texts in English and Chinese, and the detail its kind calls for (AIP-193)."""

from collections.abc import Iterable
from typing import Any, Final

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from hub.errors import MissingGrantError, ShuniuError

DOMAIN: Final = "shuniu"
LONGEST_TEXT: Final = 700
"""UTF-8 bytes of an error's text: a client drops an error whose trailers, percent and base64 coding included, exceed 8 KiB."""
LONGEST_FACT: Final = 200
LONGEST_TRAILERS: Final = 7_600
"""Bytes of an error's trailers as they are sent, some room left for their names; with several faults they are filled up to this."""


def code_of(error: ShuniuError) -> int:
    """Return the number of an error's gRPC status."""
    number: int = grpc.StatusCode[error.grpc_status].value[0]
    return number


def status_of(error: ShuniuError) -> Any:
    """Return the google.rpc.Status of an error: ErrorInfo, LocalizedMessage, and the detail its kind calls for (AIP-193)."""
    code = grpc.StatusCode[error.grpc_status]
    metadata = {name: _cut(value, LONGEST_FACT) for name, value in error.facts.items()}
    if error.next_action:
        metadata["next_action"] = _cut(error.next_action, LONGEST_FACT * 2)
        metadata["next_action_zh"] = _cut(error.next_action_zh, LONGEST_FACT * 2)
    if error.article:
        metadata["article"] = _cut(error.article, LONGEST_FACT)
    if error.decision:
        metadata["decision"] = error.decision
    details: list[Message] = [
        error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=metadata),
        error_details_pb2.LocalizedMessage(locale="zh-CN", message=_cut(error.zh, LONGEST_TEXT)),
    ]
    if error.field and not error.faults:
        violation = error_details_pb2.BadRequest.FieldViolation(field=error.field, description=_cut(error.message, LONGEST_FACT))
        details.append(error_details_pb2.BadRequest(field_violations=[violation]))
    if isinstance(error, MissingGrantError):
        missing = error_details_pb2.PreconditionFailure.Violation(
            type="GRANT", subject=error.facts.get("grant", "")[:LONGEST_FACT], description=_cut(error.message, LONGEST_FACT)
        )
        details.append(error_details_pb2.PreconditionFailure(violations=[missing]))
    if error.violations:
        each = [
            error_details_pb2.PreconditionFailure.Violation(type=one.type, subject=one.subject, description=_cut(one.description, LONGEST_FACT // 2))
            for one in error.violations
        ]
        details.append(error_details_pb2.PreconditionFailure(violations=each))
    if error.retry_after > 0:
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(int(error.retry_after * 1000))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    text = f"{error.message}; {error.next_action}" if error.next_action else error.message
    status = status_pb2.Status(code=code.value[0], message=_cut(text, LONGEST_TEXT), details=[_pack(detail) for detail in details])
    if error.faults:
        room = LONGEST_TRAILERS * 3 // 4 - status.ByteSize() - len(status.message.encode()) * 9 // 4
        status.details.append(_pack(_faults(error.faults, room)))
    return status


def _faults(faults: Iterable[ShuniuError], room: int) -> error_details_pb2.BadRequest:
    """Return as many of the faults as have room, in bytes; `count` among the error's facts tells how many there are."""
    told = error_details_pb2.BadRequest()
    for one in faults:
        zh = error_details_pb2.LocalizedMessage(locale="zh-CN", message=_cut(_with_next(one.zh, "；", one.next_action_zh), LONGEST_FACT))
        fault = error_details_pb2.BadRequest.FieldViolation(
            field=_cut(one.field, LONGEST_FACT),
            description=_cut(_with_next(one.message, "; ", one.next_action), LONGEST_FACT),
            reason=one.reason,
            localized_message=zh,
        )
        # 4: what stands around a part of a message
        room -= fault.ByteSize() + 4
        if room < 0:
            break
        told.field_violations.append(fault)
    return told


def _with_next(text: str, between: str, following: str) -> str:
    return f"{text}{between}{following}" if following else text


def _cut(text: str, most: int) -> str:
    data = text.encode("utf-8", "replace")
    return text if len(data) <= most else data[: most - 3].decode("utf-8", "ignore") + "…"  # 3: the bytes of the dots; half a character goes


def _pack(detail: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed
