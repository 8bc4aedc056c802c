"""延期: more time for an answer, asked for by the provider and decided by the authority, once (Decree 809 art. 21). Pure: time comes in as `at`."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum, unique
from typing import Any

from brokerage.model.reasons import EXTENSION_DECIDED, NO_EXTENSION_BY_RULE
from hub.wording import Officer, Reasons
from timing.reasons import EXTENSION_TOO_LONG
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
