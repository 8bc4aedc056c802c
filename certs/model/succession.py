"""承继: departments that are renamed, merged, split or closed on a day, and what passes to whom. Pure: time comes in as `at`."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum, unique
from functools import partial
from typing import Any, Final, Self

from certs.model.department import DepartmentReason, DepartmentTitle, ShortTitle
from certs.model.system import SYSTEM_NAME
from certs.succession_reasons import (
    SUCCESSION_ASSIGNMENT_WRONG,
    SUCCESSION_DATE_PAST,
    SUCCESSION_DUE,
    SUCCESSION_OF_AUTHORITY,
    SUCCESSION_OF_ITSELF,
    SUCCESSION_OF_OWN,
    SUCCESSION_PARTIES_WRONG,
    SUCCESSION_SYSTEM_WRONG,
    SUCCESSION_TITLE_WRONG,
)
from hub.access import Caller, Duty, Role
from hub.clock import day_in_china
from hub.desk import AUTHORITY, Notice, Waiting
from hub.faults import Faults
from hub.ids import ULID
from hub.procedure import Party, Procedure
from hub.succession import Passing
from hub.wording import Guard, Text
from shuniu.identifiers.uscc import parse_uscc
from shuniu.words import Word
from shuniu.zone import CHINA

MOST_PARTIES: Final = 20
"""Predecessors, or successors, of one succession."""
MOST_ASSIGNMENTS: Final = 5_000
"""Things that a split assigns one by one; the rest goes to the first successor."""

_ASSIGNABLE: Final = re.compile(rf"(?:entries|grants|dataRequests)/{ULID.pattern}")
"""What a split may assign one by one. What the department gives under a grant follows the entry."""


class SuccessionBasis(Text):
    """机构改革依据: the document that orders it, as its number and title are cited. Every record of what passes repeats it."""

    field, cap, guard = "succession.basis", 300, Guard.STRICT


@unique
class SuccessionKind(StrEnum):
    """What happens to the predecessors."""

    RENAME = "rename"
    MERGE = "merge"
    SPLIT = "split"
    CLOSE = "close"


@unique
class SuccessionState(StrEnum):
    """Where a succession stands."""

    PLANNED = "planned"
    CONFIRMED = "confirmed"
    IN_EFFECT = "in_effect"
    CALLED_OFF = "called_off"


@unique
class SuccessionStep(StrEnum):
    """What can be done with a succession."""

    CONFIRM = "confirm"
    CALL_OFF = "call_off"
    TAKE_EFFECT = "take_effect"


NEXT_SUCCESSION: Final[Mapping[tuple[SuccessionState, SuccessionStep], SuccessionState]] = {
    (SuccessionState.PLANNED, SuccessionStep.CONFIRM): SuccessionState.CONFIRMED,
    (SuccessionState.PLANNED, SuccessionStep.CALL_OFF): SuccessionState.CALLED_OFF,
    (SuccessionState.CONFIRMED, SuccessionStep.CALL_OFF): SuccessionState.CALLED_OFF,  # before its day; later, things have passed already
    (SuccessionState.CONFIRMED, SuccessionStep.TAKE_EFFECT): SuccessionState.IN_EFFECT,  # when all that passes has passed
}
OPEN_SUCCESSIONS: Final = frozenset({SuccessionState.PLANNED, SuccessionState.CONFIRMED})

SUCCESSION_PROCEDURE: Final = Procedure(
    thing=Word("succession", "succession", "机构承继"),
    next=NEXT_SUCCESSION,
    who={
        SuccessionStep.CONFIRM: frozenset({Party.AUTHORITY}),
        SuccessionStep.CALL_OFF: frozenset({Party.AUTHORITY}),
        SuccessionStep.TAKE_EFFECT: frozenset({Party.HUB}),
    },
    states={
        SuccessionState.PLANNED: Word("planned", "planned", "拟定"),
        SuccessionState.CONFIRMED: Word("confirmed", "confirmed", "已确认"),
        SuccessionState.IN_EFFECT: Word("in_effect", "in effect", "已生效"),
        SuccessionState.CALLED_OFF: Word("called_off", "called off", "已取消"),
    },
    steps={
        SuccessionStep.CONFIRM: Word("confirm", "confirm", "确认"),
        SuccessionStep.CALL_OFF: Word("call_off", "call off", "取消"),
        SuccessionStep.TAKE_EFFECT: Word("take_effect", "put into effect", "生效"),
    },
    wrong_party=SUCCESSION_OF_AUTHORITY,
)

_COUNTS: Final[Mapping[SuccessionKind, tuple[range, range]]] = {
    SuccessionKind.RENAME: (range(1, 2), range(2)),
    SuccessionKind.MERGE: (range(1, MOST_PARTIES + 1), range(1, 2)),
    SuccessionKind.SPLIT: (range(1, 2), range(2, MOST_PARTIES + 1)),
    SuccessionKind.CLOSE: (range(1, 2), range(1)),
}
"""How many predecessors and how many successors each kind has. A renaming without a successor keeps the code (USCC) and changes the name."""


def _code(text: str, field: str, faults: Faults) -> str:
    return faults.take(partial(parse_uscc, text, field), text)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which successor of a split takes a thing: an entry or a grant, by its resource name."""

    resource: str
    successor: str


@dataclass(frozen=True, slots=True)
class SystemPair:
    """Which system of the successor stands in the place of one of a predecessor; both by their short names."""

    predecessor: str
    system: str
    successor_system: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionContent:
    """What the authority lays down. The first successor takes whatever nothing else is said of."""

    kind: SuccessionKind
    predecessors: tuple[str, ...]
    successors: tuple[str, ...] = ()
    effective_date: date
    basis: str
    title: str = ""
    short_title: str = ""
    assignments: tuple[Assignment, ...] = ()
    systems: tuple[SystemPair, ...] = ()

    def __post_init__(self) -> None:
        faults = Faults()
        for name, codes in (("predecessors", self.predecessors), ("successors", self.successors)):
            object.__setattr__(self, name, tuple(_code(one, f"succession.{name}", faults) for one in codes))
        pairs = (replace(one, successor=_code(one.successor, "succession.assignments.successor", faults)) for one in self.assignments)
        object.__setattr__(self, "assignments", tuple(pairs))
        systems = (replace(one, predecessor=_code(one.predecessor, "succession.systems.predecessor", faults)) for one in self.systems)
        object.__setattr__(self, "systems", tuple(systems))
        faults.spell(self, basis=SuccessionBasis)
        self._check_title(faults)
        before, after = _COUNTS[self.kind]
        if len(self.predecessors) not in before or len(self.successors) not in after:
            faults.add(SUCCESSION_PARTIES_WRONG(field="succession.successors", kind=KINDS[self.kind]))
        if twice := sorted({one for one in self.departments if self.departments.count(one) > 1}):
            faults.add(SUCCESSION_OF_ITSELF(field="succession.successors", department=twice[0]))
        if not faults:  # who is among the departments is asked of codes that are codes
            self._check_assignments(faults)
            self._check_systems(faults)
        faults.refuse()

    @property
    def departments(self) -> tuple[str, ...]:
        """Return all departments that it names: predecessors, then successors."""
        return (*self.predecessors, *self.successors)

    @property
    def keeps_code(self) -> bool:
        """Tell whether the department stays what it is and has another name alone."""
        return self.kind is SuccessionKind.RENAME and not self.successors

    @property
    def time(self) -> datetime:
        """Return the moment at which its day begins in China."""
        return datetime.combine(self.effective_date, time(), CHINA).astimezone(UTC)

    def _check_assignments(self, faults: Faults) -> None:
        assigned = [one.resource for one in self.assignments]
        right = self.kind is SuccessionKind.SPLIT and len(assigned) <= MOST_ASSIGNMENTS and len(set(assigned)) == len(assigned)
        known = all(one.successor in self.successors and _ASSIGNABLE.fullmatch(one.resource) for one in self.assignments)
        if assigned and not (right and known):
            faults.add(SUCCESSION_ASSIGNMENT_WRONG(field="succession.assignments", most=MOST_ASSIGNMENTS))

    def _check_systems(self, faults: Faults) -> None:
        pairs = [(one.predecessor, one.system) for one in self.systems]
        named = all(SYSTEM_NAME.fullmatch(one.system) and SYSTEM_NAME.fullmatch(one.successor_system) for one in self.systems)
        if len(set(pairs)) != len(pairs) or not named or any(one.predecessor not in self.predecessors for one in self.systems):
            faults.add(SUCCESSION_SYSTEM_WRONG(field="succession.systems"))

    def _check_title(self, faults: Faults) -> None:
        if self.keeps_code != bool(self.title) or (self.short_title and not self.title):
            faults.add(SUCCESSION_TITLE_WRONG(field="succession.title"))
        elif self.title:
            faults.spell(self, title=DepartmentTitle, short_title=ShortTitle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession(SuccessionContent):
    """One act by which departments pass into others, or end."""

    id: str
    revision: int = 1
    state: SuccessionState = SuccessionState.PLANNED
    officer: str
    reason: str = ""
    create_time: datetime
    confirm_time: datetime | None = None
    end_time: datetime | None = None
    missing: tuple[str, ...] = ()
    """Systems of successors that are to serve and serve nothing yet; the hub looks again and again."""

    @classmethod
    def plan(cls, content: SuccessionContent, by: Caller, officer: str, succession_id: str, at: datetime) -> Self:
        """Return what the authority lays down, to be confirmed; nobody lays down a day that is over, or the end of the own department."""
        if Role.AUTHORITY not in by.roles:
            raise SUCCESSION_OF_AUTHORITY()
        made = cls(**{name: getattr(content, name) for name in CONTENT}, id=succession_id, officer=officer, create_time=at)
        made._check_day(at)
        if by.department in content.predecessors and not content.keeps_code:
            raise SUCCESSION_OF_OWN(field="succession.predecessors")
        return made

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"successions/{self.id}"

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return nobody: the authority takes all steps."""
        return {}

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of it: the departments that it names and the authority; once it is in effect, everybody."""
        return self.state is SuccessionState.IN_EFFECT or Role.AUTHORITY in caller.roles or caller.department in self.departments

    def confirm(self, by: Caller, at: datetime) -> Self:
        """Return it as confirmed: on its day the hub carries it out."""
        state = SUCCESSION_PROCEDURE.step(self, SuccessionStep.CONFIRM, by)
        self._check_day(at)
        return replace(self, state=state, confirm_time=at, revision=self.revision + 1)

    def call_off(self, by: Caller, reason: str, at: datetime) -> Self:
        """Return it as called off, with the reason; once its day has come, things have begun to pass."""
        SUCCESSION_PROCEDURE.admit(self, SuccessionStep.CALL_OFF, by)
        why = str(DepartmentReason(reason))
        state = SUCCESSION_PROCEDURE.after(self.state, SuccessionStep.CALL_OFF)
        if self.state is SuccessionState.CONFIRMED and at >= self.time:
            raise SUCCESSION_DUE(succession=self.name)
        return replace(self, state=state, reason=why, end_time=at, missing=(), revision=self.revision + 1)

    def take_effect(self, at: datetime) -> Self:
        """Return it as carried out."""
        state = SUCCESSION_PROCEDURE.after(self.state, SuccessionStep.TAKE_EFFECT)
        return replace(self, state=state, end_time=at, revision=self.revision + 1)

    def lacking(self, missing: Iterable[str]) -> Self:
        """Return it with the systems that are missing now."""
        return replace(self, missing=tuple(sorted(set(missing))), revision=self.revision + 1)

    def is_due(self, at: datetime) -> bool:
        """Tell whether the hub is to carry it out."""
        return self.state is SuccessionState.CONFIRMED and at >= self.time

    @property
    def why(self) -> str:
        """Return what every record and every new version says as its reason."""
        return f"{KINDS[self.kind].zh}：{self.basis}（{self.name}）"

    def passings(self) -> Iterator[Passing]:
        """Yield what passes, of each predecessor; nothing where the department keeps its code."""
        for one in () if self.keeps_code else self.predecessors:
            yield Passing(
                succession=self.name,
                predecessor=one,
                successor=self.successors[0] if self.successors else "",
                time=self.time,
                reason=self.why,
                assigned={each.resource: each.successor for each in self.assignments},
                systems={each.system: each.successor_system for each in self.systems if each.predecessor == one},
                is_split=self.kind is SuccessionKind.SPLIT,
            )

    def _check_day(self, at: datetime) -> None:
        if self.effective_date < day_in_china(at):
            raise SUCCESSION_DATE_PAST(field="succession.effective_date", day=self.effective_date.isoformat())


KINDS: Final[Mapping[SuccessionKind, Word]] = {
    SuccessionKind.RENAME: Word("rename", "renaming", "更名"),
    SuccessionKind.MERGE: Word("merge", "merger", "合并"),
    SuccessionKind.SPLIT: Word("split", "split", "分设"),
    SuccessionKind.CLOSE: Word("close", "closing", "撤销"),
}
CONTENT: Final = ("kind", "predecessors", "successors", "effective_date", "basis", "title", "short_title", "assignments", "systems")


def find_cycle(edges: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return departments that would pass into one another in a circle, in its order; none where there is no circle."""
    following: dict[str, list[str]] = {}
    for before, after in edges:
        following.setdefault(before, []).append(after)
    done: set[str] = set()
    for begin in sorted(following):
        # depth first, with the way to where it stands: who stands on the way twice closes a circle
        stack = [(begin, iter(following.get(begin, ())))]
        way = [begin]
        while stack and begin not in done:
            _, rest = stack[-1]
            one = next(rest, None)
            if one is None:
                done.add(stack.pop()[0])
                way.pop()
            elif one in way:
                return tuple(way[way.index(one) :])
            elif one not in done:
                stack.append((one, iter(following.get(one, ()))))
                way.append(one)
    return ()


def succession_waits(succession: Succession) -> tuple[Waiting, ...]:
    """Return whose steps a succession waits for: the authority's, and those of successors whose systems do not serve yet."""
    if succession.state is SuccessionState.PLANNED:
        return (Waiting(step="IdentityService/ConfirmSuccession", department=AUTHORITY, duties=(Duty.RULE,)),)
    owners = dict.fromkeys(system.split("/")[1] for system in succession.missing)
    return tuple(Waiting(step="IdentityService/SetEndpoint", department=one, duties=(Duty.DIRECTORY,)) for one in owners)


def told_of_succession(kind: str, succession: Succession, *departments: str) -> tuple[Notice, ...]:
    """Return what departments are told of a succession, once each."""
    facts: dict[str, Any] = {"effective_date": succession.effective_date.isoformat()}
    duties = (Duty.LEAD, Duty.DIRECTORY, Duty.REQUESTS)
    return tuple(Notice(kind=kind, department=one, duties=duties, key=kind, facts=facts) for one in dict.fromkeys(departments))
