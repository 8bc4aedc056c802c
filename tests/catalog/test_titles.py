"""A department that is renamed: its entries bear the new name and are found by it; what was signed stays as it was signed."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from catalog.export import Format
from catalog.finding import Criteria
from catalog.model import Entry, EntryState
from catalog.store import EntryStore, index_provider, rebuild_search_index
from certs.store import DepartmentStore
from hub.access import ANYBODY, Caller
from hub.db import Database
from hub.resource import etag_of
from hub.unit_of_work import Step
from tests.catalog.samples import POLICE, POLICEMAN, RULER, TITLES, TRADER, Room, a_business_entry, an_entry

NEW, SHORT = "宁夏回族自治区公安与应急厅", "安急厅"


@pytest.fixture
def room(database: Database) -> Room:
    return Room(database)


def rename(room: Room, title: str = NEW, short_title: str = SHORT) -> None:
    """Rename the police, as UpdateDepartment does."""
    with room.database.begin() as tx:
        before = DepartmentStore(tx).get(POLICE)
        after = before.update(RULER, {"title": title, "short_title": short_title}, "机构改革")
        index_provider(tx, after)
        DepartmentStore(tx).replace(before, after)


def a_step(entry: Entry, by: Caller = POLICEMAN) -> Step:
    return Step(caller=by, name=entry.name, etag=etag_of(entry.revision), officer="GA-1", reason="更正")


def published(room: Room, content: Entry | None = None, by: Caller = POLICEMAN) -> Entry:
    return room.actions.publish(a_step(room.submitted(content, by), RULER))


def hits(room: Room, query: str) -> list[str]:
    return [hit.entry.name for hit in room.actions.search(Criteria(query)).hits]


def test_what_lives_bears_the_new_name_at_every_door(room: Room):
    entry, draft = published(room), room.drafted(an_entry(resource_code="101001/000009", source=an_entry().source))
    rename(room)
    doors = [
        room.actions.get(ANYBODY, entry.name),
        *room.actions.versions(ANYBODY, entry.name),
        room.actions.get(POLICEMAN, draft.name),
        *room.actions.list_entries(RULER)[0],
        *(hit.entry for hit in room.actions.search(Criteria("常住人口")).hits),
    ]
    assert [one.provider_title for one in doors] == [NEW] * 6
    for form in Format:
        assert NEW in b"".join(room.actions.export(form).result(60).pieces()).decode()


def test_an_export_is_written_anew_after_a_new_name_and_not_without(room: Room):
    published(room)
    first = room.actions.export(Format.TURTLE).result(60)
    assert room.actions.export(Format.TURTLE).result(60) is first
    rename(room)
    assert room.actions.export(Format.TURTLE).result(60) is not first


def test_it_is_found_by_its_new_name_its_short_name_and_the_one_of_its_publication(room: Room):
    entry, other = published(room), published(room, a_business_entry(), TRADER)
    assert hits(room, "应急厅") == hits(room, SHORT) == []
    rename(room)
    for query in (NEW, "应急厅", SHORT, TITLES[POLICE], f"{SHORT} 户籍"):
        assert hits(room, query) == [entry.name], query
    rename(room, "宁夏回族自治区警务厅", "")
    assert hits(room, SHORT) == []
    assert hits(room, "警务厅") == [entry.name]
    assert other.name in hits(room, "市场监督管理厅")


def test_a_new_version_is_found_by_the_name_of_its_day_and_so_is_what_a_migration_indexes(room: Room):
    rename(room)
    entry = published(room)
    assert entry.provider_title == NEW
    assert hits(room, SHORT) == [entry.name]
    with room.database.begin() as tx:
        tx.execute(text("DELETE FROM entry_words"))
        rebuild_search_index(tx.connection)
    assert hits(room, SHORT) == hits(room, "应急厅") == [entry.name]


def test_what_was_signed_and_what_has_ended_keep_the_name_of_their_time(room: Room):
    entry = published(room)
    with room.database.read() as tx:
        before = EntryStore(tx).digests_to_sign()
    rename(room)
    with room.database.read() as tx:
        assert EntryStore(tx).digests_to_sign() == before
    draft = room.actions.revise(a_step(entry))
    submitted = room.actions.submit(replace(a_step(draft), reason="更正"))
    assert draft.provider_title == submitted.provider_title == NEW
    newest = room.actions.publish(a_step(submitted, RULER))
    told = {one.state: one.provider_title for one in room.actions.versions(ANYBODY, entry.name)}
    assert told == {EntryState.PUBLISHED: NEW, EntryState.SUPERSEDED: TITLES[POLICE]}
    assert newest.provider_title == NEW
