"""授权: what a system may do without a second person. A lead of the department registers it, for a year at most."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Final, Self

from certs.model.department import DepartmentReason
from certs.model.system import split_system_name, system_name
from certs.reasons import MANDATE_OF_OTHER_DEPARTMENT, MANDATE_STEPS_WRONG, MANDATE_TERM_WRONG
from hub.access import ACCESS, Caller, Role
from hub.procedure import Party, Procedure
from shuniu.words import Word

CONFIRM: Final = "Confirm"
STEPS: Final = frozenset(path.rpartition("/")[2] for path, row in ACCESS.items() if row.second and row.second.role is None) | {CONFIRM}
"""Bare names of the rpcs that a mandate may list: those that ask for a second person, and to be one."""
LONGEST: Final = timedelta(days=366)
LEGACY: Final = timedelta(days=180)
"""How long a system of an upgraded hub goes on as before."""
ORPHANED: Final = timedelta(days=30)
"""How long the mandates of a lead who was dismissed wait for another."""


@unique
class MandateState(StrEnum):
    """Whether a mandate was ended before its time."""

    LIVE = "live"
    REVOKED = "revoked"


@unique
class MandateStep(StrEnum):
    """What is done with a mandate."""

    REVOKE = "revoke"


MANDATE_PROCEDURE: Final = Procedure(
    thing=Word("mandate", "mandate", "系统授权"),
    next={(MandateState.LIVE, MandateStep.REVOKE): MandateState.REVOKED},
    who={MandateStep.REVOKE: frozenset({Party.OWNER, Party.AUTHORITY})},
    states={MandateState.LIVE: Word("live", "live", "有效"), MandateState.REVOKED: Word("revoked", "revoked", "已终止")},
    steps={MandateStep.REVOKE: Word("revoke", "revoke", "终止")},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """Which steps one system takes alone, until when. `lead` is the number of whoever registered it, empty where an upgrade made it.

    `orphaned_until` is set where that lead was dismissed: it ends then, unless another lead registers one.
    """

    id: str
    department: str
    system: str
    steps: tuple[str, ...]
    lead: str
    create_time: datetime
    expire_time: datetime
    reason: str
    state: MandateState = MandateState.LIVE
    revoke_time: datetime | None = None
    orphaned_until: datetime | None = None
    revision: int = 1

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"mandates/{self.id}"

    @property
    def system_name(self) -> str:
        """Return the resource name of the system."""
        return system_name(self.department, self.system)

    @property
    def is_legacy(self) -> bool:
        """Tell whether an upgrade of the hub made it."""
        return not self.lead

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return the department of the system."""
        return {Party.OWNER: self.department}

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of it: the own department, and the authority."""
        return caller.department == self.department or Role.AUTHORITY in caller.roles

    def covers(self, step: str, at: datetime) -> bool:
        """Tell whether the system takes a step alone at a moment."""
        end = min(self.expire_time, self.orphaned_until) if self.orphaned_until else self.expire_time
        return self.state is MandateState.LIVE and step in self.steps and at < end

    def revoke(self, by: Caller, reason: str, at: datetime) -> Self:
        """Return it as ended."""
        state = MANDATE_PROCEDURE.step(self, MandateStep.REVOKE, by)
        return replace(self, state=state, revoke_time=at, reason=str(DepartmentReason(reason)), revision=self.revision + 1)

    def orphan(self, at: datetime) -> Self:
        """Return it as one whose lead was dismissed."""
        return replace(self, orphaned_until=at + ORPHANED, revision=self.revision + 1)


def mandate_for(by: Caller, system: str, steps: Collection[str], end: datetime | None, reason: str, at: datetime) -> Mandate:
    """Return a new mandate without an id, as a lead of the department registers it."""
    department, short = split_system_name(system)
    if department != by.department:
        raise MANDATE_OF_OTHER_DEPARTMENT(field="system")
    if not steps or not set(steps) <= STEPS:
        raise MANDATE_STEPS_WRONG(field="steps", steps=", ".join(sorted(STEPS)))
    if end is None or not at < end <= at + LONGEST:
        raise MANDATE_TERM_WRONG(field="expire_time")
    why = str(DepartmentReason(reason))
    return Mandate(
        id="", department=department, system=short, steps=tuple(sorted(set(steps))), lead=by.officer, create_time=at, expire_time=end, reason=why
    )
