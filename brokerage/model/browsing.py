"""翻阅线索: that the records of many different persons were read under one case number in a day, which no case needs. It names none of them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from hub.access import Caller, Duty, Role
from hub.desk import AUDITORS, Notice
from shuniu.words import Word

BROWSING: Final = Word("browsing_finding", "finding of browsing", "翻阅线索")
ARTICLE: Final = "《政务数据共享条例》第二十九条"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsingFinding:
    """Of how many subjects a consumer read records of an entry under one case number on one day in China; `most` is what the hub allowed."""

    id: str
    consumer: str
    provider: str
    entry: str
    case_number: str
    day: date
    record_count: int
    most: int
    create_time: datetime
    revision: int = 1

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"browsingFindings/{self.id}"

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of it."""
        return caller.department in {self.consumer, self.provider} or sees_all(caller)

    @property
    def facts(self) -> dict[str, str]:
        """Return what log and notices say of it beside its parties."""
        return {"entry": self.entry, "day": self.day.isoformat(), "records": str(self.record_count), "most": str(self.most)}


def sees_all(caller: Caller) -> bool:
    """Tell whether the caller sees findings of all departments: the authority (Decree 809 art. 29), and auditors."""
    return bool(caller.roles & {Role.AUTHORITY, Role.AUDITOR})


def told_of_browsing(finding: BrowsingFinding) -> tuple[Notice, ...]:
    """Return who is told: whoever leads the consumer's sharing office, the provider, and the auditors."""
    audience = ((finding.consumer, Duty.LEAD), (finding.provider, Duty.REQUESTS), (AUDITORS, Duty.AUDIT))
    return tuple(
        Notice(kind="browsing_found", department=department, duties=(duty,), article=ARTICLE, key=finding.id, facts=finding.facts)
        for department, duty in audience
    )
