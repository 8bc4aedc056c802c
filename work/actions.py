"""What can be done with a proposal: look, confirm, decline, take back."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from certs.mandates import Mandates
from certs.model import CONFIRM, OfficerNumber
from certs.roster import Roster
from hub.access import ACCESS, HUB, Caller
from hub.consent import Carrier
from hub.db import Tx
from hub.desk import Notice
from hub.errors import ConflictError, IllegalStateError, InvalidInputError, NotAllowedError, NotFoundError, ShuniuError
from hub.inside import Inside
from hub.paging import from_token, page_size, to_token
from hub.resource import check_etag
from hub.unit_of_work import Actions, Change, Kit, Step
from hub.wording import Reasons
from work.model import Proposal, ProposalState, Seconds
from work.posting import PROPOSALS
from work.proposing import PROPOSAL_MARK, seconds_of
from work.reasons import PROPOSAL_VOID, SYSTEM_WITHOUT_MANDATE
from work.store import ProposalStore

_ANY_REASON: Final = "理由"
"""Stands in for what an officer will write, where only the right to write it is asked."""
_PAGE: Final = 50
_MOST: Final = 200
_BATCH: Final = 100
"""Proposals that one look of the sweep finds."""
_GONE: Final = (ConflictError, IllegalStateError, NotFoundError, NotAllowedError, InvalidInputError)
"""What the step meets where the thing changed, or whoever proposed it may not take it any more; whatever else it meets may pass."""
SystemCaller = Callable[[str, str], Caller | None]
"""Returns a department's system as it may call now, None where it has no valid certificate."""


class ProposalActions(Actions):
    """Proposals of the caller's department."""

    def __init__(self, kit: Kit, roster: Roster, mandates: Mandates, system: SystemCaller, inside: Inside, carriers: Mapping[str, Carrier]) -> None:
        """Take the kit, the officers, what systems may do alone, how a system is a caller, the gate inside, and who carries out what by rpc."""
        super().__init__(kit)
        self._roster, self._mandates, self._system, self._inside, self._carriers = roster, mandates, system, inside, carriers

    def get(self, caller: Caller, name: str) -> Proposal:
        """Return a proposal to its department."""
        return self.look(PROPOSALS, caller, name).as_of(self._clock.now())

    def page(self, caller: Caller, size: int, token: str, state: ProposalState | None) -> tuple[tuple[Proposal, ...], str]:
        """Return a page of proposals of the department and of others that it may confirm, newest first, in a state if asked, and the next token."""
        count, position, at = page_size(size, _PAGE, _MOST), from_token(token, 1), self._clock.now()
        before, found = None if position is None else str(position[0]), list[Proposal]()
        with self._db.read() as tx:
            store = ProposalStore(tx)
            if state is ProposalState.EXPIRED:
                part = store.newest_ended(caller, before, count + 1, at)
                return self._cut([one.as_of(at) for one in part], count)
            # What expired and is not written down yet is made up for by the ones behind it.
            while len(found) <= count and (part := store.newest_of(caller, before, count + 1, state)):
                before = part[-1].id
                found += [one for one in (each.as_of(at) for each in part) if state in {None, one.state}]
        return self._cut(found, count)

    @staticmethod
    def _cut(found: list[Proposal], count: int) -> tuple[tuple[Proposal, ...], str]:
        return tuple(found[:count]), to_token(found[count - 1].id) if len(found) > count else ""

    def sweep(self, at: datetime) -> int:
        """Let the proposals expire that nobody decided in time, each in a transaction of its own; return how many."""
        ended = 0
        while True:
            with self._db.read() as tx:
                found = ProposalStore(tx).overdue(at, _BATCH)
            ended += sum(self._expire(one, at) for one in found)
            if len(found) < _BATCH:
                return ended

    def _expire(self, before: Proposal, at: datetime) -> bool:
        after = before.expire(at)
        try:
            with self._db.begin() as tx:
                ProposalStore(tx).replace(before, after)
                tx.announce(PROPOSALS.topic, after.id)
                self._post(tx, PROPOSALS, after, (_told("proposal_expired", after),), at)
                told = Change(at=at, action="work.ExpireProposal", actor=HUB, resource=after.name, other=after.department, detail=_detail(after))
                self._journal.write(tx, told)
        except ConflictError:
            return False  # it was decided at this very moment, or by another process
        return True

    def seconds(self, proposal: Proposal) -> Seconds:
        """Return who may be the second person of a proposal now."""
        return seconds_of(self._roster, proposal.department, proposal.proposer, ACCESS[proposal.method], self._clock.now())

    def may(self, caller: Caller, name: str) -> tuple[str, ...]:
        """Return what an officer who signed in may do about a proposal now: by the same rules as the steps themselves."""
        proposal, at = self.get(caller, name), self._clock.now()
        number = caller.officer
        asked = Step(caller=caller, name=name, officer=number, reason=_ANY_REASON)
        steps: dict[str, Callable[[], object]] = {
            "confirm": lambda: self._admit(proposal, asked, at),
            "decline": lambda: self._admit(proposal, asked, at),
            "take-back": lambda: proposal.take_back(caller, number, self._colleagues(proposal, at), _ANY_REASON, at),
        }
        return tuple(step for step, take in steps.items() if _is_open(take))

    def confirm(self, step: Step) -> Proposal:
        """Take the proposed step, through the same gate and in one transaction with the decision."""
        step = replace(step, reason=str(Reasons(step.reason)) if step.reason else "")
        before, at = self.get(step.caller, step.name), self._clock.now()
        step = self._named(step, before)
        check_etag(before, step.etag)
        # Before the step is taken: a refusal of the person needs no transaction.
        self._admit(before, step, at)
        gone: ShuniuError | None = None
        try:
            with self._db.together():
                try:
                    self._take(before, step, at)
                except _GONE as error:
                    gone = error
                    raise
                with self.change(PROPOSALS, "work.Confirm", step) as it:
                    it.after = it.before.confirm(it.caller, step.officer, self.seconds(before), it.at)
                    it.record(detail=_detail(before), other=_other(before, it.caller), reason=step.reason)
        except _GONE as error:
            # Void is what cannot be taken any more; that the confirmer may not confirm it any more says nothing against the step.
            if gone is None:
                raise
            raise self._void(before, gone) from error
        return it.after

    def decline(self, step: Step) -> Proposal:
        """Refuse a proposal; nothing is done."""
        step = self._named(replace(step, reason=str(Reasons(step.reason))), self.get(step.caller, step.name))
        with self.change(PROPOSALS, "work.Decline", step) as it:
            self._admit(it.before, step, it.at)
            it.after = it.before.decline(it.caller, step.officer, self.seconds(it.before), step.reason, it.at)
            self._end(it.tx, it.after, step, it.at)
            it.record(reason=it.after.reason, detail=_detail(it.before), other=_other(it.before, it.caller))
            it.tell(_told("proposal_declined", it.after))
        return it.after

    def take_back(self, step: Step) -> Proposal:
        """Take a proposal back; nothing is done."""
        number = step.caller.officer or str(OfficerNumber(step.officer, "officer"))
        step = replace(step, officer=number)
        with self.change(PROPOSALS, "work.TakeBack", step) as it:
            it.after = it.before.take_back(it.caller, number, self._colleagues(it.before, it.at), step.reason, it.at)
            self._end(it.tx, it.after, step, it.at)
            it.record(reason=it.after.reason, detail=_detail(it.before))
        return it.after

    def _colleagues(self, proposal: Proposal, at: datetime) -> frozenset[str]:
        return frozenset(self._roster.with_duty(proposal.department, ACCESS[proposal.method].duties, at))

    def _named(self, step: Step, proposal: Proposal) -> Step:
        """Return the step with the number of whoever decides: of the officer who signed in, or one that a system names under a mandate to do so."""
        caller = step.caller
        if caller.officer:
            return replace(step, officer=caller.officer)
        step = replace(step, officer=str(OfficerNumber(step.officer, "officer")))
        if self._mandates.covering(caller.department, caller.system, CONFIRM, self._clock.now()):
            return step
        # Of an office that has no officers yet, its system decides what another department asks, as it did before there were any.
        if proposal.role is not None and not self._roster.active_count(caller.department):
            return replace(step, caller=caller.marked(alone="true"))
        raise SYSTEM_WITHOUT_MANDATE()

    def _admit(self, proposal: Proposal, step: Step, at: datetime) -> None:
        """Refuse whoever may not decide, as the proposal says, and as the thing says that another department is asked about."""
        proposal.confirm(step.caller, step.officer, self.seconds(proposal), at)
        if carrier := self._carriers.get(proposal.method):
            carrier.check(replace(step, name=proposal.resource))

    def _end(self, tx: Tx, proposal: Proposal, step: Step, at: datetime) -> None:
        if carrier := self._carriers.get(proposal.method):
            carrier.end(tx, replace(step, name=proposal.resource, reason=proposal.reason), at)

    def _take(self, proposal: Proposal, step: Step, at: datetime) -> None:
        """Take the step as it was proposed, as whoever proposed it is now; what another department decides, as whoever confirms it."""
        number = step.officer
        if carrier := self._carriers.get(proposal.method):
            if self._roster.is_registered(proposal.department, at) and self._roster.find(proposal.department, proposal.proposer) is None:
                raise PROPOSAL_VOID(resource=proposal.resource)
            carrier.carry_out(replace(step, caller=step.caller.marked(**{PROPOSAL_MARK: proposal.name}), name=proposal.resource))
            return
        by = self._system(proposal.department, proposal.system) if proposal.system else None
        if not proposal.system:
            by = self._roster.caller(proposal.department, proposal.proposer, "session", at)
        if by is None:
            raise PROPOSAL_VOID(resource=proposal.resource)
        request = self._inside.requests[proposal.method].FromString(proposal.request)
        self._inside.call(proposal.method, request, by.marked(**{PROPOSAL_MARK: proposal.name, "confirmed_by": number}))

    def _void(self, before: Proposal, error: ShuniuError) -> ShuniuError:
        """Return what the confirmer hears; the proposal is void, unless somebody else decided it at this very moment."""
        at = self._clock.now()
        with self._db.begin() as tx:
            store = ProposalStore(tx)
            now = store.get(before.id)
            if now.revision != before.revision:
                return error
            after = store.replace(now, now.void(error.reason, at))
            self._end(tx, after, Step(caller=HUB, reason=error.reason), at)
            tx.announce(PROPOSALS.topic, after.id)
            self._post(tx, PROPOSALS, after, (_told("proposal_void", after),), at)
            told = Change(at=at, action="work.VoidProposal", actor=Caller(before.department, "hub"), resource=after.name, detail=_detail(after))
            self._journal.write(tx, told)
        return PROPOSAL_VOID(resource=before.resource)


def _is_open(take: Callable[[], object]) -> bool:
    try:
        take()
    except (NotAllowedError, IllegalStateError, InvalidInputError):
        return False
    return True


def _other(proposal: Proposal, by: Caller) -> str:
    """Return the proposer's department where another one decides."""
    return "" if proposal.department == by.department else proposal.department


def _detail(proposal: Proposal) -> dict[str, str]:
    return {"step": proposal.step, "thing": proposal.resource, "proposer": proposal.proposer}


def _told(kind: str, proposal: Proposal) -> Notice:
    facts = {"step": proposal.step, "thing": proposal.resource}
    return Notice(kind=kind, department=proposal.department, duties=tuple(sorted(ACCESS[proposal.method].duties)), key=kind, facts=facts)
