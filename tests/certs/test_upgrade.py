"""Certificates of the release before: they keep what their system may act as, nobody knows their origin, and they fall as that is stated."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from alembic import command
from sqlalchemy import create_engine, select, text

from certs.model import DepartmentState, Level, grown_from
from certs.store import DepartmentStore, SystemStore
from hub.access import Role
from hub.db import Database
from hub.db.binding import BOUND
from migrations import alembic_config, migrate
from tests.certs.hall import CIVIL, POLICE


@pytest.fixture
def url(tmp_path) -> str:
    """Return a database of the release before with two systems: three certificates of one, one of the other."""
    url = f"sqlite:///{tmp_path / 'shuniu.db'}"
    command.upgrade(alembic_config(url), "0002")
    engine = create_engine(url)
    with engine.begin() as connection:
        for uscc, system, roles in ((CIVIL, "lab", '["auditor", "member"]'), (POLICE, "register", '["member"]')):
            connection.execute(text("INSERT INTO departments VALUES (:u, 'x', '', '640000', '2026-01-01 00:00:00')"), {"u": uscc})
            connection.execute(text("INSERT INTO systems VALUES (:u, :s, :r, '')"), {"u": uscc, "s": system, "r": roles})
        certificate = "INSERT INTO certificates VALUES (:n, :u, :s, :n, '2026-01-01', '2026-04-01', :at, '', NULL, '')"
        for number, uscc, system in ((1, CIVIL, "lab"), (2, CIVIL, "lab"), (3, CIVIL, "lab"), (4, POLICE, "register")):
            facts = {"n": f"{number:032x}", "u": uscc, "s": system, "at": f"2026-01-0{number} 00:00:00.000000"}
            connection.execute(text(certificate), facts)
        for table in ("login_links", "sessions"):
            last = "NULL" if table == "login_links" else "'2027-01-01'"
            columns = "'d', :u, 'lab', 'A', '2026-01-01', " + last
            connection.execute(text(f"INSERT INTO {table} VALUES ({columns})"), {"u": CIVIL})  # noqa: S608 - two names of our own
    engine.dispose()
    return url


def test_they_keep_their_roles_and_fall_with_every_earlier_one_that_is_lost(url):
    migrate(url)
    database = Database(url)
    with database.read() as tx:
        lab, register = SystemStore(tx).get(CIVIL, "lab"), SystemStore(tx).get(POLICE, "register")
    database.close()
    assert [one.parent for one in lab.certificates] == [None] * 3
    assert {lab.roles_of(one) for one in lab.certificates} == {frozenset({Role.MEMBER, Role.AUDITOR})}
    assert register.certificates[0].roles == frozenset({Role.MEMBER})
    newest, middle, oldest = lab.certificates
    for lost, falls in ((oldest, [oldest, middle, newest]), (middle, [middle, newest]), (newest, [newest])):
        assert {one.serial for one in grown_from(lost, lab.certificates)} == {one.serial for one in falls}


def test_a_department_of_the_release_before_is_active_of_an_unknown_level_and_bound_as_it_was(url):
    command.upgrade(alembic_config(url), "0010")
    row = {"uscc": CIVIL, "title": "x", "short_title": "", "region": "640000", "create_time": datetime(2026, 1, 1, tzinfo=UTC)}
    bound = BOUND["departments"]
    former = replace(bound, columns=tuple(sorted(row))).digest(b"k", row)
    migrate(url)
    database = Database(url)
    with database.read() as tx:
        found = DepartmentStore(tx).get(CIVIL)
        stored = tx.execute(select(bound.table).where(bound.table.c.uscc == CIVIL)).one()._asdict()
    database.close()
    assert (found.level, found.state, found.revision, found.reach, found.area) == (None, DepartmentState.ACTIVE, 0, Level.PROVINCE, "64")
    assert bound.digest(b"k", stored) == former
