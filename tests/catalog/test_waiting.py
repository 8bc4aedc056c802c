"""Whose step each version of an entry waits for in each of its states, and who hears of a publication or a withdrawal."""

from datetime import timedelta

import pytest

from catalog.model import ENTRY_PROCEDURE, ENTRY_TURNS, EntryState
from hub.access import ACCESS, Duty
from hub.db import Database
from hub.desk import AUTHORITY as THE_AUTHORITY
from tests.catalog.samples import MARKET, NOW, POLICE, POLICEMAN, RULER, Room, an_entry, step
from tests.recording_desk import RecordingDesk

REVIEW = (THE_AUTHORITY, "CatalogService/PublishEntry")
MEND = (POLICE, "CatalogService/SubmitEntry")


class Desk(RecordingDesk):
    """One desk and the room in front of it."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.room = Room(database, self, consumers=(MARKET,))


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_every_state_says_which_step_it_waits_for_and_one_that_leads_on_is_a_duty_s():
    assert set(ENTRY_TURNS) == set(ENTRY_PROCEDURE.states)
    assert {state for state, turn in ENTRY_TURNS.items() if turn} == {EntryState.DRAFT, EntryState.SUBMITTED}
    for turn in filter(None, ENTRY_TURNS.values()):
        assert ACCESS[f"/shuniu.v1.{turn}"].duties <= {Duty.RULE, Duty.DIRECTORY}


def test_a_first_draft_waits_for_nobody_and_what_is_submitted_for_the_authority_s_review(desk: Desk):
    draft = desk.room.drafted()
    assert desk.of(draft) == set()
    entry = desk.room.actions.submit(step(POLICEMAN, draft, reason="新增", officer="王芳"))
    (wait,) = desk.waiting[entry.name]
    assert ((wait.department, wait.step), wait.duties, wait.limit) == (REVIEW, (Duty.RULE,), "directory-review")
    assert wait.due_time
    assert wait.due_time.date() == (NOW + timedelta(days=2)).date()
    assert wait.article.endswith("第十七条")
    assert desk.titles[entry.name] == entry.title


def test_what_is_sent_back_waits_for_its_provider_until_it_is_submitted_again(desk: Desk):
    room = desk.room
    back = room.actions.send_back(step(RULER, room.submitted(), reason="请补充", officer="李明"))
    assert desk.of(back) == {MEND}
    assert desk.take() == [(POLICE, "entry_returned")]
    back = room.actions.update(step(POLICEMAN, back), 0, an_entry(abstract="公安机关登记的常住人口。"))
    assert desk.of(back) == {MEND}
    again = room.actions.submit(step(POLICEMAN, back, reason="已补充", officer="王芳"))
    assert desk.of(again) == {REVIEW}


def test_what_is_published_waits_for_nobody_and_its_provider_hears_of_it(desk: Desk):
    published = desk.room.published()
    assert desk.of(published) == set()
    assert desk.take() == [(POLICE, "entry_published")]


def test_a_new_version_is_told_to_whoever_uses_the_entry_and_what_is_in_force_leaves_its_work_alone(desk: Desk):
    room = desk.room
    revision = room.actions.revise(step(POLICEMAN, room.published(), reason="增加字段", officer="王芳"))
    assert desk.of(revision) == {MEND}
    submitted = room.actions.submit(step(POLICEMAN, revision, reason="增加字段", officer="王芳"))
    desk.take()
    room.actions.publish(step(RULER, submitted, officer="李明"))
    assert desk.of(submitted) == set()
    assert desk.take() == [(MARKET, "entry_changed"), (POLICE, "entry_published")]


def test_a_withdrawal_is_told_and_a_version_in_preparation_still_waits(desk: Desk):
    room = desk.room
    published = room.published()
    revision = room.actions.revise(step(POLICEMAN, published, reason="增加字段", officer="王芳"))
    desk.take()
    room.actions.withdraw(step(RULER, published, reason="系统停用", officer="李明"))
    assert desk.of(revision) == {MEND}
    assert desk.take() == [(MARKET, "entry_withdrawn"), (POLICE, "entry_withdrawn")]


def test_a_review_that_is_late_still_waits_for_the_authority(desk: Desk):
    entry = desk.room.submitted()
    (due,) = [one.due_time for one in desk.waiting[entry.name]]
    before = desk.followed
    assert len(desk.room.actions.reviews.sweep(NOW + timedelta(days=3))) == 1
    assert desk.followed == before + 1
    assert desk.of(entry) == {REVIEW}
    assert [one.due_time for one in desk.waiting[entry.name]] == [due]


def test_what_waited_before_anybody_kept_work_is_posted_once_and_again_changes_nothing(database: Database):
    former = Room(database)
    first = former.drafted(an_entry(resource_code="101001/000009"))
    submitted = former.submitted()
    desk = RecordingDesk()
    reviews = Room.upgraded(former, desk).reviews
    for _ in range(2):
        assert sum(reviews.backfill(NOW)) == 2
        assert set(desk.waiting) == {submitted.name}
        assert desk.of(submitted) == {REVIEW}
    assert desk.of(first) == set()


def test_nothing_on_the_desk_names_an_officer(desk: Desk):
    room = desk.room
    room.actions.send_back(step(RULER, room.submitted(), reason="请李明补充", officer="李明"))
    assert "李明" not in repr((desk.waiting, desk.titles, desk.told))
