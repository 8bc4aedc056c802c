"""延期: more time for a step, asked for by the provider and decided by the authority, once (Decree 809 art. 17, 21). Pure: time comes in as `at`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum, unique
from typing import Any

from hub.wording import Officer, Reasons
from timing.reasons import EXTENSION_DECIDED, EXTENSION_TOO_LONG, EXTENSION_TWICE, NO_EXTENSION_ASKED, NO_EXTENSION_BY_RULE
from timing.timer import Timer


@unique
class ExtensionState(StrEnum):
    """Where a wish for more time stands."""

    REQUESTED = "requested"
    ALLOWED = "allowed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A wish for more time and what the authority decided; the consumer reads both in the request."""

    state: ExtensionState = ExtensionState.REQUESTED
    working_days: int
    reason: str
    officer: str
    request_time: datetime
    decision: str = ""
    decision_officer: str = ""
    decide_time: datetime | None = None

    def clean(self) -> "Extension":
        """Return the wish with its reason and officer in their one spelling; raise InvalidInputError where one is missing."""
        return replace(self, reason=Reasons(self.reason), officer=Officer(self.officer))

    def within(self, most: int, timer: Timer | None) -> "Extension":
        """Return the wish with its days: no more than the `most` working days that the rule allows, and as many where it names none."""
        if timer is None or most == 0:
            raise NO_EXTENSION_BY_RULE(limit=timer.citation if timer else "-", state=self.state.value, step="request_extension")
        if not 0 <= self.working_days <= most:
            raise EXTENSION_TOO_LONG(field="working_days", most=most)
        return replace(self, working_days=self.working_days or most)

    def decide(self, state: ExtensionState, decision: Reasons, officer: str, at: datetime) -> "Extension":
        """Return the wish as the authority decided on it."""
        if self.state is not ExtensionState.REQUESTED:
            raise EXTENSION_DECIDED(state=self.state.value, step=state.value)
        return replace(self, state=state, decision=decision, decision_officer=Officer(officer), decide_time=at)

    def plain(self) -> dict[str, Any]:
        """Return the wish as plain values; what is empty is left out."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items() if value}


def only_once(extension: Extension | None, state: str) -> None:
    """Refuse a second wish of one case, which stands in `state`."""
    if extension is not None:
        raise EXTENSION_TWICE(state=state, step="request_extension")


def the_wish(extension: Extension | None, state: str, step: str) -> Extension:
    """Return the wish of a case; refuse to decide where nobody asked."""
    if extension is None:
        raise NO_EXTENSION_ASKED(state=state, step=step)
    return extension


def extension_from(stored: Mapping[str, Any] | None) -> Extension | None:
    """Return the wish that was kept as `plain` gave it."""
    if not stored:
        return None
    times = {name: datetime.fromisoformat(stored[name]) for name in ("request_time", "decide_time") if name in stored}
    return Extension(**{**stored, **times, "state": ExtensionState(stored["state"])})
