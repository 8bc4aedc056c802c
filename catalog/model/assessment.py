"""风险评估与分类分级: what is said of secrecy, personal information, format, class and grade before data is listed (Decree 809 art. 13)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from catalog.reasons import ASSESSMENT_AHEAD, ASSESSMENT_MISSING, SECRET_STAYS_OUT
from hub.clock import day_of
from hub.errors import InvalidInputError
from hub.faults import Faults

if TYPE_CHECKING:
    from catalog.model.content import EntryContent


@unique
class Secrecy(StrEnum):
    """涉密情形."""

    NONE = "none"
    WORK = "work"
    STATE = "state"


@unique
class DataFormat(StrEnum):
    """数据格式: 政务信息资源目录编制指南（试行） section 5.2."""

    DATABASE = "database"
    SPREADSHEET = "spreadsheet"
    DOCUMENT = "document"
    IMAGE = "image"
    MEDIA = "media"
    SELF_DESCRIBING = "self-describing"


@unique
class DataGrade(StrEnum):
    """数据级别: GB/T 43697-2024."""

    GENERAL = "general"
    IMPORTANT = "important"
    CORE = "core"


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was assessed: secrecy of all data, the impact of personal information where there is any; the days are ISO 8601 texts."""

    secrecy: Secrecy | None = None
    secrecy_report: str = ""
    secrecy_date: str = ""
    impact_report: str = ""
    impact_date: str = ""


UNASSESSED: Final = Assessment()
"""Of an entry that says nothing of it."""


def check_assessment(faults: Faults, content: "EntryContent") -> None:
    """Keep what can never stand: data that is secret (Decree 809 art. 3), a day that is none."""
    assessed = content.assessment
    if assessed.secrecy in {Secrecy.WORK, Secrecy.STATE}:
        faults.add(SECRET_STAYS_OUT(field="entry.assessment.secrecy"))
    for name in ("secrecy_date", "impact_date"):
        text = getattr(assessed, name)
        if text and day_of(text) is None:
            faults.add(ASSESSMENT_AHEAD(field=f"entry.assessment.{name}"))


def check_days(content: "EntryContent", today: date) -> None:
    """Refuse an assessment that is said to be of a day to come: it is made before the data is listed."""
    faults = Faults()
    for name in ("secrecy_date", "impact_date"):
        day = day_of(getattr(content.assessment, name))
        if day is not None and day > today:
            faults.add(ASSESSMENT_AHEAD(field=f"entry.assessment.{name}"))
    faults.refuse()


def gaps(content: "EntryContent") -> Iterator[InvalidInputError]:
    """Yield what the content leaves open of Decree 809 art. 13, each as the fault that it is where assessments are required."""
    assessed = content.assessment
    wanted: dict[str, object] = {
        "assessment.secrecy": assessed.secrecy,
        "assessment.secrecy_report": assessed.secrecy_report,
        "assessment.secrecy_date": assessed.secrecy_date,
        "data_format": content.data_format,
        "data_class": content.data_class,
        "data_grade": content.data_grade,
    }
    if any(one.personal for one in content.fields):  # 个人信息保护法 art. 55: whoever gives personal information to others assesses it before
        wanted |= {"assessment.impact_report": assessed.impact_report, "assessment.impact_date": assessed.impact_date}
    for name, value in wanted.items():
        if not value:
            yield ASSESSMENT_MISSING(field=f"entry.{name}")
