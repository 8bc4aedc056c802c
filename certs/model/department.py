"""Departments: what is registered of one, whether it takes part, and how the authority changes both."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum, unique
from functools import partial
from typing import Any, Final, Self

from certs.model.region import Level, area_of, level_of
from certs.reasons import (
    DEPARTMENT_DISABLED,
    DEPARTMENT_STEP_OF_AUTHORITY,
    LEVEL_MISSING,
    OWN_DEPARTMENT_DISABLED,
    PARTS_MISSING,
    PROVIDER_DISABLED,
    REGION_WRONG,
)
from certs.succession_reasons import DEPARTMENT_CLOSED, DEPARTMENT_SUCCEEDED, PROVIDER_ENDED
from hub.access import Caller, Duty, Role
from hub.faults import Faults
from hub.procedure import Party, Procedure
from hub.wording import Reasons, Title
from shuniu.identifiers.uscc import parse_uscc
from shuniu.words import Word

_REGION: Final = re.compile(r"[0-9]{6}")  # GB/T 2260
CHANGEABLE: Final = ("title", "short_title", "region", "level")
"""What the authority may change of a department that is registered; the USCC is who it is."""


class DepartmentTitle(Title):
    """部门名称: what the department is called in full."""

    field, cap = "department.title", 100


class ShortTitle(Title):
    """简称: what the department is called for short; may be left out."""

    field, cap, optional = "department.short_title", 20, True


class DepartmentReason(Reasons):
    """变更、停用或启用理由: one line, because every call that is refused repeats it; no longer than the column that holds it."""

    cap, several_lines = 500, False


@unique
class DepartmentState(StrEnum):
    """Whether a department takes part."""

    ACTIVE = "active"
    DISABLED = "disabled"
    SUCCEEDED = "succeeded"
    CLOSED = "closed"


ENDED: Final = frozenset({DepartmentState.SUCCEEDED, DepartmentState.CLOSED})
"""States of a department that passed into others, or ended; none leads back."""


@unique
class DepartmentStep(StrEnum):
    """What the authority does with a department that is registered."""

    UPDATE = "update"
    DISABLE = "disable"
    ENABLE = "enable"
    SUCCEED = "succeed"
    CLOSE = "close"


NEXT: Final[Mapping[tuple[DepartmentState, DepartmentStep], DepartmentState]] = {
    (DepartmentState.ACTIVE, DepartmentStep.UPDATE): DepartmentState.ACTIVE,
    (DepartmentState.DISABLED, DepartmentStep.UPDATE): DepartmentState.DISABLED,
    (DepartmentState.ACTIVE, DepartmentStep.DISABLE): DepartmentState.DISABLED,
    (DepartmentState.DISABLED, DepartmentStep.ENABLE): DepartmentState.ACTIVE,
    # by the hub, on the day of a succession (`certs.model.succession`)
    (DepartmentState.ACTIVE, DepartmentStep.SUCCEED): DepartmentState.SUCCEEDED,
    (DepartmentState.DISABLED, DepartmentStep.SUCCEED): DepartmentState.SUCCEEDED,
    (DepartmentState.ACTIVE, DepartmentStep.CLOSE): DepartmentState.CLOSED,
    (DepartmentState.DISABLED, DepartmentStep.CLOSE): DepartmentState.CLOSED,
}
_BY_HUB: Final = frozenset({DepartmentStep.SUCCEED, DepartmentStep.CLOSE})
DEPARTMENT_PROCEDURE: Final = Procedure(
    thing=Word("department", "department", "部门"),
    next=NEXT,
    who={step: frozenset({Party.HUB if step in _BY_HUB else Party.AUTHORITY}) for step in DepartmentStep},
    states={
        DepartmentState.ACTIVE: Word("active", "active", "正常"),
        DepartmentState.DISABLED: Word("disabled", "disabled", "已停用"),
        DepartmentState.SUCCEEDED: Word("succeeded", "succeeded", "已由承继机构承继"),
        DepartmentState.CLOSED: Word("closed", "closed", "已撤销"),
    },
    steps={
        DepartmentStep.UPDATE: Word("update", "update", "变更"),
        DepartmentStep.DISABLE: Word("disable", "disable", "停用"),
        DepartmentStep.ENABLE: Word("enable", "enable", "启用"),
        DepartmentStep.SUCCEED: Word("succeed", "pass into its successors", "承继"),
        DepartmentStep.CLOSE: Word("close", "close", "撤销"),
    },
    wrong_party=DEPARTMENT_STEP_OF_AUTHORITY,
)


@dataclass(frozen=True, slots=True)
class Registration:
    """What the authority says of a department; without a level, it has the one that its region's code says."""

    uscc: str
    title: str
    short_title: str
    region: str
    level: Level | None = None

    def __post_init__(self) -> None:
        faults = Faults()
        faults.spell(self, uscc=partial(parse_uscc, field="department.uscc"), title=DepartmentTitle, short_title=ShortTitle)
        if _REGION.fullmatch(self.region) is None:
            faults.add(REGION_WRONG(field="department.region"))
        faults.refuse()

    def department(self, at: datetime, registered_from: datetime | None = None) -> "Department":
        """Return the department as it is registered at a moment; from `registered_from` on its calls name registered officers alone."""
        level = self.level or level_of(self.region)
        return Department(self.uscc, self.title, self.short_title, self.region, at, level, revision=1, registered_from=registered_from)


@dataclass(frozen=True, slots=True)
class Department:
    """A government body; `uscc` is its key, GB 32100-2015.

    `level` is None where an earlier release registered it: nobody has said yet. `reason` is why it was changed last. `revision` is 0 where
    an earlier release wrote it and nobody has changed it since. `duties` are those that its officers may have; None means what every
    department has, and what the roles of its systems say. From `registered_from` on, calls that name an unknown officer are refused.
    `successors` and `predecessors` are USCCs, `succession_time` is when it passed into the former or took over from the latter last.
    """

    uscc: str
    title: str
    short_title: str
    region: str
    create_time: datetime
    level: Level | None = None
    state: DepartmentState = DepartmentState.ACTIVE
    revision: int = 0
    reason: str = ""
    duties: frozenset[Duty] | None = None
    registered_from: datetime | None = None
    successors: tuple[str, ...] = ()
    predecessors: tuple[str, ...] = ()
    succession_time: datetime | None = None

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"departments/{self.uscc}"

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return nobody: a department has no part in its own registration."""
        return {}

    @property
    def reach(self) -> Level:
        """Return the highest level of what it may describe; one that has no level yet counts as a province's."""
        return self.level or Level.PROVINCE

    @property
    def area(self) -> str:
        """Return the digits with which the codes of the regions begin that it may describe; one that has no level yet has its whole province."""
        return area_of(self.region) if self.level else self.region[:2]

    def is_open_to(self, caller: Caller) -> bool:
        """Tell whether the caller may look into its systems: where they serve, their certificates, why one was revoked."""
        return caller.department == self.uscc or Role.AUTHORITY in caller.roles

    def seen_by(self, _caller: Caller) -> bool:
        """Tell whether the caller may know of it; everybody may know which departments there are."""
        return True

    def as_seen_by(self, caller: Caller) -> Self:
        """Return it as the caller sees it: why it was changed is the business of the authority and of the department."""
        return self if self.is_open_to(caller) else replace(self, reason="")

    def is_registered(self, at: datetime) -> bool:
        """Tell whether a call that names an unknown officer is refused at a moment; otherwise it is answered, and its record says so."""
        return self.registered_from is not None and at >= self.registered_from

    def check_active(self) -> None:
        """Refuse what only a department that takes part may do; whoever calls for a predecessor hears who its successor is."""
        if self.state is DepartmentState.SUCCEEDED:
            raise DEPARTMENT_SUCCEEDED(department=self.uscc, successors=", ".join(self.successors))
        if self.state is DepartmentState.CLOSED:
            raise DEPARTMENT_CLOSED(department=self.uscc, why=self.reason)
        if self.state is DepartmentState.DISABLED:
            raise DEPARTMENT_DISABLED(department=self.uscc, why=self.reason)

    def check_provides(self) -> None:
        """Refuse what would be asked of one that takes no part; why it does not, is not the business of whoever asks."""
        if self.state in ENDED:
            raise PROVIDER_ENDED(provider=self.uscc)
        if self.state is DepartmentState.DISABLED:
            raise PROVIDER_DISABLED(provider=self.uscc)

    def update(self, by: Caller, parts: Mapping[str, Any], reason: str) -> "Department":
        """Return it with some parts as the authority states them now: title, short title, region, level."""
        DEPARTMENT_PROCEDURE.admit(self, DepartmentStep.UPDATE, by)
        if not parts:
            raise PARTS_MISSING(field="update_mask")
        if parts.get("level", self) is None:
            raise LEVEL_MISSING(field="department.level")
        stated = Registration(**{"uscc": self.uscc, **{part: getattr(self, part) for part in CHANGEABLE}, **parts})
        after = self._led(DepartmentStep.UPDATE, by, reason)
        return replace(after, **{part: getattr(stated, part) for part in parts})

    def disable(self, by: Caller, reason: str) -> "Department":
        """Return it as one that takes no part; the authority's own always does, or nobody could enable any."""
        DEPARTMENT_PROCEDURE.admit(self, DepartmentStep.DISABLE, by)
        if by.department == self.uscc:
            raise OWN_DEPARTMENT_DISABLED()
        return self._led(DepartmentStep.DISABLE, by, reason)

    def enable(self, by: Caller, reason: str) -> "Department":
        """Return it as one that takes part again."""
        return self._led(DepartmentStep.ENABLE, by, reason)

    def end(self, successors: tuple[str, ...], reason: str, since: datetime) -> "Department":
        """Return it as it has passed into its successors since a moment, or was closed where it has none. A step of the hub."""
        step = DepartmentStep.SUCCEED if successors else DepartmentStep.CLOSE
        state = DEPARTMENT_PROCEDURE.after(self.state, step)
        return replace(self, state=state, successors=successors, succession_time=since, reason=reason, revision=self.revision + 1)

    def take_over(self, predecessor: str, since: datetime) -> "Department":
        """Return it as the successor of one more department."""
        predecessors = tuple(dict.fromkeys((*self.predecessors, predecessor)))
        return replace(self, predecessors=predecessors, succession_time=since, revision=self.revision + 1)

    def retitle(self, title: str, short_title: str, reason: str) -> "Department":
        """Return it under another name, as a succession that keeps its code says. A step of the hub."""
        return replace(self, title=title, short_title=short_title, reason=reason, revision=self.revision + 1)

    def _led(self, step: DepartmentStep, by: Caller, reason: str) -> "Department":
        DEPARTMENT_PROCEDURE.admit(self, step, by)
        why = DepartmentReason(reason)
        return replace(self, state=DEPARTMENT_PROCEDURE.after(self.state, step), revision=self.revision + 1, reason=why)
