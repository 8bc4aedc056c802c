"""投诉: what a citizen complains of in the sharing of data, filed by an officer (Decree 809 art. 37). Pure: time comes in as `at`.

No citizen stands in it: the filing department keeps who complained in its own file, whose number is the contact reference.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum, unique
from typing import Any, Final

from brokerage.model.complaint_procedure import COMPLAINT_PROCEDURE, ComplaintState, ComplaintStep
from brokerage.model.texts import ComplaintAnswer, ContactReference, Grievance
from hub.access import Caller
from hub.faults import Faults
from hub.procedure import Party, takes_part
from hub.wording import CaseNumber, Officer, Reasons
from shuniu.identifiers.uscc import parse_uscc
from timing.timer import Timer

UNANSWERED: Final = frozenset({ComplaintState.FILED, ComplaintState.ACCEPTED})


@unique
class ComplaintChannel(StrEnum):
    """How a complaint came in."""

    COUNTER = "counter"
    TELEPHONE = "telephone"
    LETTER = "letter"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintContent:
    """What an officer writes of a complaint."""

    channel: ComplaintChannel
    about_department: str = ""
    entry: str = ""
    statement: str
    contact_reference: str
    case_number: str = ""
    officer: str

    def __post_init__(self) -> None:
        faults = Faults()
        faults.spell(
            self,
            statement=Grievance,
            contact_reference=ContactReference,
            case_number=CaseNumber.or_none,
            officer=Officer,
            about_department=_department,
        )
        faults.refuse()

    def plain(self) -> dict[str, Any]:
        """Return the content as plain values."""
        return {
            "channel": self.channel.value,
            "about_department": self.about_department,
            "entry": self.entry,
            "statement": self.statement,
            "contact_reference": self.contact_reference,
            "case_number": self.case_number,
            "officer": self.officer,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A citizen's complaint as a case: filed, accepted, answered, closed; or returned with where to go instead."""

    id: str
    revision: int = 1
    state: ComplaintState = ComplaintState.FILED
    channel: ComplaintChannel
    about_department: str
    entry: str
    statement: str
    contact_reference: str
    case_number: str
    filer: str
    assignee: str = ""
    answer: str = ""
    reason: str = ""
    timer: Timer | None = None
    officer: str
    create_time: datetime
    end_time: datetime | None = None

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"complaints/{self.id}"

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return which department has which part."""
        return {Party.FILER: self.filer, Party.ASSIGNEE: self.assignee}

    @property
    def awaits_step(self) -> bool:
        """Tell whether its answer is awaited: the timer runs."""
        return self.state in UNANSWERED

    @property
    def no_time_limit(self) -> bool:
        """Tell whether no rule in force gave a time for the answer when it was filed."""
        return self.timer is None

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of it: who filed it, who answers it, and the authority; not the department complained of."""
        return takes_part(self, caller)

    @classmethod
    def file(cls, by: Caller, content: ComplaintContent, timer: Timer | None, complaint_id: str, at: datetime) -> "Complaint":
        """Return the content as a complaint filed by the caller's department; its timer, where a rule gives one, runs from now."""
        return cls(**{**content.plain(), "channel": content.channel}, id=complaint_id, filer=by.department, timer=timer, create_time=at)

    def accept(self, by: Caller, department: str, reason: str) -> "Complaint":
        """Return the complaint as one for a department to answer; where none is named, the authority's own answers it."""
        COMPLAINT_PROCEDURE.admit(self, ComplaintStep.ACCEPT, by)
        return self._after(ComplaintStep.ACCEPT, assignee=department or by.department, reason=Reasons(reason))

    def send_back(self, by: Caller, reason: str, at: datetime) -> "Complaint":
        """Return the complaint as no matter of sharing, with where to go instead."""
        COMPLAINT_PROCEDURE.admit(self, ComplaintStep.RETURN, by)
        return self._after(ComplaintStep.RETURN, reason=Reasons(reason), end_time=at)

    def reply(self, by: Caller, answer: str) -> "Complaint":
        """Return the complaint with its answer."""
        COMPLAINT_PROCEDURE.admit(self, ComplaintStep.ANSWER, by)
        return self._after(ComplaintStep.ANSWER, answer=ComplaintAnswer(answer))

    def close(self, by: Caller, at: datetime) -> "Complaint":
        """Return the complaint as closed: the citizen was told."""
        COMPLAINT_PROCEDURE.admit(self, ComplaintStep.CLOSE, by)
        return self._after(ComplaintStep.CLOSE, end_time=at)

    def run_out(self, at: datetime) -> "Complaint":
        """Return the complaint as one whose time is over, told at a moment; it stays to be answered."""
        return replace(self, revision=self.revision + 1, timer=self.timer and replace(self.timer, told_time=at))

    def _after(self, step: ComplaintStep, **changes: Any) -> "Complaint":
        return replace(self, state=COMPLAINT_PROCEDURE.after(self.state, step), revision=self.revision + 1, **changes)


def _department(text: str) -> str:
    return parse_uscc(text, field="complaint.about_department") if text.strip() else ""
