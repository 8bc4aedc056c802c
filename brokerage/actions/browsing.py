"""翻阅线索: finds in the log who read the records of many different persons under one case number in a day, and tells it (Decree 809 art. 29)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final

from audit.store.crowds import Crowd, candidates, given_out
from brokerage.actions.posting import entry_and_department
from brokerage.model.browsing import BrowsingFinding, sees_all, told_of_browsing
from brokerage.store import BrowsingStore
from hub.access import HUB, Caller, Role
from hub.clock import day_in_china
from hub.going_through import PostingActions
from hub.resource import id_of
from hub.unit_of_work import Aim, Change, Kit, page_of
from shuniu.zone import CHINA

PACE: Final = timedelta(hours=1)
"""How often the log is looked through. Process-local: of two processes that look at once, the second finds what the first has told."""
MOST_AT_ONCE: Final = 200
"""Findings of one look and day; the next look tells the rest."""
_DAY: Final = timedelta(days=1)
_WHAT: Final = "browsing findings"

FINDINGS: Final = Aim(
    store=BrowsingStore,
    id_of=partial(id_of, collection="browsingFindings"),
    called=lambda tx, one: entry_and_department(tx, one.entry, one.consumer),
)


class BrowsingActions(PostingActions):
    """Findings of browsing: look for them, list them."""

    def __init__(self, kit: Kit, most: int) -> None:
        """Take the kit, and of how many subjects a case may read records of one entry in a day; 0 looks for nothing."""
        super().__init__(kit)
        self._most = most
        self._next: datetime | None = None

    def sweep(self, at: datetime) -> int:
        """Look through yesterday and today, once an hour; return how many findings are new. Done again, it changes nothing."""
        if not self._most or (self._next is not None and self._next - PACE <= at < self._next):
            return 0
        self._next = at + PACE
        return self.look_through(at)

    def go_round(self, at: datetime) -> Iterator[int]:
        """Do the same as a part of the hub's rounds: a look may take seconds, and the watch, by which a revocation counts, must not wait for it."""
        yield self.sweep(at)

    def look_through(self, at: datetime) -> int:
        """Look through yesterday, whose last hour no look has seen, and through today."""
        return sum(self._look_at(begin, at) for begin in (_begin_of_day(at) - _DAY, _begin_of_day(at)))

    def newest(self, caller: Caller, size: int = 0, token: str = "") -> tuple[tuple[BrowsingFinding, ...], str]:
        """Return a page of findings, newest first: of the caller's department; the authority's and an auditor's: of all."""
        reader = replace(caller, roles=caller.roles | {Role.AUTHORITY}) if sees_all(caller) else caller
        with self._db.read() as tx:
            return page_of(BrowsingStore(tx).newest, reader, size, token)

    def _look_at(self, begin: datetime, at: datetime) -> int:
        day, end, found = day_in_china(begin), begin + _DAY, 0
        with self._db.read() as tx:
            told = BrowsingStore(tx)
            cases = [one for one in candidates(tx, begin, end, self._most) if not told.has(one, day)]  # what was told is not counted again
        for one in cases:
            with self._db.read() as tx:
                counted = replace(one, count=given_out(tx, one, begin, end))
            found += counted.count > self._most and self.tell(counted, day, at)
            if found >= MOST_AT_ONCE:
                break
        return found

    def tell(self, crowd: Crowd, day: date, at: datetime) -> bool:
        """Keep a finding of a day, put it on the log and tell whoever is to know; return whether it is new."""
        finding = BrowsingFinding(
            id=self._ids.new(at),
            consumer=crowd.department,
            provider=crowd.other,
            entry=crowd.resource,
            case_number=crowd.case_number,
            day=day,
            record_count=crowd.count,
            most=self._most,
            create_time=at,
        )
        with self._db.begin() as tx:
            tx.hold(_WHAT)
            if BrowsingStore(tx).has(crowd, day):
                return False  # another process was here
            BrowsingStore(tx).insert(finding)
            self._post(tx, FINDINGS, finding, told_of_browsing(finding), at)
            facts = {"provider": finding.provider, **finding.facts}
            made = Change(at=at, action="brokerage.FindBrowsing", actor=HUB, resource=finding.name, other=finding.consumer, detail=facts)
            self._journal.write(tx, replace(made, case_number=finding.case_number))
        return True


def _begin_of_day(at: datetime) -> datetime:
    return datetime.combine(day_in_china(at), time(), CHINA)
