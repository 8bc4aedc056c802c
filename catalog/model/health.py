"""How the service behind a published entry stands: what a probe saw, and when that counts as a change."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum, unique
from typing import Final

from catalog.model.entry import Entry
from catalog.model.words import FieldType
from hub.access import Duty
from hub.desk import Notice
from shuniu.identifiers import citizen_id, uscc

DOUBTS: Final = 2
"""Probes in a row that must say the same before a service counts as worse: a single one may have met a restart."""
PROBE: Final = "probe"
"""Purpose and case number of a probe, by which the provider's own account knows it."""
NOBODY_WHOLE_NUMBER: Final = "-2147483647"
_NOBODY_TEXT: Final = "shuniu-probe"
_NOBODY: Final = {
    # born in 1800, of a province whose code is given to nobody's number: well formed, so that no provider refuses it unread
    "cn-id": citizen_id.build("710000", date(1800, 1, 1), 0),
    # registered in no region
    "uscc": uscc.build("91", "000000", "PR0BE000"),
}


@unique
class ServiceState(StrEnum):
    """How a service stands."""

    UP = "up"
    DOWN = "down"
    DEGRADED = "degraded"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Observation:
    """What one probe saw. `described` tells whether the provider said what it serves, and so what row count and newest row mean."""

    state: ServiceState
    reason: str = ""
    message: str = ""
    message_zh: str = ""
    field: str = ""
    latency_ms: int | None = None
    described: bool = False
    row_count: int | None = None
    newest_row_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryHealth:
    """What the probes of an entry found: `doubts` counts those in a row that saw something worse than the state says.

    `entry_id`, `provider` and `version` are those of the version in force; `next_probe_time` is None where nobody probes it.
    """

    entry_id: str
    provider: str = ""
    version: int = 0
    revision: int = 1
    state: ServiceState = ServiceState.UNKNOWN
    state_since: datetime | None = None
    probe_time: datetime | None = None
    next_probe_time: datetime | None = None
    doubts: int = 0
    latency_ms: int | None = None
    newest_row_time: datetime | None = None
    row_count: int | None = None
    reason: str = ""
    message: str = ""
    message_zh: str = ""
    field: str = ""

    @property
    def entry(self) -> str:
        """Return the entry's resource name."""
        return f"entries/{self.entry_id}"

    @property
    def lag_seconds(self) -> int | None:
        """Return how old the newest row was when the service was probed last, None where that is not known."""
        if self.newest_row_time is None or self.probe_time is None:
            return None
        # a provider's clock may be ahead
        return max(0, int((self.probe_time - self.newest_row_time).total_seconds()))

    @property
    def is_planned(self) -> bool:
        """Tell whether somebody probes it."""
        return self.next_probe_time is not None

    @property
    def seen_time(self) -> datetime | None:
        """Return when the last probe found somebody there; None where it found nobody, or none was made."""
        return self.probe_time if self.state in {ServiceState.UP, ServiceState.DEGRADED} and not self.doubts else None

    def after(self, seen: Observation, version: int, at: datetime, again: timedelta) -> "EntryHealth":
        """Return the health behind a probe: better at once, worse when two in a row say so, the second of them `again` later."""
        after = replace(self, version=version, revision=self.revision + 1, probe_time=at, latency_ms=seen.latency_ms)
        if seen.described:
            after = replace(after, row_count=seen.row_count, newest_row_time=seen.newest_row_time)
        told = replace(after, reason=seen.reason, message=seen.message, message_zh=seen.message_zh, doubts=0)
        if (seen.state, seen.field) == (self.state, self.field):
            return replace(told, state_since=self.state_since or at)
        if seen.state is not ServiceState.UP and self.doubts + 1 < DOUBTS:
            return replace(after, doubts=self.doubts + 1, next_probe_time=at + again)
        return replace(told, state=seen.state, field=seen.field, state_since=at)

    def is_other_than(self, before: "EntryHealth") -> bool:
        """Tell whether people are told of the step from `before`: a service that is found there for the first time is nobody's news."""
        if (self.state, self.field) == (before.state, before.field):
            return False
        return before.state is not ServiceState.UNKNOWN or self.state is not ServiceState.UP


def probe_key(entry: Entry) -> str:
    """Return a key under which an entry has nobody's record: well formed, where its form is known."""
    key = entry.key_field
    if entry.subject_domain in _NOBODY:
        return _NOBODY[entry.subject_domain]
    return NOBODY_WHOLE_NUMBER if key is not None and key.type in {FieldType.INT64, FieldType.DECIMAL} else _NOBODY_TEXT


def told_of_service(health: EntryHealth, department: str, duty: Duty) -> Notice:
    """Return what a department is told of a service that stands otherwise than before."""
    if health.state is ServiceState.DEGRADED:
        kind = "service_column_lost" if health.field else "service_doubtful"
    else:
        kind = "service_back" if health.state is ServiceState.UP else "service_down"
    facts = {"version": str(health.version), "reason": health.reason, "column": health.field}
    return Notice(kind=kind, department=department, duties=(duty,), facts={name: value for name, value in facts.items() if value})
