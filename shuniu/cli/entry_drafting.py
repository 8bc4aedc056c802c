"""`shuniu provide --describe` and `--check`: what an entry of the directory should say of a table, and what it says otherwise."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

import click

from shuniu import connect
from shuniu.cli.department import members_address
from shuniu.cli.output import plain, print_json
from shuniu.cli.reasons import ENTRY_OF_OTHER_SYSTEM, NO_KEY_TO_DRAFT
from shuniu.folder import read_system
from shuniu.provider.comparison import Finding, absent, compare
from shuniu.provider.description import entry_fields, entry_key, served_resource
from shuniu.provider.draft import BLANK, blanks_in, draft_of, names_toml
from shuniu.provider.opening import database_rooms, open_source
from shuniu.provider.settings import ProviderSettings, ResourceSettings
from shuniu.v1.catalog_pb2 import Entry, ListEntryVersionsRequest
from shuniu.v1.provider_pb2 import ProviderResource

_ENTRY: Final = "entry.json"


def describe(settings: ProviderSettings, schema: str, *, as_json: bool = False) -> None:
    """Print the draft of one resource's entry; the tables of a schema where none is named. What is not JSON goes to standard error."""
    if not settings.resource:
        _list(settings.url, schema, as_json=as_json)
        return
    if len(settings.resource) > 1:
        raise click.UsageError("--describe 一次只打印一个目录条目，请只给出一张表: --describe prints one entry; name one table")
    resource = _with_key(settings.resource[0])
    system = str(read_system(settings.identity).get("system", "")) if settings.identity else ""
    draft = draft_of(_described(resource, settings.index), system or f"{BLANK}业务系统 the system's name")
    click.echo(json.dumps(draft.request, ensure_ascii=False, indent=None if as_json else 2))
    names = {**resource.names, **{field: resource.names.get(column, column) for field, column in draft.names.items()}}
    if draft.names:
        click.echo(f"# 列名须对应，请写入提供方配置文件 map the columns, in the provider's configuration:\n{names_toml(names)}", err=True)
    click.echo(
        f"请填写 {len(blanks_in(draft.request))} 处“{BLANK}”，然后执行 fill these blanks in, then:\n"
        f"  shuniu entry new --identity DIR --file {_ENTRY}\n"
        "编目前的风险评估和分类分级填入 what was assessed and classified before (Decree 809 art. 13) goes into: "
        "assessment (secrecy, secrecy_report, secrecy_date, impact_report, impact_date), data_class, data_grade",
        err=True,
    )


def check_entry(settings: ProviderSettings, name: str, *, as_json: bool = False) -> bool:
    """Print how an entry differs from what would be served; tell whether anything contradicts it."""
    identity = Path(settings.identity)
    with connect(members_address(identity), identity) as hub:
        entry = hub.catalog.ListEntryVersions(ListEntryVersionsRequest(name=name)).entries[0]
    known = read_system(identity)
    system, own = f"{entry.provider}/{entry.serving_system}", f"{known.get('department', '')}/{known.get('system', '')}"
    # a draft may not say yet which system serves it
    if system not in (own, f"{known.get('department', '')}/"):
        raise ENTRY_OF_OTHER_SYSTEM(entry=name, system=system, own=own)
    findings = findings_of(settings, entry)
    if as_json:
        print_json({"entry": name, "version": entry.version, "findings": [asdict(found) for found in findings]})
        return any(found.contradicts for found in findings)
    for found in findings:
        _show(found)
    if not findings:
        click.secho(f"{name} 第{entry.version}版与所提供的数据一致 version {entry.version} is as served", fg="green")
    return any(found.contradicts for found in findings)


def findings_of(settings: ProviderSettings, entry: Entry) -> tuple[Finding, ...]:
    """Return how an entry differs from the resource that it names, or from the only one there is where it names none yet."""
    only = settings.resource[0].resource if len(settings.resource) == 1 else ""
    served = next((one for one in settings.resource if one.resource == (entry.serving_resource or only)), None)
    if served is None:
        return (absent(entry.serving_resource),)
    return compare(served_resource(_described(served, settings.index)), entry_fields(entry), entry_key(entry))


def _described(settings: ResourceSettings, index: str) -> ProviderResource:
    with closing(open_source(settings, index)) as source:
        return source.resource(settings.resource).to_message()


def _with_key(settings: ResourceSettings) -> ResourceSettings:
    """Return the settings with the table's primary key where no key is named."""
    if settings.key:
        return settings
    column = database_rooms().listing.key_of(settings.url, settings.table, settings.schema)
    if not column:
        raise NO_KEY_TO_DRAFT(table=settings.table)
    fields = [field for field, mapped in settings.names.items() if mapped == column]
    return replace(settings, key=fields[0] if fields else column)


def _list(url: str, schema: str, *, as_json: bool) -> None:
    lines = list(database_rooms().listing.tables_in(url, schema))
    if as_json:
        print_json([{"name": line.name, "key": line.key, "comment": line.comment} for line in lines])
        return
    for line in lines:
        click.echo("\t".join((plain(line.name), plain(line.key) or "-", plain(line.comment))).rstrip())
    click.echo("以上为表和视图及其主键 tables and views with their primary keys; next: shuniu provide --describe --table NAME[:KEY]", err=True)


def _show(found: Finding) -> None:
    word, colour = ("矛盾 contradicts", "red") if found.contradicts else ("提示 note", "yellow")
    click.secho(f"{word} [{found.reason}] {plain(found.field)}".rstrip(), fg=colour)
    for text in (found.zh, found.en):
        click.echo(f"  {plain(text)}")
    click.echo(f"  下一步: {plain(found.next_zh)}\n  next: {plain(found.next_en)}")
