"""数源部门: which department is the source of a term, by the authority's word (Decree 809 art. 19). Pure: time comes in as `at`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum, unique
from typing import Any, Final

from hub.access import Caller, Duty
from hub.desk import Notice
from hub.faults import Faults
from hub.procedure import Party, Procedure
from hub.wording import Guard, LegalBasis, Line, Officer, Reasons
from shuniu.identifiers.uscc import parse_uscc
from shuniu.words import Word

ARTICLE_19: Final = "政务数据共享条例（国务院令第809号）第十九条"


class Term(Line):
    """数源术语: what a source is the source of, as entries say it."""

    field, cap, optional = "term", 100, False


class SourceBasis(LegalBasis):
    """On what the naming of a source rests; the log repeats it."""

    field, guard = "basis", Guard.STRICT


@unique
class SourceState(StrEnum):
    """Whether a department is the source."""

    IN_FORCE = "in_force"
    ENDED = "ended"


@unique
class SourceOrigin(StrEnum):
    """How a department became the source."""

    ASSIGNED = "assigned"
    PUBLISHED = "published"


@unique
class SourceStep(StrEnum):
    """What can be done with a source."""

    END = "end"
    REPLACE = "replace"
    SUCCEED = "succeed"
    LAPSE = "lapse"


NEXT_SOURCE: Final[Mapping[tuple[SourceState, SourceStep], SourceState]] = {
    (SourceState.IN_FORCE, SourceStep.END): SourceState.ENDED,
    (SourceState.IN_FORCE, SourceStep.REPLACE): SourceState.ENDED,  # the authority named another
    (SourceState.IN_FORCE, SourceStep.SUCCEED): SourceState.IN_FORCE,  # to the successor of the department
    (SourceState.IN_FORCE, SourceStep.LAPSE): SourceState.ENDED,  # nobody was named but by an entry that says it no longer
}

SOURCE_PROCEDURE: Final = Procedure(
    thing=Word("record_source", "record source", "数源"),
    next=NEXT_SOURCE,
    who={
        SourceStep.END: frozenset({Party.AUTHORITY}),
        SourceStep.REPLACE: frozenset({Party.HUB}),
        SourceStep.SUCCEED: frozenset({Party.HUB}),
        SourceStep.LAPSE: frozenset({Party.HUB}),
    },
    states={
        SourceState.IN_FORCE: Word("in_force", "in force", "有效"),
        SourceState.ENDED: Word("ended", "ended", "已终止"),
    },
    steps={
        SourceStep.END: Word("end", "end it", "终止"),
        SourceStep.REPLACE: Word("replace", "replace it", "改由其他部门"),
        SourceStep.SUCCEED: Word("succeed", "pass it to a successor", "随机构承继"),
        SourceStep.LAPSE: Word("lapse", "let it lapse", "失效"),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceContent:
    """What the authority writes when it names a source."""

    term: str
    department: str
    basis: str
    officer: str

    def __post_init__(self) -> None:
        faults = Faults()
        faults.spell(self, term=Term, department=lambda text: parse_uscc(text, field="department"), basis=SourceBasis, officer=Officer)
        faults.refuse()

    def plain(self) -> dict[str, str]:
        """Return the content as plain values."""
        return {"term": self.term, "department": self.department, "basis": self.basis, "officer": self.officer}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSource:
    """A department as the source of a term, from a moment until another."""

    id: str
    revision: int = 1
    state: SourceState = SourceState.IN_FORCE
    origin: SourceOrigin
    term: str
    department: str
    basis: str
    officer: str
    create_time: datetime
    end_time: datetime | None = None
    reason: str = ""
    department_title: str = ""
    """Its name now; not kept."""

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"recordSources/{self.id}"

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return the department that is the source."""
        return {Party.PROVIDER: self.department}

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of it: whoever takes part, for everybody asks the source."""
        return not caller.anonymous

    @classmethod
    def assign(cls, content: SourceContent, source_id: str, at: datetime) -> "RecordSource":
        """Return a source that the authority names."""
        return cls(
            id=source_id,
            origin=SourceOrigin.ASSIGNED,
            term=content.term,
            department=content.department,
            basis=content.basis,
            officer=content.officer,
            create_time=at,
        )

    def end(self, by: Caller, reason: str, at: datetime) -> "RecordSource":
        """Return the source as the authority ends it."""
        SOURCE_PROCEDURE.admit(self, SourceStep.END, by)
        return self._after(SourceStep.END, reason=Reasons(reason), end_time=at)

    def replace_by(self, other: "RecordSource", at: datetime) -> "RecordSource":
        """Return the source as ended because the authority named another."""
        return self._after(SourceStep.REPLACE, reason=other.basis, end_time=at)

    def lapse(self, reason: str, at: datetime) -> "RecordSource":
        """Return the source as ended because nothing says it any more."""
        return self._after(SourceStep.LAPSE, reason=reason, end_time=at)

    def pass_to(self, department: str) -> "RecordSource":
        """Return the source as the successor of its department has it."""
        return self._after(SourceStep.SUCCEED, department=department)

    def _after(self, step: SourceStep, **changes: Any) -> "RecordSource":
        return replace(self, state=SOURCE_PROCEDURE.after(self.state, step), revision=self.revision + 1, **changes)


def told_of_source(kind: str, source: RecordSource, entry: str = "") -> Notice:
    """Return what a department is told of being the source of a term, or of being it no longer: then with its entry that still says so."""
    facts = {name: value for name, value in (("term", source.term), ("entry", entry)) if value}
    return Notice(kind=kind, department=source.department, duties=(Duty.DIRECTORY,), article=ARTICLE_19, facts=facts)
