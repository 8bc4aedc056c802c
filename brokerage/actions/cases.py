"""Why something was decided, and the file of one case: read from the log and from what it names. Nothing is changed here."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from audit.model import Kind, Record
from audit.outcomes import OK
from audit.publisher import Publisher
from audit.store import RecordFilter, RecordStore
from brokerage.actions.posting import GRANTS
from brokerage.model import Grant
from brokerage.model.case import CaseFile, CaseRecord, CaseUses
from brokerage.model.decision import Decision, DecisionOutcome, RuleResult, plan_of, rules_until, words_of
from brokerage.model.reasons import NO_DECISION_HERE
from brokerage.store import (
    CorrectionNoticeStore,
    DataRequestStore,
    DemandStore,
    DisputeStore,
    GrantStore,
    ObjectionStore,
    ServiceChangeStore,
    UseRecordStore,
)
from catalog.store import EntryStore
from hub.access import Caller, Role
from hub.db import Tx
from hub.errors import CATALOGUE, IntegrityError, InvalidInputError, NotFoundError
from hub.resource import id_of, visible
from hub.unit_of_work import Actions, Kit
from shuniu.words import Word

MOST_THINGS: Final = 200
MOST_CHAIN: Final = 20
MOST_STEPS: Final = 500
MOST_READ: Final = 2_000
"""Records of the two departments about the entry that are read for the uses; the grant stands in a record's body and in no index."""
MOST_USES: Final = 100
_NOTHING: Final = Word("", "", "")
_REFUSING: Final = frozenset({"brokerage.RefuseDataRequest", "brokerage.RefuseExtension", "brokerage.DismissObjection"})
"""Steps of a case that say no, with a reason in words."""
_IN_FILE: Final = frozenset({Kind.OUTCOME, Kind.REFUSAL})


class CaseActions(Actions):
    """Decisions and case files."""

    def __init__(self, kit: Kit, publisher: Publisher, calls: Callable[[str, datetime], int]) -> None:
        """Take the kit, what proves records, and how a grant's calls of a day are counted."""
        super().__init__(kit)
        self._publisher, self._calls = publisher, calls

    def decision(self, caller: Caller, name: str) -> Decision:
        """Return why something was decided, to the departments that its record names, the authority, and auditors."""
        index = _index_of(name)
        with self._db.read() as tx:
            record = _record(tx, caller, index)
            grant = _grant(tx, caller, record.grant)
            plan = _plan(tx, grant) if grant is not None and record.status == OK else ()
        facts = {} if grant is None else _facts(grant, record)
        refused = record.kind is Kind.REFUSAL or record.action in _REFUSING or record.status not in {"", OK}
        missing, following = words_of(record.status, CATALOGUE, facts) if refused and record.status not in {"", OK} else (_NOTHING, _NOTHING)
        return Decision(
            index=index,
            at=record.at,
            action=record.action,
            department=record.actor.department,
            outcome=DecisionOutcome.REFUSED if refused else DecisionOutcome.ALLOWED,
            resource=record.resource,
            grant=record.grant,
            rules=(*(rules_until("" if record.status == OK else record.status) if record.kind in _IN_FILE else ()), *plan),
            reason=record.reason or ("" if record.status == OK else record.status),
            missing=missing,
            following=following,
        )

    def case_file(self, caller: Caller, name: str) -> CaseFile:
        """Return the file of a grant's case to its parties, the authority, and auditors."""
        reader = replace(caller, roles=caller.roles | {Role.AUTHORITY}) if Role.AUDITOR in caller.roles else caller
        at = self._clock.now()
        checkpoint, size = self._newest_checkpoint()
        with self._db.read() as tx:
            store = GrantStore(tx)
            grant = visible(store.get(GRANTS.id_of(name)), reader, store.unknown)
            request = DataRequestStore(tx).get(id_of(grant.data_request, "dataRequests"))
            objections = tuple(ObjectionStore(tx).about((grant.entry, request.name), _party(reader), MOST_THINGS))
            notices = tuple(CorrectionNoticeStore(tx).received(grant.consumer, grant.entry, MOST_THINGS))
            changes = tuple(one for one in ServiceChangeStore(tx).about(grant, MOST_THINGS) if one.seen_by(reader))
            about = (request.name, grant.name, *(one.name for one in objections), *(one.name for one in changes))
            disputes = tuple(DisputeStore(tx).about(about, _party(reader), MOST_THINGS))
            plan, uses, chain = _plan(tx, grant), _uses(tx, grant), _chain(store, grant)
            demands = tuple(DemandStore(tx).fulfilled_by(grant.entry, MOST_THINGS))
            others = (*(one.name for one in disputes), *(one.name for one in demands), *(one.name for one in chain))
            steps = _steps(tx, (*about, *others))
            use_record_count = UseRecordStore(tx).count(grant.name)
        return CaseFile(
            grant=grant.as_of(at, self._calls(grant.id, at)),
            data_request=request,
            plan=plan,
            uses=uses,
            objections=objections,
            correction_notices=notices,
            demands=demands,
            service_changes=changes,
            disputes=disputes,
            chain=tuple(one.as_of(at) for one in chain),
            records=tuple(self._step(record, leaf, size) for record, leaf in steps),
            use_record_count=use_record_count,
            checkpoint=checkpoint,
            vkey=str(self._publisher.vkey),
        )

    def _step(self, record: Record, leaf_hash: bytes, size: int) -> CaseRecord:
        return CaseRecord(
            index=record.index,
            time=record.at,
            action=record.action,
            department=record.actor.department,
            resource=record.resource,
            leaf_hash=leaf_hash,
            proof=self._publisher.inclusion(record.index, size) if record.index < size else None,
        )

    def _newest_checkpoint(self) -> tuple[str, int]:
        """Return the newest signed checkpoint and its size; an empty one before the first."""
        try:
            note = self._publisher.checkpoint()
        except NotFoundError:
            return "", 0
        return note, int(note.split("\n", 2)[1])


def _index_of(name: str) -> int:
    kind, _, index = name.partition("/")
    if kind != "decisions" or not index.isascii() or not index.isdigit() or len(index) > 18:  # noqa: PLR2004 - what a 64-bit column holds
        raise NO_DECISION_HERE(field="name")
    return int(index)


def _record(tx: Tx, caller: Caller, index: int) -> Record:
    """Return the record of a decision of which the caller may know, as it is told to it; whatever else, there is no such decision."""
    try:
        record, _ = RecordStore(tx).get(index)
    except (NotFoundError, IntegrityError):
        raise NO_DECISION_HERE(field="name") from None
    every = Role.AUDITOR in caller.roles
    knows = every or Role.AUTHORITY in caller.roles or caller.department in {record.actor.department, record.other}
    if not knows or record.erased or record.kind not in {Kind.OUTCOME, Kind.REFUSAL, Kind.CHANGE}:
        raise NO_DECISION_HERE(field="name")
    return record if every else record.as_told()


def _grant(tx: Tx, caller: Caller, name: str) -> Grant | None:
    """Return the grant that a record names, None where there is none that the caller may know of: a refused call may name anything."""
    try:
        grant = GrantStore(tx).get(GRANTS.id_of(name)) if name else None
    except (NotFoundError, InvalidInputError):
        return None
    return grant if grant is not None and (grant.seen_by(caller) or Role.AUDITOR in caller.roles) else None


def _plan(tx: Tx, grant: Grant) -> tuple[RuleResult, ...]:
    request = DataRequestStore(tx).get(id_of(grant.data_request, "dataRequests"))
    return plan_of(grant, request, EntryStore(tx).version(id_of(grant.entry, "entries"), grant.entry_version))


def _facts(grant: Grant, record: Record) -> dict[str, str]:
    terms = grant.terms
    told = {"purposes": terms.purposes, "systems": terms.systems, "fields": record.fields}
    return {"grant": grant.name, "entry": grant.entry, "limit": str(terms.daily_calls), **{name: ", ".join(one) for name, one in told.items() if one}}


def _party(reader: Caller) -> str | None:
    return None if Role.AUTHORITY in reader.roles else reader.department


def _chain(store: GrantStore, grant: Grant) -> tuple[Grant, ...]:
    """Return the grants that one follows, nearest first, and the one that follows it."""
    found, name = list[Grant](), grant.follows
    while name and len(found) < MOST_CHAIN - 1:
        found.append(store.get(GRANTS.id_of(name)))
        name = found[-1].follows
    follower = store.follower(grant)
    return (*found, follower) if follower is not None else tuple(found)


def _uses(tx: Tx, grant: Grant) -> CaseUses:
    """Return what the log says of uses; of a grant's records its two departments may know, so nothing is hidden here."""
    wanted = RecordFilter(department=grant.consumer, resource=grant.entry, since=grant.start_time)
    found = RecordStore(tx).search(wanted, None, MOST_READ + 1)
    own = [record for record, _ in found.records[:MOST_READ] if record.grant == grant.name and record.kind in _IN_FILE]
    answered = sum(record.status == OK for record in own)
    return CaseUses(answered, len(own) - answered, tuple(record.index for record in own[:MOST_USES]), len(found.records) > MOST_READ)


def _steps(tx: Tx, names: Sequence[str]) -> list[tuple[Record, bytes]]:
    """Return the changes of these things that the log tells, oldest first."""
    every = [one for name in names for one in RecordStore(tx).search(RecordFilter(resource=name, kind=Kind.CHANGE.value), None, MOST_STEPS).records]
    return sorted(every, key=lambda one: one[0].index)[-MOST_STEPS:]
