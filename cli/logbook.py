"""The access log: anybody checks a copy of it without trusting the hub; the operator checks, mends and takes note of damage in the hub's own."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from cli.health import ask_log
from hub.access import OPERATOR
from hub.clock import SystemClock
from hub.config import Config, load
from hub.errors import ConfigError
from hub.ids import Ids
from hub.key_set import LOG, PSEUDONYM
from hub.keys import KeyRing
from hub.practice import clock_of
from hub.unit_of_work import Kit, Step
from shuniu.cli.auditing import COMMANDS, check_copy, show_mark
from shuniu.cli.options import FOLDER, PLACE, officer_of
from shuniu.cli.output import ExitCode, plain, print_json
from shuniu.cli.progress import progress
from shuniu.words import Word

if TYPE_CHECKING:
    from audit.comparison import Comparison
    from audit.history import History
    from audit.reconcile import RowFinding
    from hub.db import Database

_FAULTS: Final = {
    "changed": "被改动 changed",
    "deleted": "被删除 deleted",
    "put back": "被恢复为旧状态 put back",
    "inserted": "被插入 inserted",
    "unknown": "该记录的变更清单丢失 the list of what this record changed is lost",
}
USUAL: Final = Path("shuniu.toml")
"""Seconds between two lines of progress."""
config_option = click.option("--config", type=PLACE, default=USUAL, show_default=True, help="配置文件 the hub's configuration.")
json_option = click.option("--json", "as_json", is_flag=True, help="供程序读取 one line of JSON for programs.")


@click.group()
def audit() -> None:
    """访问日志 Check the access log without trusting the hub; on the hub's machine also check, re-index and acknowledge damage.

    With a member's certificate: propose, confirm or refuse an erasure.
    """


for _command in COMMANDS:
    audit.add_command(_command)


@audit.command("verify")
@click.argument("directory", type=FOLDER, required=False)
@click.option("--config", type=PLACE, metavar="FILE", help="枢纽配置 compare the hub's own database and folder instead of a copy.")
@click.option("--vkey", metavar="KEY", help="日志公钥 the log's verifier key, or a file with it, obtained over a channel you trust.")
@json_option
@click.pass_context
def audit_verify(ctx: click.Context, *, directory: Path | None, config: Path | None, vkey: str | None, as_json: bool) -> None:
    """核验日志 Check every file of a copy of the log: signature, records, tree, proofs; name the first file and record that fail.

    With --config, on the hub's machine and beside a running hub: every record of the database against the signed tiles, the published
    entries, the index in both directions, and all checkpoints. Exit codes: 0 intact, 1 not, 2 wrong input.
    """
    if (directory is None) == (config is None) or (config is not None and vkey is not None):
        raise click.UsageError("请给出日志副本目录，或者 --config: give the folder of a copy (with --vkey), or --config")
    if config is not None:
        ctx.exit(_compare(load(config), as_json=as_json))
    if directory is not None:
        ctx.exit(check_copy(directory, vkey, as_json=as_json))


@audit.command("acknowledge")
@click.argument("index", type=click.IntRange(min=0))
@config_option
@click.option("--reason", required=True, help="查明的情况，记入日志 what was found out; written to the log.")
@officer_of("经办人 the officer in charge.", required=False)
@json_option
def acknowledge(*, index: int, config: Path, reason: str, officer: str, as_json: bool) -> None:
    """确认损坏 Take note of a damaged record: a running hub signs checkpoints again within a second. The record stays refused to readers.

    It is refused for a record that is not known to be damaged, and for a log that was put back or does not hash to its tree.
    """
    settings = load(config)
    with _log_of(settings) as (db, history):
        _refuse_stopped(settings)
        log = import_module("audit.log").AuditLog(settings.origin, KeyRing(settings.keys).secret(PSEUDONYM))
        acknowledging = import_module("audit.acknowledging").Acknowledging(Kit(db, log, clock_of(settings, SystemClock()), Ids()), history)
        found, by = acknowledging.acknowledge(Step(caller=OPERATOR, name=f"auditRecords/{index}", officer=officer, reason=reason))
    if as_json:
        print_json({"first": found.first, "last": found.last, "reason": found.reason, "acknowledged": by})
        return
    click.echo(f"已确认，记入第{by}条记录 acknowledged in record {by}: {_records_of(found.first, found.last)} [{found.reason}]")


@audit.command("reindex")
@config_option
@click.option("--resume", is_flag=True, help="接着上次中断处 go on where the last run was killed.")
@json_option
def reindex(*, config: Path, resume: bool, as_json: bool) -> None:
    """重建索引 Make the index of the log anew, also beside a running hub, whose searches wait meanwhile; the log itself is only read."""
    settings = load(config)
    begun = time.monotonic()
    with _log_of(settings) as (db, _), _held_alone(db) as alone, progress("已建立索引 indexed") as tell:
        done = import_module("audit.reindexing").Reindexing(db, alone=alone).run(anew=not resume, report=tell)
    seconds = time.monotonic() - begun
    if as_json:
        print_json({"records": done, "seconds": round(seconds, 1)})
        return
    click.echo(f"已建立索引 indexed: {done} ({seconds:.1f} s)")


@audit.command("reconcile")
@config_option
@click.option("--bind", "name", metavar="TABLE/KEY", help="查明后按现状绑定该数据行 bind this row as it stands, once you know what happened to it.")
@click.option("--reason", default="", help="查明的情况，记入日志 with --bind: what was found out; written to the log.")
@officer_of("经办人 with --bind: the officer in charge.", required=False)
@json_option
@click.pass_context
def reconcile(ctx: click.Context, *, config: Path, name: str | None, reason: str, officer: str, as_json: bool) -> None:
    """核对登记数据 Hold every row by which the hub decides against the log; name those that were changed past it. Also beside a running hub.

    Exit codes: 0 every row is what the log says, 1 not, 2 wrong input.
    """
    if name is None and reason:
        raise click.UsageError("--reason 须与 --bind 同用: --reason goes with --bind")
    settings = load(config)
    with _log_of(settings) as (db, _):
        if name is not None:
            log = import_module("audit.log").AuditLog(settings.origin, KeyRing(settings.keys).secret(PSEUDONYM))
            step = Step(caller=OPERATOR, name=name, officer=officer, reason=reason)
            by = import_module("audit.row_check").bind_row(Kit(db, log, clock_of(settings, SystemClock()), Ids()), step)
            click.echo(json.dumps({"row": name, "record": by}) if as_json else f"已绑定，记入第{by}条记录 bound in record {by}: {name}")
            return
        with db.snapshot() as tx, progress("正在核对登记数据 comparing rows with the log"):
            found = list(import_module("audit.reconcile").reconcile(tx, db.book))
    if as_json:
        print_json({"ok": not found, "rows": [{"name": one.name, "fault": one.fault.value, "record": one.position} for one in found]})
    else:
        _show_rows(found)
    ctx.exit(ExitCode.NO if found else ExitCode.OK)


def _show_rows(found: "Sequence[RowFinding]") -> None:
    if not found:
        click.secho("✓ 登记数据与日志一致 every row is what the log says", fg="green", bold=True)
        return
    click.secho("✗ 登记数据绕过枢纽被改动 rows were changed past the hub", fg="red", bold=True)
    for one in found:
        where = f"第{one.position}条记录 record {one.position}" if one.position >= 0 else "无记录 no record"
        click.echo(f"  {plain(one.name)}: {_FAULTS[one.fault.value]} ({where})")


def _compare(config: Config, *, as_json: bool) -> ExitCode:
    begun = time.monotonic()
    with _log_of(config) as (db, history), progress("已核对 compared") as tell:
        comparer = import_module("audit.comparison").LogComparer(db, history, config.data / "log", _vkey_of(config), tell)
        found: Comparison = comparer.run()
    rate = round(found.standing.size / max(time.monotonic() - begun, 0.001))
    if as_json:
        flaws = [{"reason": flaw.reason, "message": flaw.message, "message_zh": flaw.zh} for flaw in found.flaws]
        facts = {"ok": found.ok, "size": found.standing.size, "signed": found.standing.signed, "records_per_second": rate}
        print_json(
            facts | {"damage": [asdict(one) for one in found.damage], "flaws": flaws, "findings": [asdict(one) for one in found.files.findings]}
        )
    else:
        _show_comparison(found, rate)
    return ExitCode.OK if found.ok else ExitCode.NO


def _show_comparison(found: "Comparison", rate: int) -> None:
    show_mark(ok=found.ok)
    click.echo(f"  记录数 records: {found.standing.size}\n  已签名 signed: {found.standing.signed}\n  速度 records a second: {rate}")
    for one in found.damage:
        where = f"{_records_of(one.first, one.last)} [{one.reason}]"
        if one.acknowledged is not None:
            click.echo(f"  注 note: {where}: 已在第{one.acknowledged}条记录中确认 acknowledged in record {one.acknowledged}")
        else:
            click.secho(f"  {where}: 与写入时不符 not what was written", fg="red")
    for flaw in found.flaws:
        click.secho(f"  {plain(flaw.zh)}\n  {plain(flaw.message)}", fg="red")
    for finding in found.files.findings:
        click.secho(f"  {plain(finding.zh)}\n  {plain(finding.en)}", fg="red")


@contextmanager
def _log_of(config: Config) -> "Iterator[tuple[Database, History]]":
    """Give the hub's own log: its database, opened beside a running hub, and what it is held against."""
    # Loaded here: checking a copy needs no database.
    db = import_module("migrations.opening").open_beside(config)
    try:
        memory = import_module("audit.memory").LogMemory()
        yield db, import_module("audit.history").History(db, config.origin, _vkey_of(config), config.data / "log", memory)
    finally:
        db.close()


@contextmanager
def _held_alone(db: "Database") -> Iterator[bool]:
    """Take the database's lock for the length of a block and give True; False where a hub has it."""
    try:
        db.hold()
    except ConfigError:
        yield False
        return
    yield True  # given back when the database is closed


def _refuse_stopped(config: Config) -> None:
    """Refuse to go on where the running hub takes no record any more: it saw what neither database nor folder shows now."""
    refusing = (ask_log(config) or {}).get("refusing")
    if refusing:
        reason = import_module("audit.reasons.damage").NOT_TO_ACKNOWLEDGE
        told = refusing.get("message", {})
        raise reason(problem=Word(str(refusing.get("reason", "")), told.get("en", ""), told.get("zh", "")))


def _vkey_of(config: Config) -> Any:
    checkpoint = import_module("shuniu.proofs.checkpoint")
    return checkpoint.VerifierKey(config.origin, KeyRing(config.keys).signer(LOG).public_der[-32:])


def _records_of(first: int, last: int) -> str:
    return f"记录 record {first}" if first == last else f"记录 records {first}-{last}"
