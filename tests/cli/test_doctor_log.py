"""What the doctor says of a log, on the database alone and with what a running hub tells."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from audit.indexer import Indexer
from audit.log import AuditLog
from audit.publisher import Publisher
from audit.store import RecordStore
from audit.store.damage import Damage
from audit.store.tables import batches, checkpoints, damage, index_state, tree
from cli.doctor import log as checked
from hub.clock import StoppedClock
from hub.config import Config
from hub.db import Database, Tx
from hub.key_set import LOG
from tests.audit.erasure import empty_past_the_hub
from tests.audit.keeping import AT, event
from tests.keys import a_ring

LATER = AT + timedelta(minutes=1)


@pytest.fixture
def config(sqlite_database: Database, tmp_path: Path) -> Config:
    """A log of ten signed and indexed records in a data folder."""
    config = Config(data=tmp_path)
    keys = a_ring(tmp_path / "keys")
    write(sqlite_database, config, 10)
    publisher = Publisher(sqlite_database, StoppedClock(AT), config.origin, keys.signer(LOG), tmp_path / "log")
    publisher.open()
    Indexer(sqlite_database).catch_up()
    return config


def write(database: Database, config: Config, count: int) -> None:
    access_log = AuditLog(config.origin, bytes(32))
    with database.begin() as tx:
        RecordStore(tx).append([access_log.prepare(event()) for _ in range(count)])


def ill(database: Database, config: Config, now: datetime = LATER) -> dict[str, Any]:
    return {one.name: one for one in checked.log(database, config, now) if not one.ok}


def test_a_log_that_is_signed_is_well_however_old_its_checkpoint(sqlite_database: Database, config: Config):
    assert ill(sqlite_database, config, AT + timedelta(days=400)) == {}


def test_records_that_wait_too_long_for_their_checkpoint_are_told_with_the_hubs_last_error(sqlite_database: Database, config: Config, monkeypatch):
    write(sqlite_database, config, 3)
    assert ill(sqlite_database, config) == {}  # no hub runs: its start signs them
    monkeypatch.setattr(checked, "holder", lambda _data: {"web": "http://127.0.0.1:1"})
    message = {"zh": "磁盘已满", "en": "the disk is full"}
    monkeypatch.setattr(checked, "ask_log", lambda _config: {"last_error": {"reason": "X", "message": message}, "refusing": None})
    assert ill(sqlite_database, config, AT + timedelta(seconds=5)) == {}
    found = ill(sqlite_database, config)["checkpoint"]
    assert found.en == "3 records have waited for a checkpoint, for 60 s: the disk is full"
    assert found.zh == "3条记录待签检查点，已等候60秒：磁盘已满"


def test_a_hub_that_refuses_is_told_and_one_that_does_not_answer(sqlite_database: Database, config: Config, monkeypatch):
    monkeypatch.setattr(checked, "holder", lambda _data: {"web": "http://127.0.0.1:1"})
    assert set(ill(sqlite_database, config)) == {"log writes"}
    refusing = {"reason": "LOG_ROLLED_BACK", "message": {"zh": "数据库已被回退", "en": "it was put back"}}
    monkeypatch.setattr(checked, "ask_log", lambda _config: {"last_error": None, "refusing": refusing})
    assert ill(sqlite_database, config)["log writes"].en == "the hub releases nothing: it was put back"


HARMS: dict[str, tuple[Callable[[Tx], object], set[str]]] = {
    "tree: size": (lambda tx: tx.execute(update(tree).values(size=11)), {"log", "log records"}),
    "tree: gone": (lambda tx: tx.execute(delete(tree)), {"log", "log records", "log index"}),
    "checkpoint: root": (lambda tx: tx.execute(update(checkpoints).values(root=b"x" * 32)), {"log"}),
    "checkpoint: size": (lambda tx: tx.execute(update(checkpoints).values(size=9)), {"log"}),
    "batch: gone": (lambda tx: tx.execute(delete(batches)), {"log records"}),
    "index state: beyond": (lambda tx: tx.execute(update(index_state).values(size=11)), {"log index"}),
    "index state: gone": (lambda tx: tx.execute(delete(index_state)), {"log index", "register"}),
    "damage: row invented": (
        lambda tx: tx.execute(damage.insert().values(first=3, last=3, reason="LOG_BROKEN", seen_at=1)),
        {"log damage"},
    ),
    "damage: note invented": (
        lambda tx: tx.execute(damage.insert().values(first=3, last=3, reason="LOG_BROKEN", seen_at=1, acknowledged=0)),
        {"log damage"},
    ),
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_row_of_bookkeeping_that_was_touched_is_told(sqlite_database: Database, config: Config, harm: str):
    do, names = HARMS[harm]
    with sqlite_database.begin() as tx:
        do(tx)
    assert set(ill(sqlite_database, config)) == names
    assert all(one.mend and one.mend_zh for one in ill(sqlite_database, config).values())


def test_open_damage_is_told_with_the_command_that_takes_note(sqlite_database: Database, config: Config):
    keys = a_ring(config.data / "keys")
    publisher = Publisher(sqlite_database, StoppedClock(AT), config.origin, keys.signer(LOG), config.data / "log")
    publisher.alarm.note(Damage(3, 4, "LOG_BROKEN"))
    found = ill(sqlite_database, config)
    assert "record 3-4" in found["log damage"].en
    assert "`shuniu audit acknowledge 3 --reason ...`" in f"`{found['log damage'].mend.split(': ')[1]}`"


def test_a_record_that_was_emptied_past_the_hub_is_named_before_any_hub_has_looked(sqlite_database: Database, config: Config):
    with sqlite_database.begin() as tx:
        empty_past_the_hub(tx, 4)
    assert ill(sqlite_database, config)["log damage"].en == "record 4 lost its content, and no record of the log erased it"
