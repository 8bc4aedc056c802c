"""经办人: the people who act for a department, and its service accounts, each by a number that the department gives."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Any, Final, Self

from certs.model.department import DepartmentReason
from certs.reasons import (
    DEPUTY_TERM_WRONG,
    DUTIES_MISSING,
    DUTY_OF_OTHER_DEPARTMENT,
    NO_DEPUTY_OF_ONESELF,
    OFFICER_NUMBER_WRONG,
    ONLY_LEADS_HAVE_DEPUTIES,
    SERVICE_ACCOUNT_DUTY_WRONG,
)
from hub.access import DUTIES, Caller, Duty, Role
from hub.faults import Faults
from hub.procedure import Party, Procedure
from hub.wording import Line
from hub.wording import Officer as OfficerText
from shuniu.words import Word, either

MEMBER_DUTIES: Final = frozenset(Duty) - {Duty.RULE, Duty.AUDIT}
"""What every department has; the authority also rules, the auditors' office also audits."""
SERVICE: Final = "svc-"
"""How the number of a service account begins: a program that acts under a name of its own, and signs in nowhere."""
LONGEST_DEPUTY: Final = timedelta(days=90)
_NUMBER: Final = re.compile(r"[\w.-]{1,32}")
_OFFICER: Final = re.compile(r"departments/([0-9A-Z]{18})/officers/([\w.-]{1,32})")


class OfficerNumber(OfficerText):
    """经办人工号: what the department calls an officer in every call; letters, digits, hyphen, underscore, dot. Never an ID number."""

    cap = 32

    def __new__(cls, value: str, field: str = "") -> Self:
        """Return the number in its one spelling."""
        number = super().__new__(cls, value, field)
        if _NUMBER.fullmatch(number) is None:
            raise OFFICER_NUMBER_WRONG(field=field or "number")
        return number


class DisplayName(Line):
    """姓名或称谓: what colleagues call an officer."""

    field, cap, optional = "display_name", 40, False


@unique
class OfficerState(StrEnum):
    """Whether an officer acts."""

    ACTIVE = "active"
    DISMISSED = "dismissed"


@unique
class SignInMeans(StrEnum):
    """How an officer signed in to the pages."""

    PASSKEY = "passkey"
    OIDC = "oidc"
    LINK = "link"


@unique
class OfficerStep(StrEnum):
    """What the people officer of a department does with an officer."""

    UPDATE = "update"
    NAME_DEPUTY = "name_deputy"
    INVITE = "invite"
    DISMISS = "dismiss"


NEXT: Final[Mapping[tuple[OfficerState, OfficerStep], OfficerState]] = {
    (OfficerState.ACTIVE, OfficerStep.UPDATE): OfficerState.ACTIVE,
    (OfficerState.ACTIVE, OfficerStep.NAME_DEPUTY): OfficerState.ACTIVE,
    (OfficerState.ACTIVE, OfficerStep.INVITE): OfficerState.ACTIVE,
    (OfficerState.ACTIVE, OfficerStep.DISMISS): OfficerState.DISMISSED,
}
_OWN: Final = frozenset({Party.OWNER, Party.AUTHORITY})
OFFICER_PROCEDURE: Final = Procedure(
    thing=Word("officer", "officer", "经办人"),
    next=NEXT,
    who=dict.fromkeys(OfficerStep, _OWN),
    states={
        OfficerState.ACTIVE: Word("active", "active", "在岗"),
        OfficerState.DISMISSED: Word("dismissed", "dismissed", "已离岗"),
    },
    steps={
        OfficerStep.UPDATE: Word("update", "update", "变更"),
        OfficerStep.NAME_DEPUTY: Word("name_deputy", "name a deputy of", "指定代理人"),
        OfficerStep.INVITE: Word("invite", "invite", "邀请登录"),
        OfficerStep.DISMISS: Word("dismiss", "dismiss", "离岗"),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """A person, or a service account, that acts for a department. Bound to the log: what stands here decides who may act.

    `deputy` is the number of whoever acts for a lead until `deputy_until`. `reason` is why the officer was changed last.
    `sign_in_time` and `sign_in_means` say when and how the officer signed in last; they move without a decision, and nothing is decided by them.
    """

    department: str
    number: str
    display_name: str
    duties: frozenset[Duty]
    create_time: datetime
    state: OfficerState = OfficerState.ACTIVE
    dismiss_time: datetime | None = None
    deputy: str = ""
    deputy_until: datetime | None = None
    reason: str = ""
    revision: int = 1
    sign_in_time: datetime | None = None
    sign_in_means: SignInMeans | None = None

    @property
    def name(self) -> str:
        """Return the resource name."""
        return officer_name(self.department, self.number)

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return the department to which the officer belongs."""
        return {Party.OWNER: self.department}

    @property
    def is_active(self) -> bool:
        """Tell whether the officer may act."""
        return self.state is OfficerState.ACTIVE

    @property
    def is_person(self) -> bool:
        """Tell whether a person stands behind the number, who can sign in and give a second consent."""
        return not self.number.startswith(SERVICE)

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of the officer: the own department, and the authority."""
        return caller.department == self.department or Role.AUTHORITY in caller.roles

    def is_lent(self, at: datetime) -> bool:
        """Tell whether a deputy acts for this lead at a moment."""
        return self.is_active and Duty.LEAD in self.duties and bool(self.deputy) and self.deputy_until is not None and at < self.deputy_until

    def update(
        self, by: Caller, allowed: frozenset[Duty], reason: str, *, display_name: str | None = None, duties: frozenset[Duty] | None = None
    ) -> Self:
        """Return the officer with another name, other duties, or both; `allowed` are the duties of the department."""
        after = self._after(OfficerStep.UPDATE, by, reason)
        return replace(after, **_facts_of(self, allowed, display_name, duties))

    def name_deputy(self, by: Caller, deputy: str, until: datetime | None, at: datetime, reason: str) -> Self:
        """Return the officer with a deputy until a moment, or with none."""
        after = self._after(OfficerStep.NAME_DEPUTY, by, reason)
        if not deputy:
            return replace(after, deputy="", deputy_until=None)
        number = OfficerNumber(deputy, "deputy")
        if Duty.LEAD not in self.duties:
            raise ONLY_LEADS_HAVE_DEPUTIES(number=self.number)
        if number == self.number:
            raise NO_DEPUTY_OF_ONESELF(field="deputy")
        if until is None or not at < until <= at + LONGEST_DEPUTY:
            raise DEPUTY_TERM_WRONG(field="until", most=LONGEST_DEPUTY.days)
        return replace(after, deputy=str(number), deputy_until=until)

    def dismiss(self, by: Caller, at: datetime, reason: str) -> Self:
        """Return the officer as one who acts no more; the number stays taken, because the log names it."""
        return replace(self._after(OfficerStep.DISMISS, by, reason), dismiss_time=at, deputy="", deputy_until=None)

    def end(self, at: datetime, reason: str) -> Self:
        """Return the officer as one who acts no more because the department does not. A step of the hub."""
        state = OFFICER_PROCEDURE.after(self.state, OfficerStep.DISMISS)
        after = replace(self, state=state, dismiss_time=at, deputy="", deputy_until=None)
        return replace(after, reason=reason, revision=self.revision + 1)

    def _after(self, step: OfficerStep, by: Caller, reason: str) -> Self:
        state = OFFICER_PROCEDURE.step(self, step, by)
        return replace(self, state=state, revision=self.revision + 1, reason=DepartmentReason(reason))


def register(
    department: str, number: str, display_name: str, duties: frozenset[Duty], allowed: frozenset[Duty], at: datetime, path: str = ""
) -> Officer:
    """Return a new officer; raise all that is wrong at once, at fields below `path`. `allowed` are the department's duties: nobody has more."""
    faults = Faults()
    known = str(faults.take(lambda: OfficerNumber(number, f"{path}number"), number))
    called = str(faults.take(lambda: DisplayName(display_name, f"{path}display_name"), display_name))
    faults.take(lambda: check_duties(known, duties, allowed, f"{path}duties"), None)
    faults.refuse()
    return Officer(department=department, number=known, display_name=called, duties=duties, create_time=at)


def check_duties(number: str, duties: frozenset[Duty], allowed: frozenset[Duty], field: str = "duties") -> None:
    """Refuse an officer without a duty, one with a duty that the department does not have, and a service account that would lead or manage people."""
    if not duties:
        raise DUTIES_MISSING(field=field)
    if beyond := duties - allowed:
        raise DUTY_OF_OTHER_DEPARTMENT(field=field, duties=either(*(DUTIES[one] for one in sorted(beyond))))
    if number.startswith(SERVICE) and duties & {Duty.LEAD, Duty.PEOPLE}:
        raise SERVICE_ACCOUNT_DUTY_WRONG(field=field)


def officer_name(department: str, number: str) -> str:
    """Return the resource name of an officer."""
    return f"departments/{department}/officers/{number}"


def split_officer_name(name: str) -> tuple[str, str] | None:
    """Return department and number of a resource name, None where it is none."""
    found = _OFFICER.fullmatch(name)
    return (found[1], found[2]) if found else None


def _facts_of(officer: Officer, allowed: frozenset[Duty], display_name: str | None, duties: frozenset[Duty] | None) -> dict[str, Any]:
    stated: dict[str, Any] = {}
    if display_name is not None:
        stated["display_name"] = str(DisplayName(display_name))
    if duties is not None:
        check_duties(officer.number, duties, allowed)
        stated["duties"] = duties
        if Duty.LEAD not in duties:
            stated |= {"deputy": "", "deputy_until": None}
    return stated
