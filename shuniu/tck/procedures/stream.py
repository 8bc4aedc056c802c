"""Whole tables 批量交换: the schema, the frames and an end with the receipt; a token goes on, under its own grant alone (Decree 809 art. 22, 25)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shuniu.tck.sequence import CONSUMER, Call, Expect, Kind, Need, Sequence, refusal
from shuniu.tck.things import COLUMNS
from shuniu.tck.ways import Way, granted, use
from shuniu.words import Word


def _request(**other: Any) -> dict[str, Any]:
    return use(**other)


_WHOLE: Final = Expect(
    says={
        "length": 3,
        "first.schema.filled": True,
        "last.end.rows": 1,
        "last.end.digest.length": 32,
        "last.end.salt.length": 32,
        "last.end.log_leaf.length": 32,
    }
)
WAY: Final = Way(
    "stream",
    "Stream",
    "stream",
    Word("stream", "a delivery of a whole table", "批量交换"),
    _request,
    _WHOLE,
    needs=frozenset({Need.WRITING, Need.SERVING, Need.ARROW}),
)


def sequences() -> Iterator[Sequence]:
    """Yield what holds of every way, and how a stream is gone on with."""
    yield from WAY.sequences()
    live = granted("stream")
    for column in COLUMNS[1:]:
        call = WAY.call(fields=[column])
        yield WAY.sequence(f"only-{column}", f"a delivery of {column} alone is answered", f"只交换字段 {column}", Kind.HAPPY, *live, call)
    first = Call(CONSUMER, "Stream", _request(), _WHOLE, keep="came")
    token = {"resume_token": "{came.1.frame.resume_token}"}
    rest = Expect(says={"length": 2, "first.schema.filled": True, "last.end.rows": 0})
    yield WAY.sequence(
        "resumed-behind-the-last",
        "a token behind the last frame brings the end, and no row twice",
        "从最后一帧之后续传，不重复任何一行",
        Kind.REPLAYED,
        *live,
        first,
        WAY.call(rest, **token),
    )
    foreign = refusal("INVALID_ARGUMENT", "PERMISSION_DENIED", "FAILED_PRECONDITION", reason="STREAM_TOKEN_FOREIGN")
    yield WAY.sequence(
        "token-of-another-grant",
        "a token of another grant is refused",
        "另一授权的续传标记被拒绝",
        Kind.REPLAYED,
        *live,
        first,
        *live,
        WAY.call(foreign, **token),
    )
    yield WAY.sequence(
        "token-forged",
        "a token that the hub did not give is refused",
        "非枢纽签发的续传标记被拒绝",
        Kind.REFUSED,
        *live,
        WAY.call(foreign, resume_token=bytes(64)),
    )
    other = refusal("INVALID_ARGUMENT", "PERMISSION_DENIED", "FAILED_PRECONDITION", reason="STREAM_TOKEN_OUTDATED")
    yield WAY.sequence(
        "token-of-other-fields",
        "a token is of the fields that were asked for then",
        "续传标记只适用于当时所选的字段",
        Kind.REPLAYED,
        *live,
        first,
        WAY.call(other, fields=[COLUMNS[0]], **token),
    )
