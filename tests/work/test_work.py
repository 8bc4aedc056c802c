"""Work follows what things wait for, in the transaction of what causes it; a department reads it by due time."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.access import Caller, Duty, Role
from hub.clock import StoppedClock
from hub.db import Database, Tx
from hub.desk import Notice, Thing, Waiting
from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError
from hub.ids import Ids
from hub.unit_of_work import Kit
from work.desk import WorkDesk
from work.listing import WorkActions
from work.model import POSTED, SETTLED, Told, Work, WorkEvent, next_look, stage, work_of
from work.pending import Pending
from work.store import EventStore, Filter, NoticeStore, WorkStore, forget_events, forget_notices, forget_work, token_of
from work.store.events import KEPT, KEPT_FOR_CURSORS

AT = datetime(2026, 11, 27, 1, 20, tzinfo=UTC)  # a Friday, 09:20 in China
CIVIL, POLICE, RULER = "116400000100831619", "11640000010083123X", "11640000MB1234567X"
THING = Thing("dataRequests/1", "居民基本信息申请")
STEP = "BrokerageService/ApproveDataRequest"


def waits(department: str = CIVIL, *, step: str = STEP, due: datetime | None = AT + timedelta(days=14), **said: Any) -> Waiting:
    return Waiting(step=step, department=department, due_time=due, **{"duties": (Duty.REQUESTS,), "article": "第二十条", **said})


@pytest.fixture
def heard() -> list[WorkEvent]:
    return []


@pytest.fixture
def desk(heard: list[WorkEvent]) -> WorkDesk:
    return WorkDesk(Ids(), (lambda _tx, event: heard.append(event),))


def follow(database: Database, desk: WorkDesk, *waiting: Waiting, thing: Thing = THING, at: datetime = AT) -> None:
    with database.begin() as tx:
        desk.follow(tx, thing, waiting, at)


def opened(database: Database, department: str = CIVIL) -> list[Work]:
    with database.read() as tx:
        return WorkStore(tx).page(Filter(department=department), None, 10_000)


def events(database: Database, department: str = CIVIL) -> list[WorkEvent]:
    with database.read() as tx:
        return EventStore(tx).behind(department, 0, 10_000)


class Unheard:
    """A journal that nobody reads."""

    def write(self, tx: Tx, change: object) -> Any:
        raise AssertionError(change)


def actions(database: Database, at: datetime = AT) -> WorkActions:
    return WorkActions(Kit(database, Unheard(), StoppedClock(at), Ids()), Pending(lambda _id: None, list))


def by(department: str = CIVIL, *roles: Role) -> Caller:
    return Caller(department, "main", frozenset(roles or (Role.MEMBER,)))


def test_what_a_thing_waits_for_is_posted_moved_and_settled(database, desk, heard):
    follow(database, desk, waits())
    (work,) = opened(database)
    assert (work.step, work.resource, work.title, work.duties, work.due_time) == (
        STEP,
        THING.name,
        THING.title,
        (Duty.REQUESTS,),
        AT + timedelta(days=14),
    )
    follow(database, desk, waits())
    assert len(heard) == 1, "nothing moved, so nothing is told"
    follow(database, desk, waits(due=AT + timedelta(days=20)), at=AT + timedelta(hours=1))
    (moved,) = opened(database)
    assert (moved.id, moved.since_time, moved.due_time) == (work.id, AT, AT + timedelta(days=20))
    follow(database, desk, waits(POLICE))
    assert not opened(database)
    assert len(opened(database, POLICE)) == 1
    follow(database, desk)
    assert not opened(database, POLICE)
    assert [(one.department, one.kind) for one in heard] == [(CIVIL, POSTED), (CIVIL, POSTED), (CIVIL, SETTLED), (POLICE, POSTED), (POLICE, SETTLED)]
    assert events(database) == [one for one in heard if one.department == CIVIL]
    assert [one.seq for one in events(database)] == [1, 2, 3]


def test_what_is_rolled_back_leaves_no_work_and_no_event(database, desk):
    follow(database, desk, waits())

    def change() -> None:
        with database.begin() as tx:
            desk.follow(tx, THING, (), AT)
            desk.tell(tx, THING, (Notice(kind="proposal_void", department=CIVIL, duties=()),), AT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()
    assert len(opened(database)) == 1
    assert len(events(database)) == 1
    follow(database, desk)
    assert [one.seq for one in events(database)] == [1, 2], "the number that was rolled back is given again: there is no gap"


def test_of_one_key_a_notice_is_told_once(database, desk, heard):
    note = Notice(kind="deadline_over", department=CIVIL, duties=(), key="k", facts={"step": STEP})
    for one in (note, note, Notice(kind="deadline_over", department=POLICE, duties=(), key="k")):
        with database.begin() as tx:
            desk.tell(tx, THING, (one,), AT)
    without = Notice(kind="proposal_void", department=CIVIL, duties=())
    for later in (1, 2):  # seconds: within one, an id tells nothing of which was told first
        with database.begin() as tx:
            desk.tell(tx, THING, (without,), AT + timedelta(seconds=later))
    assert [(one.department, one.about.kind) for one in heard] == [
        (CIVIL, "deadline_over"), (POLICE, "deadline_over"), (CIVIL, "proposal_void"), (CIVIL, "proposal_void"),
    ]  # fmt: skip
    found, token = actions(database).list_notices(by(), "", (), 2, "")
    assert [one.kind for one in found] == ["proposal_void", "proposal_void"]
    rest, end = actions(database).list_notices(by(), "", (), 2, token)
    assert ([one.kind for one in rest], end) == (["deadline_over"], "")
    assert rest[0].facts == {"step": STEP}


def test_a_page_is_in_the_order_of_due_times_and_what_has_none_comes_last(database, desk):
    for number, days in enumerate((None, 9, 3, 3, 30, -2)):
        due = None if days is None else AT + timedelta(days=days)
        follow(database, desk, waits(due=due), thing=Thing(f"dataRequests/{number}", "t"), at=AT + timedelta(seconds=number))
    follow(database, desk, waits(POLICE), thing=Thing("dataRequests/other", "t"))
    reading, token, seen = actions(database), "", list[str]()
    while True:
        found, token, total, over = reading.list_work(by(), Filter(department=CIVIL), 2, token)
        assert (total, over) == (6, 1)
        seen += [one.resource for one in found]
        if not token:
            break
    assert seen == [f"dataRequests/{number}" for number in (5, 2, 3, 1, 4, 0)]


def test_a_listing_is_narrowed_by_duty_due_time_and_thing(database, desk):
    for number, duty in enumerate((Duty.REQUESTS, Duty.SEALS, None)):
        concerned = waits(duties=(duty,) if duty else (), due=AT + timedelta(days=number))
        follow(database, desk, concerned, thing=Thing(f"seals/{number}", "t"))

    def found(**said: Any) -> list[str]:
        return [one.resource for one in actions(database).list_work(by(), Filter(department=CIVIL, **said), 0, "")[0]]

    assert found(duties=(Duty.SEALS,)) == ["seals/1", "seals/2"], "what is for nobody in particular is for everybody"
    assert found(due_before=AT + timedelta(days=1)) == ["seals/0"]
    assert found(resource="seals/1") == ["seals/1"]


def test_only_the_authority_sees_what_is_over_elsewhere_and_foreign_page_tokens_are_refused(database):
    with pytest.raises(NotAllowedError):
        actions(database).list_work(by(), Filter(escalated=True), 0, "")
    assert actions(database).list_work(by(RULER, Role.AUTHORITY), Filter(escalated=True), 0, "")[0] == []
    for token in ("???", "WzFd", "WyJ4IiwieSJd"):
        with pytest.raises(InvalidInputError):
            actions(database).list_work(by(), Filter(department=CIVIL), 0, token)


@pytest.mark.parametrize(
    ("due", "left"),
    [
        (datetime(2026, 11, 27, 15, 59, 59, tzinfo=UTC), 0),  # the same Friday
        (datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC), 1),  # Monday
        (datetime(2026, 12, 11, 15, 59, 59, tzinfo=UTC), 10),
        (datetime(2026, 11, 26, 15, 59, 59, tzinfo=UTC), -1),
        (datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC), -5),
        (None, None),
    ],
)
def test_days_that_are_left_are_working_days(due, left):
    assert work_of("1", THING, waits(due=due), AT - timedelta(days=30)).days_left(AT) == left


def test_the_stages_of_a_time_come_where_the_next_look_says():
    work = work_of("1", THING, waits(due=datetime(2026, 12, 11, 15, 59, 59, tzinfo=UTC)), AT)  # ten working days
    looks, stages = [], []
    while (look := next_look(work)) is not None:
        assert stage(work, look - timedelta(seconds=2)) == work.told, "a moment before, there is nothing new to tell"
        work = Work(**{name: getattr(work, name) for name in Work.__slots__ if name != "told"}, told=stage(work, look))
        looks.append(look)
        stages.append(work.told)
    assert stages == [Told.HALF, Told.DAY, Told.OVER]
    assert looks == [datetime(2026, 12, 3, 16, tzinfo=UTC), datetime(2026, 12, 9, 16, tzinfo=UTC), datetime(2026, 12, 11, 16, tzinfo=UTC)]


def test_numbers_are_in_the_order_of_commits_however_many_write(database, desk):
    """A reader that follows while many write sees each event once, and none behind its back."""
    writers, each, seen, ended = 4, 15, list[int](), threading.Event()

    def write(number: int) -> None:
        for turn in range(each):
            follow(database, desk, waits(), waits(POLICE), thing=Thing(f"dataRequests/{number}-{turn}", "t"))

    def read() -> None:
        while True:
            last = ended.is_set()
            with database.read() as tx:
                seen.extend(one.seq for one in EventStore(tx).behind(CIVIL, seen[-1] if seen else 0, 7))
            if last and len(seen) >= writers * each:
                return

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    reader = threading.Thread(target=read)
    for one in (reader, *threads):
        one.start()
    for one in threads:
        one.join()
    ended.set()
    reader.join(timeout=20)
    assert seen == list(range(1, writers * each + 1))


def test_a_cursor_goes_forward_alone_and_belongs_to_its_system(database, desk):
    for days in (1, 2, 3):
        follow(database, desk, waits(due=AT + timedelta(days=days)))
    reading, (first, _, third) = actions(database), events(database)
    assert reading.acknowledge(by(), third.token) == third.token
    assert reading.acknowledge(by(), first.token) == third.token
    with database.read() as tx:
        assert (EventStore(tx).cursor(CIVIL, "main"), EventStore(tx).cursor(CIVIL, "other")) == (3, 0)


def test_a_token_that_this_hub_did_not_give_this_department_is_refused(database, desk):
    follow(database, desk, waits(), waits(POLICE))
    reading, mine = actions(database), events(database)[0].token
    with database.read() as tx:
        ahead = token_of(tx, CIVIL, 9)
    for token in ("", "x", events(database, POLICE)[0].token, mine[:-2], ahead, "W10", "WzEsIjAwIl0"):
        with pytest.raises(InvalidInputError) as refused:
            reading.acknowledge(by(), token)
        assert (refused.value.reason, refused.value.field) == ("RESUME_TOKEN_FOREIGN", "token"), token


def test_old_events_go_but_none_that_a_living_cursor_has_not_passed(database, desk):
    for days in range(1, 5):
        follow(database, desk, waits(due=AT + timedelta(days=days)))
    tokens = [one.token for one in events(database)]
    actions(database).acknowledge(by(), tokens[1])
    late = AT + KEPT + timedelta(days=1)
    with database.begin() as tx:
        assert forget_events(tx, late, 1) == 1
        assert forget_events(tx, late, 500) == 1
        assert forget_events(tx, late, 500) == 0
        assert [one.seq for one in EventStore(tx).behind(CIVIL, 0, 10)] == [3, 4]
        bounds = EventStore(tx).bounds(CIVIL)
        bounds.check_kept(2, "resume_token")
        with pytest.raises(IllegalStateError):
            bounds.check_kept(1, "resume_token")
        assert forget_events(tx, AT + KEPT_FOR_CURSORS + timedelta(days=1), 500) == 2
        assert EventStore(tx).cursor(CIVIL, "main") == 0
    follow(database, desk, at=late)
    assert [one.seq for one in events(database)] == [5]


def test_work_that_was_settled_and_notices_are_forgotten_after_their_time(database, desk):
    follow(database, desk, waits())
    with database.begin() as tx:
        desk.tell(tx, THING, (Notice(kind="proposal_void", department=CIVIL, duties=()),), AT)
        assert forget_work(tx, AT + timedelta(days=900), 10) == 0, "what waits is kept"
    follow(database, desk)
    with database.begin() as tx:
        assert (forget_work(tx, AT + timedelta(days=89), 10), forget_work(tx, AT + timedelta(days=91), 10)) == (0, 1)
        assert (forget_notices(tx, AT + timedelta(days=364), 10), forget_notices(tx, AT + timedelta(days=366), 10)) == (0, 1)
        assert NoticeStore(tx).page(CIVIL, None, 10) == []
