"""One department asking another for a data set: the procedure from draft to decision. Pure: time comes in as `at`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum, unique
from typing import Any, Final

from brokerage.model.case_clock import CaseClock
from brokerage.model.parties import CONSUMER, PROVIDER, admit, sees
from brokerage.model.procedure import after
from brokerage.model.terms import Terms
from brokerage.model.wording import check_wording
from catalog.model import Entry, ShareType, State, check_officer
from catalog.model.legal import rests_on_national_law
from hub.access import Caller
from hub.errors import IllegalStateError, InvalidInputError

MAX_GAPS: Final = 50
MAX_GAP: Final = 500
MAX_SUPPLEMENT: Final = 4_000
AT_ONCE: Final = "unconditional entry (无条件共享): granted by the hub at once"


@unique
class DataRequestState(StrEnum):
    """Where a request stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    INCOMPLETE = "incomplete"
    OFFERED = "offered"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    OVERDUE = "overdue"


@unique
class RequestStep(StrEnum):
    """What can be done to a request."""

    SUBMIT = "submit"
    ASK_FOR_MORE = "ask_for_more"
    SUPPLEMENT = "supplement"
    APPROVE = "approve"
    OFFER = "offer"
    ACCEPT = "accept"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    RUN_OUT = "run_out"


NEXT: Final[Mapping[tuple[DataRequestState, RequestStep], DataRequestState]] = {
    (DataRequestState.DRAFT, RequestStep.SUBMIT): DataRequestState.SUBMITTED,
    (DataRequestState.SUBMITTED, RequestStep.ASK_FOR_MORE): DataRequestState.INCOMPLETE,
    (DataRequestState.INCOMPLETE, RequestStep.SUPPLEMENT): DataRequestState.SUBMITTED,
    (DataRequestState.SUBMITTED, RequestStep.APPROVE): DataRequestState.APPROVED,
    (DataRequestState.OVERDUE, RequestStep.APPROVE): DataRequestState.APPROVED,
    (DataRequestState.SUBMITTED, RequestStep.OFFER): DataRequestState.OFFERED,
    (DataRequestState.OVERDUE, RequestStep.OFFER): DataRequestState.OFFERED,
    (DataRequestState.OFFERED, RequestStep.ACCEPT): DataRequestState.APPROVED,
    (DataRequestState.SUBMITTED, RequestStep.REFUSE): DataRequestState.REFUSED,
    (DataRequestState.OVERDUE, RequestStep.REFUSE): DataRequestState.REFUSED,
    (DataRequestState.DRAFT, RequestStep.WITHDRAW): DataRequestState.WITHDRAWN,
    (DataRequestState.SUBMITTED, RequestStep.WITHDRAW): DataRequestState.WITHDRAWN,
    (DataRequestState.INCOMPLETE, RequestStep.WITHDRAW): DataRequestState.WITHDRAWN,
    (DataRequestState.OFFERED, RequestStep.WITHDRAW): DataRequestState.WITHDRAWN,
    (DataRequestState.OVERDUE, RequestStep.WITHDRAW): DataRequestState.WITHDRAWN,
    (DataRequestState.SUBMITTED, RequestStep.RUN_OUT): DataRequestState.OVERDUE,  # the hub's own step: the answer clock ran out
}

WHO: Final[Mapping[RequestStep, frozenset[str]]] = {
    RequestStep.SUBMIT: frozenset({CONSUMER}),
    RequestStep.ASK_FOR_MORE: frozenset({PROVIDER}),
    RequestStep.SUPPLEMENT: frozenset({CONSUMER}),
    RequestStep.APPROVE: frozenset({PROVIDER}),
    RequestStep.OFFER: frozenset({PROVIDER}),
    RequestStep.ACCEPT: frozenset({CONSUMER}),
    RequestStep.REFUSE: frozenset({PROVIDER}),
    RequestStep.WITHDRAW: frozenset({CONSUMER}),
}
"""Whose step it is; RequestStep.RUN_OUT is the hub's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContent:
    """What a consumer writes into a request: which entry, by what right, for what, how much, and who answers for it."""

    entry: str
    legal_basis: str
    scenario: str
    scope: str
    asked: Terms
    officer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRequest:
    """One department asking another for a data set, for a stated purpose."""

    id: str
    revision: int = 1
    state: DataRequestState = DataRequestState.DRAFT
    entry: str
    entry_version: int
    consumer: str
    provider: str
    legal_basis: str
    scenario: str
    scope: str
    asked: Terms
    offered: Terms | None = None
    gaps: tuple[str, ...] = ()
    supplements: tuple[str, ...] = ()
    reason: str = ""
    refusal_basis: str = ""
    clock: CaseClock | None = None
    grant: str = ""
    officer: str
    create_time: datetime
    submit_time: datetime | None = None
    decide_time: datetime | None = None

    def __post_init__(self) -> None:
        if self.consumer == self.provider:
            raise InvalidInputError(
                "a department does not request its own data", field="data_request.entry", zh="部门无需申请自己的数据", reason="OWN_DATA"
            )
        check_wording(self.legal_basis, "legal_basis")
        check_wording(self.scenario, "scenario")
        check_wording(self.scope, "scope")
        check_officer(self.officer)

    @property
    def name(self) -> str:
        """Return the resource name; empty for a request that was only checked and not kept."""
        return f"dataRequests/{self.id}" if self.id else ""

    @classmethod
    def drafted(cls, by: Caller, content: RequestContent, entry: Entry, request_id: str, at: datetime) -> "DataRequest":
        """Return the content as a draft of the caller's department, when the entry offers what it asks for."""
        return cls(
            id=request_id,
            entry=entry.name,
            entry_version=entry.version,
            consumer=by.department,
            provider=entry.provider,
            legal_basis=content.legal_basis,
            scenario=content.scenario,
            scope=content.scope,
            asked=content.asked.fitted(entry),
            officer=content.officer,
            create_time=at,
        )

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of this request: its two parties and the authority."""
        return sees(caller, self.consumer, self.provider)

    def submitted(self, by: Caller, entry: Entry, clock: CaseClock | None, at: datetime) -> "DataRequest":
        """Return the request as it goes to the provider, resting on the entry version that is in force now; the answer clock starts."""
        self._admit(RequestStep.SUBMIT, by)
        asked = self.asked.fitted(entry)
        return self._after(RequestStep.SUBMIT, entry_version=entry.version, asked=asked, clock=clock, submit_time=at)

    def answered_at_once(self, entry: Entry, at: datetime) -> "DataRequest":
        """Return the request as the entry itself answers it: unconditional ones are granted, not-shared ones refused, others wait."""
        if entry.share_type is ShareType.UNCONDITIONAL:
            return self._after(RequestStep.APPROVE, offered=self.asked, reason=AT_ONCE, decide_time=at)
        if entry.share_type is ShareType.REFUSED:
            reason = f"the directory entry is not shared (不予共享): {entry.refusal_reason}"
            return self._after(RequestStep.REFUSE, reason=reason, refusal_basis=entry.refusal_basis, decide_time=at)
        return self

    def asked_for_more(self, by: Caller, gaps: tuple[str, ...], at: datetime) -> "DataRequest":
        """Return the request as it goes back to the consumer (补正): once, with all gaps; the clock stands still from `at` on."""
        self._admit(RequestStep.ASK_FOR_MORE, by)
        if not 1 <= len(gaps) <= MAX_GAPS:
            raise InvalidInputError(f"name all gaps at once, 1 to {MAX_GAPS}", field="gaps", zh="须一次性告知全部补正内容")
        for gap in gaps:
            check_wording(gap, "gaps", MAX_GAP)
        if self.gaps and self.state is DataRequestState.SUBMITTED:
            raise IllegalStateError(
                f"the request is {self.state.value} after it was supplemented; {RequestStep.ASK_FOR_MORE.value} is possible once",
                zh="补正只能要求一次，须一次性告知",
                next_action="approve, offer less or refuse",
                reason="ASKED_ALREADY",
                state=self.state.value,
                step=RequestStep.ASK_FOR_MORE.value,
            )
        return self._after(RequestStep.ASK_FOR_MORE, gaps=gaps, clock=self.clock and self.clock.stop(at))

    def supplemented(self, by: Caller, supplement: str, at: datetime) -> "DataRequest":
        """Return the request as it goes to the provider again; the clock goes on from `at`."""
        self._admit(RequestStep.SUPPLEMENT, by)
        check_wording(supplement, "supplement", MAX_SUPPLEMENT)
        return self._after(RequestStep.SUPPLEMENT, supplements=(*self.supplements, supplement), clock=self.clock and self.clock.go_on(at))

    def approved(self, by: Caller, entry: Entry, terms: Terms | None, reason: str, at: datetime) -> "DataRequest":
        """Return the request as the provider answers it: approved with what was asked, offered with less; more is never given."""
        self._admit(RequestStep.APPROVE, by)
        given = self.asked if terms is None else terms.fitted(entry)
        if not given.narrower_than(self.asked):
            raise InvalidInputError(
                "the terms are wider than what was asked",
                field="terms",
                zh="提供的共享条件不得宽于申请内容",
                next_action="leave the terms out to give all that was asked",
                reason="WIDER_THAN_ASKED",
            )
        narrower = not given.same_extent(self.asked)
        if narrower or reason:
            check_wording(reason, "reason")  # a counter-offer says why
        step = RequestStep.OFFER if narrower else RequestStep.APPROVE
        following = self._after(step, offered=given if narrower else self.asked, reason=reason, decide_time=at)
        _check_in_force(entry, step)
        return following

    def accepted(self, by: Caller, entry: Entry) -> "DataRequest":
        """Return the request as approved with what the provider offered."""
        self._admit(RequestStep.ACCEPT, by)
        following = self._after(RequestStep.ACCEPT)
        _check_in_force(entry, RequestStep.ACCEPT)
        return following

    def refused(self, by: Caller, reason: str, basis: str, at: datetime) -> "DataRequest":
        """Return the request as the provider refuses it; a refusal cites a law, administrative regulation or State Council decision."""
        self._admit(RequestStep.REFUSE, by)
        check_wording(reason, "reason")
        check_wording(basis, "legal_basis")
        _check_national_ground(basis)
        return self._after(RequestStep.REFUSE, reason=reason, refusal_basis=basis, decide_time=at)

    def withdrawn(self, by: Caller, reason: str) -> "DataRequest":
        """Return the request as the consumer takes it back."""
        self._admit(RequestStep.WITHDRAW, by)
        check_wording(reason, "reason")
        return self._after(RequestStep.WITHDRAW, reason=reason)

    def run_out(self) -> "DataRequest":
        """Return the request as its clock ran out: escalated to the authority, still answerable."""
        return self._after(RequestStep.RUN_OUT)

    def _admit(self, step: RequestStep, by: Caller) -> None:
        admit(by, step.value, WHO[step], {CONSUMER: self.consumer, PROVIDER: self.provider})

    def _after(self, step: RequestStep, **changed: Any) -> "DataRequest":
        state = after(NEXT, self.state, step, "the request")
        return replace(self, state=state, revision=self.revision + 1, **changed)


def _check_national_ground(basis: str) -> None:
    """Refuse a ground that is no law, administrative regulation or State Council decision (Decree 809 art. 15)."""
    if not rests_on_national_law(basis):
        raise InvalidInputError(
            "a refusal cites a law, administrative regulation or State Council decision, with its title in 《》; local rules do not count",
            field="legal_basis",
            zh="拒绝共享须以法律、行政法规或者国务院决定为依据，并以《》注明名称",
            next_action="cite the law, or approve with narrower terms",
            reason="NO_NATIONAL_LAW",
        )


def _check_in_force(entry: Entry, step: RequestStep) -> None:
    """Refuse to give what was taken out of the directory; a version that a newer one replaced still counts for what was asked under it."""
    if entry.state is State.WITHDRAWN:
        raise IllegalStateError(
            f"the entry is {entry.state.value}; nothing can be given by {step.value}",
            zh="目录条目已撤销，不能再授权",
            next_action="refuse or withdraw the request, or publish the entry again",
            reason="ENTRY_WITHDRAWN",
            state=entry.state.value,
            step=step.value,
        )
