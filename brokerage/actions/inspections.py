"""使用情况检查: provider, authority and auditors look at what the consumer of a grant did with it (Decree 809 art. 29). A look is a record."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from audit.model import Kind, Record
from audit.outcomes import CORRECTS, NOT_RELEASED, OK
from audit.store import RecordFilter, RecordStore
from audit.store.search import Place
from brokerage.actions.posting import GRANTS
from brokerage.actions.use_records import with_corrections
from brokerage.model import Grant, SuspensionGround
from brokerage.model.inspection import GrantInspection, MisuseSuspension, Use, UseCounts, check_inspector, count_uses
from brokerage.model.waiting import told_of_inspection
from brokerage.store import GrantStore, UseRecordStore
from certs.store import OfficerStore
from hub.access import Caller, Duty, Role
from hub.db import Tx
from hub.resource import visible
from hub.showing import Look
from hub.unit_of_work import Actions, Kit

INSPECT: Final = "brokerage.InspectGrant"
MOST_RECORDS: Final = 200
MOST_COUNTED: Final = 10_000
"""Outcomes, and refusals, of the consumer about the entry that are read for the counts: about a second each.

The grant stands in a record's body and in no index.
"""
_PORTION: Final = 1_000
_MOST_CHANGES: Final = 500


class InspectionActions(Actions):
    """Inspections of grants."""

    def __init__(self, kit: Kit, calls: Callable[[str, datetime], int]) -> None:
        """Take the kit, and how a grant's calls of a day are counted."""
        super().__init__(kit)
        self._calls = calls

    def inspect(self, caller: Caller, name: str, look: Look) -> GrantInspection:
        """Return what the consumer of a grant did with it, to its provider, the authority or an auditor; the consumer is told."""
        grant_id, at = GRANTS.id_of(name), self._clock.now()
        index = self._write(caller, grant_id, look, at)
        with self._db.read() as tx:
            grant = GrantStore(tx).get(grant_id)
            records = UseRecordStore(tx).of_grant(grant.name, None, MOST_RECORDS + 1)
            return GrantInspection(
                grant=grant.as_of(at, self._calls(grant.id, at)),
                use_records=with_corrections(tx, records[:MOST_RECORDS]),
                more_use_records=len(records) > MOST_RECORDS,
                uses=count_of(tx, grant),
                misuses=_misuses(tx, grant),
                look_index=index,
            )

    def _write(self, caller: Caller, grant_id: str, look: Look, at: datetime) -> int:
        """Put the look on the log and tell the consumer; both are durable before anything is shown."""
        reader = replace(caller, roles=caller.roles | {Role.AUTHORITY}) if Role.AUDITOR in caller.roles else caller
        with self._db.begin() as tx:
            store = GrantStore(tx)
            grant = visible(store.get(grant_id), reader, store.unknown)
            check_inspector(grant, caller)
            # what the grant waits for stays as it is: nothing about it changes
            self._post(tx, replace(GRANTS, waits=None), grant, (told_of_inspection(grant, caller.department),), at)
            change = look.change(caller, at, INSPECT, resource=grant.name, grant=grant.name, other=grant.consumer)
            return self._journal.write(tx, change).index


def count_of(tx: Tx, grant: Grant) -> UseCounts:
    """Count the uses that the log has of a grant; an outcome that was taken back counts as refused, and its correction not at all."""
    outcomes, since_outcomes = _read(tx, grant, Kind.OUTCOME)
    refusals, since_refusals = _read(tx, grant, Kind.REFUSAL)
    cut = [one for one in (since_outcomes, since_refusals) if one is not None]
    since = max(cut, default=grant.start_time)
    taken_back = {int(one.detail[CORRECTS]) for one in outcomes if one.status == NOT_RELEASED and CORRECTS in one.detail}
    own = [one for one in (*outcomes, *refusals) if one.grant == grant.name and one.at >= since and CORRECTS not in one.detail]
    uses = (Use(one.at, one.actor.officer, one.status == OK and one.index not in taken_back) for one in own)
    return count_uses(uses, _duties(tx, grant.consumer), since, is_cut=bool(cut))


def _read(tx: Tx, grant: Grant, kind: Kind) -> tuple[list[Record], datetime | None]:
    """Return the records of one kind of the consumer about the entry, newest first, and since when they are whole where not all were read."""
    wanted = RecordFilter(department=grant.consumer, resource=grant.entry, kind=kind.value, since=grant.start_time)
    found: list[Record] = []
    before: Place | None = None
    while len(found) < MOST_COUNTED:
        page = RecordStore(tx).search(wanted, before, _PORTION)
        found += [record for record, _ in page.records]
        before = page.last
        if before is None:
            return found, None
    # of the moment at which the reading stopped some may be missing
    return [one for one in found if one.at > found[-1].at], found[-1].at


def _duties(tx: Tx, department: str) -> dict[str, frozenset[Duty]]:
    return {one.number: frozenset(one.duties) for one in OfficerStore(tx).of_department(department)}


def _misuses(tx: Tx, grant: Grant) -> tuple[MisuseSuspension, ...]:
    changes = RecordStore(tx).search(RecordFilter(resource=grant.name, kind=Kind.CHANGE.value), None, _MOST_CHANGES).records
    return tuple(
        MisuseSuspension(
            time=one.at,
            department=one.actor.department,
            reason=one.reason,
            mend_due_time=datetime.fromisoformat(one.detail["mend_due"]) if "mend_due" in one.detail else None,
            index=one.index,
        )
        for one, _ in changes
        if one.action == "brokerage.SuspendGrant" and one.detail.get("ground") == SuspensionGround.MISUSE.value
    )
