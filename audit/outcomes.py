"""How an access ended, as the log tells it. Pure: records in, events out.

Every intent gets one outcome. Where that could not be told by the process that wrote the intent, the next start tells it: INTERRUPTED, nothing
was released. Where an outcome said `ok` and the answer was given up all the same, a correction follows it: a second outcome of the same intent,
NOT_RELEASED, that names the first. Whoever counts releases counts no outcome that was corrected.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from audit import hot
from audit.model import Event, Kind, Record
from hub.subject import Subject

OK: Final = "ok"
INTERRUPTED: Final = "INTERRUPTED"
CUT_OFF: Final = "CUT_OFF"
AT_MOST: Final = "at_most_mib"
"""The detail of an intent by which data may leave before the outcome, and how much: a portion of a stream. Of such a one nobody can say afterwards
that nothing was released: it is CUT_OFF."""
NOT_RELEASED: Final = "NOT_RELEASED"
INSTANCE: Final = "instance"
"""The detail of an intent that names the hub process which wrote it."""
CORRECTS: Final = "corrects"
"""The detail of a correction that names the index of the outcome which it takes back."""
_PSEUDONYM_IS_KNOWN: Final = "pseudonym"  # stands for the ID, which the log never held
_COPIED: Final = ("other", "resource", "purpose", "case_number", "grant", "fields", "detail")


def corrections_in(found: Iterable[Record]) -> set[int]:
    """Return the indexes of the outcomes that a correction among these records takes back."""
    return {int(one.detail[CORRECTS]) for one in found if one.status == NOT_RELEASED and one.detail.get(CORRECTS, "").isdecimal()}


def releases(found: Iterable[Record]) -> Iterator[Record]:
    """Yield the outcomes that released at least one record and were not corrected."""
    outcomes = [one for one in found if one.kind is Kind.OUTCOME]
    taken_back = corrections_in(outcomes)
    for one in outcomes:
        if one.status == OK and one.rows > 0 and one.index not in taken_back:
            yield one


def correction(intent: Event, at: datetime, intent_index: int, outcome_index: int) -> Event:
    """Return what takes back the outcome `outcome_index`: it said `ok`, and the answer was not released."""
    return intent.correction(at, NOT_RELEASED, intent_index, {CORRECTS: str(outcome_index)})


class OpenIntents:
    """The intents of one process that have no outcome, found by reading the log in order from where all of them had one."""

    def __init__(self, instance: str) -> None:
        """Take the id of the process."""
        self._instance = instance
        self._open: dict[int, Record] = {}
        self._unclear: set[int] = set()

    def read(self, record: Record) -> None:
        """Take the next record."""
        if record.kind is Kind.INTENT and record.detail.get(INSTANCE) == self._instance:
            self._open[record.index] = record
        elif record.kind is Kind.OUTCOME and record.intent_index is not None:
            self._open.pop(record.intent_index, None)
            self._unclear.discard(record.intent_index)
        # An erasure takes an intent with all its outcomes, so an erased record is no outcome of an intent that is left.

    def skip(self) -> None:
        """Pass over a record that cannot be read: it may be the outcome of any intent before it."""
        self._unclear.update(self._open)

    @property
    def closable(self) -> list[Record]:
        """Return the intents that have no outcome for certain, oldest first."""
        return [one for index, one in self._open.items() if index not in self._unclear]

    @property
    def unclear(self) -> list[int]:
        """Return the intents whose outcome may be a record that cannot be read: to say that nothing was released might be untrue."""
        return sorted(self._unclear)


def interruption(intent: Record, at: datetime) -> Event:
    """Return the outcome of an intent whose process ended before it could tell one; to be committed to under the intent's own pseudonym."""
    subject = Subject.unchecked(intent.subject_domain, _PSEUDONYM_IS_KNOWN) if intent.pseudonym is not None else None
    bare = Event(kind=Kind.INTENT, at=at, action=intent.action, actor=intent.actor, subject=subject)
    # Its texts were looked at when the intent was written. A guard that became stricter since must not keep an intent open.
    whole = hot.copy_with(bare, **{name: getattr(intent, name) for name in _COPIED})
    return whole.outcome(at, CUT_OFF if AT_MOST in intent.detail else INTERRUPTED, intent.index)
