"""One department asking another for a data set: what each step of the procedure demands and changes. Pure: time comes in as `at`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from brokerage.model import return_flow
from brokerage.model.follow import FollowKind, check_both
from brokerage.model.reasons import ASKED_ALREADY, ENTRY_WITHDRAWN, GAPS_WRONG, NO_NATIONAL_LAW, OWN_DATA
from brokerage.model.request_procedure import REQUEST_PROCEDURE, DataRequestState, RequestStep
from brokerage.model.return_flow import return_terms
from brokerage.model.terms import Terms
from brokerage.model.texts import DisposalTerms, Gap, Ground, Scenario, Scope, Supplement
from catalog.model import Entry, EntryState, ShareType
from catalog.model.legal import rests_on_national_law
from certs.model import Department
from hub.access import Caller
from hub.faults import Faults
from hub.procedure import Party, takes_part
from hub.wording import LegalBasis, Officer, Reasons
from timing.extension import Extension, ExtensionState, only_once, the_wish
from timing.timer import Timer

MAX_GAPS: Final = 50
AT_ONCE: Final = "unconditional entry (无条件共享): granted by the hub at once"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContent:
    """What a consumer writes into a request: which entry, by what right, for what, how much, and who answers for it.

    `former` is how an earlier release spelled the content where two requests of one id are compared.
    """

    entry: str
    legal_basis: str
    scenario: str
    scope: str
    asked: Terms
    officer: str
    return_flow: bool = False
    follows: str = ""
    follow_kind: FollowKind | None = None
    former: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "former", _former(self))  # before anything is folded: it was compared as it came
        faults = Faults()
        faults.spell(self, legal_basis=Ground, scenario=Scenario, scope=Scope, asked=Terms.clean, officer=Officer)
        check_both(faults, self.follows, self.follow_kind)
        faults.refuse()

    def plain(self) -> dict[str, Any]:
        """Return the content as plain values."""
        return {
            "entry": self.entry,
            "legal_basis": self.legal_basis,
            "scenario": self.scenario,
            "scope": self.scope,
            "asked": self.asked.plain(),
            "officer": self.officer,
            **({"return_flow": True} if self.return_flow else {}),  # without it: as before there was any
            # as an earlier release spelled it where nothing is followed: a retry of its request finds its answer
            **({"follows": self.follows, "follow_kind": self.follow_kind.value} if self.follow_kind else {}),
        }


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
    timer: Timer | None = None
    grant: str = ""
    officer: str
    create_time: datetime
    submit_time: datetime | None = None
    decide_time: datetime | None = None
    extension: Extension | None = None
    return_flow: bool = False
    follows: str = ""
    follow_kind: FollowKind | None = None
    disposal_terms: str = ""

    @property
    def name(self) -> str:
        """Return the resource name; empty for a request that was only checked and not stored."""
        return f"dataRequests/{self.id}" if self.id else ""

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return which department has which part."""
        return {Party.CONSUMER: self.consumer, Party.PROVIDER: self.provider}

    @property
    def awaits_step(self) -> bool:
        """Tell whether the provider's answer is awaited: the timer runs."""
        return self.state in {DataRequestState.SUBMITTED, DataRequestState.OVERDUE}

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of this request: its two parties and the authority."""
        return takes_part(self, caller)

    @classmethod
    def draft(cls, by: Caller, content: RequestContent, entry: Entry, request_id: str, at: datetime) -> "DataRequest":
        """Return the content as a draft of the caller's department, when the entry offers what it asks for."""
        if by.department == entry.provider:
            raise OWN_DATA(field="data_request.entry")
        return cls(
            id=request_id,
            entry=entry.name,
            entry_version=entry.version,
            consumer=by.department,
            provider=entry.provider,
            legal_basis=content.legal_basis,
            scenario=content.scenario,
            scope=content.scope,
            asked=content.asked.fit(entry),
            officer=content.officer,
            create_time=at,
            return_flow=content.return_flow,
            follows=content.follows,
            follow_kind=content.follow_kind,
        )

    def keep_to_region(self, department: Department, entry: Entry) -> "DataRequest":
        """Return a request for 回流 as it asks for the records of its department's own region alone."""
        return replace(self, asked=return_terms(self.asked, department, entry))

    def submit(self, by: Caller, entry: Entry, timer: Timer | None, at: datetime) -> "DataRequest":
        """Return the request as it goes to the provider, resting on the entry version that is in force now; the answer timer starts."""
        self._admit(RequestStep.SUBMIT, by)
        # once more: the entry may have been revised since the draft was written
        asked = self.asked.fit(entry)
        return self._after(RequestStep.SUBMIT, entry_version=entry.version, asked=asked, timer=timer, submit_time=at)

    def answer_at_once(self, entry: Entry, at: datetime) -> "DataRequest":
        """Return the request as the entry itself answers it: unconditional ones are granted, not-shared ones refused, others wait.

        What goes back to its own region is granted, whatever the entry's conditions are (Decree 809 art. 24).
        """
        if entry.share_type is ShareType.UNCONDITIONAL or (self.return_flow and entry.share_type is ShareType.CONDITIONAL):
            why = return_flow.AT_ONCE if self.return_flow else AT_ONCE
            return self._after(RequestStep.APPROVE, offered=self.asked, reason=why, decide_time=at)
        if entry.share_type is ShareType.REFUSED:
            reason = f"the directory entry is not shared (不予共享): {entry.refusal_reason}"
            return self._after(RequestStep.REFUSE, reason=reason, refusal_basis=entry.refusal_basis, decide_time=at)
        return self

    def ask_for_more(self, by: Caller, gaps: tuple[str, ...], at: datetime) -> "DataRequest":
        """Return the request as it goes back to the consumer (补正): once, with all gaps; the timer stands still from `at` on."""
        self._admit(RequestStep.ASK_FOR_MORE, by)
        if not 1 <= len(gaps) <= MAX_GAPS:
            raise GAPS_WRONG(field="gaps", most=MAX_GAPS)
        clean = tuple(Gap(gap) for gap in gaps)
        # in any other state the table refuses, and says what is possible instead
        if self.gaps and self.state is DataRequestState.SUBMITTED:
            raise ASKED_ALREADY(state=self.state.value, step=RequestStep.ASK_FOR_MORE.value)
        return self._after(RequestStep.ASK_FOR_MORE, gaps=clean, timer=self.timer and self.timer.stop(at))

    def supplement(self, by: Caller, supplement: str, at: datetime) -> "DataRequest":
        """Return the request as it goes to the provider again; the timer goes on from `at`."""
        self._admit(RequestStep.SUPPLEMENT, by)
        supplements = (*self.supplements, Supplement(supplement))
        return self._after(RequestStep.SUPPLEMENT, supplements=supplements, timer=self.timer and self.timer.go_on(at))

    def approve(self, by: Caller, entry: Entry, terms: Terms | None, reason: str, at: datetime) -> "DataRequest":
        """Return the request as the provider answers it: approved with what was asked, offered with less; more is never given."""
        self._admit(RequestStep.APPROVE, by)
        given = self.asked if terms is None else terms.clean().fit(entry).within(self.asked)
        narrower = not given.same_extent(self.asked)
        why = Reasons(reason) if narrower or reason else ""  # a counter-offer says why
        step = RequestStep.OFFER if narrower else RequestStep.APPROVE
        # the same extent in another order is what was asked, in the words of the request
        following = self._after(step, offered=given if narrower else self.asked, reason=why, decide_time=at)
        # after the state: that a request is decided already comes before that its entry is gone
        _check_in_force(entry, step)
        return following

    def dispose_by(self, terms: str) -> "DataRequest":
        """Return the request with what its provider, who answers it, wants done with the data once the grant ends."""
        return replace(self, disposal_terms=DisposalTerms(terms)) if terms.strip() else self

    def accept(self, by: Caller, entry: Entry) -> "DataRequest":
        """Return the request as approved with what the provider offered."""
        self._admit(RequestStep.ACCEPT, by)
        following = self._after(RequestStep.ACCEPT)
        _check_in_force(entry, RequestStep.ACCEPT)
        return following

    def refuse(self, by: Caller, reason: str, basis: str, at: datetime) -> "DataRequest":
        """Return the request as the provider refuses it, with its reasons; where it cites a law, then one that holds nationwide."""
        self._admit(RequestStep.REFUSE, by)
        # Decree 809 art. 21 asks a refusal for its reasons; only an entry that is not shared at all needs a law (art. 15)
        why, law = Reasons(reason), LegalBasis(basis) if basis.strip() else ""
        if law and not rests_on_national_law(law):
            raise NO_NATIONAL_LAW(field="legal_basis")
        return self._after(RequestStep.REFUSE, reason=why, refusal_basis=law, decide_time=at)

    def request_extension(self, by: Caller, wish: Extension, most: int) -> "DataRequest":
        """Return the request with the provider's wish for more time, of which the rule allows `most` working days; the timer runs on meanwhile."""
        self._admit(RequestStep.REQUEST_EXTENSION, by)
        following = self._after(RequestStep.REQUEST_EXTENSION, extension=wish.clean())
        only_once(self.extension, self.state.value)
        return replace(following, extension=following.extension and following.extension.within(most, self.timer))

    def allow_extension(self, by: Caller, decision: str, officer: str, at: datetime) -> "DataRequest":
        """Return the request with the time that was asked for; one that was overdue is submitted again, until the longer time is over, too."""
        self._admit(RequestStep.ALLOW_EXTENSION, by)
        following = self._decide(RequestStep.ALLOW_EXTENSION, ExtensionState.ALLOWED, Reasons(decision), officer, at)
        days = following.extension.working_days if following.extension else 0
        return replace(following, timer=self.timer and self.timer.extend(days))  # Decree 809 art. 21: with the authority's consent

    def refuse_extension(self, by: Caller, decision: str, officer: str, at: datetime) -> "DataRequest":
        """Return the request with its due time as it was."""
        self._admit(RequestStep.REFUSE_EXTENSION, by)
        return self._decide(RequestStep.REFUSE_EXTENSION, ExtensionState.REFUSED, Reasons(decision), officer, at)

    def withdraw(self, by: Caller, reason: str) -> "DataRequest":
        """Return the request as the consumer takes it back."""
        self._admit(RequestStep.WITHDRAW, by)
        return self._after(RequestStep.WITHDRAW, reason=Reasons(reason))

    def run_out(self) -> "DataRequest":
        """Return the request as its timer ran out: escalated to the authority, still answerable."""
        return self._after(RequestStep.RUN_OUT)

    def _decide(self, step: RequestStep, state: ExtensionState, decision: Reasons, officer: str, at: datetime) -> "DataRequest":
        following = self._after(step)
        return replace(following, extension=the_wish(self.extension, self.state.value, step.value).decide(state, decision, officer, at))

    def _admit(self, step: RequestStep, by: Caller) -> None:
        REQUEST_PROCEDURE.admit(self, step, by)

    def _after(self, step: RequestStep, **changes: Any) -> "DataRequest":
        return replace(self, state=REQUEST_PROCEDURE.after(self.state, step), revision=self.revision + 1, **changes)


def _check_in_force(entry: Entry, step: RequestStep) -> None:
    """Refuse to give what was taken out of the directory; a version that a newer one replaced still counts for what was asked under it."""
    if entry.state is EntryState.WITHDRAWN:
        raise ENTRY_WITHDRAWN(state=entry.state.value, step=step.value)


def _former(content: RequestContent) -> bytes:
    """Return the content as Python's repr spelled it, masks as `mappingproxy({...})`: so it was compared up to commit 4ecb906."""
    terms = content.asked
    asked = (
        f"Terms(fields={terms.fields!r}, purposes={terms.purposes!r}, period_days={terms.period_days!r}, daily_calls={terms.daily_calls!r}, "
        f"mode={terms.mode!r}, systems={terms.systems!r}, masks=mappingproxy({dict(terms.masks)!r}))"
    )
    later = repr((terms.rows, content.return_flow)) if terms.rows or content.return_flow else ""  # which no earlier release could have kept
    return (
        f"RequestContent(entry={content.entry!r}, legal_basis={content.legal_basis!r}, scenario={content.scenario!r}, "
        f"scope={content.scope!r}, asked={asked}, officer={content.officer!r}){later}"
    ).encode()
