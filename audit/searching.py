"""A search of the log: what is looked for, by whom and why, how narrow it must be, and what may be opened under it afterwards.

A search is itself a record, durable before its result is shown. That record holds the whole filter (the subject as a pseudonym), so whether
another record is among its answers can be told later without keeping the answers: `AuditActions.record`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from audit.model import Kind, Record
from audit.reasons.records import OTHERS_RECORDS, SEARCH_TOO_WIDE, SEARCH_UNBOUNDED, SEARCH_WITH_ID_NUMBER, SUPERVISION_OF_A_PERSON
from hub.access import Caller, Role
from hub.showing import Look
from hub.subject import Subject
from hub.wording import CaseNumber, Line, LookReason, Officer, Searcher

SEARCH: Final = "audit.SearchAuditRecords"
OPEN: Final = "audit.GetAuditRecord"
WIDEST: Final = timedelta(days=31)
"""How long a period may be that alone narrows an auditor's search."""
COVERS: Final = timedelta(minutes=30)
"""How long records are opened under a search that found them."""


class _OfficerSought(Officer):
    in_clear = SEARCH_WITH_ID_NUMBER


class _CaseSought(CaseNumber):
    in_clear = SEARCH_WITH_ID_NUMBER


class _DepartmentSought(Line):
    field, in_clear = "department", SEARCH_WITH_ID_NUMBER


class _Searcher(Searcher):
    in_clear = SEARCH_WITH_ID_NUMBER


class _Reason(LookReason):
    in_clear = SEARCH_WITH_ID_NUMBER


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, by whom and why; `subject` is in clear only here and never stored."""

    subject: Subject | None = None
    officer: str = ""
    department: str = ""
    case_number: str = ""
    since: datetime | None = None
    until: datetime | None = None
    reason: str = ""
    searcher: str = ""
    page_size: int = 0
    page_token: str = ""

    def as_stored(self) -> Self:
        """Return the search with its texts as they would be stored, so that it finds what was; ID numbers have no place but the subject."""
        return replace(
            self,
            officer=_OfficerSought.or_none(self.officer),
            department=_DepartmentSought.or_none(self.department),
            case_number=_CaseSought.or_none(self.case_number),
        )

    @property
    def look(self) -> Look:
        """Return who searches and why; raise InvalidInputError where either says nothing."""
        return _look(self.searcher, self.reason)

    def within_reach(self, caller: Caller) -> Self:
        """Return the search as this caller may make it: an auditor's as it is, a department's among the records that name it.

        The authority names another department to supervise it (Decree 809 art. 29, 38), and asks then for nobody's data.
        """
        if Role.AUDITOR in caller.roles:
            return self
        if supervises(caller, self.department):
            if self.subject is not None:
                raise SUPERVISION_OF_A_PERSON(field="subject")
            return self
        if self.department not in {"", caller.department}:
            raise OTHERS_RECORDS(field="department")
        return replace(self, department=caller.department)

    def check_narrow(self, at: datetime) -> None:
        """Refuse a search that nothing narrows: the whole log, or of a period alone more than a month.

        What is still to come is not in the log, so a period ends now at the latest, and one without a beginning narrows nothing.
        """
        if self.subject or self.officer or self.department or self.case_number:
            return
        if self.since is None:
            raise SEARCH_UNBOUNDED(field="from_time" if self.until else "subject")
        if (at if self.until is None else min(self.until, at)) - self.since > WIDEST:
            raise SEARCH_TOO_WIDE(field="from_time", days=WIDEST.days)

    @property
    def detail(self) -> Mapping[str, str]:
        """Return the filter as its record tells it, all but the subject; `RecordFilter.of_search` reads it."""
        return {
            "officer": self.officer,
            "department": self.department,
            "case_number": self.case_number,
            "from_time": self.since.isoformat() if self.since else "",
            "to_time": self.until.isoformat() if self.until else "",
        }


@dataclass(frozen=True, slots=True)
class Opening:
    """How one record is asked for: under an earlier search of the caller's own (the index of its record), or with who looks and why.

    With a search the searcher, where one is named, is the same person; the reason is the search's and not asked for again.
    """

    searcher: str = ""
    reason: str = ""
    search: int | None = None

    @property
    def look(self) -> Look:
        """Return who looks and why; raise InvalidInputError where either says nothing."""
        return _look(self.searcher, self.reason)

    def rests_on(self, search: Record, caller: Caller, at: datetime) -> bool:
        """Tell whether a record is that of a search under which this caller may still open what it found."""
        return (
            search.kind is Kind.SEARCH
            and search.action == SEARCH
            and (search.actor.department, search.actor.system) == (caller.department, caller.system)
            and self.searcher in {"", search.actor.officer}
            and at - search.at <= COVERS
        )


def supervises(caller: Caller, department: str) -> bool:
    """Tell whether a look at the records of a department is the authority's supervision of another one."""
    return Role.AUTHORITY in caller.roles and Role.AUDITOR not in caller.roles and department not in {"", caller.department}


def _look(searcher: str, reason: str) -> Look:
    return Look(_Searcher.or_none(searcher), _Reason.or_none(reason))
