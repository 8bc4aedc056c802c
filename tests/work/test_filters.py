"""What is listed by duty, time or thing is what fits, in order, and costs no more where much waits that does not fit."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import insert

from hub.access import Duty
from hub.db import Database, Tx
from hub.desk import Thing, Waiting
from hub.ids import Ids
from tests.work.test_work import AT, CIVIL, POLICE
from work.model import Proposal, ProposalState, ToldNotice, Work, work_of
from work.store import Filter, NoticeStore, ProposalStore, WorkStore
from work.store.rows import notice_to, work_to
from work.store.work_tables import notices, work

TEXTS = [(), (Duty.REQUESTS,), (Duty.SEALS,), (Duty.DIRECTORY, Duty.LEAD), (Duty.REQUESTS, Duty.LEAD), (Duty.CORRECTIONS,)]
ASKED = [(), (Duty.REQUESTS,), (Duty.LEAD,), (Duty.SEALS, Duty.REQUESTS), (Duty.AUDIT,), tuple(Duty)]


def a_work(number: int, *, department: str = CIVIL, duties: tuple[Duty, ...] = (), hours: int | None = None, **said: Any) -> Work:
    waiting = Waiting(step="TestService/Do", department=department, duties=duties, due_time=None if hours is None else AT + timedelta(hours=hours))
    return replace(work_of(Ids().new(AT), Thing(f"things/{number}", "t"), waiting, AT), **said)


def a_notice(number: int, *, department: str = CIVIL, duties: tuple[Duty, ...] = (), resource: str = "") -> ToldNotice:
    return ToldNotice(
        id=Ids().new(AT + timedelta(seconds=number)),
        department=department,
        kind="k",
        resource=resource or f"things/{number}",
        title="t",
        duties=duties,
        time=AT,
    )


def keep(database: Database, *things: Work | ToldNotice) -> None:
    with database.begin() as tx:
        for table, rows in (
            (work, [work_to(one) for one in things if isinstance(one, Work)]),
            (notices, [notice_to(one, one.id) for one in things if isinstance(one, ToldNotice)]),
        ):
            if rows:
                tx.execute(insert(table), rows)


def is_for(thing: Work | ToldNotice, duties: tuple[Duty, ...]) -> bool:
    return not duties or not thing.duties or bool(set(duties) & set(thing.duties))


def fits(one: Work, wanted: Filter) -> bool:
    return (
        one.settle_time is None
        and (not wanted.department or one.department == wanted.department)
        and (not wanted.escalated or one.escalated)
        and (wanted.due_before is None or one.order_time < wanted.due_before)
        and (not wanted.resource or one.resource == wanted.resource)
        and is_for(one, wanted.duties)
    )


def test_every_filter_finds_just_what_fits_page_by_page_and_counts_it(database: Database):
    dice = random.Random(12)  # noqa: S311 - repeatable
    every = [
        a_work(
            number % 90,
            department=dice.choice([CIVIL, POLICE]),
            duties=dice.choice(TEXTS),
            hours=dice.choice([None, 1, 2, 3, 40, -5]),
            escalated=dice.random() < 0.3,
            settle_time=dice.choice([None, None, None, AT]),
        )
        for number in range(400)
    ]
    keep(database, *every)
    scopes: list[dict[str, Any]] = [{"department": CIVIL}, {"department": POLICE}, {"escalated": True}]
    for scope, duties, due, resource in product(scopes, ASKED, (None, AT + timedelta(hours=2)), ("", "things/7")):
        wanted = Filter(**scope, duties=duties, due_before=due, resource=resource)
        expected = sorted((one for one in every if fits(one, wanted)), key=lambda one: (one.order_time, one.id))
        with database.read() as tx:
            store = WorkStore(tx)
            assert list(every_page(store, wanted)) == expected
            assert store.count(wanted) == len(expected)
            over = AT + timedelta(hours=3)
            assert store.count(wanted, over) == sum(one.order_time < over for one in expected)


def every_page(store: WorkStore, wanted: Filter) -> Iterator[Work]:
    place = None
    while found := store.page(wanted, place, 7):
        yield from found
        place = (found[-1].order_time, found[-1].id)


def test_notices_by_duty_and_thing_are_just_those_that_fit_newest_first(database: Database):
    dice = random.Random(13)  # noqa: S311 - repeatable
    resources = ["things/1", "things/2"]
    every = [
        a_notice(number, department=dice.choice([CIVIL, POLICE]), duties=dice.choice(TEXTS), resource=dice.choice(resources)) for number in range(200)
    ]
    keep(database, *every)
    for duties, resource in product(ASKED, ["", *resources]):
        fitting = [one for one in every if one.department == CIVIL and is_for(one, duties) and resource in {"", one.resource}]
        expected, found, before = sorted(fitting, key=lambda one: one.id, reverse=True), list[ToldNotice](), None
        with database.read() as tx:
            while page := NoticeStore(tx).page(CIVIL, before, 7, resource, duties):
                found += page
                before = page[-1].id
        assert found == expected


def steps(database: Database, read: Callable[[Tx], object]) -> int:
    """Return how many steps SQLite's own machine takes; they are the same on every machine, busy or not."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    with database.read() as tx:
        driver: Any = tx.connection.connection.dbapi_connection
        driver.set_progress_handler(count, 1)
        try:
            read(tx)
        finally:
            driver.set_progress_handler(None, 0)
    return taken


RARE, COMMON = (Duty.SEALS,), (Duty.REQUESTS,)
READS: dict[str, Callable[[Tx], object]] = {
    "a duty": lambda tx: WorkStore(tx).page(Filter(department=CIVIL, duties=RARE), None, 51),
    "a duty, counted": lambda tx: WorkStore(tx).count(Filter(department=CIVIL, duties=RARE)),
    "a duty, over": lambda tx: WorkStore(tx).count(Filter(department=CIVIL, duties=RARE), AT),
    "a duty that is over, counted": lambda tx: WorkStore(tx).count(Filter(department=CIVIL, duties=RARE, due_before=AT + timedelta(hours=900)), AT),
    "a duty, further on": lambda tx: WorkStore(tx).page(Filter(department=CIVIL, duties=RARE), (AT + timedelta(hours=400), ""), 51),
    "all duties": lambda tx: WorkStore(tx).page(Filter(department=CIVIL, duties=tuple(Duty)), None, 51),
    "all": lambda tx: WorkStore(tx).page(Filter(department=CIVIL), None, 51),
    "what is over": lambda tx: WorkStore(tx).page(Filter(department=CIVIL, due_before=AT - timedelta(hours=1)), None, 51),
    "a thing": lambda tx: WorkStore(tx).page(Filter(department=CIVIL, resource="things/5"), None, 51),
    "a thing and a duty": lambda tx: WorkStore(tx).page(Filter(department=CIVIL, resource="things/5", duties=RARE), None, 51),
    "a thing and a common duty": lambda tx: WorkStore(tx).page(Filter(department=CIVIL, resource="things/5", duties=COMMON), None, 51),
    "a thing, counted": lambda tx: WorkStore(tx).count(Filter(department=CIVIL, resource="things/5")),
    "what is escalated": lambda tx: WorkStore(tx).page(Filter(escalated=True), None, 51),
    "what is escalated, a duty": lambda tx: WorkStore(tx).page(Filter(escalated=True, duties=RARE), None, 51),
    "what is escalated, a thing": lambda tx: WorkStore(tx).page(Filter(escalated=True, resource="things/5"), None, 51),
    "notices": lambda tx: NoticeStore(tx).page(CIVIL, None, 11),
    "notices for a duty": lambda tx: NoticeStore(tx).page(CIVIL, None, 11, "", RARE),
    "notices about a thing": lambda tx: NoticeStore(tx).page(CIVIL, None, 11, "things/5"),
    "notices about a thing, a common duty": lambda tx: NoticeStore(tx).page(CIVIL, None, 11, "things/5", COMMON),
    "notices about a thing, a duty": lambda tx: NoticeStore(tx).page(CIVIL, None, 11, "things/5", RARE),
    "proposals that ended": lambda tx: ProposalStore(tx).overdue(AT, 100),
}


def fill(database: Database, first: int, count: int) -> None:
    """Let much wait, be told and have been decided, all of it for one duty."""
    keep(database, *(a_work(number, duties=COMMON, hours=number % 500 - 250, escalated=True) for number in range(first, first + count)))
    keep(database, *(a_notice(number, duties=COMMON) for number in range(first, first + count)))
    with database.begin() as tx:
        for number in range(first, first + count // 10):
            ProposalStore(tx).insert(a_proposal(ProposalState.CONFIRMED if number % 2 else ProposalState.PROPOSED))


def a_proposal(state: ProposalState) -> Proposal:
    said: dict[str, Any] = {"method": "/m", "resource": "r", "title": "t", "proposer": "W", "system": "s", "request": b"", "article": "a"}
    return Proposal(id=Ids().new(AT), state=state, department=CIVIL, duties=(), create_time=AT, expire_time=AT + timedelta(days=1), **said)


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, int]]:
    """Return what each read costs among a few hundred pieces of work, and among ten times as many."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('work') / 'shuniu.db'}")
    database.create_tables()
    keep(database, *(a_work(1_000_000 + number, duties=RARE, hours=number - 1) for number in range(3)))
    found = []
    for first, count in ((0, 600), (600, 5_400)):
        fill(database, first, count)
        found.append({name: steps(database, read) for name, read in READS.items()})
    database.close()
    return {name: (found[0][name], found[1][name]) for name in READS}


@pytest.mark.parametrize("name", READS)
def test_what_does_not_fit_costs_nothing(costs: dict[str, tuple[int, int]], name: str):
    few, many = costs[name]
    assert many < few * 1.3 + 200, f"{few} steps among 600, {many} among 6,000"
