"""Erasing what records of the log say of a person: the authority proposes, an auditor of another department decides (ADR 0030, 0062)."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from audit.commitment import decode_leaf
from audit.erasure import BASIS_DETAIL, MOST, details_of
from audit.proposal import ErasureBasis, ErasureProposal, ErasureState, ErasureView, ErasureWish, LeafFacts
from audit.reasons.erasures import ACCESS_CHANGED, NOTHING_TO_ERASE, RECORDS_NAMED_TWICE, TOO_MANY_RECORDS
from audit.reasons.records import INDEX_NEGATIVE
from audit.store import Eraser, ErasureProposalStore, RecordStore, erasable, erasable_of
from hub.access import Caller, Duty
from hub.db import Tx
from hub.db.requests import canonical
from hub.desk import Notice
from hub.errors import IntegrityError
from hub.paging import from_token, page_size, to_token
from hub.resource import etag_of, id_of
from hub.showing import Look
from hub.subject import Subject
from hub.unit_of_work import Actions, Aim, Kit, Step
from hub.wording import Officer, Reasons, RequestId

ERASURES: Final[Aim[ErasureProposal]] = Aim(store=ErasureProposalStore, id_of=partial(id_of, collection="erasures"))
KEPT_FOR: Final = timedelta(days=3 * 365 + 1)
"""Records of what shared data was used for are kept three years at least (Decree 809 art. 29): a confirmer is told of younger ones."""
_PROPOSE: Final = "audit.ProposeErasure"
_USUAL: Final = 50
_LARGEST: Final = 200


class ErasingActions(Actions):
    """Propose, look; and carry out or end what was proposed, as another department decides (`hub.consent.Carrier`)."""

    def __init__(self, kit: Kit, pseudonym: Callable[[Subject], bytes]) -> None:
        """Take the kit, and how the log names a subject."""
        super().__init__(kit)
        self._pseudonym = pseudonym

    def propose(self, step: Step, wish: ErasureWish) -> ErasureView:
        """Propose an erasure. To look for a subject's records is a search of the log, and on record as one before anything is answered."""
        step = replace(step, officer=Officer(step.officer), reason=Reasons(step.reason), request_id=RequestId(step.request_id))
        basis = ErasureBasis(wish.legal_basis)
        if wish.subject and wish.indexes:
            raise RECORDS_NAMED_TWICE(field="indexes")
        if len(wish.indexes) > MOST:
            raise TOO_MANY_RECORDS(field="indexes", most=MOST, count=len(wish.indexes))
        if min(wish.indexes, default=0) < 0:
            raise INDEX_NEGATIVE(field="indexes")
        pseudonym = self._pseudonym(wish.subject) if wish.subject else b""
        look = self._record_look(step, wish.subject, basis) if wish.subject else -1

        def make(tx: Tx, at: datetime) -> tuple[ErasureProposal, Mapping[str, Any]]:
            found = erasable_of(tx, pseudonym, MOST) if pseudonym else {one for index in wish.indexes for one in erasable(tx, index)}
            if pseudonym and not found - {look}:
                raise NOTHING_TO_ERASE()
            proposal = ErasureProposal(
                id=self._ids.new(at),
                indexes=tuple(sorted(found)),
                legal_basis=basis,
                reason=step.reason,
                proposer=step.caller.department,
                officer=step.officer,
                create_time=at,
            )
            return proposal, {"detail": {BASIS_DETAIL: basis, "records": str(len(found))}}

        sent = [basis, sorted(wish.indexes), pseudonym.hex(), step.officer, step.reason]
        return self._view(self.create(ERASURES, _PROPOSE, step, make, content=canonical(sent)))

    def open(self, at: datetime) -> list[tuple[str, str]]:
        """Return the erasures that wait for an auditor at a moment, each with the department that proposed it."""
        with self._db.read() as tx:
            return [(one.name, one.proposer) for one in ErasureProposalStore(tx).proposed() if one.state_at(at) is ErasureState.PROPOSED]

    def check(self, step: Step) -> None:
        """Refuse the proposer's department and person, and whoever gives no reason."""
        self.look(ERASURES, step.caller, step.name).confirm(step.caller, step.officer, step.reason, self._clock.now())

    def carry_out(self, step: Step) -> None:
        """Erase what was proposed: record, content, search columns and proposal in one transaction."""
        step = replace(step, etag=etag_of(self.look(ERASURES, step.caller, step.name).revision))
        with self.change(ERASURES, "audit.ConfirmErasure", step) as it:
            indexes = it.before.indexes
            decided = it.before.confirm(it.caller, it.step.officer, step.reason, it.at)
            eraser = Eraser(it.tx)
            eraser.lock(indexes)
            _check_complete(it.tx, indexes)
            eraser.erase(indexes)
            # Now that all is erased: the tree stays locked until commit, and every other writer waits for it.
            log = RecordStore(it.tx)
            by = log.lock()
            log.erasures.put(indexes, by)
            it.after = replace(decided, erasure_index=by)
            detail = {BASIS_DETAIL: it.before.legal_basis, "records": str(len(indexes)), **details_of(indexes)}
            it.tell(_told("erasure_confirmed", it.after))
            it.record(kind="erasure", other=it.before.proposer, reason=decided.decide_reason, detail=detail)

    def end(self, tx: Tx, step: Step, at: datetime) -> None:
        """Let nothing come of a proposal: an auditor refused it, its department took it back, or the hub found that it cannot be done."""
        store = ErasureProposalStore(tx)
        before = store.get(ERASURES.id_of(step.name))
        if before.state_at(at) is ErasureState.PROPOSED:
            store.replace(before, before.end(step.caller, step.officer, step.reason, at))

    def get(self, caller: Caller, name: str) -> ErasureView:
        """Show a proposal to the authority or an auditor: which records, never what they say."""
        return self._view(self.look(ERASURES, caller, name))

    def page(self, size: int, page_token: str) -> tuple[tuple[ErasureProposal, ...], str]:
        """Return a page of all proposals, newest first, and the token of the next."""
        count, position = page_size(size, _USUAL, _LARGEST), from_token(page_token, 1)
        with self._db.read() as tx:
            found = ErasureProposalStore(tx).newest(None, None if position is None else str(position[0]), count + 1)
        now = self._clock.now()
        return tuple(one.as_of(now) for one in found[:count]), to_token(found[count - 1].id) if len(found) > count else ""

    def _record_look(self, step: Step, subject: Subject, basis: str) -> int:
        """Put on the log that somebody looks for a subject's records, durable; return the index of that record."""
        look = Look(step.officer, step.reason)
        change = look.change(step.caller, self._clock.now(), _PROPOSE, subject=subject, detail={BASIS_DETAIL: basis})
        with self._db.begin() as tx:
            index = RecordStore(tx).lock()
            self._journal.write(tx, change)
        return index

    def _view(self, proposal: ErasureProposal) -> ErasureView:
        now = self._clock.now()
        with self._db.read() as tx:
            records = tuple(_leaf_facts(tx, proposal.indexes))
        return ErasureView(proposal.as_of(now), records, sum(one.time > now - KEPT_FOR for one in records))


def _told(kind: str, proposal: ErasureProposal) -> Notice:
    return Notice(kind=kind, department=proposal.proposer, duties=(Duty.RULE,))


def _check_complete(tx: Tx, indexes: tuple[int, ...]) -> None:
    """Refuse where any of the records is not to be erased any more, or an access has got another outcome since."""
    left = set(indexes)
    while left:
        index = min(left)
        together = erasable(tx, index)
        if not together <= left:
            raise ACCESS_CHANGED(index=index)
        left -= together


def _leaf_facts(tx: Tx, indexes: tuple[int, ...]) -> list[LeafFacts]:
    found = []
    store = RecordStore(tx)
    for index in indexes:
        for _, data in store.leaves(index, index + 1):
            with suppress(IntegrityError):  # damaged: others look for damage
                leaf = decode_leaf(data)
                department, other = (*leaf.departments, "")[:2]
                found.append(LeafFacts(index, leaf.at, leaf.kind.value, department, other))
    return found
