"""What calls know of open objections: from memory, for their own record and fields alone, and a pseudonym is computed only where one is open."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerage.live_objections import LiveObjections
from brokerage.model import Concern, Objection, ObjectionState, ObjectionTarget
from brokerage.store import live_objections
from hub.db import Database
from hub.subject import Subject
from tests.brokerage.given import (
    AUTHORITY,
    CITIZEN,
    CIVIL,
    ENTRY,
    HOUSING,
    MONDAY,
    OTHER_CITIZEN,
    POLICE,
    TAX,
    UNCONDITIONAL,
    step,
    world_on,
    wrong_record,
)

FIELDS = ("name", "address")
SUBJECT, OTHER = Subject("cn-id", CITIZEN), Subject("cn-id", OTHER_CITIZEN)


def pseudonym(subject: Subject) -> bytes:
    return subject.id.encode()[-16:]


def an_objection(number: int, **changes: object) -> Objection:
    made = Objection.file(HOUSING, wrong_record(), Concern(POLICE.department, "cn-id", pseudonym(SUBJECT)), f"{number:026d}", MONDAY)
    return replace(made, **changes)  # type: ignore[arg-type]


class Stored(dict[str, Objection]):
    """Objections as a database has them, and the registry that follows."""

    def __init__(self) -> None:
        super().__init__()
        self.computed = 0
        self.live = LiveObjections(self.get, lambda: [one for one in self.values() if one.is_open and one.of_a_record], self._pseudonym)

    def put(self, one: Objection) -> None:
        self[one.id] = one
        self.live.reload("objections", one.id)

    def of(self, entry: str = ENTRY.name, subject: Subject | None = SUBJECT, fields: Iterator[str] | tuple[str, ...] = FIELDS) -> list[str]:
        return [one.id for one in self.live.of(entry, subject, fields)]

    def _pseudonym(self, subject: Subject) -> bytes:
        self.computed += 1
        return pseudonym(subject)


def test_who_never_had_an_open_objection_pays_for_none():
    stored = Stored()
    assert stored.of() == []
    stored.put(an_objection(1))
    assert stored.of(UNCONDITIONAL.name) == stored.of(subject=None) == []
    assert stored.computed == 0
    assert stored.of(subject=OTHER) == []
    assert stored.computed == 1
    stored.put(replace(stored["0" * 25 + "1"], state=ObjectionState.WITHDRAWN))
    assert stored.of() == []
    assert stored.computed == 1


def test_an_objection_that_stays_open_is_told_while_it_is_read_anew():
    stored = Stored()
    stored.put(an_objection(1))
    seen: list[int] = []

    def get(key: str) -> Objection | None:
        seen.append(len(live.of(ENTRY.name, SUBJECT, FIELDS)))  # what another call is told at this moment
        return stored.get(key)

    live = LiveObjections(get, stored.values, pseudonym)
    live.load_all()
    live.reload("objections", an_objection(1).id)
    assert seen == [1]
    assert len(live.of(ENTRY.name, SUBJECT, FIELDS)) == 1


def test_a_field_s_objection_concerns_who_gets_the_field():
    stored = Stored()
    stored.put(an_objection(2, target=ObjectionTarget.FIELD, field="address"))
    stored.put(an_objection(1, target=ObjectionTarget.FIELD, field="born"))
    stored.put(an_objection(3))
    assert stored.of() == [f"{2:026d}", f"{3:026d}"]
    assert stored.of(fields=("born",)) == [f"{1:026d}", f"{3:026d}"]


def test_the_name_is_for_the_parties_and_the_authority():
    stored = Stored()
    stored.put(an_objection(1))
    (one,) = stored.live.of(ENTRY.name, SUBJECT, FIELDS)
    assert {one.name_for(caller) for caller in (HOUSING, POLICE, AUTHORITY)} == {an_objection(1).name}
    assert {one.name_for(caller) for caller in (CIVIL, TAX)} == {""}


CHANGES = st.tuples(st.integers(0, 5), st.sampled_from(list(ObjectionState)), st.sampled_from([ENTRY.name, UNCONDITIONAL.name]), st.booleans())


@given(st.lists(CHANGES, max_size=30), st.booleans())
def test_however_objections_change_calls_see_those_that_are_open(changes: list[tuple[int, ObjectionState, str, bool]], anew: bool):  # noqa: FBT001
    stored = Stored()
    known: dict[int, tuple[str, bool]] = {}
    for number, state, drawn_entry, drawn_other in changes:
        entry, other = known.setdefault(number, (drawn_entry, drawn_other))  # what it is about does not change
        stored.put(an_objection(number, state=state, resource=entry, subject_pseudonym=pseudonym(OTHER if other else SUBJECT)))
    if anew:
        stored.live.load_all()
    for entry in (ENTRY.name, UNCONDITIONAL.name):
        for subject in (SUBJECT, OTHER):
            about = (entry, pseudonym(subject))
            expected = sorted(one.id for one in stored.values() if one.is_open and (one.resource, one.subject_pseudonym) == about)
            assert stored.of(entry, subject) == expected


def test_the_registry_follows_every_step_and_reads_the_same_at_the_start(database: Database):
    world = world_on(database)
    live = live_objections(database, world.log.pseudonym)

    def seen() -> list[int]:
        return [len(one.of(ENTRY.name, SUBJECT, FIELDS)) for one in (live, live_objections(database, world.log.pseudonym))]

    objection = world.actions.file_objection(step(CIVIL, ENTRY), wrong_record())
    assert seen() == [1, 1]
    objection = world.actions.verify_objection(step(POLICE, objection, officer="李强"))
    objection = world.actions.dismiss_objection(step(POLICE, objection, officer="李强"), "与档案一致")
    assert seen() == [0, 0]
    objection = world.actions.appeal_objection(step(CIVIL, objection, officer="王敏"), "档案有误")
    assert seen() == [1, 1]
    world.actions.uphold_objection(step(AUTHORITY, objection, officer="赵云", reason="处理得当"))
    assert seen() == [0, 0]


def test_an_objection_to_the_entry_marks_no_record(sqlite_database: Database):
    world = world_on(sqlite_database)
    live = live_objections(sqlite_database, world.log.pseudonym)
    world.actions.file_objection(step(CIVIL, ENTRY), wrong_record(target=ObjectionTarget.ENTRY, subject_key="", statement="有误"))
    assert live.of(ENTRY.name, SUBJECT, FIELDS) == ()
    live.reload("grants", "x")


@pytest.mark.parametrize("topic", ["grants", "objections"])
def test_what_is_not_there_is_nothing(topic: str):
    stored = Stored()
    stored.live.reload(topic, "x")
    assert stored.of() == []
