"""An entry stays inside its provider's region and is not above its level, at each step that writes or judges it."""

from dataclasses import replace

import pytest

from catalog.model import Entry, EntryState, Level, check_reach
from catalog.store import EntryStore
from certs.model import Department, Registration
from certs.store import DepartmentStore
from hub.access import Caller, Role
from hub.db import Database
from hub.errors import InvalidInputError
from hub.resource import etag_of
from hub.unit_of_work import Step
from shuniu.identifiers.uscc import build
from tests.catalog.samples import MARKET, NOW, POLICE, RULER, TITLES, Room, an_entry

COUNTY = build("11", "640122", "00401009")
CLERK = Caller(COUNTY, "register", frozenset({Role.MEMBER}), "9")
ABOVE, OUTSIDE = "ENTRY_ABOVE_PROVIDER", "ENTRY_OUTSIDE_REGION"


def a_provider(region: str, level: Level | None) -> Department:
    return Department(POLICE, "某局", "", region, NOW, level, revision=1)


@pytest.mark.parametrize(
    ("own", "entry", "reasons"),
    [
        (("640000", Level.PROVINCE), ("640000", Level.PROVINCE), set()),
        (("640000", Level.PROVINCE), ("640122", Level.COUNTY), set()),
        (("640000", Level.PROVINCE), ("620000", Level.PROVINCE), {OUTSIDE}),
        (("640100", Level.CITY), ("640100", Level.CITY), set()),
        (("640100", Level.CITY), ("640122", Level.COUNTY), set()),
        (("640100", Level.CITY), ("640100", Level.PROVINCE), {ABOVE}),
        (("640100", Level.CITY), ("640200", Level.CITY), {OUTSIDE}),
        (("640100", Level.CITY), ("640000", Level.PROVINCE), {ABOVE, OUTSIDE}),
        (("640122", Level.COUNTY), ("640122", Level.COUNTY), set()),
        (("640122", Level.COUNTY), ("640122", Level.CITY), {ABOVE}),
        (("640122", Level.COUNTY), ("640121", Level.COUNTY), {OUTSIDE}),
        # 直辖市: a district's code is a county's, its bureau is a city's where the authority says so
        (("110101", Level.CITY), ("110101", Level.CITY), set()),
        (("110101", Level.CITY), ("110102", Level.CITY), {OUTSIDE}),
        # registered by an earlier release: nobody has said its level, so it has its whole province
        (("640122", None), ("640000", Level.PROVINCE), set()),
        (("640122", None), ("620000", Level.PROVINCE), {OUTSIDE}),
        (("", None), ("640000", Level.PROVINCE), set()),
    ],
)
def test_the_reach_of_a_provider(own: tuple[str, Level | None], entry: tuple[str, Level], reasons: set[str]):
    try:
        check_reach(an_entry(region=entry[0], level=entry[1]), a_provider(*own))
        found = set[str]()
    except InvalidInputError as refused:
        found = {one.reason for one in refused.faults or (refused,)}
    assert found == reasons


@pytest.fixture
def room(database: Database) -> Room:
    room = Room(database)
    with database.begin() as tx:
        DepartmentStore(tx).insert(Registration(COUNTY, "永宁县公安局", "县公安局", "640122").department(NOW))
    return room


def ours(**changed: object) -> Entry:
    return an_entry(**{"provider": COUNTY, "region": "640122", "level": Level.COUNTY, **changed})


def reason(act: object) -> str:
    with pytest.raises(InvalidInputError) as refused:
        act()  # type: ignore[operator]
    assert refused.value.zh
    return refused.value.reason


def a_step(entry: Entry, by: Caller = CLERK) -> Step:
    return Step(caller=by, name=entry.name, etag=etag_of(entry.revision), officer="GA-1", reason="首次编目")


def kept_beyond(room: Room, entry: Entry) -> Entry:
    """Put a version into the directory that today's rule would refuse, as an earlier release let it in."""
    beyond = replace(entry, region="640000", level=Level.PROVINCE, revision=entry.revision + 1)
    with room.database.begin() as tx:
        EntryStore(tx).replace(entry, beyond)
    return beyond


def test_what_reaches_beyond_is_neither_drafted_nor_written(room: Room):
    beyond = ours(level=Level.CITY)
    assert reason(lambda: room.drafted(beyond, CLERK)) == ABOVE
    assert reason(lambda: room.actions.validate(Step(caller=CLERK), beyond)) == ABOVE
    assert reason(lambda: room.drafted(ours(region="640121"), RULER)) == OUTSIDE
    draft = room.drafted(ours(), CLERK)
    assert reason(lambda: room.actions.update(a_step(draft), 0, ours(region="640100", level=Level.CITY))) == "SEVERAL_FAULTS"
    assert room.actions.get(CLERK, draft.name) == draft


def test_what_an_earlier_release_let_in_is_told_at_its_submission_and_its_publication(room: Room):
    draft = kept_beyond(room, room.drafted(ours(), CLERK))
    assert reason(lambda: room.actions.submit(a_step(draft))) == "SEVERAL_FAULTS"
    submitted = kept_beyond(room, room.submitted(ours(resource_code="101001/000002"), CLERK))
    assert reason(lambda: room.actions.publish(a_step(submitted, RULER))) == "SEVERAL_FAULTS"


def test_what_was_published_stays_and_its_revision_is_told(room: Room):
    submitted = room.submitted(ours(), CLERK)
    published = kept_beyond(room, room.actions.publish(a_step(submitted, RULER)))
    assert room.actions.get(CLERK, published.name).state is EntryState.PUBLISHED
    draft = room.actions.revise(a_step(published))
    assert reason(lambda: room.actions.submit(a_step(draft))) == "SEVERAL_FAULTS"
    mended = room.actions.update(a_step(draft), 0, ours())
    assert room.actions.submit(a_step(mended)).state is EntryState.SUBMITTED
    assert room.actions.withdraw(a_step(published)).state is EntryState.WITHDRAWN


def test_a_department_that_is_registered_anew_reaches_as_far_as_it_is_registered(room: Room):
    draft = room.drafted(ours(), CLERK)
    with room.database.begin() as tx:
        before = DepartmentStore(tx).get(COUNTY)
        moved = before.update(RULER, {"region": "640121"}, "区划调整")
        DepartmentStore(tx).replace(before, moved)
    assert reason(lambda: room.actions.submit(a_step(draft))) == OUTSIDE
    assert TITLES[MARKET]  # the other departments stay as they were
    assert room.drafted(an_entry()).region == "640000"
