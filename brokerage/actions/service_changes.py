"""What becomes of running services when their entry gives less, or nothing: listed before, consulted on, filed, in effect on a date (art. 27)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from brokerage.actions.posting import GRANTS, SERVICE_CHANGES, BrokerageDesk, end_of_consultation
from brokerage.grants import RULES_TOPIC
from brokerage.model import GRANT_PROCEDURE, Grant, GrantState
from brokerage.model.affected import AffectedGrant
from brokerage.model.entry_rule import Effect, Loss, effect_of, loss_of, narrows
from brokerage.model.reasons import CHANGE_OPEN, NOTHING_RUNS
from brokerage.model.service_change import ServiceChange, ServiceChangeReply
from brokerage.model.service_change_procedure import SERVICE_CHANGE_PROCEDURE, ServiceChangeKind, ServiceChangeState, ServiceChangeStep
from brokerage.model.waiting import told_of_change
from brokerage.store import GrantStore, ServiceChangeStore
from brokerage.store.service_changes import IsDisputed
from catalog.model import ENTRY_PROCEDURE, Entry, EntryStep, ShareType
from catalog.store import EntryStore
from hub.access import HUB, Caller
from hub.db import Tx
from hub.db.requests import canonical
from hub.errors import ConflictError
from hub.paging import from_token, page_size, to_token
from hub.resource import id_of, visible
from hub.unit_of_work import Change, Step, page_of
from hub.wording import Officer, Reasons

_BATCH: Final = 200
_BATCHES_A_SWEEP: Final = 2
"""Grants that end are marked in so many batches a sweep, so that no other timer waits long: the rule in memory refuses them already."""
_USUAL, _MOST = 50, 200
_Decide = Callable[[ServiceChange, Caller, datetime], ServiceChange]


class ServiceChangeActions(BrokerageDesk):
    """Changes of running services."""

    _is_disputed: IsDisputed

    def propose_service_change(self, step: Step, grant_name: str) -> ServiceChange:
        """Begin the end of one running grant, as its provider; the consumer is consulted."""
        officer, reason, grant_id = Officer(step.officer), Reasons(step.reason), id_of(grant_name, "grants", "grant")

        def make(tx: Tx, at: datetime) -> tuple[ServiceChange, Mapping[str, Any]]:
            store = GrantStore(tx)
            grant = visible(store.get(grant_id), step.caller, store.unknown)
            change = ServiceChange(
                id=self._ids.new(at),
                kind=ServiceChangeKind.END,
                entry=grant.entry,
                version=grant.entry_version,
                grant=grant.id,
                provider=grant.provider,
                consumers=(grant.consumer,),
                reason=reason,
                reply_by=end_of_consultation(at),
                create_time=at,
                grant_count=1,
            )
            SERVICE_CHANGE_PROCEDURE.admit(change, ServiceChangeStep.FILE, step.caller)
            if grant.state_at(at) not in {GrantState.ACTIVE, GrantState.SUSPENDED}:
                raise NOTHING_RUNS(state=GRANT_PROCEDURE.states[grant.state_at(at)], step="propose")
            if (other := ServiceChangeStore(tx).open_end(grant.entry, grant.id)) is not None:
                raise CHANGE_OPEN(state=SERVICE_CHANGE_PROCEDURE.states[other.state], step="propose", change=other.name)
            return change, {**_facts(change), "officer": officer, "other": grant.consumer, "grant": grant.name}

        content = canonical({"grant": grant_name, "reason": reason, "officer": officer})
        return self.create(SERVICE_CHANGES, "brokerage.ProposeServiceChange", step, make, content=content)

    def reply_to_service_change(self, step: Step, *, agrees: bool, statement: str) -> ServiceChange:
        """Say what a consumer thinks of a change."""

        def decide(change: ServiceChange, by: Caller, at: datetime) -> ServiceChange:
            return change.reply(by, ServiceChangeReply(consumer="", agrees=agrees, statement=statement, officer=step.officer, time=at))

        return self._move_change("brokerage.ReplyToServiceChange", step, decide, "")

    def file_service_change(self, step: Step, effect_date: str) -> ServiceChange:
        """File a change with the authority, with its date."""
        return self._move_change(
            "brokerage.FileServiceChange", step, lambda one, by, at: one.file(by, effect_date, step.reason, at), "service_change_filed"
        )

    def admit_service_change(self, step: Step, effect_date: str) -> ServiceChange:
        """Take note of a change, as the authority: it takes effect at its date."""
        return self._move_change(
            "brokerage.AdmitServiceChange", step, lambda one, by, at: one.admit(by, effect_date, step.reason, at), "service_change_admitted"
        )

    def return_service_change(self, step: Step) -> ServiceChange:
        """Send a change back to the consultation, as the authority."""
        return self._move_change(
            "brokerage.ReturnServiceChange", step, lambda one, by, _at: one.send_back(by, step.reason), "service_change_returned"
        )

    def call_off_service_change(self, step: Step) -> ServiceChange:
        """Give a change up, as its provider."""
        return self._move_change(
            "brokerage.CallOffServiceChange", step, lambda one, by, at: one.call_off(by, step.reason, at), "service_change_called_off"
        )

    def get_service_change(self, caller: Caller, name: str) -> ServiceChange:
        """Return a change to its provider, its consumers and the authority."""
        return self.look(SERVICE_CHANGES, caller, name)

    def list_service_changes(
        self, caller: Caller, size: int = 0, token: str = "", state: ServiceChangeState | None = None
    ) -> tuple[tuple[ServiceChange, ...], str]:
        """Return a page of the caller's changes, newest first, and the token of the next page."""
        with self._db.read() as tx:
            return page_of(partial(ServiceChangeStore(tx).newest, state=state), caller, size, token)

    def list_affected_grants(
        self, caller: Caller, entry_name: str, version: int, size: int, token: str, *, withdrawal: bool
    ) -> tuple[list[AffectedGrant], str, int]:
        """Return a page of the live grants that would lose something, and what; the token of the next page; how many there are in all."""
        count, at = page_size(size, _USUAL, _MOST), self._clock.now()
        position = from_token(token, 1)
        after = "" if position is None else str(position[0])
        with self._db.read() as tx:
            effect = _effect_at_hand(tx, caller, id_of(entry_name, "entries", "entry"), version, at, withdrawal=withdrawal)
            found = list(_losing(tx, entry_name, effect, at))
        page = [one for one in found if one.of.id > after][: count + 1]
        return page[:count], to_token(page[count - 1].of.id) if len(page) > count else "", len(found)

    def at_stake(self, tx: Tx, former: Entry, after: Entry, at: datetime) -> int:
        """Return how many grants live on an entry that a version would give less; none where it takes nothing away."""
        return GrantStore(tx).count_live(after.name, at) if narrows(former, after) else 0

    def on_publish(self, tx: Tx, former: Entry, after: Entry, at: datetime) -> Iterable[Change]:
        """Open what the publication of a version makes of running grants, in its transaction; return the records to write of it.

        One change for all of them: nothing is done for each, so ten thousand grants cost no more than one.
        """
        if not narrows(former, after):
            return ()
        ends = after.share_type is ShareType.REFUSED
        return self._open(tx, after, ServiceChangeKind.END if ends else ServiceChangeKind.TIGHTEN, at, withdrawn=False)

    def on_withdraw(self, tx: Tx, entry: Entry, at: datetime) -> Iterable[Change]:
        """Open the end of what runs on an entry that is withdrawn, in its transaction; return the records to write of it."""
        return self._open(tx, entry, ServiceChangeKind.END, at, withdrawn=True)

    def sweep_service_changes(self, at: datetime) -> None:
        """End consultations whose time is over, and put into effect what has reached its date; calling it again changes nothing."""
        for change in self._changes(ServiceChangeState.CONSULTING):
            if not change.is_due and change.is_over(at):
                self._write_change(change, change.end_consultation(), "brokerage.EndConsultation", at)
        for change in self._changes(ServiceChangeState.ADMITTED):
            if change.effect_time is not None and change.effect_time <= at and self._end_grants(change, at):
                self._write_change(change, change.take_effect(at), "brokerage.PutServiceChangeIntoEffect", at, "service_change_in_effect")

    def _open(self, tx: Tx, entry: Entry, kind: ServiceChangeKind, at: datetime, *, withdrawn: bool) -> Iterable[Change]:
        store, grants = ServiceChangeStore(tx), GrantStore(tx)
        if kind is ServiceChangeKind.END and store.ends_entry(entry.name) is not None:
            return ()  # it ends already: one end, with one date
        count = grants.count_live(entry.name, at)
        # With a legal ground it holds at once. Where nothing runs nobody is consulted: it is for grants of requests that are still answered.
        at_once = not count or (kind is ServiceChangeKind.TIGHTEN and bool(entry.change_basis))
        change = ServiceChange(
            id=self._ids.new(at),
            state=ServiceChangeState.IN_EFFECT if at_once else ServiceChangeState.CONSULTING,
            kind=kind,
            entry=entry.name,
            version=entry.version,
            provider=entry.provider,
            consumers=grants.consumers_of(entry.name, at),
            reason=entry.change_reason,
            basis=entry.change_basis,
            withdrawn=withdrawn,
            reply_by=None if at_once else end_of_consultation(at),
            effect_time=at if at_once else None,
            create_time=at,
            end_time=at if at_once else None,
            grant_count=count,
        )
        store.insert(change)
        tx.announce(RULES_TOPIC, _entry_id(change))
        told = told_of_change("service_change_in_effect", change, *change.consumers) if at_once else ()
        self._post(tx, SERVICE_CHANGES, change, told, at)
        return (Change(at=at, action="brokerage.OpenServiceChange", actor=HUB, resource=change.name, **_facts(change)),)

    def _move_change(self, action: str, step: Step, decide: _Decide, kind: str) -> ServiceChange:
        with self.change(SERVICE_CHANGES, action, step) as it:
            change = it.after = decide(it.before, it.caller, it.at)
            it.record(**{**_facts(change), "reason": step.reason or change.reason})
            if kind:
                others = (one for one in (change.provider, *change.consumers) if one != it.caller.department)
                it.tell(*told_of_change(kind, change, *others))
        return it.after

    def _changes(self, state: ServiceChangeState) -> Iterable[ServiceChange]:
        after = ""
        while True:
            with self._db.read() as tx:
                batch = [one for one in ServiceChangeStore(tx).after(state, after, _BATCH) if not self._is_disputed(tx, one.name)]
                last = batch[-1].id if batch else ""
            yield from batch
            if not last:
                return
            after = last

    def _write_change(self, before: ServiceChange, after: ServiceChange, action: str, at: datetime, kind: str = "") -> None:
        try:
            with self._db.begin() as tx:
                ServiceChangeStore(tx).replace(before, after)
                tx.announce(RULES_TOPIC, _entry_id(after))
                told = told_of_change(kind, after, after.provider, *after.consumers) if kind else ()
                self._post(tx, SERVICE_CHANGES, after, told, at)
                self._journal.write(tx, Change(at=at, action=action, actor=HUB, resource=after.name, **_facts(after)))
        except ConflictError:
            return  # somebody took a step at this very moment: the next sweep looks again

    def _end_grants(self, change: ServiceChange, at: datetime) -> bool:
        """Mark the grants that end by a change, batch by batch; tell whether none is left."""
        if change.kind is not ServiceChangeKind.END:
            return True
        for _ in range(_BATCHES_A_SWEEP):
            with self._db.begin() as tx:
                found = _ending(tx, change, at)
                for grant in found:
                    store = GrantStore(tx)
                    after = store.replace(grant, grant.end(change.reason, at).owe_disposal(store.follower(grant), at))
                    tx.announce("grants", grant.id)
                    self._post(tx, GRANTS, after, (), at)
                    facts: dict[str, Any] = {
                        "other": grant.consumer,
                        "grant": grant.name,
                        "detail": {"change": change.name, "provider": grant.provider},
                    }
                    self._journal.write(tx, Change(at=at, action="brokerage.EndGrant", actor=HUB, resource=after.name, reason=change.reason, **facts))
            if len(found) < _BATCH:
                return True
        return False


def _entry_id(change: ServiceChange) -> str:
    return id_of(change.entry, "entries")


def _ending(tx: Tx, change: ServiceChange, at: datetime) -> list[Grant]:
    store = GrantStore(tx)
    if change.grant:
        grant = store.get(change.grant)
        return [grant] if grant.state_at(at) in {GrantState.ACTIVE, GrantState.SUSPENDED} else []
    return store.live(change.entry, at, "", _BATCH, change.version + 1 if change.withdrawn else change.version)


def _effect_at_hand(tx: Tx, caller: Caller, entry_id: str, version: int, at: datetime, *, withdrawal: bool) -> Effect:
    """Return what a publication, or a withdrawal, would do; to the provider and the authority, who may take such a step."""
    store = EntryStore(tx)
    if withdrawal:
        entry = store.in_force(entry_id)
        ENTRY_PROCEDURE.admit(entry, EntryStep.WITHDRAW, caller)
        return Effect(since=at, version=entry.version, change="", ends=True, withdrawn=True)
    entry = store.version(entry_id, version) if version else store.in_preparation(entry_id)
    ENTRY_PROCEDURE.admit(entry, EntryStep.SUBMIT, caller)
    return effect_of(entry, at)


def _losing(tx: Tx, entry_name: str, effect: Effect, at: datetime) -> Iterable[AffectedGrant]:
    own: dict[int, Entry] = {}
    after = ""
    while batch := GrantStore(tx).live(entry_name, at, after, _BATCH):
        after = batch[-1].id
        for grant in batch:
            if grant.entry_version not in own:
                own[grant.entry_version] = EntryStore(tx).version(id_of(entry_name, "entries", "entry"), grant.entry_version)
            loss = _loss(grant, own[grant.entry_version], effect) if effect.is_for(grant) else None
            if loss:
                yield AffectedGrant(grant, loss)


def _loss(grant: Grant, entry: Entry, effect: Effect) -> Loss:
    return loss_of(grant, {one.name: one.mask for one in entry.fields}, effect, [one.name for one in entry.predicates])


def _facts(change: ServiceChange) -> dict[str, Any]:
    """Return what the log says of a step, beside who, when and what."""
    detail = {
        "state": change.state.value,
        "kind": change.kind.value,
        "entry": f"{change.entry}@{change.version}",
        "grants": str(change.grant_count),
        "basis": change.basis,
        "effect": change.effect_time.isoformat() if change.effect_time else "",
    }
    return {"other": change.provider, "reason": change.decision or change.reason, "detail": detail}
