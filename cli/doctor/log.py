"""The access log: is it signed in time, is any of it damaged, does it still take records, do its rows of bookkeeping fit each other."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from audit.alarm import find_forgery
from audit.history import History
from audit.memory import LogMemory
from audit.patrol import index_flaws
from audit.row_check import compare_rows
from audit.standing import LogStanding, standing_of, waiting_since
from audit.store import RecordStore
from audit.store.damage import DamageStore
from cli.doctor.result import CheckResult, ill, result_of, results_of, well
from cli.health import ask_log
from cli.process import holder
from hub.config import Config
from hub.db import Database, Tx
from hub.errors import ShuniuError
from hub.key_check import KeyCheck
from hub.key_set import LOG, ROWS
from hub.keys import KeyRing
from migrations.opening import open_book
from shuniu.proofs.checkpoint import VerifierKey

ROUNDS: Final = 10
"""Times `checkpoint_seconds` that a record may wait for its checkpoint; a round that reads much takes longer than its second."""
LEAST: Final = timedelta(seconds=10)
_VERIFY: Final = "shuniu audit verify --config"
_MOST_ROWS: Final = 5
_CHECKPOINT: Final = "checkpoint"


def log(db: Database, config: Config, now: datetime) -> Iterator[CheckResult]:
    """Check the log of a hub, whether the hub runs or not; a running one is asked for what only it knows."""
    running = ask_log(config)
    with db.read() as tx:
        standing = standing_of(tx)
        yield from _damage(tx, standing)
        yield from _bookkeeping(tx, standing)
        waiting = waiting_since(tx, standing)
        has_rows_key = _has_rows_key(tx, config)
    yield from _tree(db, config)
    yield from _signing(standing, waiting, running, config, now)
    yield from _refusing(running, config)
    if has_rows_key:
        yield from results_of("register", partial(_register, db, config))


def _has_rows_key(tx: Tx, config: Config) -> bool:
    """Tell whether the key is there under which rows were bound; without it every row would seem changed. It is a result of the check of the keys."""
    try:
        return KeyCheck.of(tx, config.keys).fits(ROWS)
    except ShuniuError:
        return False


def _register(db: Database, config: Config) -> Iterator[CheckResult]:
    """Compare the rows by which the hub decides with the log; large tables are the running hub's to scan, and the command's that is named."""
    db.book = open_book(config)
    found = compare_rows(db, large=False)
    for one in found[:_MOST_ROWS]:
        mend = f"shuniu audit reconcile --config FILE  # {len(found)} in all; keep the disk for the auditor"
        mend_zh = f"shuniu audit reconcile --config FILE  # 共 {len(found)} 行；请为审计保全磁盘"
        yield ill("register", f"{one.name} was changed past the hub: {one.fault.value}", f"{one.name} 被绕过枢纽改动", mend, mend_zh)
    if not found:
        yield well("register", "every row by which the hub decides is what the log says", "登记数据与日志一致")


def _tree(db: Database, config: Config) -> Iterator[CheckResult]:
    try:
        key = VerifierKey(config.origin, KeyRing(config.keys).signer(LOG).public_der[-32:])
    except ShuniuError:
        return  # a key that cannot be used is a result of the check of the keys
    try:
        History(db, config.origin, key, config.data / "log", LogMemory()).check()
    except ShuniuError as error:
        yield result_of("log", error)
    else:
        yield well("log", "the log extends its newest checkpoint and hashes to its tree", "日志延续最新检查点，且与日志树相符")


def _damage(tx: Tx, standing: LogStanding) -> Iterator[CheckResult]:
    for one in DamageStore(tx).all():
        if (forged := find_forgery(tx, one)) is not None:
            yield result_of("log damage", forged)
    for one in standing.open_damage:
        where = f"{one.first}" if one.first == one.last else f"{one.first}-{one.last}"
        if one.unreadable:
            en, zh = f"record {where} is not what was written ({one.reason})", f"第{where}条记录与写入时不符（{one.reason}）"
        else:
            en = f"the index row of record {where} was wrong and was made anew; the record itself is whole"
            zh = f"第{where}条记录的索引曾有误，已重建；记录本身完好"
        command = f"shuniu audit acknowledge {one.first} --reason ..."
        yield ill("log damage", en, zh, f"find out what happened, then: {command}", f"请查明原因，然后执行：{command}")
    emptied = [one for one in RecordStore(tx).hidden()[1] if not any(this.holds(one.first) for this in standing.damage)]
    for one in emptied:  # a running hub finds it itself within some rounds, a start at once
        en, zh = f"record {one.first} lost its content, and no record of the log erased it", f"第{one.first}条记录内容缺失，且日志中没有删除的记载"
        yield ill("log damage", en, zh, f"{_VERIFY}")
    missing = standing.size - RecordStore(tx).count()
    if missing < 0:
        more, more_zh = f"there are {-missing} records more than the log's size says", f"日志记录比应有的多{-missing}条"
        yield ill("log records", more, more_zh, f"{_VERIFY}")
    elif missing:
        mend = f"{_VERIFY}  # names the records"
        mend_zh = f"{_VERIFY}  # 列出缺失的记录"
        yield ill("log records", f"the log has {missing} records less than its size says", f"日志记录比应有的少{missing}条", mend, mend_zh)
    elif not standing.open_damage and not emptied:
        yield well("log records", f"all {standing.size} records are there, none is known to be damaged", f"{standing.size}条记录齐全，未发现损坏")


def _bookkeeping(tx: Tx, standing: LogStanding) -> Iterator[CheckResult]:
    flaws = list(index_flaws(tx, standing.size))
    for flaw in flaws:
        yield result_of("log index", flaw)
    if not flaws:
        covers, covers_zh = "the index covers all records", "索引已覆盖全部记录"
        if standing.unindexed:
            covers = f"the index covers all but the newest {standing.unindexed} records"
            covers_zh = f"索引尚未覆盖最新的{standing.unindexed}条记录"
        yield well("log index", covers, covers_zh)


def _signing(
    standing: LogStanding, waiting: datetime | None, running: Mapping[str, Any] | None, config: Config, now: datetime
) -> Iterator[CheckResult]:
    told = (running or {}).get("last_error") or {}
    late = max(LEAST, timedelta(seconds=ROUNDS * config.checkpoint_seconds))
    if waiting is None or now - waiting <= late:
        age = standing.age(now)
        newest = "there is no checkpoint yet" if age is None else f"the newest checkpoint is {age:.0f} s old"
        newest_zh = "尚无检查点" if age is None else f"最新检查点签发于{age:.0f}秒前"
        yield well(_CHECKPOINT, f"{newest}; {standing.unsigned} records wait for the next", f"{newest_zh}；{standing.unsigned}条记录待签")
    elif holder(config.data) is None:
        text = f"{standing.unsigned} records wait for a checkpoint, which the hub signs at its start"
        yield well(_CHECKPOINT, text, f"{standing.unsigned}条记录待签，枢纽启动时签发检查点")
    else:
        seconds = (now - waiting).total_seconds()
        why, why_zh = (told.get("message") or {}).get("en", ""), (told.get("message") or {}).get("zh", "")
        en = f"{standing.unsigned} records have waited for a checkpoint, for {seconds:.0f} s{f': {why}' if why else ''}"
        zh = f"{standing.unsigned}条记录待签检查点，已等候{seconds:.0f}秒{f'：{why_zh}' if why_zh else ''}"
        yield ill(_CHECKPOINT, en, zh, "journalctl -u shuniu | grep checkpoint")


def _refusing(running: Mapping[str, Any] | None, config: Config) -> Iterator[CheckResult]:
    refusing = (running or {}).get("refusing")
    if refusing:
        texts = refusing.get("message") or {}
        mend = "stop the hub, keep the disk, call the auditor; then restore the newest backup or promote the newest replica"
        mend_zh = "请停止枢纽运行，保全磁盘并通知审计人员；然后恢复最新备份或者启用最新副本"
        yield ill("log writes", f"the hub releases nothing: {texts.get('en', '')}", f"枢纽不再提供任何数据：{texts.get('zh', '')}", mend, mend_zh)
    elif running is not None:
        yield well("log writes", "the running hub takes records", "运行中的枢纽正常接收记录")
    elif (holder(config.data) or {}).get("web"):  # it serves, and not only begins to
        yield ill(
            "log writes",
            "the running hub does not answer /health",
            "运行中的枢纽未应答 /health",
            f"curl http://{config.web}/health",
        )
