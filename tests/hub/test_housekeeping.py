"""What the hub forgets: each table that would grow for ever by its stated rule, a few rows at a time, and nothing that anybody still needs."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

import hub.db.forgetting
from audit.log import AuditLog
from audit.store import CHECKPOINT_KEPT, CheckpointThinning, TreeStore
from certs.model import EnrollmentToken, LoginLink
from certs.store import DepartmentStore, LoginStore, TokenStore, forget_logins, forget_tokens
from certs.store.tables import enrollment_tokens, login_links, sessions
from certs.store.tokens import TOKEN_KEPT
from hub.access import Role
from hub.db import Database, RequestIds, Tx, forget_changes, forget_requests, metadata
from hub.db.forgetting import REQUEST_KEPT
from hub.db.tables import changes, request_ids
from hub.errors import UnavailableError
from hub.housekeeping import PORTION, PORTIONS, Housekeeping
from tests.certs.hall import CIVIL
from tests.certs.test_store import a_department
from tests.hub.test_watch import soon
from tests.world import World

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
checkpoints = metadata.tables["audit_checkpoints"]
JOURNAL = AuditLog("hub.test/log", bytes(32))
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
PAGE = Path(__file__).parents[2] / "docs" / "guides" / "operations.md"


def count(database: Database, table) -> int:
    with database.read() as tx:
        return int(tx.scalar(select(func.count()).select_from(table)))


def sweep(database: Database, rule, at: datetime = NOW) -> int:
    return Housekeeping(database, JOURNAL, {"rows": rule}).sweep(at)["rows"]


def test_an_answered_request_is_forgotten_after_thirty_days_and_not_before(database: Database):
    with database.begin() as tx:
        RequestIds(tx).remember("c", "m", "old", b"x", "things/1", NOW - REQUEST_KEPT - SECOND)
        RequestIds(tx).remember("c", "m", "kept", b"x", "things/2", NOW - REQUEST_KEPT + SECOND)
    assert sweep(database, forget_requests) == 1
    with database.read() as tx:
        assert RequestIds(tx).look_up("c", "m", "old", b"x") is None
        assert RequestIds(tx).look_up("c", "m", "kept", b"x") == "things/2"


def test_links_and_sessions_are_forgotten_once_they_are_over_and_no_living_one_is(database: Database):
    with database.begin() as tx:
        store = LoginStore(tx)
        for digest, end in (("used", -1), ("late", -1), ("open", 1)):
            store.insert(LoginLink(digest, CIVIL, "main", "王芳", NOW + end * SECOND))
        link = store.use("used", NOW - HOUR)
        assert link is not None
        store.begin_session("over", link, NOW - 9 * HOUR, NOW - SECOND)
        store.begin_session("alive", link, NOW, NOW + HOUR)
    assert sweep(database, forget_logins) == 3
    with database.begin() as tx:
        assert LoginStore(tx).touch("alive", NOW, NOW - HOUR) is not None
        assert LoginStore(tx).use("open", NOW) is not None
    assert (count(database, login_links), count(database, sessions)) == (1, 1)


def test_a_token_is_forgotten_thirty_days_after_its_end_and_never_while_it_can_be_used(database: Database):
    with database.begin() as tx:
        DepartmentStore(tx).insert(a_department())
        for digest, end in (("old", NOW - TOKEN_KEPT - SECOND), ("ended", NOW - DAY), ("open", NOW + DAY)):
            TokenStore(tx).insert(EnrollmentToken(digest, CIVIL, "main", frozenset({Role.MEMBER}), end, end - DAY))
    assert sweep(database, forget_tokens) == 1
    with database.begin() as tx:
        assert TokenStore(tx).use("open", NOW)
    assert count(database, enrollment_tokens) == 2


def test_changes_are_forgotten_while_the_hub_runs_and_not_only_at_its_start(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hub.db.forgetting, "KEPT_CHANGES", 3)
    for number in range(10):
        with database.begin() as tx:
            tx.announce("grants", str(number))
    sweep(database, forget_changes)
    with database.read() as tx:
        assert sorted(one.seq for one in tx.execute(select(changes))) == [7, 8, 9, 10]


def keep_checkpoints(database: Database, *signed: datetime) -> None:
    with database.begin() as tx:
        for size, at in enumerate(signed, 1):
            TreeStore(tx).keep_checkpoint(size, bytes(32), f"note {size}", at)


def test_of_old_checkpoints_the_last_of_each_day_in_china_stays_and_of_the_newest_week_all(database: Database):
    long_ago = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)  # 23:00 in China
    week = NOW - CHECKPOINT_KEPT
    keep_checkpoints(
        database,
        long_ago,
        long_ago + 30 * 60 * SECOND,
        long_ago + HOUR,
        long_ago + 3 * HOUR,
        week - SECOND,
        week + SECOND,
        week + HOUR,
        NOW - SECOND,
        NOW,
    )
    sweep(database, CheckpointThinning())
    with database.read() as tx:
        assert list(tx.execute(select(checkpoints.c.size).order_by(checkpoints.c.size)).scalars()) == [2, 4, 6, 7, 8, 9]
        newest = TreeStore(tx).newest_checkpoint()
    assert newest == (9, bytes(32), "note 9")


def test_the_newest_checkpoint_stays_however_old_it_is(database: Database):
    keep_checkpoints(database, NOW - 400 * DAY, NOW - 400 * DAY + SECOND)
    sweep(database, CheckpointThinning())
    with database.read() as tx:
        newest = TreeStore(tx).newest_checkpoint()
    assert newest is not None
    assert newest[0] == 2
    assert count(database, checkpoints) == 1


def test_a_heap_goes_in_portions_and_the_next_sweep_goes_on(database: Database):
    heap = PORTION * PORTIONS + 700
    values = [{"caller": "c", "method": "m", "request_id": f"r{n}", "digest": "d", "answer": "a", "at": NOW - 90 * DAY} for n in range(heap)]
    with database.begin() as tx:
        tx.execute(insert(request_ids), values)
        tx.execute(insert(checkpoints), [{"size": n, "root": bytes(32), "note": "", "at": 1_000_000 * n} for n in range(1, heap)])
    housekeeping = Housekeeping(database, JOURNAL, {"requests": forget_requests, "checkpoints": CheckpointThinning()})
    assert housekeeping.sweep(NOW) == {"requests": PORTION * PORTIONS, "checkpoints": PORTION * PORTIONS}
    assert count(database, request_ids) == 700
    assert housekeeping.sweep(NOW)["requests"] == 700
    assert (count(database, request_ids), count(database, checkpoints)) == (0, 1)
    assert housekeeping.sweep(NOW) == {"requests": 0, "checkpoints": 0}


def test_a_rule_that_fails_does_not_hold_the_others_up(sqlite_database: Database):
    def failing(_tx: Tx, _at: datetime, _most: int) -> int:
        raise UnavailableError("not now")

    with sqlite_database.begin() as tx:
        RequestIds(tx).remember("c", "m", "old", b"x", "things/1", NOW - 90 * DAY)
    assert Housekeeping(sqlite_database, JOURNAL, {"first": failing, "second": forget_requests}).sweep(NOW) == {"first": 0, "second": 1}


def test_a_running_hub_forgets_by_itself():
    with World() as world:
        with world.hub.db.begin() as tx:
            RequestIds(tx).remember("c", "m", "old", b"x", "things/1", world.clock.now() - 90 * DAY)
        world.hub._sweep(world.clock.now())
        soon(lambda: count(world.hub.db, request_ids) == 0)
        assert set(world.hub._housekeeping._rules) == {
            "logins", "challenges", "tokens", "requests", "changes", "checkpoints", "deliveries", "work", "notices", "work events", "use records",
            "unknown numbers", "waiting questions", "subscriptions",
        }  # fmt: skip


@pytest.mark.parametrize("page", [PAGE, PAGE.with_name("operations.zh-CN.md")], ids=["en", "zh"])
def test_the_guide_says_of_every_table_whether_it_grows_and_what_ends_it(page: Path):
    named = set(re.findall(r"`(?!shuniu_)([a-z_]+)`", "".join(re.findall(r"^\| (`.*?) \|", page.read_text(encoding="utf-8"), re.MULTILINE))))
    assert named == set(metadata.tables)
