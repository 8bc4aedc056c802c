"""What the brokerage lays on the desk: the things as work is kept of them, what they are called, what waited before, what ends with time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from typing import Final

from brokerage.grants import DISPUTES_TOPIC, RULES_TOPIC
from brokerage.live_objections import TOPIC as LIVE_OBJECTIONS
from brokerage.model import (
    Complaint,
    CorrectionNotice,
    DataRequest,
    Dispute,
    Grant,
    Objection,
    complaint_waits,
    demand_waits,
    dispute_waits,
    grant_waits,
    notice_waits,
    objection_waits,
    request_waits,
)
from brokerage.model.service_change import REPLY_DAYS
from brokerage.model.waiting import service_change_waits
from brokerage.store import (
    ComplaintStore,
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
from certs.store import DepartmentStore
from hub.access import Duty
from hub.db import Tx
from hub.desk import Notice
from hub.ending import AHEAD, notice_of_end
from hub.going_through import PostingActions
from hub.resource import id_of
from hub.unit_of_work import Aim
from timing.time_limit import deadline
from timing.timer import Timer
from timing.timers import Timers

_ENTRIES: Final = "entries/"
_BATCH: Final = 2_000  # timers read at once: no read transaction stays open over a whole sweep
_Running = Callable[[Tx, str, int], list[tuple[str, Timer | None]]]


def _entry_title(tx: Tx, entry: str, version: int = 0) -> str:
    """Return the title of an entry, of the version in force where none is named; its resource name where it has none any more."""
    return EntryStore(tx).title_of(entry.removeprefix(_ENTRIES), version) or entry


def entry_and_department(tx: Tx, entry: str, department: str, version: int = 0) -> str:
    """Return what a thing is called by its entry and a department."""
    return f"{_entry_title(tx, entry, version)}（{DepartmentStore(tx).called(department)}）"


def _request_title(tx: Tx, request: DataRequest) -> str:
    return entry_and_department(tx, request.entry, request.consumer, request.entry_version)


def _grant_title(tx: Tx, grant: Grant) -> str:
    return entry_and_department(tx, grant.entry, grant.consumer, grant.entry_version)


def _objection_title(tx: Tx, objection: Objection) -> str:
    about = objection.resource
    return _entry_title(tx, about) if about.startswith(_ENTRIES) else about


def _notice_title(tx: Tx, notice: CorrectionNotice) -> str:
    return _entry_title(tx, notice.entry)


def dispute_title(tx: Tx, dispute: Dispute) -> str:
    """Return what a dispute is called: by the entry that it concerns, else by what it is about."""
    return _entry_title(tx, dispute.entry) if dispute.entry else dispute.resource


def _complaint_title(tx: Tx, complaint: Complaint) -> str:
    # by who filed it and its file number there, never by what it says
    return f"{DepartmentStore(tx).called(complaint.filer)} {complaint.contact_reference}"


REQUESTS: Final = Aim(store=DataRequestStore, id_of=partial(id_of, collection="dataRequests"), called=_request_title)
GRANTS: Final = Aim(store=GrantStore, id_of=partial(id_of, collection="grants"), topic="grants", waits=grant_waits, called=_grant_title)
OBJECTIONS: Final = Aim(store=ObjectionStore, id_of=partial(id_of, collection="objections"), topic=LIVE_OBJECTIONS, called=_objection_title)
SERVICE_CHANGES: Final = Aim(
    store=ServiceChangeStore,
    id_of=partial(id_of, collection="serviceChanges"),
    topic=RULES_TOPIC,
    key=lambda change: change.entry.removeprefix(_ENTRIES),
    waits=service_change_waits,
    called=lambda tx, change: _entry_title(tx, change.entry, change.version),
)
NOTICES: Final = Aim(store=CorrectionNoticeStore, id_of=partial(id_of, collection="correctionNotices"), waits=notice_waits, called=_notice_title)

USE_RECORDS: Final = Aim(store=UseRecordStore, id_of=partial(id_of, collection="useRecords"))
DEMANDS: Final = Aim(store=DemandStore, id_of=partial(id_of, collection="demands"), waits=demand_waits, title=lambda demand: demand.title)
DISPUTES: Final = Aim(
    store=DisputeStore,
    id_of=partial(id_of, collection="disputes"),
    topic=DISPUTES_TOPIC,
    key=lambda dispute: dispute.resource,
    called=dispute_title,
)
COMPLAINTS: Final = Aim(store=ComplaintStore, id_of=partial(id_of, collection="complaints"), called=_complaint_title)


def end_of_consultation(at: datetime) -> datetime:
    """Return until when consumers may reply to a change that begins at a moment: the end of the last working day."""
    due = deadline(REPLY_DAYS, at).due
    return due if due is not None else at  # a limit without pauses has a due time


class BrokerageDesk(PostingActions):
    """Shared by all actions of the brokerage; has no action of its own."""

    _timers: Timers

    @cached_property
    def _requests(self) -> Aim[DataRequest]:
        """Return the aim of steps at requests: until when the provider has time is counted at each step."""
        return replace(REQUESTS, waits=lambda one: request_waits(self._timers.renew(one, self._clock.now())))

    @cached_property
    def _objections(self) -> Aim[Objection]:
        return replace(OBJECTIONS, waits=lambda one: objection_waits(self._timers.renew(one, self._clock.now())))

    def _shown(self, grant: Grant, at: datetime, calls_today: int | None = None) -> Grant:
        """Return a grant as it is to be shown at a moment, its delivery timer counted by today's tables."""
        return self._timers.renew(grant.as_of(at, calls_today), at)

    @cached_property
    def _disputes(self) -> Aim[Dispute]:
        return replace(DISPUTES, waits=lambda one: dispute_waits(self._timers.renew(one, self._clock.now())))

    @cached_property
    def _complaints(self) -> Aim[Complaint]:
        return replace(COMPLAINTS, waits=lambda one: complaint_waits(self._timers.renew(one, self._clock.now())))

    def _over(self, running: _Running, at: datetime) -> Iterator[str]:
        """Return the ids of cases whose time is over at a moment and of which the log does not say so yet; `running` reads them in pages."""
        after, seen = "", _BATCH
        while seen == _BATCH:
            with self._db.read() as tx:
                batch = running(tx, after, _BATCH)
            for thing_id, timer in batch:
                if timer is not None and timer.told_time is None and self._timers.has_ended(timer, at):
                    yield thing_id
            seen, after = len(batch), batch[-1][0] if batch else after

    def backfill(self, _at: datetime) -> Iterator[int]:
        """Post the work of all that waits already: of a hub that kept none before."""
        yield from self._go_through(self._requests, lambda tx, after, count: DataRequestStore(tx).open(after, count), "")
        yield from self._go_through(self._objections, lambda tx, after, count: ObjectionStore(tx).open(after, count), "")
        yield from self._go_through(SERVICE_CHANGES, lambda tx, after, count: ServiceChangeStore(tx).open(after, count), "")
        yield from self._go_through(NOTICES, lambda tx, after, count: CorrectionNoticeStore(tx).open(after, count), "")

    def tell_ends(self, at: datetime) -> Iterator[int]:
        """Tell consumer and provider of grants that are about to end, the consumer also how to go on without a gap; not of one that is followed."""

        def told(grant: Grant) -> Iterable[Notice]:
            # the two facts of a request that renews it, as `CreateDataRequest` takes them
            renewal = {"follows": grant.name, "follow_kind": "FOLLOW_KIND_RENEWAL"}
            for party, more in ((grant.consumer, renewal), (grant.provider, {})):
                yield from notice_of_end("grant_ends", party, (Duty.REQUESTS,), grant.expire_time, at, entry=grant.entry, **more)

        # no work is posted here: the rows are not held, so what a grant waits for may be another thing by now
        yield from self._go_through(
            replace(GRANTS, waits=None), lambda tx, after, count: GrantStore(tx).ending(at, at + AHEAD, after, count), "", told
        )
