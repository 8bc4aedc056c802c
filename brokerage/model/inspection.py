"""What an inspection of a grant shows: records of use, and how often it was used, without a person (Decree 809 art. 29). Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from brokerage.model.grant import Grant
from brokerage.model.reasons import INSPECTS_ITSELF
from brokerage.model.use_record import UseRecord
from hub.access import Caller, Duty
from hub.clock import day_in_china


@dataclass(frozen=True, slots=True)
class Use:
    """One call under a grant as it is counted: when, by whom, and whether it was answered."""

    at: datetime
    officer: str
    answered: bool


@dataclass(frozen=True, slots=True)
class DayUses:
    """Uses on one day."""

    day: date
    answered: int
    refused: int


@dataclass(frozen=True, slots=True)
class DutyUses:
    """Uses by officers of the same duties; none for those whom the list of officers does not know, or gives no duty."""

    duties: tuple[str, ...]
    answered: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCounts:
    """How often a grant was used; where the counting was cut, since when the numbers are whole."""

    answered: int
    refused: int
    days: tuple[DayUses, ...]
    duties: tuple[DutyUses, ...]
    is_cut: bool
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MisuseSuspension:
    """A suspension for misuse, as the log has it (Decree 809 art. 27)."""

    time: datetime
    department: str
    reason: str
    mend_due_time: datetime | None
    index: int

    @property
    def decision(self) -> str:
        """Return the resource name of the decision."""
        return f"decisions/{self.index}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantInspection:
    """What an inspection of a grant shows, and the index of its own record."""

    grant: Grant
    use_records: tuple[UseRecord, ...]
    more_use_records: bool
    uses: UseCounts
    misuses: tuple[MisuseSuspension, ...]
    look_index: int


def check_inspector(grant: Grant, by: Caller) -> None:
    """Refuse an inspection by the consumer itself, unless it is the provider too; everybody else who knows of the grant may inspect it."""
    if by.department == grant.consumer:
        raise INSPECTS_ITSELF()


def count_uses(uses: Iterable[Use], duties: Mapping[str, frozenset[Duty]], since: datetime, *, is_cut: bool) -> UseCounts:
    """Return how often, on which day and by which duties; `duties` are those of officers by their numbers."""
    every = list(uses)
    days = Counter((day_in_china(one.at), one.answered) for one in every)
    by_duty = Counter((tuple(sorted(one.value for one in duties.get(use.officer, ()))), use.answered) for use in every)
    answered = sum(one.answered for one in every)
    found = [DutyUses(held, by_duty[held, True], by_duty[held, False]) for held in sorted({held for held, _ in by_duty})]
    return UseCounts(
        answered=answered,
        refused=len(every) - answered,
        days=tuple(DayUses(day, days[day, True], days[day, False]) for day in sorted({day for day, _ in days})),
        duties=tuple(sorted(found, key=lambda one: (-one.answered, one.duties))),
        is_cut=is_cut,
        since=since,
    )
