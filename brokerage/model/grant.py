"""The live right that an approved request gives, and how it is stopped. Pure: time comes in as `at`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Final

from brokerage.model.parties import AUTHORITY, PROVIDER, admit, sees
from brokerage.model.procedure import after
from brokerage.model.request import DataRequest, DataRequestState
from brokerage.model.terms import Terms
from brokerage.model.wording import check_wording
from hub.access import Caller
from hub.errors import IllegalStateError


@unique
class GrantState(StrEnum):
    """Where a grant stands; EXPIRED is derived from its period and never stored."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"


@unique
class GrantStep(StrEnum):
    """What can be done to a grant."""

    SUSPEND = "suspend"
    RESUME = "resume"
    REVOKE = "revoke"


NEXT: Final[Mapping[tuple[GrantState, GrantStep], GrantState]] = {
    (GrantState.ACTIVE, GrantStep.SUSPEND): GrantState.SUSPENDED,
    (GrantState.SUSPENDED, GrantStep.RESUME): GrantState.ACTIVE,
    (GrantState.ACTIVE, GrantStep.REVOKE): GrantState.REVOKED,
    (GrantState.SUSPENDED, GrantStep.REVOKE): GrantState.REVOKED,
}

WHO: Final[Mapping[GrantStep, frozenset[str]]] = dict.fromkeys(GrantStep, frozenset({PROVIDER, AUTHORITY}))


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

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"grants/{self.id}"

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of this grant: its two parties and the authority."""
        return sees(caller, self.consumer, self.provider)

    def state_at(self, at: datetime) -> GrantState:
        """Return where the grant stands at a moment: once its period is over it is expired, unless it was revoked before."""
        return GrantState.EXPIRED if at >= self.expire_time and self.state is not GrantState.REVOKED else self.state

    def as_of(self, at: datetime) -> "Grant":
        """Return the grant as it is to be shown at a moment."""
        return replace(self, state=self.state_at(at))

    def suspended(self, by: Caller, reason: str, at: datetime) -> "Grant":
        """Return the grant as stopped for now."""
        return self._after(GrantStep.SUSPEND, by, reason, at)

    def resumed(self, by: Caller, reason: str, at: datetime) -> "Grant":
        """Return the grant as usable again."""
        return self._after(GrantStep.RESUME, by, reason, at)

    def revoked(self, by: Caller, reason: str, at: datetime) -> "Grant":
        """Return the grant as ended for good: 无正当理由，不得终止或者变更已提供的政务数据共享服务, so the reason is mandatory."""
        return self._after(GrantStep.REVOKE, by, reason, at)

    def _after(self, step: GrantStep, by: Caller, reason: str, at: datetime) -> "Grant":
        admit(by, step.value, WHO[step], {PROVIDER: self.provider})
        check_wording(reason, "reason")
        state = after(NEXT, self.state_at(at), step, "the grant")
        return replace(self, state=state, reason=reason, revision=self.revision + 1)


def grant_for(request: DataRequest, grant_id: str, at: datetime) -> tuple[DataRequest, Grant]:
    """Return an approved request with its grant: live from `at` for the calendar days given."""
    if request.state is not DataRequestState.APPROVED or request.offered is None or request.grant:
        raise IllegalStateError("only an approved request gives a grant, and only one", state=request.state.value, step="grant")
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
