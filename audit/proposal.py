"""A proposal to erase records: the authority proposes, the auditor of another department confirms or refuses it. Pure: time comes in as `at`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Final

from audit.erasure import MOST
from audit.fields import MAX_DETAIL
from audit.reasons.erasures import NO_RECORDS_NAMED, NOT_ANOTHER_DEPARTMENT, NOT_ANOTHER_PERSON, TOO_MANY_RECORDS
from hub.access import Caller, Role
from hub.procedure import Party, Procedure
from hub.subject import Subject
from hub.wording import Guard, LegalBasis, Officer, Reasons
from shuniu.words import Word

OPEN_FOR: Final = timedelta(days=30)
"""How long a proposal may be decided; afterwards it is expired, and a new one is made."""


class ErasureBasis(LegalBasis):
    """删除依据: the law or judgement by which records are erased; it stands in the record of the erasure, and beside each erased one."""

    cap, several_lines, guard = MAX_DETAIL, False, Guard.STRICT


@unique
class ErasureState(StrEnum):
    """Where a proposal stands; EXPIRED is derived from its time and never stored."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    EXPIRED = "expired"


@unique
class ErasureStep(StrEnum):
    """What can be done with a proposal."""

    CONFIRM = "confirm"
    REFUSE = "refuse"


NEXT: Final[Mapping[tuple[ErasureState, ErasureStep], ErasureState]] = {
    (ErasureState.PROPOSED, ErasureStep.CONFIRM): ErasureState.CONFIRMED,
    (ErasureState.PROPOSED, ErasureStep.REFUSE): ErasureState.REFUSED,
}

ERASURE_PROCEDURE: Final = Procedure(
    thing=Word("erasure", "erasure", "记录删除"),
    next=NEXT,
    who=dict.fromkeys(ErasureStep, frozenset({Party.AUDITOR})),
    states={
        ErasureState.PROPOSED: Word("proposed", "proposed", "已提议"),
        ErasureState.CONFIRMED: Word("confirmed", "confirmed", "已确认"),
        ErasureState.REFUSED: Word("refused", "refused", "已驳回"),
        ErasureState.EXPIRED: Word("expired", "expired", "已过期"),
    },
    steps={
        ErasureStep.CONFIRM: Word("confirm", "confirm it", "确认"),
        ErasureStep.REFUSE: Word("refuse", "refuse it", "驳回"),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureProposal:
    """Records to be erased, named by their indexes alone: whose they are is what the erasure makes forgotten."""

    id: str
    revision: int = 1
    state: ErasureState = ErasureState.PROPOSED
    indexes: tuple[int, ...]
    legal_basis: str
    reason: str
    proposer: str
    officer: str
    create_time: datetime
    decider: str = ""
    decide_officer: str = ""
    decide_reason: str = ""
    decide_time: datetime | None = None
    erasure_index: int | None = None

    def __post_init__(self) -> None:
        if not self.indexes:
            raise NO_RECORDS_NAMED(field="indexes")
        if len(self.indexes) > MOST:
            raise TOO_MANY_RECORDS(field="indexes", most=MOST, count=len(self.indexes))

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"erasures/{self.id}"

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return which department has which part: none by its name, both act by their role."""
        return {}

    @property
    def expire_time(self) -> datetime:
        """Return until when it may be decided."""
        return self.create_time + OPEN_FOR

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of it: the authority and auditors."""
        return bool({Role.AUTHORITY, Role.AUDITOR} & caller.roles)

    def state_at(self, at: datetime) -> ErasureState:
        """Return where it stands at a moment: one that nobody decided in time is expired."""
        return ErasureState.EXPIRED if self.state is ErasureState.PROPOSED and at >= self.expire_time else self.state

    def as_of(self, at: datetime) -> "ErasureProposal":
        """Return the proposal as it is to be shown at a moment."""
        return replace(self, state=self.state_at(at))

    def confirm(self, by: Caller, officer: str, reason: str, at: datetime) -> "ErasureProposal":
        """Return the proposal as confirmed: by an auditor of another department than the proposer's, and by another person."""
        ERASURE_PROCEDURE.admit(self, ErasureStep.CONFIRM, by)
        if by.department == self.proposer:
            raise NOT_ANOTHER_DEPARTMENT()
        officer, reason = Officer(officer), Reasons(reason)
        if officer.casefold() == self.officer.casefold():
            raise NOT_ANOTHER_PERSON(field="officer")
        return self._decided(ERASURE_PROCEDURE.after(self.state_at(at), ErasureStep.CONFIRM), by.department, officer, reason, at)

    def end(self, by: Caller, officer: str, reason: str, at: datetime) -> "ErasureProposal":
        """Return the proposal as ended without an erasure: an auditor refused it, its department took it back, or the hub cannot do it any more.

        Who may, the proposal of the step says (`work.model.proposal`), which is decided in the same transaction.
        """
        state = ERASURE_PROCEDURE.after(self.state_at(at), ErasureStep.REFUSE)
        return self._decided(state, by.department or by.system, officer, reason, at)

    def _decided(self, state: ErasureState, decider: str, officer: str, reason: str, at: datetime) -> "ErasureProposal":
        after = replace(self, state=state, revision=self.revision + 1)
        return replace(after, decider=decider, decide_officer=officer, decide_reason=reason, decide_time=at)


@dataclass(frozen=True, slots=True)
class ErasureWish:
    """What is to be erased: records by their indexes, or what the log says of a subject; and on which legal ground."""

    legal_basis: str
    indexes: tuple[int, ...] = ()
    subject: Subject | None = None


@dataclass(frozen=True, slots=True)
class LeafFacts:
    """What the leaf of a record says, which an erasure leaves: it is all that a proposal shows."""

    index: int
    time: datetime
    kind: str
    department: str
    other_department: str


@dataclass(frozen=True, slots=True)
class ErasureView:
    """A proposal as it is shown: with what is left of each record, and how many of them are younger than the law wants them kept."""

    proposal: ErasureProposal
    records: tuple[LeafFacts, ...]
    young: int
