"""Doctor tells what waits for departments' people: messages that do not arrive, mandates that end, departments whose calls name anybody."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from certs.model import Mandate
from certs.store import MandateStore, UnknownNumberStore, keep_unknown_numbers, live_roster
from cli.doctor.deliveries import deliveries
from cli.doctor.officers import mandates, officers
from cli.doctor.result import CheckResult
from hub.config import Config
from hub.delivery import Delivery
from hub.unit_of_work import Change, Step
from tests.certs.hall import CIVIL, NOON, POLICE, Hall, a_hall
from tests.certs.test_roster import OWN, SUBMIT
from work.model import Delivery as Message
from work.model import DeliveryTarget
from work.store import DeliveryStore, TargetStore
from work.store.delivery_tables import deliveries as table

SENDING = Config(delivery=Delivery(networks=("10.0.0.0/8",)))
TARGET = "0" * 26


@pytest.fixture
def hall(database, tmp_path) -> Hall:
    return a_hall(database, tmp_path)


def looked_at(hall: Hall, config: Config = SENDING) -> CheckResult:
    with hall.database.read() as tx:
        (found,) = deliveries(tx, config)
    return found


def a_target(hall: Hall) -> None:
    with hall.database.begin() as tx:
        TargetStore(tx).insert(DeliveryTarget(id=TARGET, department=CIVIL, webhook="https://10.1.2.3/hook", email="", duties=(), create_time=NOON))
        hall.log.write(tx, Change(at=NOON, action="work.SetDeliveryTarget", actor=OWN, resource=f"deliveryTargets/{TARGET}"))


def a_message(hall: Hall, number: int) -> str:
    made = f"{number:026d}"
    with hall.database.begin() as tx:
        about: dict[str, Any] = {"about": "entries/1", "content": {}, "create_time": NOON, "next_time": NOON}
        DeliveryStore(tx).insert([Message(id=made, target=TARGET, department=CIVIL, **about)])
    return made


def test_deliveries_are_well_until_a_target_fails_and_then_named_with_the_command_that_shows_them(hall):
    assert looked_at(hall).ok
    a_target(hall)
    one = a_message(hall, 1)
    assert (looked_at(hall).ok, "1 messages wait" in looked_at(hall).en) == (True, True)
    with hall.database.begin() as tx:
        assert TargetStore(tx).claim(TARGET, "c" * 26, NOON, timedelta(minutes=1))
        assert TargetStore(tx).note_fault(TARGET, "c" * 26, "NO_ANSWER") == 1
    found = looked_at(hall)
    assert not found.ok
    assert f"{CIVIL}/{TARGET} (NO_ANSWER)" in found.en
    assert "shuniu delivery list" in found.mend
    assert "shuniu delivery dead list" in found.mend
    with hall.database.begin() as tx:
        tx.execute(update(table).where(table.c.id == one).values(state="dead"))
        TargetStore(tx).note_delivered(TARGET, NOON)
    found = looked_at(hall)
    assert (found.ok, "1 messages" in found.en, "shuniu delivery dead list" in found.zh) == (True, True, True)


def test_messages_that_wait_at_a_hub_that_sends_nothing_are_told(hall):
    a_target(hall)
    assert looked_at(hall, Config()).ok
    a_message(hall, 1)
    found = looked_at(hall, Config())
    assert (found.ok, "[delivery]" in found.mend) == (False, True)


def test_mandates_of_an_upgrade_and_of_a_dismissed_lead_are_told_until_they_end(hall):
    def told(days: int) -> list[str]:
        with hall.database.read() as tx:
            return [one.en for one in mandates(tx, NOON + timedelta(days=days))]

    assert told(0) == []
    given: dict[str, Any] = {
        "department": CIVIL,
        "steps": ("SubmitEntry",),
        "create_time": NOON,
        "expire_time": NOON + timedelta(days=180),
        "reason": "试",
    }
    legacy = Mandate(id="1" * 26, system="old", lead="", **given)
    left = Mandate(id="2" * 26, system="nightly", lead="L-1", **given).orphan(NOON)
    with hall.database.begin() as tx:
        for one in (legacy, left):
            MandateStore(tx).insert(one)
        hall.log.write(tx, Change(at=NOON, action="certs.CreateMandate", actor=OWN, resource=left.name))
    first, second = told(0)
    assert "1 systems act without a second person as before the upgrade" in first
    assert (f"departments/{CIVIL}/systems/nightly" in second, "a lead who was dismissed" in second) == (True, True)
    assert len(told(31)) == 1
    assert told(181) == []


def test_a_department_that_is_recorded_is_told_with_how_many_numbers_its_calls_named(hall):
    roster = live_roster(hall.database)
    for number in "aab":
        roster.vouch(OWN, number, SUBMIT, NOON)
    keep_unknown_numbers(hall.database, roster.unknown, NOON)
    with hall.database.read() as tx:
        assert UnknownNumberStore(tx).totals() == {CIVIL: (2, 3)}
        (found,) = officers(tx, Config(), NOON)
    assert f"{CIVIL} 自治区民政厅 (numbers: 2, calls: 3)" in found.en
    assert "自治区民政厅（2个工号，3次调用）" in found.zh
    assert f"{POLICE} 银川市公安局 may" in found.en
    assert hall.actions.set_officer_registration(Step(caller=OWN, officer="李明", reason="统一启用"), CIVIL, None).registered
    with hall.database.read() as tx:
        assert not any("numbers: 2" in one.en for one in officers(tx, Config(), NOON))
