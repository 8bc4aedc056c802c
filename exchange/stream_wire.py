"""Messages of streams to model and back: the request that came, the question to the provider, parts in and out. No rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import DecodeError

from audit.model import Receipt
from catalog.model import FieldType
from exchange.forms import CallSum, Form
from exchange.model import Access, Permission, Question, Whole, read_grant
from exchange.wire import rows_to
from shuniu.v1 import catalog_pb2, download_pb2, stream_pb2

_TYPES: Final[Mapping[FieldType, catalog_pb2.FieldType.ValueType]] = {
    one: catalog_pb2.FieldType.Value(f"FIELD_TYPE_{one.value.upper()}") for one in FieldType
}


@dataclass(frozen=True, slots=True)
class ProviderBatch:
    """A batch as a provider sent it, unread, and where to go on behind it; `data` lies where the message does, so that nothing is copied."""

    data: memoryview
    cursor: bytes


class ProviderEnd:
    """A provider says that it has sent everything."""


def whole_from(request: stream_pb2.StreamRequest | download_pb2.DownloadRequest) -> Whole:
    """Return what is asked for; raise InvalidInputError naming what is missing."""
    return Whole(
        grant=read_grant(request.grant),
        purpose=request.purpose,
        case_number=request.case_number,
        officer=request.officer,
        fields=tuple(request.fields),
        request_id=request.request_id,
        entry=request.entry,
        resume_token=request.resume_token,
    )


def question_to(access: Access, permission: Permission, asked: Sequence[tuple[str, FieldType]], cursor: bytes) -> Question:
    """Return what the provider is asked: the wanted columns and those of the grant's rows, with their types, from a place on."""
    live = permission.live
    names = tuple(name for name, _ in asked)
    request = stream_pb2.ProviderStreamRequest(
        resource=live.serving_resource,
        fields=names,
        types=[_TYPES[kind] for _, kind in asked],
        rows=rows_to(live.rows) if live.rows else (),
        consumer=access.caller.department,
        purpose=access.query.purpose,
        case_number=access.query.case_number,
        cursor=cursor,
    )
    return Question(request.SerializeToString(), live.serving_resource, names, access.caller.department, permission.fields)


def provider_schema(message: bytes) -> bytes | None:
    """Return the schema in a provider's message, None where it is another part, or none."""
    part = _part(message)
    return part.schema if part is not None and part.WhichOneof("part") == "schema" else None


def provider_part(message: bytes) -> ProviderBatch | ProviderEnd | None:
    """Return a part behind the schema, None for bytes that are none.

    A batch that is written as every library writes it, its fields in their order and each once, is read in place: protobuf's own reader copies a
    mebibyte twice. Whatever looks otherwise is left to that.
    """
    if found := _batch_in_place(message):
        return found
    part = _part(message)
    kind = part.WhichOneof("part") if part is not None else None
    if part is None or kind not in {"batch", "end"}:
        return None
    return ProviderBatch(memoryview(part.batch.batch), part.batch.cursor) if kind == "batch" else ProviderEnd()


def _batch_in_place(message: bytes) -> ProviderBatch | None:
    view = memoryview(message)
    whole = _field(view, 0, _BATCH_PART)
    if whole is None or whole[1] != len(view):
        return None
    batch = _field(view, whole[0], _BATCH)
    cursor = _field(view, batch[1], _CURSOR) if batch else None
    if batch is None or cursor is None or cursor[1] != len(view):
        return None
    return ProviderBatch(view[batch[0] : batch[1]], bytes(view[cursor[0] : cursor[1]]))


def _field(view: memoryview, at: int, tag: bytes) -> tuple[int, int] | None:
    """Return where a field's bytes begin and end, which has this tag and begins at `at`; None where it has not, or does not end inside."""
    if view[at : at + 1] != tag:
        return None
    at, length, shift = at + 1, 0, 0
    while shift < _LONGEST_VARINT and at < len(view):
        byte, at = view[at], at + 1
        length |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the last seven bits
            return (at, at + length) if at + length <= len(view) else None
        shift += 7
    return None


def _part(message: bytes) -> stream_pb2.ProviderStreamResponse | None:
    try:
        return stream_pb2.ProviderStreamResponse.FromString(message)
    except DecodeError:
        return None


def schema_to(schema: bytes, _token: bytes) -> bytes:
    """Return the first part of a stream; it comes with every call, so nothing resumes behind it."""
    return stream_pb2.StreamResponse(schema=schema).SerializeToString()


def frame_to(data: bytes | memoryview, first_row: int, rows: int, token: bytes) -> bytes:
    """Return a part with rows, written by hand as protobuf writes it: the library copies a mebibyte several times, up to 2 ms of it."""
    told = stream_pb2.StreamFrame(first_row=first_row, rows=rows, resume_token=token).SerializeToString()
    batch = _BATCH + _varint(len(data))
    return b"".join((_FRAME, _varint(len(batch) + len(data) + len(told)), batch, data, told))


_BATCH: Final = bytes((1 << 3 | 2,))
_CURSOR: Final = bytes((2 << 3 | 2,))
_BATCH_PART: Final = bytes((2 << 3 | 2,))
_FRAME: Final = bytes((2 << 3 | 2,))
"""Tags: field 1 of StreamFrame and of ProviderStreamBatch, field 2 of that, of ProviderStreamResponse and of StreamResponse, all with a length
(protobuf, encoding)."""
_LONGEST_VARINT: Final = 35
"""Bits of the longest number that is read in place."""


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def end_to(total: CallSum, receipt: Receipt) -> bytes:
    """Return the last part."""
    end = stream_pb2.StreamEnd(
        rows=total.rows,
        bytes=total.size,
        digest=total.digest,
        salt=total.salt,
        log_origin=receipt.origin,
        log_index=receipt.index,
        log_leaf=receipt.leaf_hash,
    )
    return stream_pb2.StreamResponse(end=end).SerializeToString()


TABLES: Final = Form(schema_to, frame_to, end_to)
"""A table as one Arrow IPC stream."""
