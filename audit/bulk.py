"""Bulk deliveries: whole tables that left, of which the log names no subject.

Whoever looks for the accesses to a person's data finds those by the person's key. A stream has none: its rows are read by nobody here, and the
person may be among them or not. So its records say what kind of number their rows are keyed by, and the index has three columns more for them:
by these every bulk delivery that may hold the person is counted beside a search's hits, and told of when a record is corrected (ADR 0085).
"""

from collections.abc import Mapping
from typing import Any, Final

from audit.model import Kind
from audit.outcomes import CUT_OFF, OK

BULK: Final = frozenset({"exchange.Stream", "exchange.Subscribe", "exchange.Download"})
"""The actions under which whole tables leave, or their changes. A new way to deliver in bulk is a row here; what counts and tells follows."""
HOLDS: Final = "holds"
"""The detail of a bulk delivery's records that says what kind of number (`cn-id`, `uscc`) its rows are keyed by."""
FIRST_ROW: Final = "first_row"
"""The detail that says with which row of the whole delivery a portion begins; without it a record is a delivery of its own."""
COLUMNS: Final = ("holds", "under", "begins")
"""Of a record by which a table left, or may leave: the kind of number, the grant, and 1 where the delivery begins with it, not another portion."""
NO_BULK: Final = (None, None, None)


def marks_of(action: str, domain: str) -> Mapping[str, str]:
    """Return what the records of an action about an entry say beside the rest: for one that is keyed by people, that it may hold them."""
    return {HOLDS: domain} if domain and action in BULK else {}


def columns_of(kind: str, status: str, rows: int, grant: str, detail: Mapping[Any, Any]) -> tuple[str, str, int] | tuple[None, None, None]:
    """Return what the index says in `COLUMNS` of a record.

    An outcome by which nothing left is no delivery. Of one that was cut off nobody knows how much left, so it is one.
    """
    holds = detail.get(HOLDS)
    if holds is None or not (kind == Kind.INTENT or status == CUT_OFF or (status == OK and rows > 0)):
        return NO_BULK
    return str(holds), grant, int(str(detail.get(FIRST_ROW, "0")) == "0")
