"""A log record is described once: its parts, how long a text may be, and what each part is called where it goes.

From this table come the payload that a leaf commits to, the check of a payload that is read, the columns of a row, the message and the
texts that `Event` looks at. It stands in the order of the payload: deterministic CBOR sorts keys by their length first (RFC 8949
section 4.2.3), and a test compares that order with the encoder's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, NamedTuple

from hub.wording import CaseNumber, Guard, Officer, Purpose, Reasons

NONE: Final = type(None)
LONGEST_NAME: Final = 64
"""Of a field, and of a detail."""
MAX_DETAIL: Final = 256
MAX_REASON: Final = Reasons.cap


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordField:
    """One part of a record.

    `path` is where `Event` and `Record` have it, `key` its key in the payload, `types` its types there, `message` its field in
    `AuditRecord`. A text has a `cap`; one that a person wrote has a `guard` too (`hub.wording`). `column` says that the index has it as a column
    of the same name.
    """

    name: str
    path: str = ""
    key: str = ""
    message: str = ""
    types: tuple[type, ...] = (str,)
    column: bool = False
    cap: int = 0
    guard: Guard | None = None

    def __post_init__(self) -> None:
        for part in ("path", "key", "message"):
            object.__setattr__(self, part, getattr(self, part) or self.name)


# Without a guard stand texts that the hub makes itself. Without a cap stands what is no text, or is checked by its shape.
FIELDS: Final = (
    RecordField(name="at", types=(int,), message="time", column=True),
    RecordField(name="kind", column=True),
    RecordField(name="rows", types=(int,)),
    RecordField(name="bytes", types=(int,)),
    RecordField(name="grant", cap=128, guard=Guard.SPACED),
    RecordField(name="other", message="other_department", column=True),
    RecordField(name="action", cap=100),
    RecordField(name="detail", types=(dict,)),
    RecordField(name="digest", types=(bytes,)),
    RecordField(name="fields", types=(list,)),
    RecordField(name="intent_index", key="intent", types=(int, NONE)),
    RecordField(name="reason", cap=Reasons.cap, guard=Reasons.guard),
    RecordField(name="status", cap=64),
    RecordField(name="system", path="actor.system", cap=64),
    RecordField(name="officer", path="actor.officer", cap=Officer.cap, guard=Officer.guard, column=True),
    RecordField(name="purpose", cap=Purpose.cap, guard=Purpose.guard),
    RecordField(name="subject", types=(list, NONE)),
    RecordField(name="resource", cap=256, column=True),
    RecordField(name="department", path="actor.department", column=True),
    RecordField(name="case_number", cap=CaseNumber.cap, guard=CaseNumber.guard, column=True),
)


class RecordText(NamedTuple):
    """One text of an event, as it is checked: which field it belongs to, its cap, how strictly it is searched for ID numbers."""

    field: str
    text: str
    cap: int
    guard: Guard | None


TEXTS: Final = tuple(one for one in FIELDS if one.cap)
SEARCHED: Final = tuple(one for one in FIELDS if one.column)
texts_of: Final[Callable[[Any], tuple[str, ...]]] = attrgetter(*(one.path for one in TEXTS))
values_of: Final[Callable[[Any], tuple[Any, ...]]] = attrgetter(*(one.path for one in FIELDS))


def guard_of_detail(name: str) -> Guard:
    """Return how strictly a detail is searched for ID numbers; a request's id is an identifier as a case number is."""
    return Guard.WHOLE if name == "request_id" else Guard.SPACED
