"""An outbox with targets, without a hub around it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hub.access import Duty
from hub.clock import StoppedClock
from hub.db import Database
from hub.ids import Ids
from work.model import DeliveryTarget, Happening
from work.outbox import Outbox
from work.sending import Channels, Sender
from work.store import DeliveryStore, TargetStore

AT = datetime(2026, 11, 27, 1, 20, tzinfo=UTC)
CIVIL, POLICE = "116400000100831619", "11640000010083123X"


def an_outbox(**ways: bool) -> Outbox:
    return Outbox(Ids(), timedelta(hours=1), **{"webhooks": True, "mail": True, **ways})


def a_target(database: Database, place: str, department: str = CIVIL, duties: tuple[Duty, ...] = ()) -> DeliveryTarget:
    way: dict[str, Any] = {"email": place} if "@" in place else {"webhook": place}
    target = DeliveryTarget(id=Ids().new(AT), department=department, duties=duties, create_time=AT, **way)
    with database.begin() as tx:
        TargetStore(tx).insert(target)
    return target


def an_event(number: int = 1, **said: Any) -> Happening:
    usual: dict[str, Any] = {
        "event": "posted",
        "about": f"work/{number}",
        "department": CIVIL,
        "word": "BrokerageService/ApproveDataRequest",
        "resource": f"dataRequests/{number}",
        "duties": (Duty.REQUESTS,),
        "time": AT,
    }
    return Happening(**{**usual, **said})


def put(database: Database, *happenings: Happening, outbox: Outbox | None = None) -> None:
    for one in happenings:
        with database.begin() as tx:
            (outbox or an_outbox()).put(tx, one)


def state(database: Database, department: str = CIVIL) -> list[tuple[int, int, str]]:
    """What waits, what is dead, and what the last attempt met, of each target."""
    with database.read() as tx:
        return [(one.waiting_count, one.dead_count, one.fault) for one in TargetStore(tx).of(department)]


def dead(database: Database, department: str = CIVIL) -> list[str]:
    with database.read() as tx:
        return [one.about for one in DeliveryStore(tx).dead(department, None, 100)]


def a_sender(database: Database, channels: Channels, clock: StoppedClock, **said: Any) -> Sender:
    return Sender(database, clock, Ids(), channels, **said)
