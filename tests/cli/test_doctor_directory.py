"""Doctor names what an earlier release let into the directory and this one would not."""

import re
from datetime import timedelta

import pytest

from catalog.model import Entry, Source
from cli.doctor.directory import codes
from cli.doctor.result import CheckResult
from hub.db import Database
from tests.catalog.samples import POLICE, POLICEMAN, RULER, TITLES, TRADER, Room, a_business_entry, an_entry, step

CODE = "101001/900001"


@pytest.fixture
def room(database: Database, monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setattr("catalog.actions.refuse_second_code", lambda *_: None)  # as it was before
    return Room(database)


def _looked_at(room: Room) -> list[CheckResult]:
    with room.database.read() as tx:
        return list(codes(tx))


def _entry(title: str, code: str = CODE) -> Entry:
    return an_entry(title=title, resource_code=code, source=Source(""))


def test_two_entries_under_one_code_are_named_with_what_to_do_until_one_is_withdrawn(room: Room):
    first = room.published(_entry("甲库"))
    room.clock.advance(timedelta(seconds=1))
    second = room.submitted(_entry("乙库"))
    (found,) = _looked_at(room)
    assert not found.ok
    for text in (found.en, found.zh):
        assert all(word in text for word in (CODE, TITLES[POLICE], first.name, "甲库", second.name, "乙库"))
    assert "已发布" in found.zh
    assert not re.search("published|submitted", found.zh)
    assert f"shuniu entry return {second.id}" in found.mend
    room.actions.publish(step(RULER, second, officer="李明"))
    assert f"shuniu entry withdraw {second.id}" in _looked_at(room)[0].mend
    room.actions.withdraw(step(POLICEMAN, first, reason="重复", officer="王芳"))
    assert [one.ok for one in _looked_at(room)] == [True]


def test_one_code_of_two_departments_of_two_versions_and_of_a_draft_is_no_fault(room: Room):
    entry = room.published(_entry("甲库"))
    room.published(a_business_entry(resource_code=CODE), TRADER)
    room.drafted(_entry("草稿"))
    revised = room.actions.revise(step(POLICEMAN, entry, reason="改名"))
    room.actions.submit(step(POLICEMAN, revised, reason="改名", officer="王芳"))
    assert [one.ok for one in _looked_at(room)] == [True]


def test_of_many_codes_the_first_are_named_and_the_rest_counted(room: Room):
    for number in range(7):
        for title in ("甲库", "乙库"):
            room.published(_entry(title, f"101001/{number:06}"))
    found = _looked_at(room)
    assert [one.ok for one in found] == [False] * 6
    assert "2 more" in found[-1].en
    assert "2 个" in found[-1].zh
