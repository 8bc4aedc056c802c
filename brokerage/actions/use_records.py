"""Records of use: made by the consumer of a grant, owed once a year and once the grant has ended (Decree 809 art. 29)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from brokerage.actions.posting import GRANTS, USE_RECORDS, BrokerageDesk
from brokerage.model import Grant, told_of_life
from brokerage.model.use_record import UseContent, UseRecord, check_reader, owe_use_record, settle, tell_late_use
from brokerage.store import GrantStore, UseRecordStore
from hub.access import HUB, Caller
from hub.db import Tx
from hub.db.requests import canonical
from hub.desk import AUTHORITY, Notice
from hub.errors import ConflictError
from hub.resource import id_of, visible
from hub.unit_of_work import Change, Step, page_of

CORRECTING: Final = "use records corrected"
"""What a correction holds: of two of the same record, the second finds the first."""
_BATCH: Final = 50  # grants read at once; each then has a transaction of its own
_Page = Callable[[GrantStore, str, int], list[Grant]]


class UseRecordActions(BrokerageDesk):
    """Records of use: make one, list them; and those that fall due."""

    def record_use(self, step: Step, content: UseContent) -> UseRecord:
        """Keep what was done with the data of a grant in a period; the same request sent twice is done once."""

        def make(tx: Tx, at: datetime) -> tuple[UseRecord, Mapping[str, Any]]:
            grant = _grant(tx, step.caller, content.grant)
            record = UseRecord.make(grant, step.caller, content, self._ids.new(at), at)
            if record.corrects:
                _check_correctable(tx, step.caller, record)
            self._settle_by(tx, grant, record, at)
            return record, _facts(grant, record)

        made = self.create(USE_RECORDS, "brokerage.RecordUse", step, make, content=canonical(content.plain()))
        with self._db.read() as tx:
            return with_corrections(tx, [made])[0]

    def list_use_records(self, caller: Caller, grant: str, size: int = 0, token: str = "") -> tuple[tuple[UseRecord, ...], str]:
        """Return a page of the records of a grant's use, newest first, to its consumer."""
        with self._db.read() as tx:
            used = _grant(tx, caller, grant)
            check_reader(used, caller)
            store = UseRecordStore(tx)
            found, following = page_of(lambda _party, before, count: store.of_grant(used.name, before, count), caller, size, token)
            return with_corrections(tx, found), following

    def owe_use_records(self, at: datetime) -> Iterator[int]:
        """Let consumers owe the records that are due by `at`, and tell of those that are late; yield after each batch how many grants it saw.

        A part of the daily round. Done again, it changes nothing.
        """
        looks: tuple[tuple[_Page, Callable[[Grant, datetime], None]], ...] = (
            (lambda store, after, count: store.owing_use_records(at, after, count), self._owe_record),
            (GrantStore.with_use_due, self._tell_late_record),
        )
        for page, look in looks:
            after = ""
            while batch := self._grants_of_page(page, after):
                after = batch[-1].id
                for grant in batch:
                    look(grant, at)
                yield len(batch)

    def _grants_of_page(self, page: _Page, after: str) -> list[Grant]:
        with self._db.read() as tx:
            return page(GrantStore(tx), after, _BATCH)

    def _owe_record(self, before: Grant, at: datetime) -> None:
        grant = owe_use_record(before, partial(self._timers.start, at=at), at)
        self._keep_owed(before, grant, "brokerage.OweUseRecord", at)

    def _tell_late_record(self, before: Grant, at: datetime) -> None:
        due = before.use_record_due
        if due is None or not due.is_late(at):
            return
        told = told_of_life("use_record_late", before, before.consumer, before.provider, AUTHORITY, article=due.timer.citation)
        self._keep_owed(before, tell_late_use(before, at), "brokerage.ExpireUseRecord", at, *told)

    def _keep_owed(self, before: Grant, after: Grant, action: str, at: datetime, *told: Notice) -> None:
        owed = {"owed_to": after.use_record_due.owed_to.isoformat()} if after.use_record_due else {}
        facts: dict[str, Any] = {"other": after.consumer, "grant": after.name, "detail": {"provider": after.provider, **owed}}
        try:
            with self._db.begin() as tx:
                GrantStore(tx).replace(before, after)
                tx.announce("grants", after.id)
                self._post(tx, GRANTS, after, told, at)
                self._journal.write(tx, Change(at=at, action=action, actor=HUB, resource=after.name, **facts))
        except ConflictError:
            return  # a record came, or another process was here: the next round looks again

    def _settle_by(self, tx: Tx, grant: Grant, record: UseRecord, at: datetime) -> None:
        """Let a record settle what its consumer owes; where it settles nothing, the grant stays as it is."""
        after = settle(grant, record, at)
        if after is not grant:
            GrantStore(tx).replace(grant, after)
            tx.announce("grants", after.id)
            self._post(tx, GRANTS, after, (), at)


def with_corrections(tx: Tx, records: Sequence[UseRecord]) -> tuple[UseRecord, ...]:
    """Return records with the one that corrects each."""
    corrected = UseRecordStore(tx).corrections_of([one.name for one in records])
    return tuple(replace(one, corrected_by=corrected.get(one.name, "")) for one in records)


def _grant(tx: Tx, caller: Caller, name: str) -> Grant:
    """Return a grant of which the caller may know; whatever else, there is no such grant."""
    store = GrantStore(tx)
    return visible(store.get(id_of(name, "grants", "grant")), caller, store.unknown)


def _check_correctable(tx: Tx, caller: Caller, record: UseRecord) -> None:
    tx.hold(CORRECTING)
    store = UseRecordStore(tx)
    former = store.get(id_of(record.corrects, "useRecords", "corrects"))
    if former.grant != record.grant:
        visible(former, caller, store.unknown)  # whether another department has such a record is not told
    former.check_correctable(record, store.corrections_of([former.name]).get(former.name, ""))


def _facts(grant: Grant, record: UseRecord) -> dict[str, Any]:
    """Return what the log says of a record: of which grant and period, and what it corrects; never its texts."""
    detail = {"begin_date": record.begin_date.isoformat(), "end_date": record.end_date.isoformat(), "corrected_record": record.corrects}
    return {
        "officer": record.officer,
        "other": grant.provider,
        "grant": grant.name,
        "detail": {name: value for name, value in detail.items() if value},
    }
