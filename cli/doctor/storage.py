"""What the hub keeps: the database (there, migrated, durable, writable), the disk, and the clock against the newest record of the log."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from alembic.script import ScriptDirectory

from audit.store import RecordStore, Sought
from cli.doctor.finding import Finding, ill, well
from cli.doctor.machine import SET_CLOCK
from hub.config import Config
from hub.db import Database, Tx
from migrations import alembic_config

ROOM: Final = 1 << 30
MOST_DRIFT: Final = timedelta(seconds=5)
_FULL: Final = 2
_SQLITE: Final = "sqlite:///"
_POSTGRES_SETTINGS: Final = {"synchronous_commit": "on", "fsync": "on", "full_page_writes": "on"}


def disk(config: Config) -> Iterator[Finding]:
    """Check that there is room: a full disk refuses every query, for nothing is released that cannot be logged."""
    free = shutil.disk_usage(config.data).free
    text = f"{free / ROOM:.1f} GiB"
    if free < ROOM:
        yield ill("disk", f"only {text} free under {config.data}", f"磁盘剩余 {text}", f"df -h {config.data}  # then free at least 1 GiB")
    else:
        yield well("disk", f"{text} free under {config.data}", f"磁盘剩余 {text}")


def database(config: Config, config_file: Path, now: datetime) -> Iterator[Finding]:
    """Check everything about the database; a SQLite file that is not there is not made by looking."""
    if config.database_url.startswith(_SQLITE) and not Path(config.database_url.removeprefix(_SQLITE)).is_file():
        mend = f"cp -p BACKUP/shuniu.db {config.database_url.removeprefix(_SQLITE)}  # or correct `database` in {config_file}"
        yield ill("database", "there is no database file", "数据库文件不存在", mend)
        return
    db = Database(config.database_url)
    try:
        with db.read() as tx:
            yield well("database", f"opens ({tx.dialect})", f"数据库可以打开（{tx.dialect}）")
            migrated = list(_migrated(tx, config, config_file))
            yield from (*migrated, _durable(tx))
            if all(finding.ok for finding in migrated):
                yield from _clock(tx, now)
        if all(finding.ok for finding in migrated):
            yield _writable(db)
    finally:
        db.close()


def _migrated(tx: Tx, config: Config, config_file: Path) -> Iterator[Finding]:
    newest = ScriptDirectory.from_config(alembic_config(config.database_url)).get_current_head()
    there = tx.connection.dialect.has_table(tx.connection, "alembic_version")
    found = tx.connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() if there else None
    if found != newest:
        mend = f"shuniu serve --config {config_file}  # migrates at its start; make a copy of the database first"
        yield ill("schema", f"the schema is {found or 'empty'}, this program needs {newest}", "数据库结构版本不符", mend)
    else:
        yield well("schema", f"the schema is {newest}", f"数据库结构版本 {newest}")


def _durable(tx: Tx) -> Finding:
    """Tell whether a commit that returned survives a power cut."""
    execute = tx.connection.exec_driver_sql
    if tx.dialect == "sqlite":
        mode, level = execute("PRAGMA journal_mode").scalar(), execute("PRAGMA synchronous").scalar()
        wrong = {} if (mode, level) == ("wal", _FULL) else {"journal_mode": mode, "synchronous": level}
        mend = "put the data folder on a local disk: WAL does not work on network file systems"
    else:
        values = {name: execute(f"SHOW {name}").scalar() for name in _POSTGRES_SETTINGS}
        wrong = {name: value for name, value in values.items() if value != _POSTGRES_SETTINGS[name]}
        mend = "; ".join(f"ALTER SYSTEM SET {name} = on" for name in wrong) + "; SELECT pg_reload_conf();  -- in psql, as superuser"
    if wrong:
        said = ", ".join(f"{name}={value}" for name, value in wrong.items())
        return ill("durability", f"commits are not durable: {said}", f"提交不持久：{said}", mend)
    return well("durability", "a commit that returned is durable", "提交持久")


def _clock(tx: Tx, now: datetime) -> Iterator[Finding]:
    """Compare the clock with the newest record of the log, which it must not be behind, and with the database server's."""
    for record, _ in RecordStore(tx).search(Sought(), None, 1):
        if record.at > now + MOST_DRIFT:
            yield ill("clock and log", f"the clock is behind the newest record of the log, {record.at:%Y-%m-%d %H:%M:%S} UTC",
                      "系统时间早于日志最新记录", SET_CLOCK)  # fmt: skip
        else:
            yield well("clock and log", "the clock is not behind the log", "系统时间不早于日志最新记录")
    if tx.dialect == "postgresql":
        drift = timedelta(
            seconds=float(tx.connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())").scalar() or 0) - now.timestamp()
        )
        if abs(drift) > MOST_DRIFT:
            said = f"{abs(drift).total_seconds():.0f} s"
            yield ill("clock and database", f"the database server's clock differs by {said}", f"与数据库服务器时间相差 {said}", SET_CLOCK)
        else:
            yield well("clock and database", "the database server's clock agrees", "与数据库服务器时间一致")


def _writable(db: Database) -> Finding:
    """Commit a write that changes nothing: the change counter is set to what it is."""
    with db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE change_counter SET seq = seq")
    return well("write", "a write was committed", "写入测试通过")
