"""What can be done to a request, by whom: each step is one decision of the model, stored and logged in one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from brokerage.actions.posting import GRANTS, REQUESTS, BrokerageDesk
from brokerage.model import (
    REQUEST_PROCEDURE,
    DataRequest,
    DataRequestState,
    Extension,
    FollowKind,
    Grant,
    RequestContent,
    Terms,
    check_followable,
    grant_for,
    told_of_request,
)
from brokerage.model.reasons import ENTRY_ENDS
from brokerage.store import DataRequestStore, GrantStore, ServiceChangeStore
from catalog.model import Entry, ShareType
from catalog.store import EntryStore
from certs.store import DepartmentStore
from hub.access import HUB, Caller
from hub.db import Tx
from hub.db.requests import canonical
from hub.errors import ConflictError, IntegrityError
from hub.resource import id_of
from hub.unit_of_work import Change, Move, Step, page_of
from hub.wording import Officer
from timing.timers import ANSWER_CONDITIONAL, ANSWER_UNCONDITIONAL, DELIVERY

_LIMITS: Final = {ShareType.CONDITIONAL: ANSWER_CONDITIONAL, ShareType.UNCONDITIONAL: ANSWER_UNCONDITIONAL}
_ANSWERED: Final = {DataRequestState.APPROVED: "request_approved", DataRequestState.REFUSED: "request_refused"}
_FOLLOWED: Final = {FollowKind.AMENDMENT: "brokerage.AmendGrant", FollowKind.RENEWAL: "brokerage.RenewGrant"}
_Decide = Callable[[DataRequest, Caller, str, str, datetime], DataRequest]


class RequestActions(BrokerageDesk):
    """Requests: draft, submit, supplement, approve, offer, accept, refuse, withdraw; and the timer that runs out."""

    def check_data_request(self, caller: Caller, content: RequestContent) -> DataRequest:
        """Return the draft that this content would make, without an id; nothing is stored (AIP-163)."""
        with self._db.read() as tx:
            return _drafted(tx, caller, content, "", self._clock.now())

    def create_data_request(self, step: Step, content: RequestContent) -> DataRequest:
        """File a draft; the same request sent twice is done once."""

        def make(tx: Tx, at: datetime) -> tuple[DataRequest, Mapping[str, Any]]:
            draft = _drafted(tx, step.caller, content, self._ids.new(at), at)
            return draft, _facts(step.caller, draft, draft.officer, draft.legal_basis)

        action = "brokerage.CreateDataRequest"
        made = self.create(self._requests, action, step, make, content=canonical(content.plain()), former=content.former)
        return self._timers.renew(made, self._clock.now())

    def submit_data_request(self, step: Step) -> DataRequest:
        """Send a draft to the provider; the entry itself may answer at once, then by the hub."""
        with self.change(self._requests, "brokerage.SubmitDataRequest", step, by_officer=str) as it:
            entry = _asked(it.tx, it.before.entry)
            # what is not shared is refused at once, and what goes back to its region granted: no time limit runs
            waits = entry.share_type in _LIMITS and not it.before.return_flow
            timer = self._timers.start(_LIMITS[entry.share_type], it.at) if waits else None
            # once more: the department may have another region since the draft was written, and the grant that it follows may have ended
            sent = _held(it.tx, it.before.submit(it.caller, entry, timer, it.at), entry)
            after = sent.answer_at_once(entry, it.at)
            _former(it.tx, after, it.at)
            it.after = after = self._with_grant(it, after)
            it.record(**_facts(it.caller, after, str(Officer.or_none(step.officer)) or after.officer, after.scenario))
            # two records: the consumer submitted, and the hub answered by the entry's own rule
            if after.state is not DataRequestState.SUBMITTED:
                action = "brokerage.ApproveDataRequest" if after.state is DataRequestState.APPROVED else "brokerage.RefuseDataRequest"
                it.also(Change(at=it.at, action=action, actor=HUB, resource=after.name, **_facts(HUB, after, "", after.reason)))
                it.tell(*told_of_request(_ANSWERED[after.state], after, after.consumer, *([after.provider] if after.grant else [])))
        return self._timers.renew(it.after, it.at)

    def ask_for_more(self, step: Step, gaps: tuple[str, ...]) -> DataRequest:
        """Send a request back to the consumer with all its gaps; the timer stands still."""
        with self.change(self._requests, "brokerage.AskForMore", step) as it:
            after = it.after = it.before.ask_for_more(it.caller, gaps, it.at)
            it.record(**_facts(it.caller, after, it.step.officer, "; ".join(after.gaps)))
        return self._timers.renew(it.after, it.at)

    def supplement_data_request(self, step: Step, supplement: str) -> DataRequest:
        """Answer what was asked for; the timer goes on."""
        with self.change(self._requests, "brokerage.SupplementDataRequest", step, by_officer=str) as it:
            after = it.after = it.before.supplement(it.caller, supplement, it.at)
            it.record(**_facts(it.caller, after, after.officer, ""))
        return self._timers.renew(it.after, it.at)

    def approve_data_request(self, step: Step, terms: Terms | None = None, disposal_terms: str = "") -> DataRequest:
        """Approve with all that was asked, or offer less, with the reason; and say what is to be done with the data in the end."""
        with self.change(self._requests, "brokerage.ApproveDataRequest", step) as it:
            after = it.before.approve(it.caller, _version(it.tx, it.before), terms, step.reason, it.at)
            it.after = after = self._with_grant(it, after.dispose_by(disposal_terms))
            it.record(**_facts(it.caller, after, it.step.officer, after.reason))
            if after.state is DataRequestState.APPROVED:  # an offer is the consumer's work
                it.tell(*told_of_request("request_approved", after, after.consumer))
        return self._timers.renew(it.after, it.at)

    def accept_offer(self, step: Step) -> DataRequest:
        """Accept what the provider offers; the grant is live from now."""
        with self.change(self._requests, "brokerage.AcceptOffer", step, by_officer=str) as it:
            after = it.before.accept(it.caller, _version(it.tx, it.before))
            it.after = after = self._with_grant(it, after)
            it.record(**_facts(it.caller, after, after.officer, ""))
            it.tell(*told_of_request("offer_accepted", after, after.provider))
        return self._timers.renew(it.after, it.at)

    def refuse_data_request(self, step: Step, legal_basis: str) -> DataRequest:
        """Refuse, citing the law."""
        with self.change(self._requests, "brokerage.RefuseDataRequest", step) as it:
            after = it.after = it.before.refuse(it.caller, step.reason, legal_basis, it.at)
            it.record(**_facts(it.caller, after, it.step.officer, after.reason))
            it.tell(*told_of_request("request_refused", after, after.consumer))
        return self._timers.renew(it.after, it.at)

    def request_extension(self, step: Step, days: int) -> DataRequest:
        """Ask the authority for more time."""
        with self.change(self._requests, "brokerage.RequestExtension", step) as it:
            most = self._timers.extension_days(it.before.timer)
            wish = Extension(working_days=days, reason=step.reason, officer=it.step.officer, request_time=it.at)
            after = it.after = it.before.request_extension(it.caller, wish, most)
            it.record(**_facts(it.caller, after, it.step.officer, step.reason))
        return self._timers.renew(it.after, it.at)

    def allow_extension(self, step: Step) -> DataRequest:
        """Give the provider the time that it asked for, as the authority."""
        return self._decide_extension("brokerage.AllowExtension", step, DataRequest.allow_extension, "extension_allowed")

    def refuse_extension(self, step: Step) -> DataRequest:
        """Leave the due time as it is, as the authority."""
        return self._decide_extension("brokerage.RefuseExtension", step, DataRequest.refuse_extension, "extension_refused")

    def _decide_extension(self, action: str, step: Step, decide: _Decide, kind: str) -> DataRequest:
        with self.change(self._requests, action, step) as it:
            after = it.after = decide(it.before, it.caller, step.reason, it.step.officer, it.at)
            facts = _facts(it.caller, after, it.step.officer, step.reason)
            # the consumer is told (Decree 809 art. 21): it is the other department of the record; the provider stands in its detail
            it.record(**{**facts, "other": after.consumer, "detail": {**facts["detail"], "provider": after.provider}})
            it.tell(*told_of_request(kind, after, after.consumer, after.provider))
        return self._timers.renew(it.after, it.at)

    def withdraw_data_request(self, step: Step) -> DataRequest:
        """Take a request back."""
        with self.change(self._requests, "brokerage.WithdrawDataRequest", step, by_officer=str) as it:
            after = it.after = it.before.withdraw(it.caller, step.reason)
            it.record(**_facts(it.caller, after, after.officer, after.reason))
            if it.before.state is not DataRequestState.DRAFT:  # of a draft nobody else knows
                it.tell(*told_of_request("request_withdrawn", after, after.provider))
        return self._timers.renew(it.after, it.at)

    def get_data_request(self, caller: Caller, name: str) -> DataRequest:
        """Return a request to its parties and the authority."""
        return self._timers.renew(self.look(REQUESTS, caller, name), self._clock.now())

    def list_data_requests(
        self, caller: Caller, size: int = 0, token: str = "", state: DataRequestState | None = None
    ) -> tuple[tuple[DataRequest, ...], str]:
        """Return a page of the caller's requests, newest first, and the token of the next page."""
        at = self._clock.now()
        with self._db.read() as tx:
            found, following = page_of(partial(DataRequestStore(tx).newest, state=state), caller, size, token)
        return tuple(self._timers.renew(one, at) for one in found), following

    def sweep_requests(self, at: datetime) -> tuple[DataRequest, ...]:
        """Mark the requests whose answer timer has run out by `at`, each in a transaction of its own; calling it again changes nothing."""
        running = self._over(lambda tx, after, count: DataRequestStore(tx).running(after, count), at)
        return tuple(overdue for one in running for overdue in self._run_out_request(one, at))

    def _run_out_request(self, request_id: str, at: datetime) -> list[DataRequest]:
        try:
            with self._db.begin() as tx:
                waiting = self._timers.renew(DataRequestStore(tx).get(request_id), at)
                if waiting.state is not DataRequestState.SUBMITTED or not self._timers.is_over(waiting, at):
                    return []
                overdue = DataRequestStore(tx).replace(waiting, waiting.run_out())
                self._post(tx, self._requests, overdue, (), at)
                reason = f"the answer clock ran out; escalated to the authority ({waiting.timer.citation if waiting.timer else ''})"
                facts = {**_facts(HUB, overdue, "", reason), "other": overdue.provider}
                self._journal.write(tx, Change(at=at, action="brokerage.ExpireDataRequest", actor=HUB, resource=overdue.name, **facts))
        except (ConflictError, IntegrityError):
            return []  # it was answered at this very moment, or it is not what the log says of it
        return [overdue]

    def _with_grant(self, it: Move[DataRequest], request: DataRequest) -> DataRequest:
        """Return a decision as it is stored: one that approves names its grant, which every process hears of."""
        if request.state is not DataRequestState.APPROVED:
            return request
        # the entry in force may give nothing any more, whatever the version says that the request rests on
        if (end := ServiceChangeStore(it.tx).ends_entry(request.entry)) is not None:
            raise ENTRY_ENDS(state=REQUEST_PROCEDURE.states[request.state], step="approve", change=end.name)
        former = _former(it.tx, request, it.at)
        request, grant = grant_for(request, self._ids.new(it.at), it.at, former)
        if request.follow_kind is not FollowKind.RENEWAL:  # a renewal serves what is served already
            grant = replace(grant, timer=self._timers.start(DELIVERY, it.at))
        GrantStore(it.tx).insert(grant)
        # here and not by `change`, whose aim is the request; the new grant first, so that no process has the old one stopped and none to go on with
        it.tx.announce("grants", grant.id)
        if former is not None and request.follow_kind is not None:
            self._follow(it, former, grant, request.follow_kind)
        return request

    def _follow(self, it: Move[DataRequest], former: Grant, grant: Grant, kind: FollowKind) -> None:
        """Let a grant be followed by another, in the transaction of the decision; of two decisions at once, the second is refused."""
        after = former.follow_by(grant, kind, it.at)
        GrantStore(it.tx).replace(former, after)
        it.tx.announce("grants", after.id)
        self._post(it.tx, GRANTS, after, (), it.at)
        detail = {"state": after.state.value, "provider": after.provider, "follower": grant.name}
        it.also(Change(at=it.at, action=_FOLLOWED[kind], actor=HUB, resource=after.name, other=after.consumer, grant=after.name, detail=detail))


def _asked(tx: Tx, name: str) -> Entry:
    """Return the entry in force for which somebody asks; one of a provider that is disabled is refused, for nobody would answer."""
    entry = EntryStore(tx).published(id_of(name, "entries", "data_request.entry"))
    DepartmentStore(tx).get(entry.provider).check_provides()
    return entry


def _drafted(tx: Tx, caller: Caller, content: RequestContent, request_id: str, at: datetime) -> DataRequest:
    """Return the draft of a request, held to the consumer's own region where it asks for what goes back there."""
    entry = _asked(tx, content.entry)
    draft = DataRequest.draft(caller, content, entry, request_id, at)
    _former(tx, draft, at)
    return _held(tx, draft, entry)


def _held(tx: Tx, request: DataRequest, entry: Entry) -> DataRequest:
    return request.keep_to_region(DepartmentStore(tx).get(request.consumer), entry) if request.return_flow else request


def _former(tx: Tx, request: DataRequest, at: datetime) -> Grant | None:
    """Return the grant that a request follows as it stands, None where it follows none; refuse one that it cannot follow."""
    if request.follow_kind is None:
        return None
    store = GrantStore(tx)
    former = store.get(id_of(request.follows, "grants", "data_request.follows"))
    if former.consumer != request.consumer:
        raise store.unknown()  # whether another department has such a grant is not told
    check_followable(former, request.follow_kind, request.entry, store.follower(former), at)
    return former


def _version(tx: Tx, request: DataRequest) -> Entry:
    """Return the version of the entry that the request rests on, in whatever state it is now."""
    return EntryStore(tx).version(id_of(request.entry, "entries", "data_request.entry"), request.entry_version)


def _facts(caller: Caller, request: DataRequest, officer: str, reason: str) -> dict[str, Any]:
    """Return what the log says of a step, beside who, when and what."""
    return {
        "officer": officer,
        "other": request.provider if caller.department == request.consumer else request.consumer,
        "reason": reason,
        "grant": request.grant,
        "fields": (request.offered or request.asked).fields,
        "detail": {"state": request.state.value, "entry": f"{request.entry}@{request.entry_version}", "refusal_basis": request.refusal_basis},
    }
