"""What can be done to a request, by whom: each step is one decision of the model, kept and put on record in one transaction."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from brokerage.actions.desk import HUB, Desk, Trail, id_of, page, unchanged, visible
from brokerage.deadlines import ANSWER_CONDITIONAL, ANSWER_UNCONDITIONAL
from brokerage.model import DataRequest, DataRequestState, RequestContent, Terms, grant_for
from brokerage.store import DataRequestStore, GrantStore
from catalog.model import Entry, ShareType, check_officer
from catalog.store import EntryStore
from hub.access import Caller
from hub.db import RequestIds, Tx
from hub.errors import ConflictError

_CLOCKS: Final = {ShareType.CONDITIONAL: ANSWER_CONDITIONAL, ShareType.UNCONDITIONAL: ANSWER_UNCONDITIONAL}
_BATCH: Final = 200
_CREATE: Final = "CreateDataRequest"
Decide = Callable[[DataRequest, Entry, datetime], DataRequest]


class RequestActions(Desk):
    """Requests: draft, submit, supplement, approve, offer, accept, refuse, withdraw; and the clock that runs out."""

    def check_data_request(self, caller: Caller, content: RequestContent) -> DataRequest:
        """Return the draft that this content would make, without an id; nothing is kept (AIP-163)."""
        with self._db.read() as tx:
            entry = EntryStore(tx).published(id_of(content.entry, "entries", "data_request.entry"))
            return DataRequest.drafted(caller, content, entry, "", self._clock.now())

    def create_data_request(self, caller: Caller, content: RequestContent, request_id: str = "") -> DataRequest:
        """File a draft; the same request sent twice is done once."""
        at, key = self._clock.now(), repr(content).encode()
        with self._db.begin() as tx:
            seen, store = RequestIds(tx), DataRequestStore(tx)
            if made := seen.answered(caller.name, _CREATE, request_id, key):
                return self._shown(store.get(made))
            entry = EntryStore(tx).published(id_of(content.entry, "entries", "data_request.entry"))
            draft = DataRequest.drafted(caller, content, entry, self._ids.new(at), at)
            store.insert(draft)
            seen.remember(caller.name, _CREATE, request_id, key, draft.id, at)
            self._record(tx, caller, at, draft.name, _trail(_CREATE, caller, draft, draft.officer, draft.legal_basis))
        return draft

    def submit_data_request(self, caller: Caller, name: str, etag: str) -> DataRequest:
        """Send a draft to the provider; the entry itself may answer at once, then by the hub."""
        at = self._clock.now()
        with self._db.begin() as tx:
            before = self._as_read(tx, caller, name, etag)
            entry = EntryStore(tx).published(id_of(before.entry, "entries", "data_request.entry"))
            clock = self._deadlines.start(_CLOCKS[entry.share_type], at) if entry.share_type in _CLOCKS else None
            submitted = before.submitted(caller, entry, clock, at)
            after = self._kept(tx, before, submitted.answered_at_once(entry, at), at)
            self._record(tx, caller, at, after.name, _trail("SubmitDataRequest", caller, after, after.officer, after.scenario))
            if after.state is not DataRequestState.SUBMITTED:
                action = "ApproveDataRequest" if after.state is DataRequestState.APPROVED else "RefuseDataRequest"
                self._record(tx, HUB, at, after.name, _trail(action, HUB, after, "", after.reason))
        return self._shown(after)

    def ask_for_more(self, caller: Caller, name: str, etag: str, gaps: tuple[str, ...], officer: str) -> DataRequest:
        """Send a request back to the consumer with all its gaps; the clock stands still."""
        check_officer(officer)
        return self._step("AskForMore", caller, name, etag, officer, "; ".join(gaps), lambda it, _, at: it.asked_for_more(caller, gaps, at))

    def supplement_data_request(self, caller: Caller, name: str, etag: str, supplement: str) -> DataRequest:
        """Answer what was asked for; the clock goes on."""
        return self._step("SupplementDataRequest", caller, name, etag, "", "", lambda it, _, at: it.supplemented(caller, supplement, at))

    def approve_data_request(self, caller: Caller, name: str, etag: str, terms: Terms | None, reason: str, officer: str) -> DataRequest:
        """Approve with all that was asked, or offer less, with the reason."""
        check_officer(officer)
        return self._step(
            "ApproveDataRequest", caller, name, etag, officer, reason, lambda it, entry, at: it.approved(caller, entry, terms, reason, at)
        )

    def accept_offer(self, caller: Caller, name: str, etag: str) -> DataRequest:
        """Accept what the provider offers; the grant is live from now."""
        return self._step("AcceptOffer", caller, name, etag, "", "", lambda it, entry, _: it.accepted(caller, entry))

    def refuse_data_request(self, caller: Caller, name: str, etag: str, reason: str, legal_basis: str, officer: str) -> DataRequest:
        """Refuse, citing the law."""
        check_officer(officer)
        return self._step("RefuseDataRequest", caller, name, etag, officer, reason, lambda it, _, at: it.refused(caller, reason, legal_basis, at))

    def withdraw_data_request(self, caller: Caller, name: str, etag: str, reason: str) -> DataRequest:
        """Take a request back."""
        return self._step("WithdrawDataRequest", caller, name, etag, "", reason, lambda it, _, __: it.withdrawn(caller, reason))

    def get_data_request(self, caller: Caller, name: str) -> DataRequest:
        """Return a request to its parties and the authority."""
        with self._db.read() as tx:
            store = DataRequestStore(tx)
            return self._shown(visible(store, store.get(id_of(name, "dataRequests")), caller))

    def list_data_requests(
        self, caller: Caller, size: int = 0, token: str = "", state: DataRequestState | None = None
    ) -> tuple[tuple[DataRequest, ...], str]:
        """Return a page of the caller's requests, newest first, and the token of the next page."""
        with self._db.read() as tx:
            found, following = page(DataRequestStore(tx).newest, caller, size, token, state)
            return tuple(self._shown(one) for one in found), following

    def sweep(self, at: datetime) -> tuple[DataRequest, ...]:
        """Mark the requests whose answer clock has run out by `at`, each in a transaction of its own; calling it again changes nothing."""
        swept: list[DataRequest] = []
        after = ""
        while batch := self._waiting(after):
            after = batch[-1].id
            for waiting in batch:
                if waiting.clock is not None and waiting.clock.is_overdue(at):
                    swept += self._run_out(waiting, at)
        return tuple(swept)

    def _waiting(self, after: str) -> list[DataRequest]:
        with self._db.read() as tx:
            return [self._shown(one) for one in DataRequestStore(tx).submitted(after, _BATCH)]

    def _run_out(self, waiting: DataRequest, at: datetime) -> list[DataRequest]:
        overdue = waiting.run_out()
        reason = f"the answer clock ran out; escalated to the authority ({waiting.clock.citation if waiting.clock else ''})"
        try:
            with self._db.begin() as tx:
                DataRequestStore(tx).replace(waiting, overdue)
                trail = replace(_trail("ExpireDataRequest", HUB, overdue, "", reason), other=overdue.provider)
                self._record(tx, HUB, at, overdue.name, trail)
        except ConflictError:
            return []  # it was answered at this very moment
        return [overdue]

    def _step(self, action: str, caller: Caller, name: str, etag: str, officer: str, reason: str, decide: Decide) -> DataRequest:
        at = self._clock.now()
        with self._db.begin() as tx:
            before = self._as_read(tx, caller, name, etag)
            entry = EntryStore(tx).version(id_of(before.entry, "entries", "data_request.entry"), before.entry_version)
            after = self._kept(tx, before, decide(before, entry, at), at)
            self._record(tx, caller, at, after.name, _trail(action, caller, after, officer or after.officer, reason))
        return self._shown(after)

    def _as_read(self, tx: Tx, caller: Caller, name: str, etag: str) -> DataRequest:
        store = DataRequestStore(tx)
        return unchanged(visible(store, store.get(id_of(name, "dataRequests")), caller), etag)

    def _kept(self, tx: Tx, before: DataRequest, after: DataRequest, at: datetime) -> DataRequest:
        """Keep a decision; one that approves is kept with its grant, which every process hears of."""
        if after.state is not DataRequestState.APPROVED:
            return DataRequestStore(tx).replace(before, after)
        after, grant = grant_for(after, self._ids.new(at), at)
        DataRequestStore(tx).replace(before, after)
        GrantStore(tx).insert(grant)
        tx.announce("grants", grant.id)
        return after

    def _shown(self, request: DataRequest) -> DataRequest:
        return replace(request, clock=self._deadlines.read(request.clock))


def _trail(action: str, caller: Caller, request: DataRequest, officer: str, reason: str) -> Trail:
    other = request.provider if caller.department == request.consumer else request.consumer
    given = request.offered or request.asked
    detail = (("state", request.state.value), ("entry", f"{request.entry}@{request.entry_version}"), ("refusal_basis", request.refusal_basis))
    return Trail(action, officer, other, reason, grant=request.grant, fields=given.fields, detail=detail)
