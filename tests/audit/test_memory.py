"""A database that was put back under a running hub takes nothing more: neither from the data plane nor from the control plane."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from audit.committer import GroupCommitter
from audit.log import AuditLog
from audit.memory import LogMemory
from audit.model import Receipt
from audit.store import TreeStore, log_size
from audit.store.tables import batches, tree
from hub.db import Database, Tx
from hub.errors import ConflictError, IntegrityError
from shuniu.proofs.tree import CompactRange
from tests.audit.keeping import event, the_log, write


def state_of(database: Database) -> tuple[int, bytes]:
    with database.read() as tx:
        whole = TreeStore(tx).range()
    return whole.size, whole.to_bytes()


def put_back(database: Database, size: int, kept: bytes, path: Path | None) -> None:
    """Restore an older state under everybody's connections: SQLite's own copy, or the newest batches and the tree by SQL."""
    if path is not None:
        with closing(sqlite3.connect(path)) as backup, closing(sqlite3.connect(database.url.removeprefix("sqlite:///"))) as live:
            backup.backup(live)
        return
    with database.begin() as tx:
        tx.execute(delete(batches).where(batches.c.first >= size))
        tx.execute(update(tree).values(size=size, range=kept))


def copied(database: Database, folder: Path) -> Path | None:
    if database.dialect != "sqlite":
        return None
    path = folder / "backup.db"
    with closing(sqlite3.connect(database.url.removeprefix("sqlite:///"))) as live, closing(sqlite3.connect(path)) as backup:
        live.backup(backup)
    return path


def append(database: Database, log: AuditLog) -> Receipt:
    with database.begin() as tx:
        return log.append(tx, event())


def test_a_database_put_back_under_a_running_committer_is_refused_at_the_next_batch(database: Database, tmp_path: Path) -> None:
    log = the_log()

    async def run() -> list[str]:
        committer = GroupCommitter(database, log)
        committer.start()
        try:
            await committer.append(event())
            size, kept = state_of(database)
            path = copied(database, tmp_path)
            await asyncio.gather(*(committer.append(event()) for _ in range(3)))
            put_back(database, size, kept, path)
            told = await asyncio.gather(*(committer.append(event()) for _ in range(4)), return_exceptions=True)
            return [one.reason if isinstance(one, IntegrityError) else repr(one) for one in told]
        finally:
            await asyncio.to_thread(committer.stop)

    assert asyncio.run(run()) == ["LOG_ROLLED_BACK"] * 4
    with pytest.raises(IntegrityError) as refusal:
        append(database, log)
    assert refusal.value.reason == "LOG_ROLLED_BACK"
    with database.read() as tx:
        assert log_size(tx) == 1
        assert [first for (first,) in tx.execute(select(batches.c.first))] == [0]


def test_a_database_put_back_under_the_control_plane_is_refused(database: Database, tmp_path: Path) -> None:
    log = the_log()
    append(database, log)
    size, kept = state_of(database)
    path = copied(database, tmp_path)
    append(database, log)
    put_back(database, size, kept, path)
    for _ in range(2):
        with pytest.raises(IntegrityError) as refusal:
            append(database, log)
        assert refusal.value.reason == "LOG_ROLLED_BACK"
    assert append(database, the_log()).index == 1  # a process that never saw more cannot know; the publisher compares with what was signed


def test_another_log_of_the_same_size_is_refused(database: Database) -> None:
    log = the_log()
    append(database, log)
    with database.begin() as tx:
        tx.execute(update(tree).values(range=CompactRange(1, [bytes(32)]).to_bytes()))
    with pytest.raises(IntegrityError) as refusal:
        append(database, log)
    assert refusal.value.reason == "LOG_REWRITTEN"


def test_a_longer_log_is_another_process_s_work_and_accepted(database: Database) -> None:
    log = the_log()
    append(database, log)
    write(database, event(), event())
    assert append(database, log).index == 3
    assert log.memory.size == 4


def _append_and_fail(log: AuditLog, tx: Tx) -> None:
    log.append(tx, event())
    raise ConflictError("somebody was faster")


def test_a_rolled_back_transaction_is_not_remembered(database: Database) -> None:
    log = the_log()
    append(database, log)
    with pytest.raises(ConflictError), database.begin() as tx:
        _append_and_fail(log, tx)
    assert log.memory.size == 1
    assert append(database, log).index == 1


def test_of_commits_that_are_told_out_of_order_the_longest_counts() -> None:
    memory, two = LogMemory(), CompactRange(2, [bytes(32)])
    memory.remember(two)
    memory.remember(CompactRange(1, [b"x" * 32]))
    two.append(bytes(32))
    assert memory.size == 2  # what was remembered does not change with the range
    memory.check(CompactRange(2, [bytes(32)]))
    with pytest.raises(IntegrityError):
        memory.check(CompactRange(1, [b"x" * 32]))
