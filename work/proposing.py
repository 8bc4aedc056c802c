"""The second person at the gate: a step that the law puts under a head's consent is kept as a proposal, and taken once another confirms it.

Whoever proposes hears all that stands against the step at once: it is rehearsed in a transaction that leaves nothing (ADR 0057). The law's time
goes on meanwhile, and no procedure has a state more.
"""

import inspect
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from google.protobuf.descriptor import MethodDescriptor

from certs.mandates import Mandates
from certs.roster import Roster
from hub.access import ACCESS, DUTIES, HUB, AccessRow, Caller, Second
from hub.clock import Clock
from hub.consent import Carrier
from hub.inside import Inside
from hub.officers import officer_field
from hub.rpc import Call, Function
from hub.unit_of_work import Actions, Change, Kit
from hub.wording import fold
from shuniu.words import either
from work.model import LIFE, Proposal, Seconds
from work.pending import TOPIC, Pending
from work.posting import PROPOSALS
from work.reasons import NOBODY_CONFIRMS, PROPOSAL_PENDING
from work.store import ProposalStore

PROPOSAL_MARK: Final = "proposal"
_FIELD: Final = "pending_proposal"
_LONGEST_TITLE: Final = 200


def seconds_of(roster: Roster, department: str, proposer: str, row: AccessRow, at: datetime) -> Seconds:
    """Return who may be the second person of a step: a lead; where the proposer leads, or nobody else does, whoever may take the step itself.

    Where another department consents it is whoever has its role.
    """
    duties = row.second.duties if row.second else frozenset()
    if row.second and row.second.role:
        return Seconds(frozenset(), duties, row.second.role)
    leads = frozenset(roster.with_duty(department, duties, at))
    if proposer not in leads and leads:
        return Seconds(leads, duties)
    wider = duties | row.duties
    return Seconds(frozenset(roster.with_duty(department, wider, at)) - {proposer}, wider)


class SecondPersonCheck(Actions):
    """A check of the gate (`hub.rpc.Check`) for the rows that ask for a second person."""

    def __init__(self, kit: Kit, roster: Roster, mandates: Mandates, inside: Inside, carriers: Mapping[str, Carrier]) -> None:
        """Take the kit, the officers, what systems may do alone, the gate inside, and by rpc what other departments consent to."""
        super().__init__(kit)
        self._roster, self._mandates, self._inside, self._carriers = roster, mandates, inside, carriers

    def __call__(self, path: str, method: MethodDescriptor, function: Function) -> Function:
        """Return a method behind the check; as it is where its row asks for nobody else."""
        row = ACCESS.get(path)
        if row is None or row.second is None or inspect.iscoroutinefunction(function):
            return function
        place = officer_field(method.input_type)
        if row.second.role is not None:
            return partial(self._carry, row.second, function)

        def step(request: Any, call: Call) -> Any:
            at = self._clock.now()
            if self._goes_alone(call, at):
                return function(request, call)
            return self._propose(request, call, row, place, function, at)

        return step

    def _goes_alone(self, call: Call, at: datetime) -> bool:
        """Tell whether the step is taken at once: confirmed already, under a mandate, or in a department that has nobody else."""
        caller = call.caller
        if PROPOSAL_MARK in dict(caller.marks):
            return True
        step = call.method.rpartition("/")[2]
        if caller.system and (mandate := self._mandates.covering(caller.department, caller.system, step, at)):
            call.caller = caller.marked(mandate=mandate)
            return True
        if self._roster.active_count(caller.department) <= 1:
            call.caller = caller.marked(alone="true")
            return True
        return False

    def _propose(self, request: Any, call: Call, row: AccessRow, place: tuple[str, ...], function: Function, at: datetime) -> Any:
        caller, second = call.caller, row.second
        assert second is not None  # noqa: S101 - rows without one never come here
        shown = self._inside.call(second.look, self._inside.requests[second.look](name=request.name), caller)
        # Where a step may leave its officer out, whoever drafted the thing stands for it, and is as little the own second person.
        proposer = caller.officer or fold(getattr(request, place[0], "") if place else "", identifies=True) or getattr(shown, "officer", "")
        seconds = seconds_of(self._roster, caller.department, proposer, row, at)
        if not seconds.numbers:
            raise NOBODY_CONFIRMS(duties=either(*(DUTIES[one] for one in sorted(seconds.duties))))
        known = type(request)()
        known.CopyFrom(request)
        with self._db.rehearsal():
            function(known, Call(caller, call.method, call.time_left, admitted=True))
        data = request.SerializeToString(deterministic=True)
        made = Proposal(
            id=self._ids.new(at), method=call.method, resource=shown.name, title=_title(shown),
            department=caller.department, proposer=proposer, system=caller.system, request=data, article=second.article,
            duties=tuple(sorted(seconds.duties)), create_time=at, expire_time=at + LIFE,
        )  # fmt: skip
        shown.pending_proposal = self._keep(made, caller).name
        return shown

    def _carry(self, second: Second, function: Function, request: Any, call: Call) -> Any:
        """Let a step make its thing, and propose to carry that out: nothing is done before another department consents."""
        answer = function(request, call)
        # The same request sent again may find it decided.
        if answer.name in {name for name, _ in self._carriers[call.method].open(self._clock.now())}:
            answer.pending_proposal = self._keep(self._carried(second, call.method, answer, call.caller), call.caller).name
        return answer

    def adopt(self, at: datetime) -> int:
        """Propose what waits for consent without a proposal: of a release before, or of a step that was cut off; return how many."""
        count = 0
        for method, carrier in self._carriers.items():
            for name, department in carrier.open(at):
                with self._db.read() as tx:
                    if ProposalStore(tx).waiting(name, department, at):
                        continue
                second = ACCESS[method].second
                assert second is not None  # noqa: S101 - only such rows have a carrier
                by = Caller(department, HUB.system, ACCESS[method].roles)
                answer = self._inside.call(second.look, self._inside.requests[second.look](name=name), by)
                self._keep(self._carried(second, method, answer, by), replace(HUB, department=department))
                count += 1
        return count

    def _carried(self, second: Second, method: str, thing: Any, by: Caller) -> Proposal:
        """Return the proposal to carry a thing out. What was asked is told as the thing tells it: never by the number of a person."""
        at = self._clock.now()
        asked = self._inside.requests[method]()
        for field in asked.DESCRIPTOR.fields:
            if field.name in thing.DESCRIPTOR.fields_by_name and (said := getattr(thing, field.name)):
                getattr(asked, field.name).extend(said) if field.is_repeated else setattr(asked, field.name, said)
        return Proposal(
            id=self._ids.new(at), method=method, resource=thing.name, title=_title(thing),
            department=by.department, proposer=thing.officer, system="" if by.officer else by.system,
            request=asked.SerializeToString(deterministic=True), article=second.article, duties=tuple(sorted(second.duties)), create_time=at,
            expire_time=thing.expire_time.ToDatetime(tzinfo=UTC),
        )  # fmt: skip

    def _keep(self, made: Proposal, caller: Caller) -> Proposal:
        """Keep a proposal; the same one sent again is the one that waits."""
        at = made.create_time
        with self._db.begin() as tx:
            tx.hold(f"proposal {made.department} {made.resource}")
            store = ProposalStore(tx)
            waiting = store.waiting(made.resource, made.department, at)
            if waiting is not None:
                if (waiting.method, waiting.request, waiting.proposer) == (made.method, made.request, made.proposer):
                    return waiting
                raise PROPOSAL_PENDING(resource=made.resource, proposal=waiting.name)
            store.insert(made)
            tx.announce(TOPIC, made.id)
            self._post(tx, PROPOSALS, made, (), at)
            detail = {PROPOSAL_MARK: made.name, "step": made.step}
            self._journal.write(tx, Change(at=at, action="work.Propose", actor=caller, officer=made.proposer, resource=made.resource, detail=detail))
        return made


class PendingMark:
    """A check of the gate that marks what is shown: the thing names the proposal of the caller's department that waits about it."""

    def __init__(self, pending: Pending, clock: Clock) -> None:
        """Take the proposals that wait, and the clock by which one expires."""
        self._pending, self._clock = pending, clock

    def __call__(self, path: str, method: MethodDescriptor, function: Function) -> Function:
        """Return a method whose answers are marked; as it is where they show no such thing."""
        del path
        if inspect.iscoroutinefunction(function) or method.server_streaming:
            return function
        inner = [field for field in method.output_type.fields if field.message_type and _FIELD in field.message_type.fields_by_name]
        lists, parts = ([field.name for field in inner if field.is_repeated is many] for many in (True, False))
        own = _FIELD in method.output_type.fields_by_name
        if not (own or inner):
            return function

        def shown(request: Any, call: Call) -> Any:
            answer = function(request, call)
            if own:
                self._mark(answer, call.caller)
            for name in lists:
                for one in getattr(answer, name):
                    self._mark(one, call.caller)
            for name in parts:
                if answer.HasField(name):
                    self._mark(getattr(answer, name), call.caller)
            return answer

        return shown

    def _mark(self, thing: Any, caller: Caller) -> None:
        found = self._pending.find(thing.name, caller, self._clock.now())
        if found is not None:
            thing.pending_proposal = found.name


def _title(thing: Any) -> str:
    """Return what people call a thing: by its title, what it is for, or the ground on which it is asked; by its name where it says none of them."""
    said = (getattr(thing, name, "") for name in ("title", "scenario", "legal_basis"))
    return str(next(filter(None, said), thing.name))[:_LONGEST_TITLE]
