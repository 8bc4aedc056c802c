"""Correction notices 更正通知: whoever received a record that was corrected is told, and acknowledges (Decree 809 art. 26)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shuniu.tck.procedures.grant import ACTIVE
from shuniu.tck.procedures.objection import CHECK, verifying
from shuniu.tck.sequence import CONSUMER, OTHER, PROVIDER, Call, Kind, Need, Sequence, Step, refusal, says
from shuniu.tck.things import KEY, query, step_on
from shuniu.words import Word

_NEEDS: Final = frozenset({Need.WRITING, Need.SERVING})
_RECEIVED: Final[tuple[Step, ...]] = (*ACTIVE, Call(CONSUMER, "Query", query("{it.name}"), says(records__length=1)))
_LIST: Final = Call(CONSUMER, "ListCorrectionNotices", {"page_size": 200}, keep="notice", pick=("correction_notices", "objection", "{it.name}"))
_SENT: Final[tuple[Step, ...]] = (
    *_RECEIVED,
    *verifying(subject_key=KEY),
    step_on(PROVIDER, "CorrectObjection", outcome="住址已更正", officer="{by}"),
    _LIST,
)
_NOTICE: Final = {"name": "{notice.name}", "etag": "{notice.etag}", "officer": "{by}"}


def _one(name: str, en: str, zh: str, kind: Kind, *steps: Step) -> Sequence:
    return Sequence(f"notice/{name}", Word(name, en, zh), CHECK, kind, steps, _NEEDS)


def sequences() -> Iterator[Sequence]:
    """Yield what a recipient may do, and what nobody else may."""
    acknowledge = Call(CONSUMER, "AcknowledgeCorrectionNotice", _NOTICE, says(acknowledge_time__filled=True), "seen")
    yield _one("acknowledged", "who received the record acknowledges the correction", "接收过记录的部门签收更正通知", Kind.HAPPY, *_SENT, acknowledge)
    again = {"name": "{seen.name}", "etag": "{seen.etag}", "officer": "{by}"}
    twice = Call(CONSUMER, "AcknowledgeCorrectionNotice", again, refusal("FAILED_PRECONDITION"))
    yield _one("twice", "a notice is acknowledged once", "更正通知只签收一次", Kind.REPLAYED, *_SENT, acknowledge, twice)
    for who in (PROVIDER, OTHER):
        other = Call(who, "AcknowledgeCorrectionNotice", _NOTICE, refusal("NOT_FOUND", "PERMISSION_DENIED"))
        yield _one(f"by-{who}", f"nobody acknowledges for another: {who}", f"不得代他人签收：{who}", Kind.WRONG_PARTY, *_SENT, other)
    unnamed = Call(CONSUMER, "AcknowledgeCorrectionNotice", {**_NOTICE, "officer": ""}, refusal("INVALID_ARGUMENT"))
    yield _one("no-officer", "an acknowledgement names its officer", "签收须填写经办人", Kind.INCOMPLETE, *_SENT, unnamed)
