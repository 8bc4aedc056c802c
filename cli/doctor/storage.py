"""Where the hub keeps its data: the database, the disk, and the clock against the newest record of the log."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from audit.clock_check import ClockStanding, judge
from audit.store import largest_time, log_size
from cli.doctor import deliveries, departments, directory, keys, log, officers, providers
from cli.doctor.addresses import addresses
from cli.doctor.machine import SET_CLOCK
from cli.doctor.result import CheckResult, ill, result_of, results_of, well
from hub.config import Config
from hub.db import Database, Tx, for_operator, lock_of, mending_of, open_to_others, place_of, sqlite_file, weak_settings
from hub.db.reasons import DATABASE_OF_OTHER_KEYS
from hub.errors import ShuniuError
from hub.key_set import is_complete
from migrations import newest_schema, schema_of
from migrations.opening import check_owner
from shuniu.zone import beijing_clock

ROOM: Final = 1 << 30  # bytes
MOST_DRIFT: Final = timedelta(seconds=5)
_FULL: Final = 2  # what PRAGMA synchronous answers for FULL


def disk(config: Config) -> Iterator[CheckResult]:
    """Check the free space: with a full disk every query is refused, because nothing is released that cannot be logged."""
    free = shutil.disk_usage(config.data).free
    text = f"{free / ROOM:.1f} GiB"
    if free < ROOM:
        look = f"df -h {config.data}"
        mend, mend_zh = f"{look}  # then free at least 1 GiB", f"{look}  # 至少腾出 1 GiB"
        yield ill("disk", f"only {text} free under {config.data}", f"磁盘仅剩 {text}", mend, mend_zh)
    else:
        yield well("disk", f"{text} free under {config.data}", f"磁盘剩余 {text}")


def database(config: Config, config_file: Path, now: datetime) -> Iterator[CheckResult]:
    """Check the database; a missing SQLite file is not created by the check."""
    file = sqlite_file(config.database_url)
    if file is not None and not file.is_file():
        copy = f"cp -p BACKUP/shuniu.db {file}"
        mend, mend_zh = f"{copy}  # or correct `database` in {config_file}", f"{copy}  # 或修正 {config_file} 中的 `database`"
        yield ill("database", f"the database file {file} does not exist", f"数据库文件 {file} 不存在", mend, mend_zh)
        return
    yield from _private(config)
    # an error of the driver that ends the check names place and mend, instead of sending the operator here again
    with for_operator(config.database_url):
        yield from _open(config, config_file, now)


def _private(config: Config) -> Iterator[CheckResult]:
    """Tell which files of an SQLite database other users of the machine may read."""
    if open_files := open_to_others(config.database_url):
        names = " ".join(map(str, open_files))
        yield ill("database files", f"others may read {names}", f"其他用户可读取 {names}", f"chmod 600 {names}")


def _open(config: Config, config_file: Path, now: datetime) -> Iterator[CheckResult]:
    db = Database(config.database_url)
    try:
        with db.read() as tx:
            yield well("database", f"opens ({tx.dialect})", f"数据库可以打开（{tx.dialect}）")
            migrated = list(_schema(tx, config_file))
            yield from _owner(tx, config)
            yield from keys.compared(tx, config.keys)
            yield from (*migrated, _durable(tx))
            if all(finding.ok for finding in migrated):
                yield from _clock(tx, config, now)
                yield from providers.places(tx, config)
                yield from directory.codes(tx)
                yield from departments.levels(tx)
                yield from officers.officers(tx, config, now)
                yield from officers.mandates(tx, now)
                yield from deliveries.deliveries(tx, config)
                yield from addresses(tx, config, config_file)
        if all(finding.ok for finding in migrated):
            # after the read transaction, and only where the tables are those of this program
            yield _writable(db)
            if is_complete(config.keys):  # no key is made by looking
                yield from results_of("log", partial(log.log, db, config, now))
    finally:
        db.close()


def _owner(tx: Tx, config: Config) -> Iterator[CheckResult]:
    """Tell whether the database belongs to the keys of this data folder, and which hub serves on it now."""
    try:
        check_owner(tx, config)
    except ShuniuError as error:
        # a key that is missing, damaged or readable by others is a result of the check of the keys
        if error.reason == DATABASE_OF_OTHER_KEYS.name and is_complete(config.keys):
            yield result_of("database owner", error)
    else:
        yield well("database owner", "the database belongs to the keys in the data folder", "数据库属于数据目录中的密钥")
    holder = lock_of(config.database_url).holder()
    if holder:
        who = f"{holder.get('pid', '?')}@{holder.get('host', '?')}, {holder.get('since', '?')}"
        yield well("database lock", f"a hub is running on it: {who}", f"已有枢纽在其上运行：{who}")
    elif holder is None:
        yield well("database lock", f"no hub is running on {place_of(config.database_url)}", "当前没有枢纽在其上运行")


def _schema(tx: Tx, config_file: Path) -> Iterator[CheckResult]:
    newest, found = newest_schema(), schema_of(tx.connection)
    if found != newest:
        serve = f"shuniu serve --config {config_file}"
        mend, mend_zh = f"{serve}  # migrates at its start; make a copy of the database first", f"{serve}  # 启动时自动升级；请先备份数据库"
        zh = f"数据库结构版本为 {found or '空'}，本程序需要 {newest}"
        yield ill("schema", f"the schema is {found or 'empty'}, this program needs {newest}", zh, mend, mend_zh)
    else:
        yield well("schema", f"the schema is {newest}", f"数据库结构版本 {newest}")


def _durable(tx: Tx) -> CheckResult:
    """Tell whether a commit that returned survives a power cut."""
    execute = tx.connection.exec_driver_sql
    if tx.dialect == "sqlite":
        mode, level = execute("PRAGMA journal_mode").scalar(), execute("PRAGMA synchronous").scalar()
        wrong: dict[str, Any] = {} if (mode, level) == ("wal", _FULL) else {"journal_mode": mode, "synchronous": level}
        mend = "put the data folder on a local disk: WAL does not work on network file systems"
        mend_zh = "请将数据目录放在本机磁盘上：网络文件系统不支持 WAL"
    else:
        weak = weak_settings(tx.connection)
        wrong, statements = {**weak}, mending_of(weak)
        mend, mend_zh = f"{statements}  -- in psql, as superuser", f"{statements}  -- 以超级用户在 psql 中执行"
    if wrong:
        values_found = ", ".join(f"{name}={value}" for name, value in wrong.items())
        return ill("durability", f"commits may be lost in a power cut: {values_found}", f"断电时可能丢失已提交的数据：{values_found}", mend, mend_zh)
    return well("durability", "commits survive a power cut", "已提交的数据断电不丢失")


def _clock(tx: Tx, config: Config, now: datetime) -> Iterator[CheckResult]:
    """Compare the clock with the largest time in the log, which it must not be behind, and with the database server's."""
    known = largest_time(tx, config.clock_checked_from)
    if known is None or judge(now, known) is ClockStanding.RIGHT:
        yield well("clock and log", "the clock is not behind the log", "系统时间不早于日志")
    else:
        largest, size = beijing_clock(known), log_size(tx)
        mend = f"{SET_CLOCK}  # or, if the clock is right and was ahead then: clock_checked_from = {size} in shuniu.toml"
        mend_zh = f"{SET_CLOCK}  # 若现在的时间正确、当时超前：在 shuniu.toml 中设置 clock_checked_from = {size}"
        text, text_zh = f"the clock is behind {largest} Beijing time, up to which the log was written", f"系统时间早于日志已写至的北京时间 {largest}"
        yield ill("clock and log", text, text_zh, mend, mend_zh)
    if tx.dialect == "postgresql":
        drift = timedelta(
            seconds=float(tx.connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())").scalar() or 0) - now.timestamp()
        )
        if abs(drift) > MOST_DRIFT:
            seconds = f"{abs(drift).total_seconds():.0f}"
            yield ill("clock and database", f"the database server's clock differs by {seconds} s", f"与数据库服务器时间相差 {seconds} 秒", SET_CLOCK)
        else:
            yield well("clock and database", "the database server's clock agrees", "与数据库服务器时间一致")


def _writable(db: Database) -> CheckResult:
    """Commit a write that changes nothing: the change counter is set to what it is."""
    with db.begin() as tx:
        found = tx.connection.exec_driver_sql("UPDATE change_counter SET seq = seq").rowcount
    if not found:
        en, zh = "the counter of changes is missing: no change can be made until the hub starts again", "变更计数缺失，重启枢纽后方可变更"
        return ill("write", en, zh, "systemctl restart shuniu")
    return well("write", "a write was committed", "写入测试通过")
