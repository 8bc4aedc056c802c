"""共享争议: two departments disagree about a decision (Decree 809 art. 28). Pure: time comes in as `at`.

A decision about a dispute does not itself change what it is about: its outcome says what follows, and whoever is bound by it takes that step.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from brokerage.model.dispute_procedure import DISPUTE_PROCEDURE, DisputeState, DisputeStep
from brokerage.model.matter import Matter, Meanwhile
from brokerage.model.reasons import CONSULT_FIRST, NO_TERMS, OWN_TERMS, PASSED_ON
from brokerage.model.texts import Claim, DocumentNumber, Outcome
from hub.access import Caller, Role
from hub.faults import Faults
from hub.procedure import Party, takes_part
from hub.wording import Officer, Reasons
from timing.timer import Timer

OPEN_DISPUTE: Final = frozenset({DisputeState.CONSULTING, DisputeState.COORDINATING, DisputeState.WITH_GOVERNMENT})
"""One about a thing at a time; one that the authority decided is open again once it goes to the government."""
TIMED: Final = frozenset({DisputeState.CONSULTING, DisputeState.COORDINATING})


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeContent:
    """What a claimant writes: about what, and why it disagrees."""

    resource: str
    statement: str
    officer: str

    def __post_init__(self) -> None:
        faults = Faults()
        faults.spell(self, statement=lambda text: Claim(text, "statement"), officer=Officer)
        faults.refuse()

    def plain(self) -> dict[str, Any]:
        """Return the content as plain values."""
        return {"resource": self.resource, "statement": self.statement, "officer": self.officer}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A disagreement of two departments about one thing, in three tiers: they consult, a coordinator decides, the government decides."""

    id: str
    revision: int = 1
    state: DisputeState = DisputeState.CONSULTING
    resource: str
    entry: str
    claimant: str
    respondent: str
    coordinator: str = ""
    superior_suggested: bool = False
    meanwhile: Meanwhile
    statement: str
    answer: str = ""
    settlement: str = ""
    proposer: str = ""
    outcome: str = ""
    consequence: str = ""
    document_number: str = ""
    reason: str = ""
    timer: Timer | None = None
    officer: str
    create_time: datetime
    end_time: datetime | None = None

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"disputes/{self.id}"

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return which department has which part."""
        return {Party.CLAIMANT: self.claimant, Party.RESPONDENT: self.respondent, Party.COORDINATOR: self.coordinator}

    @property
    def awaits_step(self) -> bool:
        """Tell whether its timer runs: while the two consult, and while it is coordinated."""
        return self.state in TIMED

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of it: its parties, the coordinator and the authority."""
        return takes_part(self, caller)

    @classmethod
    def open(cls, by: Caller, content: DisputeContent, matter: Matter, dispute_id: str, at: datetime) -> "Dispute":
        """Return the content as a dispute of the caller's department with the other one."""
        return cls(
            id=dispute_id,
            **content.plain(),
            entry=matter.entry,
            claimant=by.department,
            respondent=matter.respondent_to(by),
            meanwhile=matter.meanwhile,
            create_time=at,
        )

    def state_position(self, by: Caller, answer: str) -> "Dispute":
        """Return the dispute with the respondent's position; a later one stands in its place."""
        DISPUTE_PROCEDURE.admit(self, DisputeStep.ANSWER, by)
        return self._after(DisputeStep.ANSWER, answer=Claim(answer, "answer"))

    def propose(self, by: Caller, settlement: str) -> "Dispute":
        """Return the dispute with terms that one party proposes, in the place of any before."""
        DISPUTE_PROCEDURE.admit(self, DisputeStep.PROPOSE, by)
        return self._after(DisputeStep.PROPOSE, settlement=Claim(settlement, "settlement"), proposer=by.department)

    def agree(self, by: Caller, at: datetime) -> "Dispute":
        """Return the dispute as settled by the terms that the other party proposed."""
        DISPUTE_PROCEDURE.admit(self, DisputeStep.AGREE, by)
        following = self._after(DisputeStep.AGREE, timer=None, end_time=at)
        if not self.proposer:
            raise NO_TERMS(state=self.state.value, step=DisputeStep.AGREE.value)
        if self.proposer == by.department:
            raise OWN_TERMS()
        return following

    def escalate(self, by: Caller, reason: str, timer: Timer | None, *, is_over: bool) -> "Dispute":
        """Return the dispute one tier up; from consulting once the respondent has answered, or no time to consult is left or given by any rule."""
        DISPUTE_PROCEDURE.admit(self, DisputeStep.ESCALATE, by)
        following = self._after(DisputeStep.ESCALATE, reason=Reasons(reason), end_time=None)
        if self.state is DisputeState.CONSULTING and not self.answer and self.timer is not None and not is_over:
            raise CONSULT_FIRST(state=self.state.value, step=DisputeStep.ESCALATE.value)
        return replace(following, timer=timer if following.state is DisputeState.COORDINATING else None)

    def hand_over(self, by: Caller, coordinator: str, reason: str) -> "Dispute":
        """Return the dispute as one that the common superior of the two coordinates."""
        DISPUTE_PROCEDURE.admit(self, DisputeStep.HAND_OVER, by)
        return self._after(DisputeStep.HAND_OVER, coordinator=coordinator, reason=Reasons(reason))

    def decide(self, by: Caller, outcome: str, consequence: str) -> "Dispute":
        """Return the dispute as the coordinator decides it, with what follows; once it was passed on, the authority decides it no more."""
        DISPUTE_PROCEDURE.admit(self, DisputeStep.DECIDE, by)
        if self.coordinator and by.department != self.coordinator and Role.AUTHORITY in by.roles:
            raise PASSED_ON(coordinator=self.coordinator)
        return self._after(DisputeStep.DECIDE, **_decision(outcome, consequence), timer=None)

    def record_government(self, by: Caller, document_number: str, outcome: str, consequence: str, at: datetime) -> "Dispute":
        """Return the dispute as the authority's government decided it, by the number of its document."""
        DISPUTE_PROCEDURE.admit(self, DisputeStep.RECORD, by)
        number = DocumentNumber(document_number)
        return self._after(DisputeStep.RECORD, **_decision(outcome, consequence), document_number=number, end_time=at)

    def withdraw(self, by: Caller, reason: str, at: datetime) -> "Dispute":
        """Return the dispute as taken back by the claimant."""
        DISPUTE_PROCEDURE.admit(self, DisputeStep.WITHDRAW, by)
        return self._after(DisputeStep.WITHDRAW, reason=Reasons(reason), timer=None, end_time=at)

    def run_out(self, at: datetime) -> "Dispute":
        """Return the dispute as one whose time is over, told at a moment; it stays where it is."""
        return replace(self, revision=self.revision + 1, timer=self.timer and replace(self.timer, told_time=at))

    def _after(self, step: DisputeStep, **changes: Any) -> "Dispute":
        return replace(self, state=DISPUTE_PROCEDURE.after(self.state, step), revision=self.revision + 1, **changes)


def _decision(outcome: str, consequence: str) -> dict[str, str]:
    return {"outcome": Outcome(outcome), "consequence": Outcome(consequence, "consequence")}
