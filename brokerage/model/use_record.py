"""使用记录: what a consumer did with the data of a grant, period by period (Decree 809 art. 29). Append-only; pure: time comes in as `at`."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time
from typing import Final

from brokerage.model.grant import Grant
from brokerage.model.reasons import (
    CORRECTED_ALREADY,
    CORRECTS_OTHER_GRANT,
    INSPECT_INSTEAD,
    USE_BEYOND_GRANT,
    USE_OF_OTHERS,
    USE_PERIOD_MISSING,
    USE_PERIOD_TO_COME,
    USE_PERIOD_UPSIDE_DOWN,
)
from brokerage.model.texts import Destruction, Effect, Process, Scenario, Storage
from brokerage.model.use_due import YEAR, UseDue
from hub.access import Caller
from hub.clock import day_in_china
from hub.faults import Faults
from hub.wording import Officer
from shuniu.words import Word
from shuniu.zone import CHINA
from timing.timer import Timer
from timing.timers import RECORD_USE, RECORD_USE_AT_END

USE_RECORD: Final = Word("use_record", "record of use", "使用记录")


@dataclass(frozen=True, slots=True, kw_only=True)
class UseContent:
    """What a consumer writes of its use; it names nobody, for provider and authority read it."""

    grant: str
    begin_date: date | None
    end_date: date | None
    scenario: str
    process: str
    effect: str
    storage: str
    destruction: str
    officer: str
    corrects: str = ""

    def __post_init__(self) -> None:
        faults = Faults()
        faults.spell(self, scenario=Scenario, process=Process, effect=Effect, storage=Storage, destruction=Destruction, officer=Officer)
        for name in ("begin_date", "end_date"):
            if getattr(self, name) is None:
                faults.add(USE_PERIOD_MISSING(field=name))
        if self.begin_date and self.end_date and self.begin_date > self.end_date:
            faults.add(USE_PERIOD_UPSIDE_DOWN(field="end_date"))
        faults.refuse()

    def plain(self) -> dict[str, str]:
        """Return the content as plain values."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value.isoformat() if isinstance(value, date) else str(value) for name, value in values.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class UseRecord:
    """What was done with the data of a grant in a period, as its consumer says."""

    id: str
    revision: int = 1
    grant: str
    department: str
    begin_date: date
    end_date: date
    scenario: str
    process: str
    effect: str
    storage: str
    destruction: str
    officer: str
    corrects: str = ""
    create_time: datetime
    grant_expire_time: datetime
    """When the grant's period is over: from then on the years count for which the record is kept."""
    corrected_by: str = ""
    """The record that corrects this one; not kept, filled in where it is shown."""

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"useRecords/{self.id}"

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may read it without a look on the log: whoever recorded it."""
        return caller.department == self.department

    @classmethod
    def make(cls, grant: Grant, by: Caller, content: UseContent, record_id: str, at: datetime) -> "UseRecord":
        """Return the content as a record of a use of the grant by its consumer."""
        check_own(grant, by)
        begin, end = _period_within(grant, content, at)
        said = {**{one.name: getattr(content, one.name) for one in fields(content)}, "begin_date": begin, "end_date": end}
        return cls(**said, id=record_id, department=by.department, create_time=at, grant_expire_time=grant.expire_time)

    def check_correctable(self, by: "UseRecord", corrected_by: str) -> None:
        """Refuse to correct a record of another grant, or one that another record corrects already."""
        if by.grant != self.grant:
            raise CORRECTS_OTHER_GRANT(field="corrects")
        if corrected_by:
            raise CORRECTED_ALREADY(field="corrects", record=corrected_by)


def check_own(grant: Grant, by: Caller) -> None:
    """Refuse to record the use of a grant that another department has."""
    if by.department != grant.consumer:
        raise USE_OF_OTHERS()


def check_reader(grant: Grant, by: Caller) -> None:
    """Refuse to list the records of another department's use: whoever may inspect it leaves a record of the look (Decree 809 art. 29)."""
    if by.department != grant.consumer:
        raise INSPECT_INSTEAD(grant=grant.name)


def owe_use_record(grant: Grant, start: Callable[[str], Timer | None], at: datetime) -> Grant:
    """Return a grant as its consumer owes a record of its use: a year has gone by, or the grant has ended.

    Where the rules in force know no time for it, nothing is owed, and the grant is looked at again a year later.
    """
    if grant.use_record_time is None:
        return grant
    over = grant.is_over(at)
    owed = grant.use_record_due
    if over or owed is None:  # of a live grant the older debt goes on
        timer = start(RECORD_USE_AT_END if over else RECORD_USE)
        owed = None if timer is None else UseDue.owe(grant.use_record_time, timer, is_last=over)
    following = None if over else min(grant.use_record_time + YEAR, grant.expire_time)
    return replace(grant, use_record_due=owed, use_record_time=following, revision=grant.revision + 1)


def settle(grant: Grant, record: UseRecord, at: datetime) -> Grant:
    """Return a grant after a record of its use: what is owed up to that day is settled, and the next one is owed a year later."""
    owed = None if grant.use_record_due is not None and grant.use_record_due.is_settled_by(record.end_date) else grant.use_record_due
    following = _next(grant, record.end_date, at)
    if (owed, following) == (grant.use_record_due, grant.use_record_time):
        return grant
    return replace(grant, use_record_due=owed, use_record_time=following, revision=grant.revision + 1)


def tell_late_use(grant: Grant, at: datetime) -> Grant:
    """Return a grant as the hub has told that a record of its use was not made in time."""
    return replace(grant, use_record_due=grant.use_record_due and grant.use_record_due.tell(at), revision=grant.revision + 1)


def _next(grant: Grant, recorded_to: date, at: datetime) -> datetime | None:
    planned = grant.use_record_time
    if planned is None:
        return None
    if grant.is_over(at):
        return None if recorded_to >= day_in_china(planned) else planned
    later = datetime.combine(recorded_to, time.max, CHINA) + YEAR
    return min(max(planned, later), grant.expire_time)


def _period_within(grant: Grant, content: UseContent, at: datetime) -> tuple[date, date]:
    """Return the period of a record; refuse one that is still to come, or that the grant does not cover."""
    faults = Faults()
    begin, end = content.begin_date or date.min, content.end_date or date.max  # both stand: the content was refused without
    first, last = day_in_china(grant.start_time), day_in_china(grant.end_time or grant.expire_time)
    if end > day_in_china(at):
        faults.add(USE_PERIOD_TO_COME(field="end_date"))
    elif end > last:
        faults.add(USE_BEYOND_GRANT(field="end_date", first=first, last=last))
    if begin < first:
        faults.add(USE_BEYOND_GRANT(field="begin_date", first=first, last=last))
    faults.refuse()
    return begin, end
