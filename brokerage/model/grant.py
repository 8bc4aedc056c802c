"""The live right that an approved request gives, how it is stopped, followed by another and ended. Pure: time comes in as `at`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Any, Final

from brokerage.model.delivery import DeliveryExplanation
from brokerage.model.disposal import DISPOSAL_PROCEDURE, Disposal, DisposalCase, DisposalState, DisposalStep, Receipt
from brokerage.model.follow import FollowKind, refuse_to_follow
from brokerage.model.mending import Mending, SuspensionGround, Term, needed
from brokerage.model.reasons import DELIVERY_NOT_LATE, DISPOSAL_NOT_OWED, DISPOSAL_TOO_EARLY, GRANT_NOT_DUE, NO_RECEIPT, REVOKE_NEEDS_CHANGE
from brokerage.model.request import DataRequest
from brokerage.model.request_procedure import REQUEST_PROCEDURE, DataRequestState
from brokerage.model.terms import Terms
from brokerage.model.use_due import UseDue, first_owed
from hub.access import Caller, Role
from hub.procedure import Party, Procedure, takes_part
from hub.wording import Officer, Reasons
from shuniu.words import Word, either
from timing.timer import Timer


@unique
class GrantState(StrEnum):
    """Where a grant stands; EXPIRED is derived from its period and never stored."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    ENDED = "ended"


@unique
class GrantStep(StrEnum):
    """What can be done to a grant."""

    SUSPEND = "suspend"
    RESUME = "resume"
    REVOKE = "revoke"
    REPORT_MENDING = "report_mending"
    REFUSE_MENDING = "refuse_mending"
    AMEND = "amend"
    RENEW = "renew"
    EXPLAIN_DELIVERY = "explain_delivery"
    END = "end"


NEXT: Final[Mapping[tuple[GrantState, GrantStep], GrantState]] = {
    (GrantState.ACTIVE, GrantStep.SUSPEND): GrantState.SUSPENDED,
    (GrantState.SUSPENDED, GrantStep.RESUME): GrantState.ACTIVE,
    (GrantState.ACTIVE, GrantStep.REVOKE): GrantState.REVOKED,
    (GrantState.SUSPENDED, GrantStep.REVOKE): GrantState.REVOKED,
    (GrantState.SUSPENDED, GrantStep.REPORT_MENDING): GrantState.SUSPENDED,
    (GrantState.SUSPENDED, GrantStep.REFUSE_MENDING): GrantState.SUSPENDED,
    # what is suspended is not amended: the new grant would be a way around the suspension
    (GrantState.ACTIVE, GrantStep.AMEND): GrantState.SUPERSEDED,
    (GrantState.ACTIVE, GrantStep.RENEW): GrantState.ACTIVE,
    (GrantState.SUSPENDED, GrantStep.RENEW): GrantState.SUSPENDED,
    (GrantState.ACTIVE, GrantStep.EXPLAIN_DELIVERY): GrantState.ACTIVE,
    (GrantState.SUSPENDED, GrantStep.EXPLAIN_DELIVERY): GrantState.SUSPENDED,
    (GrantState.ACTIVE, GrantStep.END): GrantState.ENDED,
    (GrantState.SUSPENDED, GrantStep.END): GrantState.ENDED,
}
_STOPPING: Final = frozenset({Party.PROVIDER, Party.AUTHORITY})

GRANT_PROCEDURE: Final = Procedure(
    thing=Word("grant", "grant", "共享授权"),
    next=NEXT,
    who={
        **dict.fromkeys(GrantStep, _STOPPING),
        GrantStep.REVOKE: _STOPPING | {Party.CONSUMER},
        GrantStep.END: frozenset({Party.HUB}),
        GrantStep.REPORT_MENDING: frozenset({Party.CONSUMER}),
        GrantStep.EXPLAIN_DELIVERY: frozenset({Party.PROVIDER}),
        GrantStep.AMEND: frozenset({Party.HUB}),
        GrantStep.RENEW: frozenset({Party.HUB}),
    },
    states={
        GrantState.ACTIVE: Word("active", "active", "有效"),
        GrantState.SUSPENDED: Word("suspended", "suspended", "已暂停"),
        GrantState.REVOKED: Word("revoked", "revoked", "已终止"),
        GrantState.EXPIRED: Word("expired", "expired", "已到期"),
        GrantState.SUPERSEDED: Word("superseded", "superseded", "已变更"),
        GrantState.ENDED: Word("ended", "ended", "服务已终止"),
    },
    steps={
        GrantStep.SUSPEND: Word("suspend", "suspend it", "暂停"),
        GrantStep.RESUME: Word("resume", "resume it", "恢复"),
        GrantStep.REVOKE: Word("revoke", "revoke it", "终止"),
        GrantStep.REPORT_MENDING: Word("report_mending", "report what was mended", "报告整改"),
        GrantStep.REFUSE_MENDING: Word("refuse_mending", "refuse the report", "退回整改报告"),
        GrantStep.AMEND: Word("amend", "put an amended grant in its place", "变更"),
        GrantStep.RENEW: Word("renew", "renew it", "续期"),
        GrantStep.EXPLAIN_DELIVERY: Word("explain_delivery", "explain its delivery", "说明提供情况"),
        GrantStep.END: Word("end", "end its service", "终止服务"),
    },
)
FOLLOWS_BY: Final = {FollowKind.AMENDMENT: GrantStep.AMEND, FollowKind.RENEWAL: GrantStep.RENEW}
"""By which step of the hub a grant is followed."""


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
    follows: str = ""
    followed_by: str = ""
    timer: Timer | None = None
    """The time within which the data is to be served (Decree 809 art. 22); none for a renewal, nor for what an earlier release granted."""
    first_use_time: datetime | None = None
    delivery_explanation: DeliveryExplanation | None = None
    mending: Mending | None = None
    disposal_terms: str = ""
    disposal: Disposal | None = None
    end_time: datetime | None = None
    """When a step ended it before its period was over; None also in what an earlier release ended."""
    use_record_time: datetime | None = None
    """From when on the next record of its use is owed; None where none will be, as for what an earlier release granted."""
    use_record_due: UseDue | None = None

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
        """Return where the grant stands at a moment: once its period is over it is expired, unless it was revoked before."""
        return GrantState.EXPIRED if at >= self.expire_time and self.stands else self.state

    @property
    def stands(self) -> bool:
        """Tell whether nobody has ended the grant; its period may be over all the same."""
        return self.state in {GrantState.ACTIVE, GrantState.SUSPENDED}

    @property
    def suspension_ground(self) -> SuspensionGround | None:
        """Return why the grant is suspended, None where it is not."""
        if self.state is not GrantState.SUSPENDED:
            return None
        return SuspensionGround.OTHER if self.mending is None else SuspensionGround.MISUSE

    @property
    def awaits_step(self) -> bool:
        """Tell whether the data is still to be served for the first time: the delivery timer runs."""
        return self.first_use_time is None and self.stands

    @property
    def delivery_is_late(self) -> bool:
        """Tell whether the hub has told that the delivery timer ran out, and there was no first use since."""
        return self.awaits_step and self.timer is not None and self.timer.told_time is not None

    @property
    def takes_over(self) -> bool:
        """Tell whether the data of a grant that this one follows is used further under it: not where it was revoked before it began."""
        return self.stands or self.state is GrantState.SUPERSEDED or self.disposal is not None

    def is_over(self, at: datetime) -> bool:
        """Tell whether the grant has ended, by its period or by a step."""
        return self.state_at(at) not in {GrantState.ACTIVE, GrantState.SUSPENDED}

    def mending_is_over(self, at: datetime) -> bool:
        """Tell whether the term to mend what was misused has passed without a report: the provider may then end the grant (Decree 809 art. 27)."""
        return self.state is GrantState.SUSPENDED and self.mending is not None and self.mending.is_over(at)

    def as_of(self, at: datetime, calls_today: int | None = None) -> "Grant":
        """Return the grant as it is to be shown at a moment, with the calls of that day if they are to be told."""
        return replace(self, state=self.state_at(at), calls_today=calls_today)

    def suspend(self, by: Caller, reason: str, at: datetime, term: Term | None = None) -> "Grant":
        """Return the grant as stopped for now; with a term where it was misused: 限期整改 (Decree 809 art. 27)."""
        after = self._after(GrantStep.SUSPEND, by, reason, at)
        if term is None:
            return after
        judge = Party.PROVIDER if by.department == self.provider else Party.AUTHORITY
        return replace(after, mending=Mending(working_days=term.working_days, due_time=term.due_time, by=judge))

    def resume(self, by: Caller, reason: str, at: datetime) -> "Grant":
        """Return the grant as usable again; what was to be mended is."""
        return replace(self._after(GrantStep.RESUME, by, reason, at), mending=None)

    def report_mending(self, by: Caller, statement: str, officer: str, at: datetime) -> "Grant":
        """Return the grant with what its consumer has mended; whoever suspended it judges that."""
        GRANT_PROCEDURE.admit(self, GrantStep.REPORT_MENDING, by)
        state = GRANT_PROCEDURE.after(self.state_at(at), GrantStep.REPORT_MENDING)
        mending = needed(self.mending, GrantStep.REPORT_MENDING.value, state.value).report(statement, Officer(officer), at)
        return self._changed(mending=mending)

    def refuse_mending(self, by: Caller, reason: str, term: Term, at: datetime) -> "Grant":
        """Return the grant with another term, as the report did not do; it stays suspended."""
        GRANT_PROCEDURE.admit(self, GrantStep.REFUSE_MENDING, by)
        why = Reasons(reason)
        state = GRANT_PROCEDURE.after(self.state_at(at), GrantStep.REFUSE_MENDING)
        return self._changed(mending=needed(self.mending, GrantStep.REFUSE_MENDING.value, state.value).refuse(why, term))

    def tell_mending(self, at: datetime) -> "Grant":
        """Return the grant as the hub has told that the term to mend is over without a report."""
        return self._changed(mending=self.mending and replace(self.mending, told_time=at))

    def revoke(self, by: Caller, reason: str, at: datetime) -> "Grant":
        """Return the grant as ended for good: 无正当理由，不得终止或者变更已提供的政务数据共享服务, so the reason is mandatory."""
        after = self._after(GrantStep.REVOKE, by, reason, at)
        if not may_revoke(self, by, at):  # Decree 809 art. 27
            raise REVOKE_NEEDS_CHANGE(state=GRANT_PROCEDURE.states[self.state], step="revoke")
        return after

    def end(self, reason: str, at: datetime) -> "Grant":
        """Return the grant as its service ended, by the hub."""
        state = GRANT_PROCEDURE.after(self.state_at(at), GrantStep.END)
        return replace(self, state=state, reason=reason, revision=self.revision + 1).closed(at)

    def closed(self, at: datetime) -> "Grant":
        """Return a grant that a step has ended with when that was: the last record of its use is owed from then on; none if it had not begun."""
        if self.stands:
            return self
        owes = self.use_record_time is not None and at >= self.start_time
        return replace(self, end_time=at, use_record_time=at if owes else None)

    def check_goes_on(self, kind: FollowKind, at: datetime) -> None:
        """Refuse to follow this grant in that way where its state does not allow it."""
        step, state = FOLLOWS_BY[kind], self.state_at(at)
        if (state, step) not in NEXT:
            possible = either(*(GRANT_PROCEDURE.states[one] for one, way in sorted(NEXT) if way is step))
            refuse_to_follow(self, GRANT_PROCEDURE.states[state], kind, possible)

    def follow_by(self, follower: "Grant", kind: FollowKind, at: datetime) -> "Grant":
        """Return the grant as another follows it: an amended one is over at once (Decree 809 art. 25), a renewed one runs out by itself."""
        self.check_goes_on(kind, at)
        return self._changed(state=NEXT[self.state_at(at), FOLLOWS_BY[kind]], followed_by=follower.name).closed(at)

    def used_first(self, at: datetime) -> "Grant":
        """Return the grant as its data was served for the first time; its revision stays, for nobody has decided anything."""
        return replace(self, first_use_time=at)

    def tell_late_delivery(self, at: datetime) -> "Grant":
        """Return the grant as the hub has told that its data was not used in time."""
        return self._changed(timer=self.timer and replace(self.timer, told_time=at))

    def explain_delivery(self, by: Caller, explanation: DeliveryExplanation, at: datetime) -> "Grant":
        """Return the grant with why its data could not be used in time, and by when it can be."""
        GRANT_PROCEDURE.admit(self, GrantStep.EXPLAIN_DELIVERY, by)
        said = explanation.clean(at)
        state = GRANT_PROCEDURE.after(self.state_at(at), GrantStep.EXPLAIN_DELIVERY)
        if not self.delivery_is_late:
            raise DELIVERY_NOT_LATE(state=state.value, step="explain_delivery")
        return self._changed(delivery_explanation=said)

    def owe_disposal(self, follower: "Grant | None", at: datetime) -> "Grant":
        """Return a grant that has ended as its consumer owes a receipt for the data; not where another goes on with it, or none was given."""
        if self.disposal is not None or _goes_on(follower) or not self.is_over(at) or at < self.start_time:
            return self
        return replace(self, disposal=Disposal())

    def run_out(self, at: datetime) -> "Grant":
        """Return the grant as the hub has seen that its period is over, with none that takes over: its consumer owes a receipt."""
        return replace(self.owe_disposal(None, at), revision=self.revision + 1)

    def record_disposal(self, by: Caller, receipt: Receipt, follower: "Grant | None", at: datetime) -> "Grant":
        """Return the grant with what its consumer did with the data."""
        self._admit_disposal(DisposalStep.RECORD, by)
        said = receipt.clean(self.start_time, at)
        if not self.is_over(at):
            raise DISPOSAL_TOO_EARLY(state=self.state_at(at).value, step="record_disposal")
        if _goes_on(follower):
            raise DISPOSAL_NOT_OWED(follower=self.followed_by, state=self.state_at(at).value, step="record_disposal")
        return self._changed(disposal=(self.disposal or Disposal()).record(said, at))

    def accept_disposal(self, by: Caller, officer: str, at: datetime) -> "Grant":
        """Return the grant as its provider took note of the receipt."""
        return self._changed(disposal=self._receipt(DisposalStep.ACCEPT, by).accept(officer, at))

    def return_disposal(self, by: Caller, reason: str, officer: str, at: datetime) -> "Grant":
        """Return the grant as its provider asks for another receipt."""
        return self._changed(disposal=self._receipt(DisposalStep.SEND_BACK, by).send_back(reason, officer, at))

    def _receipt(self, step: DisposalStep, by: Caller) -> Disposal:
        self._admit_disposal(step, by)
        if self.disposal is None:
            raise NO_RECEIPT(state=self.state.value, step=step.value)
        return self.disposal

    def _admit_disposal(self, step: DisposalStep, by: Caller) -> None:
        DISPOSAL_PROCEDURE.admit(DisposalCase(self.disposal.state if self.disposal else DisposalState.DUE, self.parties), step, by)

    def _changed(self, **changes: Any) -> "Grant":
        return replace(self, revision=self.revision + 1, **changes)

    def _after(self, step: GrantStep, by: Caller, reason: str, at: datetime) -> "Grant":
        GRANT_PROCEDURE.admit(self, step, by)
        why = Reasons(reason)
        # as it stands now: an expired grant is in no row of the table, so nothing brings it back
        state = GRANT_PROCEDURE.after(self.state_at(at), step)
        return replace(self, state=state, reason=why, revision=self.revision + 1).closed(at)


def may_revoke(grant: Grant, by: Caller, at: datetime) -> bool:
    """Tell whether the caller may end a grant out of hand: the authority, the consumer of its own right, the provider where misuse stays unmended."""
    return by.department != grant.provider or Role.AUTHORITY in by.roles or grant.mending_is_over(at)


def _goes_on(follower: Grant | None) -> bool:
    return follower is not None and follower.takes_over


def grant_for(request: DataRequest, grant_id: str, at: datetime, former: Grant | None = None) -> tuple[DataRequest, Grant]:
    """Return an approved request with its grant: live for the calendar days given, from `at`, or from when the grant that it follows lets it."""
    # the table holds the rule too: one grant for one request
    if request.state is not DataRequestState.APPROVED or request.offered is None or request.grant:
        raise GRANT_NOT_DUE(state=REQUEST_PROCEDURE.states[request.state], step="grant")
    begin = _begin(request, former, at)
    end = begin + timedelta(days=request.offered.period_days)
    grant = Grant(
        id=grant_id,
        data_request=request.name,
        entry=request.entry,
        entry_version=request.entry_version,
        consumer=request.consumer,
        provider=request.provider,
        terms=request.offered,
        start_time=begin,
        expire_time=end,
        use_record_time=first_owed(begin, end),
        follows=request.follows,
        disposal_terms=request.disposal_terms,
    )
    return replace(request, grant=grant.name), grant


def _begin(request: DataRequest, former: Grant | None, at: datetime) -> datetime:
    if former is None:
        return at
    # a renewal begins when the old one ends, so there is no gap; what amends a renewal that has not begun begins no earlier either
    return former.expire_time if request.follow_kind is FollowKind.RENEWAL else max(at, former.start_time)
