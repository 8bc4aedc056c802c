"""A step that one officer proposed and another confirms; the thing itself stays in the state in which it is. Pure: time comes in as `at`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Final, Self

from hub.access import ACCESS, DUTIES, Caller, Duty, Role
from hub.procedure import Party, Procedure
from hub.wording import Reasons
from shuniu.words import Word, either
from work.reasons import NOT_YOURS_TO_CONFIRM, SAME_PERSON

LIFE: Final = timedelta(days=30)
"""How long a proposal waits. The law's time goes on meanwhile: what runs out is the case, and its own time limit says so."""


@unique
class ProposalState(StrEnum):
    """Where a proposal stands. It is EXPIRED from its moment on, which the hub writes down within a minute."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"
    VOID = "void"
    EXPIRED = "expired"


@unique
class ProposalStep(StrEnum):
    """What is done with a proposal."""

    CONFIRM = "confirm"
    DECLINE = "decline"
    TAKE_BACK = "take_back"
    VOID = "void"
    EXPIRE = "expire"


NEXT: Final[Mapping[tuple[ProposalState, ProposalStep], ProposalState]] = {
    (ProposalState.PROPOSED, ProposalStep.CONFIRM): ProposalState.CONFIRMED,
    (ProposalState.PROPOSED, ProposalStep.DECLINE): ProposalState.DECLINED,
    (ProposalState.PROPOSED, ProposalStep.TAKE_BACK): ProposalState.TAKEN_BACK,
    (ProposalState.PROPOSED, ProposalStep.VOID): ProposalState.VOID,
    (ProposalState.PROPOSED, ProposalStep.EXPIRE): ProposalState.EXPIRED,
}
_OWN: Final = frozenset({Party.OWNER})
_DECIDING: Final = frozenset({Party.OWNER, Party.AUDITOR})
"""A colleague; of what an auditor consents to, who else sees it decides it (`Proposal.seen_by`)."""
PROPOSAL_PROCEDURE: Final = Procedure(
    thing=Word("proposal", "proposal", "待确认事项"),
    next=NEXT,
    who={
        ProposalStep.CONFIRM: _DECIDING,
        ProposalStep.DECLINE: _DECIDING,
        ProposalStep.TAKE_BACK: _OWN,
        ProposalStep.VOID: frozenset({Party.HUB}),
        ProposalStep.EXPIRE: frozenset({Party.HUB}),
    },
    states={
        ProposalState.PROPOSED: Word("proposed", "proposed", "待确认"),
        ProposalState.CONFIRMED: Word("confirmed", "confirmed", "已确认"),
        ProposalState.DECLINED: Word("declined", "declined", "已退回"),
        ProposalState.TAKEN_BACK: Word("taken_back", "taken back", "已撤回"),
        ProposalState.VOID: Word("void", "void", "已作废"),
        ProposalState.EXPIRED: Word("expired", "expired", "已过期"),
    },
    steps={
        ProposalStep.CONFIRM: Word("confirm", "confirm", "确认"),
        ProposalStep.DECLINE: Word("decline", "decline", "退回"),
        ProposalStep.TAKE_BACK: Word("take_back", "take back", "撤回"),
        ProposalStep.VOID: Word("void", "make void", "作废"),
        ProposalStep.EXPIRE: Word("expire", "let expire", "到期终止"),
    },
)


@dataclass(frozen=True, slots=True)
class Seconds:
    """Who may be the second person of a proposal at a moment: numbers of officers, and the duties that make them so.

    Where a `role` is named it is whoever has it, and an officer one of the duties: in which other department, the thing itself says.
    """

    numbers: frozenset[str]
    duties: frozenset[Duty]
    role: Role | None = None

    def check(self, by: Caller, number: str, proposer: str) -> None:
        """Refuse whoever proposed it, and whoever has none of the duties."""
        if self.role is None and number == proposer:
            raise SAME_PERSON()
        if not self._has(by, number):
            raise NOT_YOURS_TO_CONFIRM(duties=either(*(DUTIES[one] for one in sorted(self.duties))))

    def _has(self, by: Caller, number: str) -> bool:
        if self.role is None:
            return number in self.numbers
        return self.role in by.roles and (not by.officer or bool(self.duties & by.duties))


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A step as it was proposed: the rpc and its serialised request, on which thing, by whom. `system` is empty where an officer was signed in.

    `decider` is the number of the officer who decided; `reason` why it was declined, taken back or void.
    """

    id: str
    method: str
    resource: str
    title: str
    department: str
    proposer: str
    system: str
    request: bytes
    article: str
    duties: tuple[Duty, ...]
    create_time: datetime
    expire_time: datetime
    state: ProposalState = ProposalState.PROPOSED
    decide_time: datetime | None = None
    decider: str = ""
    reason: str = ""
    revision: int = 1

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"proposals/{self.id}"

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return the department in which it was proposed and is decided."""
        return {Party.OWNER: self.department}

    @property
    def step(self) -> str:
        """Return the bare name of the rpc."""
        return self.method.rpartition("/")[2]

    @property
    def role(self) -> Role | None:
        """Return as what another department consents; None where a colleague does."""
        row = ACCESS.get(self.method)
        return row.second.role if row and row.second else None

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of it: the own department, and whoever else may consent. Others learn what is decided, not weighed."""
        return bool(caller.department) and (caller.department == self.department or self.role in caller.roles)

    def as_of(self, at: datetime) -> Self:
        """Return it as it stands at a moment: nobody decided in time, and it is expired."""
        return replace(self, state=ProposalState.EXPIRED) if self.state is ProposalState.PROPOSED and at >= self.expire_time else self

    def confirm(self, by: Caller, number: str, seconds: Seconds, at: datetime) -> Self:
        """Return it as confirmed by another person than the proposer."""
        return self._decided(ProposalStep.CONFIRM, by, number, seconds, at)

    def decline(self, by: Caller, number: str, seconds: Seconds, reason: str, at: datetime) -> Self:
        """Return it as declined by whoever may confirm it."""
        return replace(self._decided(ProposalStep.DECLINE, by, number, seconds, at), reason=str(Reasons(reason)))

    def take_back(self, by: Caller, number: str, colleagues: frozenset[str], reason: str, at: datetime) -> Self:
        """Return it as taken back by whoever proposed it, or by a colleague who may take the step."""
        state = PROPOSAL_PROCEDURE.step(self.as_of(at), ProposalStep.TAKE_BACK, by)
        if number != self.proposer and number not in colleagues:
            raise NOT_YOURS_TO_CONFIRM(duties=either(*(DUTIES[one] for one in self.duties)))
        return replace(self, state=state, decider=number, decide_time=at, reason=str(Reasons(reason)), revision=self.revision + 1)

    def void(self, reason: str, at: datetime) -> Self:
        """Return it as void: what was proposed is not possible any more."""
        state = PROPOSAL_PROCEDURE.after(self.as_of(at).state, ProposalStep.VOID)
        return replace(self, state=state, decide_time=at, reason=reason, revision=self.revision + 1)

    def expire(self, at: datetime) -> Self:
        """Return it as expired: nobody decided in time, and nothing was done."""
        state = PROPOSAL_PROCEDURE.after(self.state, ProposalStep.EXPIRE)
        return replace(self, state=state, decide_time=at, revision=self.revision + 1)

    def _decided(self, step: ProposalStep, by: Caller, number: str, seconds: Seconds, at: datetime) -> Self:
        # Who before state, as everywhere; the department comes first, then the person.
        PROPOSAL_PROCEDURE.admit(self, step, by)
        seconds.check(by, number, self.proposer)
        state = PROPOSAL_PROCEDURE.after(self.as_of(at).state, step)
        return replace(self, state=state, decider=number, decide_time=at, revision=self.revision + 1)
