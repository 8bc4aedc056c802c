"""One procedure for everything that moves through states: the table `NEXT` is the rule, this is its glue.

A procedure knows its states, its steps, who may take which step, and what state and step are called in both languages. What is not in the
table is refused by the names of both. `docs/procedures.md` is rendered from the procedures of all packages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any, Final, Generic, Protocol, TypeVar

from hub.access import Caller, Role
from hub.errors import IllegalStateError, NotAllowedError, Reason
from hub.reasons import ILLEGAL_STATE, WRONG_PARTY
from hub.steps import WAYS
from shuniu.words import Word, either


@unique
class Party(StrEnum):
    """Whose step it is. A department or a single system has a part in a thing (`Case.parties`); authority and auditor by role; the hub by rule."""

    CONSUMER = "consumer"
    PROVIDER = "provider"
    AUTHORITY = "authority"
    AUDITOR = "auditor"
    OBJECTOR = "objector"
    SOURCE = "source"
    RECIPIENT = "recipient"
    FILER = "filer"
    ASSIGNEE = "assignee"
    CLAIMANT = "claimant"
    RESPONDENT = "respondent"
    COORDINATOR = "coordinator"
    ISSUER = "issuer"
    OWNER = "owner"
    SYSTEM = "system"
    HUB = "hub"


PARTIES: Final[Mapping[Party, Word]] = {
    Party.CONSUMER: Word("consumer", "consumer", "使用部门"),
    Party.PROVIDER: Word("provider", "provider", "提供部门"),
    Party.AUTHORITY: Word("authority", "authority", "数据共享主管部门"),
    Party.AUDITOR: Word("auditor", "auditor", "审计人员"),
    Party.OBJECTOR: Word("objector", "objecting department", "异议提出部门"),
    Party.SOURCE: Word("source", "source department", "数据来源部门"),
    Party.RECIPIENT: Word("recipient", "receiving department", "接收部门"),
    Party.FILER: Word("filer", "filing department", "提出部门"),
    Party.ASSIGNEE: Word("assignee", "assigned department", "承办部门"),
    Party.CLAIMANT: Word("claimant", "department that opened the dispute", "争议提出部门"),
    Party.RESPONDENT: Word("respondent", "other department of the dispute", "争议相对部门"),
    Party.COORDINATOR: Word("coordinator", "coordinating department", "协调部门"),
    Party.ISSUER: Word("issuer", "issuing department", "颁发机构"),
    Party.OWNER: Word("owner", "owning department", "所属部门"),
    Party.SYSTEM: Word("system", "system itself", "该业务系统"),
    Party.HUB: Word("hub", "hub", "枢纽"),
}

_BY_ROLE: Final = ((Party.AUTHORITY, Role.AUTHORITY), (Party.AUDITOR, Role.AUDITOR))
_State = TypeVar("_State", bound=StrEnum)
_Stands_co = TypeVar("_Stands_co", bound=StrEnum, covariant=True)
_Step = TypeVar("_Step", bound=StrEnum)


class Case(Protocol[_Stands_co]):
    """What a procedure moves on: it stands in a state, and departments have a part in it."""

    @property
    def state(self) -> _Stands_co:
        """Return where it stands."""

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return which department (USCC) has which part in it, and for `Party.SYSTEM` which system (resource name)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure(Generic[_State, _Step]):
    """States, steps, who and what next. `next` holds every row; `who` names the parties of each step, `Party.HUB` for the hub's own.

    `wrong_party` is what somebody else hears who takes a step of the procedure.
    """

    thing: Word
    next: Mapping[tuple[_State, _Step], _State]
    who: Mapping[_Step, frozenset[Party]]
    states: Mapping[_State, Word]
    steps: Mapping[_Step, Word]
    wrong_party: Reason[NotAllowedError] = WRONG_PARTY

    def step(self, case: Case[_State], step: _Step, by: Caller) -> _State:
        """Return where `step` leads `case` when `by` takes it; raise NotAllowedError (who), then IllegalStateError (state)."""
        # Who before state: somebody without a part in the case does not learn from the refusal where it stands.
        self.admit(case, step, by)
        return self.after(case.state, step)

    def admit(self, case: Case[_State], step: _Step, by: Caller) -> None:
        """Refuse a caller who has no part in the case that may take the step; the hub's own steps are no caller's."""
        if not self.admits(case, step, by):
            party = either(*(PARTIES[one] for one in sorted(self.who[step])))
            raise self.wrong_party(party=party, step=self.steps[step], thing=self.thing)

    def admits(self, case: Case[_State], step: _Step, by: Caller) -> bool:
        """Tell whether the caller has a part in the case that may take the step, whatever the state."""
        allowed = self.who[step]
        # No case lists Party.HUB, Party.AUTHORITY or Party.AUDITOR: the hub's steps are open to no caller, and the others are known by their roles.
        if any(party in allowed and role in by.roles for party, role in _BY_ROLE):
            return True
        parties = case.parties
        # `by.department` first: a caller without a department must not match a part that is empty.
        return any(by.department and parties.get(part) == (by.name if part is Party.SYSTEM else by.department) for part in allowed)

    def after(self, state: _State, step: _Step) -> _State:
        """Return where `step` leads from `state`; raise IllegalStateError naming both where the table has no such row."""
        following = self.next.get((state, step))
        if following is None:
            raise self.illegal(state, step)
        return following

    def illegal(self, state: _State, step: _Step) -> IllegalStateError:
        """Return the refusal of a step that leads nowhere from this state."""
        possible = sorted({one for one, way in self.next if way == step})
        return ILLEGAL_STATE(
            thing=self.thing, state=self.states[state], step=self.steps[step], possible=either(*(self.states[one] for one in possible))
        )

    def open_steps(self, case: Case[_State], by: Caller) -> tuple[_Step, ...]:
        """Return the steps that this caller can take now, in the order of the table."""
        return tuple(step for step in self.steps if (case.state, step) in self.next and self.admits(case, step, by))

    def table(self) -> str:
        """Return the rows as docs/procedures.md shows them: from, step, to, who, what it is called, and by which rpc, duty, clock and article."""
        lines = ["| from | step | to | who | 步骤 | rpc | duty | second person | timer | article |", "|---|---|---|---|---|---|---|---|---|---|"]
        for (state, step), following in self.next.items():
            who = " or ".join(sorted(one.value for one in self.who[step]))
            words = f"{self.states[state].zh} → {self.steps[step].zh} → {self.states[following].zh}"
            way = WAYS[self.thing.en, step.value]
            how = " | ".join(one or "-" for one in (", ".join(way.rpcs), way.duties, way.second, way.clock, way.article))
            lines.append(f"| {state.value} | {step.value} | {following.value} | {who} | {words} | {how} |")
        return "\n".join(lines)

    def diagram(self) -> str:
        """Return the rows as a Mermaid state diagram; it begins at the first of `states` and ends where nothing leads on."""
        begin = next(iter(self.states))
        ends = [state for state in self.states if state in self.next.values() and not any(one is state for one, _ in self.next)]
        arrows = [f"    {state.value} --> {following.value}: {step.value}" for (state, step), following in self.next.items()]
        closing = [f"    {state.value} --> [*]" for state in ends]
        return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {begin.value}", *arrows, *closing, "```"])


def takes_part(case: Case[Any], caller: Caller) -> bool:
    """Tell whether the caller may know of a case because its department has a part in it, or because it is the authority."""
    return Role.AUTHORITY in caller.roles or (bool(caller.department) and caller.department in case.parties.values())
