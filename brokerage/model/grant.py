"""The live right that an approved request gives, and how it is stopped. Pure: time comes in as `at`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Final

from brokerage.model.reasons import GRANT_NOT_DUE, REVOKE_NEEDS_CHANGE
from brokerage.model.request import DataRequest
from brokerage.model.request_procedure import REQUEST_PROCEDURE, DataRequestState
from brokerage.model.terms import Terms
from hub.access import Caller, Role
from hub.procedure import Party, Procedure, takes_part
from hub.wording import Reasons
from shuniu.words import Word


@unique
class GrantState(StrEnum):
    """Where a grant stands; EXPIRED is derived from its period and never stored."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"
    ENDED = "ended"


@unique
class GrantStep(StrEnum):
    """What can be done to a grant."""

    SUSPEND = "suspend"
    RESUME = "resume"
    REVOKE = "revoke"
    END = "end"


NEXT: Final[Mapping[tuple[GrantState, GrantStep], GrantState]] = {
    (GrantState.ACTIVE, GrantStep.SUSPEND): GrantState.SUSPENDED,
    (GrantState.SUSPENDED, GrantStep.RESUME): GrantState.ACTIVE,
    (GrantState.ACTIVE, GrantStep.REVOKE): GrantState.REVOKED,
    (GrantState.SUSPENDED, GrantStep.REVOKE): GrantState.REVOKED,
    (GrantState.ACTIVE, GrantStep.END): GrantState.ENDED,
    (GrantState.SUSPENDED, GrantStep.END): GrantState.ENDED,
}
OVER: Final = frozenset({GrantState.REVOKED, GrantState.ENDED})
"""Where a grant is over for good, whatever is left of its period."""
_STOPPING: Final = frozenset({Party.PROVIDER, Party.AUTHORITY})

GRANT_PROCEDURE: Final = Procedure(
    thing=Word("grant", "grant", "共享授权"),
    next=NEXT,
    who={
        GrantStep.SUSPEND: _STOPPING,
        GrantStep.RESUME: _STOPPING,
        GrantStep.REVOKE: _STOPPING | {Party.CONSUMER},
        GrantStep.END: frozenset({Party.HUB}),
    },
    states={
        GrantState.ACTIVE: Word("active", "active", "有效"),
        GrantState.SUSPENDED: Word("suspended", "suspended", "已暂停"),
        GrantState.REVOKED: Word("revoked", "revoked", "已终止"),
        GrantState.EXPIRED: Word("expired", "expired", "已到期"),
        GrantState.ENDED: Word("ended", "ended", "服务已终止"),
    },
    steps={
        GrantStep.SUSPEND: Word("suspend", "suspend it", "暂停"),
        GrantStep.RESUME: Word("resume", "resume it", "恢复"),
        GrantStep.REVOKE: Word("revoke", "revoke it", "终止"),
        GrantStep.END: Word("end", "end its service", "终止服务"),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The live right that an approved request gives: fields, purposes, callers, period, calls a day."""

    id: str
    revision: int = 1
    state: GrantState = GrantState.ACTIVE
    data_request: str
    entry: str
    entry_version: int
    consumer: str
    provider: str
    terms: Terms
    start_time: datetime
    expire_time: datetime
    reason: str = ""
    calls_today: int | None = None
    """Calls of the day that count against the terms; not kept, filled in where it is asked for."""

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"grants/{self.id}"

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return which department has which part."""
        return {Party.CONSUMER: self.consumer, Party.PROVIDER: self.provider}

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of this grant: its two parties and the authority."""
        return takes_part(self, caller)

    def state_at(self, at: datetime) -> GrantState:
        """Return where the grant stands at a moment: once its period is over it is expired, unless it was over before."""
        return GrantState.EXPIRED if at >= self.expire_time and self.state not in OVER else self.state

    def as_of(self, at: datetime, calls_today: int | None = None) -> "Grant":
        """Return the grant as it is to be shown at a moment, with the calls of that day if they are to be told."""
        return replace(self, state=self.state_at(at), calls_today=calls_today)

    def suspend(self, by: Caller, reason: str, at: datetime) -> "Grant":
        """Return the grant as stopped for now."""
        return self._after(GrantStep.SUSPEND, by, reason, at)

    def resume(self, by: Caller, reason: str, at: datetime) -> "Grant":
        """Return the grant as usable again."""
        return self._after(GrantStep.RESUME, by, reason, at)

    def revoke(self, by: Caller, reason: str, at: datetime) -> "Grant":
        """Return the grant as ended for good: 无正当理由，不得终止或者变更已提供的政务数据共享服务, so the reason is mandatory."""
        after = self._after(GrantStep.REVOKE, by, reason, at)
        if not may_revoke(self, by):  # Decree 809 art. 27
            raise REVOKE_NEEDS_CHANGE(state=GRANT_PROCEDURE.states[self.state], step="revoke")
        return after

    def end(self, reason: str, at: datetime) -> "Grant":
        """Return the grant as its service ended, by the hub."""
        state = GRANT_PROCEDURE.after(self.state_at(at), GrantStep.END)
        return replace(self, state=state, reason=reason, revision=self.revision + 1)

    def _after(self, step: GrantStep, by: Caller, reason: str, at: datetime) -> "Grant":
        GRANT_PROCEDURE.admit(self, step, by)
        why = Reasons(reason)
        # as it stands now: an expired grant is in no row of the table, so nothing brings it back
        state = GRANT_PROCEDURE.after(self.state_at(at), step)
        return replace(self, state=state, reason=why, revision=self.revision + 1)


def may_revoke(grant: Grant, by: Caller) -> bool:
    """Tell whether the caller may end a grant out of hand: the authority, the consumer whose own right it is, the provider of a suspended one."""
    if by.department != grant.provider or Role.AUTHORITY in by.roles:
        return True
    return grant.state is GrantState.SUSPENDED


def grant_for(request: DataRequest, grant_id: str, at: datetime) -> tuple[DataRequest, Grant]:
    """Return an approved request with its grant: live from `at` for the calendar days given."""
    # the table holds the rule too: one grant for one request
    if request.state is not DataRequestState.APPROVED or request.offered is None or request.grant:
        raise GRANT_NOT_DUE(state=REQUEST_PROCEDURE.states[request.state], step="grant")
    grant = Grant(
        id=grant_id,
        data_request=request.name,
        entry=request.entry,
        entry_version=request.entry_version,
        consumer=request.consumer,
        provider=request.provider,
        terms=request.offered,
        start_time=at,
        expire_time=at + timedelta(days=request.offered.period_days),
    )
    return replace(request, grant=grant.name), grant
