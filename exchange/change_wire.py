"""Messages of subscriptions to model and back: the request that came, the question to the provider, changes and parts. No rules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from google.protobuf.message import DecodeError

from audit.model import Receipt
from exchange.model import Access, Following, Permission, Question, read_grant
from exchange.wire import rows_to
from shuniu.v1 import record_pb2, subscribe_pb2

ProviderChange: TypeAlias = subscribe_pb2.ProviderChange
UPSERT: Final = subscribe_pb2.CHANGE_OP_UPSERT
DELETE: Final = subscribe_pb2.CHANGE_OP_DELETE
_STATE: Final = subscribe_pb2.SubscribeState
FROM_BEGINNING: Final = _STATE.KIND_FROM_BEGINNING
RESUMED: Final = _STATE.KIND_RESUMED
FAR_BEHIND: Final = _STATE.KIND_FAR_BEHIND
CAUGHT_UP: Final = _STATE.KIND_CAUGHT_UP


@dataclass(slots=True)
class Told:
    """A change that may go out: at which position, of which key, the record as it was cleaned, None where there is none any more."""

    position: int
    key: str
    record: record_pb2.Record | None
    corrected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parcel:
    """A batch of changes that is ready to leave: the part, the bytes that the digest is of, and how many changes."""

    part: bytes
    data: bytes
    count: int


def following_from(request: subscribe_pb2.SubscribeRequest) -> Following:
    """Return what is asked for; raise InvalidInputError naming what is missing."""
    return Following(
        grant=read_grant(request.grant),
        purpose=request.purpose,
        case_number=request.case_number,
        officer=request.officer,
        fields=tuple(request.fields),
        request_id=request.request_id,
        entry=request.entry,
        resume_token=request.resume_token,
        from_beginning=request.from_beginning,
    )


def watch_to(access: Access, permission: Permission, cursor: bytes) -> Question:
    """Return what the provider is asked: the wanted columns, the key and those of the grant's rows, from a place on."""
    live = permission.live
    names = tuple(dict.fromkeys((*(field.name for field in permission.fields), live.key_field, *(row.field for row in live.rows))))
    request = subscribe_pb2.ProviderWatchRequest(
        resource=live.serving_resource,
        fields=names,
        rows=rows_to(live.rows) if live.rows else (),
        consumer=access.caller.department,
        purpose=access.query.purpose,
        case_number=access.query.case_number,
        cursor=cursor,
    )
    return Question(request.SerializeToString(), live.serving_resource, names, access.caller.department, permission.fields)


def changes_from(message: bytes) -> subscribe_pb2.ProviderWatchResponse | None:
    """Return a provider's message, None for bytes that are none; what no field of the protos names is thrown away."""
    try:
        found = subscribe_pb2.ProviderWatchResponse.FromString(message)
    except DecodeError:
        return None
    found.DiscardUnknownFields()
    return found


def parcels_of(changes: Iterable[Told], before: bytes, behind: bytes, most: int, size: int) -> Iterator[Parcel]:
    """Yield changes in batches of at most so many, and of about so many bytes; the last change goes on behind all, any other one before them."""
    batch, room = subscribe_pb2.ChangeBatch(), size
    last: subscribe_pb2.Change | None = None
    for one in changes:
        change = subscribe_pb2.Change(token=before, op=UPSERT if one.record is not None else DELETE, key=one.key, corrected=one.corrected)
        if one.record is not None:
            change.record.CopyFrom(one.record)
        room -= (length := change.ByteSize())
        if len(batch.changes) == most or (room < 0 and batch.changes):
            yield _parcel(batch)
            batch, room = subscribe_pb2.ChangeBatch(), size - length
        last = batch.changes.add()
        last.CopyFrom(change)
    if last is not None:
        last.token = behind
        yield _parcel(batch)


def _parcel(batch: subscribe_pb2.ChangeBatch) -> Parcel:
    data = batch.SerializeToString()
    return Parcel(subscribe_pb2.SubscribeResponse(changes=data).SerializeToString(), data, len(batch.changes))


def state_to(kind: subscribe_pb2.SubscribeState.Kind.ValueType, collapsed: int = 0) -> bytes:
    """Return the part that says how a subscription stands."""
    return subscribe_pb2.SubscribeResponse(state=_STATE(kind=kind, collapsed=collapsed)).SerializeToString()


def receipt_to(changes: int, size: int, digest: bytes, salt: bytes, receipt: Receipt) -> bytes:
    """Return the part with the record of a portion."""
    told = subscribe_pb2.SubscribeReceipt(
        changes=changes,
        bytes=size,
        digest=digest,
        salt=salt,
        log_origin=receipt.origin,
        log_index=receipt.index,
        log_leaf=receipt.leaf_hash,
    )
    return subscribe_pb2.SubscribeResponse(receipt=told).SerializeToString()
