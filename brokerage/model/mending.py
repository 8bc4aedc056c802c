"""限期整改: what a consumer whose grant is suspended for misuse has to mend, and by when (Decree 809 art. 27). Pure: time comes in as `at`."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum, unique
from typing import Any, Final

from brokerage.model.reasons import MEND_DAYS_WRONG, MEND_WITHOUT_MISUSE, NO_MENDING, NO_REPORT, REPORT_TWICE
from hub.procedure import Party
from hub.wording import Reasons, Statement

MOST_MEND_DAYS: Final = 60
"""Working days of a term to mend; the law names none, so whoever suspends says how many."""
_TIMES: Final = ("due_time", "report_time", "told_time")


@unique
class SuspensionGround(StrEnum):
    """Why a grant is suspended."""

    OTHER = "other"
    MISUSE = "misuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """How long a consumer has to mend: the working days, and the end of the last of them."""

    working_days: int
    due_time: datetime


def check_days(days: int) -> int:
    """Return the working days of a term; raise InvalidInputError where they are none or too many."""
    if not 1 <= days <= MOST_MEND_DAYS:
        raise MEND_DAYS_WRONG(field="mend_days", most=MOST_MEND_DAYS)
    return days


def mend_days_of(ground: SuspensionGround | None, days: int) -> int:
    """Return the working days that a suspension gives to mend, 0 for one that is not for misuse; raise InvalidInputError where they do not fit."""
    if ground is SuspensionGround.MISUSE:
        return check_days(days)
    if days:
        raise MEND_WITHOUT_MISUSE(field="mend_days")
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """A term to mend what was misused. `by` says who suspended and judges the report: the provider or the authority."""

    working_days: int
    due_time: datetime
    by: Party
    statement: str = ""
    officer: str = ""
    report_time: datetime | None = None
    refusal: str = ""
    told_time: datetime | None = None
    """When the hub told that the term was over without a report."""

    def is_over(self, at: datetime) -> bool:
        """Tell whether the term has passed and nothing was reported."""
        return self.report_time is None and at > self.due_time

    def report(self, statement: str, officer: str, at: datetime) -> "Mending":
        """Return the term with what the consumer has mended; a report that is late is one, too."""
        text = Statement(statement)
        if self.report_time is not None:
            raise REPORT_TWICE(state=SuspensionGround.MISUSE.value, step="report_mending")
        return replace(self, statement=text, officer=officer, report_time=at)

    def refuse(self, reason: Reasons, term: Term) -> "Mending":
        """Return another term, as the report did not do."""
        if self.report_time is None:
            raise NO_REPORT(state=SuspensionGround.MISUSE.value, step="refuse_mending")
        return Mending(working_days=term.working_days, due_time=term.due_time, by=self.by, refusal=reason)

    def plain(self) -> dict[str, Any]:
        """Return the term as plain values; what is empty is left out."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items() if value}


def mending_from(stored: dict[str, Any]) -> Mending:
    """Return the term that was kept."""
    parts: dict[str, Any] = {name: datetime.fromisoformat(stored[name]) for name in _TIMES if name in stored}
    return Mending(**{**stored, **parts, "by": Party(stored["by"])})


def needed(mending: Mending | None, step: str, state: str) -> Mending:
    """Return the term; raise IllegalStateError where nothing was to be mended."""
    if mending is None:
        raise NO_MENDING(state=state, step=step)
    return mending
