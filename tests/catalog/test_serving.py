"""An entry compared with what its system serves: at submission, at publication and when asked."""

from dataclasses import replace

import pytest

from audit.store import RecordStore, log_size
from catalog.actions import MOST_CHECKS
from catalog.comparer import FRESH
from catalog.model import Entry, EntryState
from catalog.serving import Description, check_entry_served
from catalog.store import DescriptionStore
from hub.db import Database
from hub.errors import IllegalStateError, InvalidInputError, LimitError, NotAllowedError, NotFoundError
from hub.status import status_of
from shuniu.provider.comparison import ServedColumn, ServedResource
from tests.catalog.samples import NOW, POLICE, POLICEMAN, RULER, TRADER, Room, a_business_entry, an_entry, step

COLUMNS = (
    ServedColumn("id_number", "string", 18, nullable=False),
    ServedColumn("name", "string", 50, nullable=False),
    ServedColumn("birth_date", "date"),
    ServedColumn("income", "decimal"),
)
AS_WRITTEN = ServedResource("residents", "id_number", COLUMNS)
WITHOUT_NAME = replace(AS_WRITTEN, columns=(COLUMNS[0], *COLUMNS[2:]))
LONGER = replace(AS_WRITTEN, columns=(COLUMNS[0], replace(COLUMNS[1], length=100), *COLUMNS[2:]))
SYSTEM = (POLICE, "register")


@pytest.fixture
def room(sqlite_database: Database) -> Room:
    return Room(sqlite_database)


def submit(room: Room, entry: Entry) -> Entry:
    return room.actions.submit(step(POLICEMAN, entry, reason="新增", officer="王芳"))


def publish(room: Room, entry: Entry) -> Entry:
    return room.actions.publish(step(RULER, entry, officer="李明"))


def codes(room: Room, entry: Entry) -> str:
    return room.actions.compared(entry).codes


def logged(room: Room) -> str:
    """What the newest record says was found."""
    with room.database.read() as tx:
        return RecordStore(tx, room.log.memory).get(log_size(tx) - 1)[0].detail.get("findings", "")


def test_an_entry_that_is_served_as_it_says_passes_without_a_finding(room: Room):
    room.served[SYSTEM] = (AS_WRITTEN,)
    entry = submit(room, room.drafted())
    assert (codes(room, entry), logged(room)) == ("", "")
    assert publish(room, entry).state is EntryState.PUBLISHED
    assert room.asked == [SYSTEM, SYSTEM]


@pytest.mark.parametrize(
    ("served", "code"),
    [
        ((), "RESOURCE_NOT_SERVED"),
        ((replace(AS_WRITTEN, name="others"),), "RESOURCE_NOT_SERVED"),
        ((WITHOUT_NAME,), "COLUMN_MISSING"),
        ((replace(AS_WRITTEN, key="name"),), "OTHER_KEY"),
        ((replace(AS_WRITTEN, columns=(*COLUMNS[:3], ServedColumn("income", "double"))),), "OTHER_TYPE"),
    ],
    ids=["nothing", "another resource", "no such column", "another key", "another type"],
)
def test_an_entry_that_its_system_contradicts_is_refused_at_submission_and_at_publication(room: Room, served, code):
    draft = room.drafted()
    room.served[SYSTEM] = served
    with pytest.raises(IllegalStateError) as refused:
        submit(room, draft)
    error = refused.value
    assert (error.reason, error.facts["differences"]) == ("ENTRY_NOT_AS_SERVED", code)
    assert error.violations[0].type == code
    assert error.violations[0].subject.startswith(draft.name)
    assert error.violations[0].description[:40] in error.message
    room.served[SYSTEM] = (AS_WRITTEN,)
    submitted = submit(room, draft)
    room.served[SYSTEM] = served
    with pytest.raises(IllegalStateError) as again:
        publish(room, submitted)
    assert again.value.reason == "ENTRY_NOT_AS_SERVED"
    assert room.actions.get(RULER, draft.name).state is EntryState.SUBMITTED


def test_a_difference_that_only_should_be_known_is_told_and_logged_by_its_code(room: Room):
    room.served[SYSTEM] = (LONGER,)
    entry = submit(room, room.drafted())
    assert (codes(room, entry), logged(room)) == ("COLUMN_LONGER", "COLUMN_LONGER")
    assert codes(room, publish(room, entry)) == logged(room) == "COLUMN_LONGER"


def test_a_system_that_never_described_itself_is_a_finding_and_no_refusal(room: Room):
    entry = submit(room, room.drafted())
    assert codes(room, entry) == logged(room) == "NOT_DESCRIBED"
    assert publish(room, entry).state is EntryState.PUBLISHED


def test_what_a_system_said_last_counts_while_it_is_away(room: Room):
    room.served[SYSTEM] = (WITHOUT_NAME,)
    draft = room.drafted()
    room.actions.check(POLICEMAN, draft.name)
    room.served.clear()
    with pytest.raises(IllegalStateError):
        submit(room, draft)
    (check,) = room.actions.check(POLICEMAN, draft.name)
    assert (check.describe_time, check.codes) == (NOW, "COLUMN_MISSING")


def test_an_entry_that_no_system_serves_is_compared_with_nothing(room: Room):
    entry = submit(room, room.drafted(an_entry(serving_system="", serving_resource="")))
    assert (codes(room, entry), room.asked) == ("", [])


def test_nobody_makes_the_hub_ask_a_system_by_a_step_that_he_may_not_take(room: Room):
    entry = room.submitted()
    room.asked.clear()
    for refused in (
        lambda: room.actions.submit(step(TRADER, entry, reason="新增", officer="王芳")),
        lambda: room.actions.publish(step(POLICEMAN, entry, officer="王芳")),
        lambda: room.actions.check(TRADER, entry.name),
    ):
        with pytest.raises((NotFoundError, NotAllowedError)):
            refused()
    room.actions.publish(step(RULER, entry, officer="李明"))
    room.asked.clear()
    with pytest.raises(NotAllowedError):
        room.actions.check(TRADER, entry.name)
    assert room.asked == []


def test_check_looks_at_the_version_in_preparation_else_at_the_one_in_force_or_the_one_named(room: Room):
    room.served[SYSTEM] = (AS_WRITTEN,)
    entry = room.published()
    assert [one.version for one in room.actions.check(POLICEMAN, entry.name)] == [1]
    room.actions.revise(step(POLICEMAN, entry, reason="改名"))
    assert [one.version for one in room.actions.check(POLICEMAN, entry.name)] == [2]
    assert [one.version for one in room.actions.check(RULER, entry.name, 1)] == [1]
    with pytest.raises(NotFoundError):
        room.actions.check(POLICEMAN, entry.name, 9)
    with pytest.raises(InvalidInputError):
        room.actions.check(POLICEMAN, "", 1)


def test_without_a_name_all_that_the_caller_s_own_system_serves_is_checked(room: Room):
    first, other = room.published(), room.published(a_business_entry(), TRADER)
    room.drafted(an_entry(title="人口二", resource_code="101001/000002"))
    room.served[SYSTEM] = (WITHOUT_NAME,)
    room.asked.clear()
    checks = room.actions.check(POLICEMAN, "")
    assert [(one.entry, one.codes) for one in checks] == [(first.name, "COLUMN_MISSING")]
    assert room.asked == [SYSTEM]
    assert [one.entry for one in room.actions.check(TRADER, "")] == [other.name]
    assert room.actions.check(replace(POLICEMAN, system="another"), "") == ()


def test_more_than_an_answer_can_hold_is_refused_and_never_cut(room: Room, monkeypatch: pytest.MonkeyPatch):
    room.published()
    room.published(an_entry(title="人口二", resource_code="101001/000002", source=replace(an_entry().source, record_term="")))
    for name in ("MOST_CHECKS", "MOST_FINDINGS"):
        with monkeypatch.context() as patch:
            patch.setattr(f"catalog.actions.{name}", 1)
            with pytest.raises(LimitError) as refused:
                room.actions.check(POLICEMAN, "")
            assert refused.value.reason == "CHECKS_TOO_MANY"
    assert MOST_CHECKS > 1


def test_a_description_is_kept_as_it_was_and_replaced_by_the_next(room: Room):
    room.served[SYSTEM] = (AS_WRITTEN, replace(LONGER, name="户籍"))
    draft = room.drafted()
    room.actions.check(POLICEMAN, draft.name)
    with room.database.read() as tx:
        kept = DescriptionStore(tx).get(*SYSTEM)
    assert kept is not None
    assert (kept.resources, kept.at) == (room.served[SYSTEM], NOW)
    room.clock.advance(FRESH / 2)
    room.actions.check(POLICEMAN, draft.name)
    with room.database.read() as tx:
        assert DescriptionStore(tx).get(*SYSTEM) == kept  # the same a moment later is not written again
    room.clock.advance(FRESH)
    room.actions.check(POLICEMAN, draft.name)
    with room.database.read() as tx:
        assert (DescriptionStore(tx).get(*SYSTEM) or kept).at > NOW
    room.served[SYSTEM] = ()
    room.actions.check(POLICEMAN, draft.name)
    with room.database.read() as tx:
        assert (DescriptionStore(tx).get(*SYSTEM) or kept).resources == ()
        assert DescriptionStore(tx).get(POLICE, "another") is None


def test_an_entry_with_hundreds_of_differences_is_refused_in_words_that_fit_into_trailers(room: Room):
    fields = tuple(replace(an_entry().fields[1], name=f"field_{number:057d}") for number in range(200))
    entry = an_entry(id="0" * 26, fields=(an_entry().fields[0], *fields))
    check = check_entry_served(entry, Description(POLICE, "register", (replace(AS_WRITTEN, name="residents"),), NOW))
    with pytest.raises(IllegalStateError) as refused:
        check.refuse_contradictions("register")
    assert "and 195 more" in refused.value.message
    assert "另有195处" in refused.value.zh
    status = status_of(refused.value)
    # gRPC's metadata limit is 8 KiB: the details in base64, the message with each byte in three
    assert len(status.SerializeToString()) * 4 / 3 + len(status.message.encode()) * 3 < 8 * 1024
