"""The roll of departments in memory: it follows the register, and what it cannot read lets nobody in."""

import pytest
from sqlalchemy import create_engine, text

from certs.model import Department, DepartmentState
from certs.roll import TOPIC, Roll
from hub.errors import IllegalStateError, UnavailableError
from tests.certs.hall import CIVIL, NOON, POLICE
from tests.world import CONSUMER, World


def a_department(state: DepartmentState = DepartmentState.ACTIVE) -> Department:
    return Department(CIVIL, "某厅", "", "640000", NOON, state=state, revision=1, reason="机构改革")


class Register:
    def __init__(self) -> None:
        self.kept = {CIVIL: a_department()}
        self.down = False

    def find(self, uscc: str) -> Department | None:
        if self.down:
            raise UnavailableError("the database is away")
        return self.kept.get(uscc)

    def roll(self) -> Roll:
        return Roll(self.find, lambda: list(self.kept.values()))


def test_it_follows_what_is_announced_of_departments_and_nothing_else():
    register = Register()
    roll = register.roll()
    register.kept[CIVIL] = a_department(DepartmentState.DISABLED)
    roll.reload("identities", CIVIL)
    assert roll.takes_part(CIVIL)
    roll.reload(TOPIC, CIVIL)
    assert not roll.takes_part(CIVIL)
    with pytest.raises(IllegalStateError) as refused:
        roll.check_provider(CIVIL)
    assert (refused.value.reason, "机构改革" in refused.value.zh) == ("PROVIDER_DISABLED", False)
    register.kept.clear()
    roll.reload(TOPIC, CIVIL)
    assert roll.find(CIVIL) is None


def test_while_a_change_cannot_be_read_nobody_is_let_in_on_the_old_view():
    register = Register()
    roll = register.roll()
    register.kept[CIVIL], register.down = a_department(DepartmentState.DISABLED), True
    roll.reload(TOPIC, CIVIL)
    for uscc in (CIVIL, POLICE):
        with pytest.raises(UnavailableError):
            roll.find(uscc)
    register.down = False
    assert not roll.takes_part(CIVIL)


def test_who_enables_a_department_in_the_database_gains_nothing():
    with World() as world:
        member, ruler = world.member(CONSUMER), world.member("data")
        known = ruler.do("GetDepartment", name=f"departments/{member.department}")
        ruler.do("DisableDepartment", name=known.name, etag=known.etag, reason="机构改革", officer="SJ-1")
        engine = create_engine(world.hub.db.url)
        with engine.begin() as connection:
            connection.execute(text("UPDATE departments SET state = 'active' WHERE uscc = :u"), {"u": member.department})
        engine.dispose()
        world.hub.identities.load_all()
        assert member.call("WhoAmI").reason == "CERTIFICATE_UNKNOWN"
        assert ruler.call("WhoAmI").ok
