"""The hub's rounds: what another process changes counts in less than a second; a round that fails is not the last one."""

import time
from datetime import UTC, datetime

from certs.actions import CertActions
from hub.access import Caller, Role
from hub.clock import StoppedClock
from hub.db import Database
from hub.errors import UnavailableError
from hub.ids import Ids
from hub.unit_of_work import Kit, Step
from hub.watch import Watch
from migrations.opening import open_beside
from tests.world import CONSUMER, World


def soon(holds, patience: float = 5.0) -> float:
    """Wait until it holds; return how long that took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < patience
        time.sleep(0.01)
    return time.monotonic() - began


def test_a_change_of_another_process_is_heard_in_less_than_a_second(database: Database):
    other = Database(database.url)
    told: list[tuple[str, str]] = []
    swept: list[datetime] = []
    database.on_change(lambda topic, key: told.append((topic, key)))
    watch = Watch(database, StoppedClock(datetime(2026, 1, 1, tzinfo=UTC)), swept.append, 0)
    watch.start()
    with other.begin() as tx:
        tx.announce("identities", "x")
    assert soon(lambda: told == [("identities", "x")]) < 1
    assert soon(lambda: swept) < 2
    watch.stop()
    assert swept == [datetime(2026, 1, 1, tzinfo=UTC)]
    other.close()


def test_a_round_that_fails_is_made_up_for(sqlite_database: Database):
    other, told, faults = Database(sqlite_database.url), [], [UnavailableError("not now"), RuntimeError("a bug")]

    def listener(_topic: str, key: str) -> None:
        if faults:
            raise faults.pop()
        told.append(key)

    sqlite_database.on_change(listener)
    watch = Watch(sqlite_database, StoppedClock(datetime(2026, 1, 1, tzinfo=UTC)), lambda _at: None, 0)
    watch.start()
    with other.begin() as tx:
        tx.announce("grants", "g")
    soon(lambda: told == ["g"])
    watch.stop()
    other.close()


def test_a_revocation_by_the_operator_s_own_process_ends_what_open_connections_may_do():
    with World() as world:
        member = world.member(CONSUMER)
        assert member.call("WhoAmI").ok
        serial = member.do("WhoAmI").certificates[0].serial

        elsewhere = open_beside(world.config)
        ruler = Caller(world.member("data").department, "console", frozenset({Role.AUTHORITY}))

        kit = Kit(elsewhere, world.hub.log, world.clock, Ids())
        CertActions(kit, world.hub.ca).revoke(Step(caller=ruler, name=serial, reason="密钥遗失"))
        assert soon(lambda: not member.call("WhoAmI").ok) < 1
        assert member.call("WhoAmI").reason == "CERTIFICATE_REVOKED"
        elsewhere.close()
