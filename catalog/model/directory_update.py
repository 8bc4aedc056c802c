"""目录更新: law or duties changed, and an entry is to follow in time (Decree 809 art. 17). Pure: time comes in as `at`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum, unique
from typing import Any, Final

from catalog.model.entry import Entry
from catalog.reasons import CHANGE_DATE_WRONG, UPDATE_OF_OTHER_PARTY
from hub.access import Caller, Duty
from hub.clock import day_in_china
from hub.desk import AUTHORITY, Notice, Waiting
from hub.faults import Faults
from hub.procedure import Party, Procedure, takes_part
from hub.wording import Guard, LegalBasis, Officer, Reasons, Statement
from shuniu.words import Word
from shuniu.zone import CHINA
from timing.extension import Extension, ExtensionState, only_once, the_wish
from timing.timer import Timer
from timing.waiting import waiting_for

LONGEST_AGO: Final = timedelta(days=366)
"""How long ago what is reported may have changed: what is older was missed by a whole year's review of the directory."""
UPDATE: Final = "CatalogService/SubmitEntry"
EXTENSION: Final = "CatalogService/AllowUpdateExtension"


class WhatChanged(Statement):
    """What changed, and what the entry is to say of it; the log repeats it."""

    field, cap, guard = "directory_update.change", 2_000, Guard.STRICT


@unique
class UpdateState(StrEnum):
    """Where an update stands."""

    DUE = "due"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


@unique
class UpdateStep(StrEnum):
    """What can be done with an update."""

    REQUEST_EXTENSION = "request_extension"
    ALLOW_EXTENSION = "allow_extension"
    REFUSE_EXTENSION = "refuse_extension"
    FULFIL = "fulfil"
    WITHDRAW = "withdraw"
    END = "end"


_S, _P = UpdateState, UpdateStep
NEXT_UPDATE: Final[Mapping[tuple[UpdateState, UpdateStep], UpdateState]] = {
    (_S.DUE, _P.REQUEST_EXTENSION): _S.DUE,
    (_S.DUE, _P.ALLOW_EXTENSION): _S.DUE,
    (_S.DUE, _P.REFUSE_EXTENSION): _S.DUE,
    (_S.DUE, _P.FULFIL): _S.DONE,
    (_S.DUE, _P.WITHDRAW): _S.WITHDRAWN,
    (_S.DUE, _P.END): _S.ENDED,
}

UPDATE_PROCEDURE: Final = Procedure(
    thing=Word("directory_update", "directory update", "目录更新"),
    next=NEXT_UPDATE,
    who={
        _P.REQUEST_EXTENSION: frozenset({Party.PROVIDER}),
        _P.ALLOW_EXTENSION: frozenset({Party.AUTHORITY}),
        _P.REFUSE_EXTENSION: frozenset({Party.AUTHORITY}),
        _P.FULFIL: frozenset({Party.HUB}),
        _P.WITHDRAW: frozenset({Party.FILER, Party.AUTHORITY}),
        _P.END: frozenset({Party.HUB}),
    },
    states={
        _S.DUE: Word("due", "due", "待更新"),
        _S.DONE: Word("done", "done", "已更新"),
        _S.WITHDRAWN: Word("withdrawn", "withdrawn", "已撤回"),
        _S.ENDED: Word("ended", "ended", "已终止"),
    },
    steps={
        _P.REQUEST_EXTENSION: Word("request_extension", "ask for more time", "申请延期"),
        _P.ALLOW_EXTENSION: Word("allow_extension", "allow more time", "同意延期"),
        _P.REFUSE_EXTENSION: Word("refuse_extension", "refuse more time", "不同意延期"),
        _P.FULFIL: Word("fulfil", "fulfil it", "完成更新"),
        _P.WITHDRAW: Word("withdraw", "withdraw it", "撤回"),
        _P.END: Word("end", "end it", "因机构撤销终止"),
    },
    wrong_party=UPDATE_OF_OTHER_PARTY,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateContent:
    """What an officer writes of a change."""

    entry: str
    change: str
    legal_basis: str
    change_date: date
    officer: str

    def __post_init__(self) -> None:
        faults = Faults()
        faults.spell(self, change=WhatChanged, legal_basis=lambda text: LegalBasis(text, "directory_update.legal_basis"), officer=Officer)
        faults.refuse()

    def plain(self) -> dict[str, str]:
        """Return the content as plain values."""
        return {
            "entry": self.entry,
            "change": self.change,
            "legal_basis": self.legal_basis,
            "change_date": self.change_date.isoformat(),
            "officer": self.officer,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryUpdate:
    """An update that an entry owes to a change of law or of duties."""

    id: str
    revision: int = 1
    state: UpdateState = UpdateState.DUE
    entry: str
    provider: str
    filer: str
    change: str
    legal_basis: str
    change_date: date
    timer: Timer | None = None
    extension: Extension | None = None
    version: int = 0
    reason: str = ""
    officer: str
    create_time: datetime
    end_time: datetime | None = None

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"directoryUpdates/{self.id}"

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return which department has which part."""
        return {Party.PROVIDER: self.provider, Party.FILER: self.filer}

    @property
    def awaits_step(self) -> bool:
        """Tell whether the entry is still to follow: the timer runs."""
        return self.state is UpdateState.DUE

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of it: the provider, whoever reported it, and the authority."""
        return takes_part(self, caller)

    @classmethod
    def report(cls, by: Caller, entry: Entry, content: UpdateContent, timer: Timer | None, update_id: str, at: datetime) -> "DirectoryUpdate":
        """Return a change as an update of the entry; refuse one that is still to come or too long ago."""
        if not day_in_china(at) - LONGEST_AGO <= content.change_date <= day_in_china(at):
            raise CHANGE_DATE_WRONG(field="directory_update.change_date", days=LONGEST_AGO.days)
        said = {name: getattr(content, name) for name in ("change", "legal_basis", "change_date", "officer")}
        return cls(**said, id=update_id, entry=entry.name, provider=entry.provider, filer=by.department, timer=timer, create_time=at)

    def request_extension(self, by: Caller, wish: Extension, most: int) -> "DirectoryUpdate":
        """Return the update with the provider's wish for more time, of which the rule allows `most` working days."""
        UPDATE_PROCEDURE.admit(self, UpdateStep.REQUEST_EXTENSION, by)
        clean = wish.clean()
        following = self._after(UpdateStep.REQUEST_EXTENSION)
        only_once(self.extension, self.state.value)
        return replace(following, extension=clean.within(most, self.timer))

    def allow_extension(self, by: Caller, decision: str, officer: str, at: datetime) -> "DirectoryUpdate":
        """Return the update with the time that was asked for; one that was told to be overdue may run out again."""
        following = self._decide(by, UpdateStep.ALLOW_EXTENSION, ExtensionState.ALLOWED, decision, officer, at)
        days = following.extension.working_days if following.extension else 0
        # Decree 809 art. 17: five working days more, with the authority's consent
        return replace(following, timer=self.timer and replace(self.timer.extend(days), told_time=None))

    def refuse_extension(self, by: Caller, decision: str, officer: str, at: datetime) -> "DirectoryUpdate":
        """Return the update with its due time as it was."""
        return self._decide(by, UpdateStep.REFUSE_EXTENSION, ExtensionState.REFUSED, decision, officer, at)

    def is_met_by(self, published: Entry) -> bool:
        """Tell whether a version of the entry follows the change: it was submitted on the day of the change or later."""
        return published.submit_time is not None and day_in_china(published.submit_time) >= self.change_date

    def fulfil(self, version: int, at: datetime) -> "DirectoryUpdate":
        """Return the update as done: by a version, or with 0 because the entry was withdrawn."""
        return self._after(UpdateStep.FULFIL, version=version, end_time=at)

    def withdraw(self, by: Caller, reason: str, at: datetime) -> "DirectoryUpdate":
        """Return the update as reported by mistake; what the authority reported, a provider does not take back."""
        UPDATE_PROCEDURE.admit(self, UpdateStep.WITHDRAW, by)
        why = Reasons(reason)
        return self._after(UpdateStep.WITHDRAW, reason=why, end_time=at)

    def pass_to(self, provider: str, reason: str, at: datetime) -> "DirectoryUpdate":
        """Return the update as the successor of its provider owes it; without a successor it ends."""
        if provider:
            return replace(self, provider=provider, revision=self.revision + 1)
        return self._after(UpdateStep.END, reason=reason, end_time=at)

    def run_out(self, at: datetime) -> "DirectoryUpdate":
        """Return the update as one whose time is over, told at a moment; it stays due."""
        return replace(self, revision=self.revision + 1, timer=self.timer and replace(self.timer, told_time=at))

    def _decide(self, by: Caller, step: UpdateStep, state: ExtensionState, decision: str, officer: str, at: datetime) -> "DirectoryUpdate":
        UPDATE_PROCEDURE.admit(self, step, by)
        why, following = Reasons(decision), self._after(step)
        wish = the_wish(self.extension, self.state.value, step.value)
        return replace(following, extension=wish.decide(state, why, officer, at))

    def _after(self, step: UpdateStep, **changes: Any) -> "DirectoryUpdate":
        return replace(self, state=UPDATE_PROCEDURE.after(self.state, step), revision=self.revision + 1, **changes)


def beginning_of(day: date) -> datetime:
    """Return the moment from which the time for an update runs: the day itself is not counted (自变化之日起)."""
    return datetime.combine(day, time.min, CHINA)


def update_waits(update: DirectoryUpdate) -> tuple[Waiting, ...]:
    """Return whose steps an update waits for; its timer is read with the due time of now."""
    if update.state is not UpdateState.DUE:
        return ()
    waits = waiting_for(UPDATE, update.provider, Duty.DIRECTORY, update.timer)
    if update.extension is None or update.extension.state is not ExtensionState.REQUESTED:
        return (waits,)
    article = update.timer.citation if update.timer else ""
    return waits, Waiting(step=EXTENSION, department=AUTHORITY, duties=(Duty.RULE,), article=article)


def told_of_update(kind: str, update: DirectoryUpdate, *departments: str) -> tuple[Notice, ...]:
    """Return what departments are told of a step at an update."""
    article = update.timer.citation if update.timer else ""
    facts = {"entry": update.entry, "change_date": update.change_date.isoformat()}
    return tuple(Notice(kind=kind, department=one, duties=(Duty.DIRECTORY,), article=article, facts=facts) for one in dict.fromkeys(departments))
