"""`shuniu provide`: tables, files, HTTP services as a provider's resources, no code written; before that, what their entries should say or do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from shuniu.cli.department import members_address
from shuniu.cli.entry_drafting import check_entry, describe
from shuniu.cli.options import ADDRESS, FILE, PLACE, identity_of
from shuniu.cli.output import ExitCode
from shuniu.cli.provider_process import ProviderProcess, announced_address, refuse_unnamed
from shuniu.cli.server_log import server_log
from shuniu.folder import read_identity
from shuniu.loops import run_in
from shuniu.provider import Provider
from shuniu.provider.opening import open_source
from shuniu.provider.settings import LEVELS, ZONE, ProviderSettings, ResourceSettings, load, zone_of

_QUICK: Final = ("url", "tables", "files", "key", "resource", "schema", "zone", "as_text", "names", "encoding")
"""Options that say on the command line what a configuration file says."""


@click.command()
@identity_of(required=False)
@click.option("--config", type=FILE, metavar="FILE", help="配置文件 what to serve, in TOML; instead of the options from --url to --encoding.")
@click.option("--url", default="", envvar="SHUNIU_SOURCE_URL", metavar="URL", help="数据库地址 a SQLAlchemy URL; read-only access is enough.")
@click.option("--table", "tables", multiple=True, metavar="[SCHEMA.]NAME[:KEY]", help="表或视图，可重复 a table or view; may be repeated.")
@click.option("--file", "files", multiple=True, metavar="FILE", help="CSV 或 Parquet 文件，可重复 a file that is served as a table; may be repeated.")
@click.option("--key", default="", metavar="COLUMN", help="查询键列 the key column of tables given without KEY, and of files.")
@click.option("--resource", default="", metavar="NAME", help="资源名称 the name of the resource, for a single table.  [default: the table's]")
@click.option("--schema", default="", metavar="NAME", help="数据库模式 the database schema of the tables.")
@click.option("--map", "names", multiple=True, metavar="FIELD=COLUMN", help="信息项与列的对应，可重复 the column of a field, for a single table.")
@click.option("--as-text", multiple=True, metavar="FIELD", help="按文本提供的信息项，可重复 a field to serve as text, for a single table.")
@click.option("--zone", default="", metavar="ZONE", help=f"无时区时间所在时区 where times without a zone are.  [default: {ZONE}]")
@click.option("--encoding", default="", metavar="NAME", help="CSV 文件编码 the encoding of CSV files.  [default: utf-8]")
@click.option("--listen", type=ADDRESS, help="监听地址 the address to listen on; port 0 takes a free one.  [default: 127.0.0.1:0]")
@click.option("--announce", default="", metavar="HOST[:PORT]", help="枢纽访问本服务的地址 how the hub reaches it.  [default: where it listens]")
@click.option("--describe", "is_draft", is_flag=True, help="打印目录条目草稿 print a draft of the directory entry; without a table, the tables.")
@click.option(
    "--check", "entry", default="", metavar="entries/ID", help="比对目录条目 compare an entry with what would be served; exit code 1: it contradicts."
)
@click.option("--ready", type=PLACE, metavar="FILE", help="就绪后写入地址的文件 a file for the address, written once the hub knows it.")
@click.option("--parent", type=int, hidden=True)
@click.option("--log-level", type=click.Choice(list(LEVELS)), help="日志级别  [default: info]")
@click.option("--json", "as_json", is_flag=True, help="供程序读取 a line of JSON for each thing that happens.")
@click.pass_context
def provide(ctx: click.Context, /, *, is_draft: bool, entry: str, ready: Path | None, parent: int | None, as_json: bool, **given: Any) -> None:
    """提供数据 Serve tables, files and HTTP services to the hub, and to nobody else, until SIGTERM or Ctrl-C.

    For example: shuniu provide --identity identity --url postgresql://reader@db/registry --table resident:id_number
    """
    # the variable is for the command line; a configuration says itself where its URL is
    if given["config"] is not None and ctx.get_parameter_source("url") is click.core.ParameterSource.ENVIRONMENT:
        given["url"] = ""
    if is_draft and entry:
        raise click.UsageError("--describe 与 --check 不能同时使用: --describe and --check are two questions")
    if is_draft:
        describe(_settings(given, is_draft=True), given["schema"], as_json=as_json)
        return
    settings = _settings(given)
    if not settings.identity:
        raise click.UsageError("请用 --identity DIR 给出身份目录: give the folder that `shuniu join` made")
    if entry:
        ctx.exit(ExitCode.NO if check_entry(settings, entry, as_json=as_json) else ExitCode.OK)
    _serve(settings, ready, parent, as_json=as_json)


def _serve(settings: ProviderSettings, ready: Path | None, parent: int | None, *, as_json: bool) -> None:
    identity = Path(settings.identity)
    announce = announced_address(settings.announce, settings.listen)
    refuse_unnamed(announce[0], read_identity(identity).leaf, identity)
    provider = Provider(identity)
    with server_log(settings.log_level) as events, ExitStack() as sources:
        for one in settings.resource:
            provider.add(sources.enter_context(closing(open_source(one, settings.index))).resource(one.resource))
        resources = tuple(one.resource for one in settings.resource)
        process = ProviderProcess(provider, identity, members_address(identity), settings.listen, announce, resources, as_json)
        run_in(events.loop(), process.run(ready, parent))


def _settings(given: Mapping[str, Any], *, is_draft: bool = False) -> ProviderSettings:
    """Return what the configuration file says, or the options; where it listens may be said on the command line in any case."""
    mixed = next((name for name in _QUICK if given[name]), "")
    if given["config"] is not None and mixed:
        raise click.UsageError(f"使用 --config 时，请在配置文件中填写 {mixed}: with --config, say this in the file")
    settings = load(given["config"]) if given["config"] is not None else _quick(given, is_draft=is_draft)
    return replace(
        settings,
        identity=str(given["identity"] or settings.identity),
        listen=given["listen"] or settings.listen,
        announce=given["announce"] or settings.announce,
        log_level=given["log_level"] or settings.log_level,
    )


def _quick(given: Mapping[str, Any], *, is_draft: bool) -> ProviderSettings:
    """Return the settings that the options say."""
    tables, files = given["tables"], given["files"]
    if not is_draft and not (tables or files):
        raise click.UsageError("请用 --table、--file 或 --config 指明提供的数据: say what to serve with --table, --file or --config")
    if (tables or not files) and not given["url"]:
        raise click.UsageError("请用 --url 给出数据库地址: give the database with --url or SHUNIU_SOURCE_URL")
    for option in ("resource", "names", "as_text"):
        if given[option] and len(tables) + len(files) > 1:
            name = {"names": "map"}.get(option, option).replace("_", "-")
            raise click.UsageError(f"--{name} 只能用于单个表或文件: --{name} is for one table or file; use --config for several")
    zone_of(given["zone"] or ZONE)
    shared = {"name": given["resource"], "names": names_of(given["names"]), "as_text": given["as_text"], "zone": given["zone"] or ZONE}
    served = [_table(text, given, shared, is_draft=is_draft) for text in tables]
    served += [ResourceSettings(file=text, key=_key(given["key"], text), encoding=given["encoding"] or "utf-8", **shared) for text in files]
    if len({one.resource for one in served}) != len(served):
        raise click.UsageError("同一张表重复给出: a table is named twice")
    return ProviderSettings(resource=tuple(served), url=given["url"])


def _table(text: str, given: Mapping[str, Any], shared: Mapping[str, Any], *, is_draft: bool) -> ResourceSettings:
    name, _, own = text.partition(":")
    # a draft asks the database for the primary key
    key = own or given["key"] if is_draft else _key(own or given["key"], text)
    return ResourceSettings(table=name, key=key, schema=given["schema"], url=given["url"], **shared)


def _key(key: str, text: str) -> str:
    if not key or text.startswith(":"):
        raise click.UsageError(
            f"表 {text!r} 未指明查询键，请用 --table NAME:KEY 或 --key COLUMN: the table has no key column; use one of the two options"
        )
    return key


def names_of(texts: Sequence[str]) -> dict[str, str]:
    """Return the column map that --map options say: FIELD=COLUMN, each field once."""
    names: dict[str, str] = {}
    for text in texts:
        field, equals, column = text.partition("=")
        if not (field and equals and column) or field in names:
            raise click.UsageError(f"--map {text!r} 应为“信息项=列名”，每个信息项一次: --map takes FIELD=COLUMN, each field once")
        names[field] = column
    return names
