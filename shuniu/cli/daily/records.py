"""`shuniu audit search` and `show`: what the access log says, to an auditor and to the departments concerned; each look is itself on the log."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from shuniu.cli.daily.commands import DEADLINE
from shuniu.cli.daily.desk import Desk, connected
from shuniu.cli.daily.printing import as_json as plain_json
from shuniu.cli.daily.printing import show as print_thing
from shuniu.cli.daily.printing import show_table
from shuniu.cli.department import identity_option, json_option
from shuniu.cli.options import officer_of
from shuniu.cli.output import print_json
from shuniu.cli.verifying import moment_of, read_file
from shuniu.v1.audit_pb2 import GetAuditRecordRequest, SearchAuditRecordsRequest

_COLUMNS = ("index", "time", "kind", "action", "department", "officer", "other_department", "resource", "case_number", "status")
_BULK_COLUMNS = ("action", "department", "other_department", "resource", "grant", "count", "first_time", "last_time", "newest_index")
_BULK = (
    "\n以证件号码为主键的数据另有整表交付{count}次，逐人记录不载入日志，该数据主体可能在其中 "
    "besides, {count} bulk deliveries of data keyed by such numbers: the log names nobody in them, and the person may be among their rows"
)
_searcher = officer_of("查看人，记入日志 who looks; it goes into the log.", required=False)
_reason = click.option("--reason", metavar="TEXT", help="理由，记入日志 why; it goes into the log.")


@click.command()
@click.option(
    "--subject-file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE|-",
    help="存有数据主体证件号码的文件，- 为标准输入 a file with a person's or company's number; an argument could be read by others.",
)
@click.option("--domain", type=click.Choice(["cn-id", "uscc"]), default="cn-id", show_default=True, help="号码类型 what the number is.")
@click.option("--acted", metavar="TEXT", help="日志中的经办人 the officer who acted.")
@click.option("--department", metavar="USCC", help="行为部门或相关部门 department that acted or was concerned.")
@click.option("--case-number", metavar="TEXT", help="办件编号 case number.")
@click.option("--from", "begin", metavar="TIME", help="起（含） from, inclusive.")
@click.option("--to", "end", metavar="TIME", help="止（不含） to, exclusive.")
@click.option("--count", type=click.IntRange(1), default=100, show_default=True, help="最多列出条数 list at most so many.")
@_searcher
@_reason
@identity_option
@json_option
def search(*, subject_file: Path | None, begin: str | None, end: str | None, count: int, identity: Path, as_json: bool, **said: Any) -> None:
    """检索记录 Search the access log, newest first. The search is on the log before anything is shown."""
    request = SearchAuditRecordsRequest(
        officer=said["acted"] or "",
        department=said["department"] or "",
        case_number=said["case_number"] or "",
        reason=said["reason"] or "",
        searcher=said["officer"] or "",
    )
    if subject_file is not None:
        number = sys.stdin.readline() if str(subject_file) == "-" else read_file(subject_file).decode("utf-8-sig")
        request.subject, request.subject_domain = number.strip(), said["domain"]
    for field, text in ((request.from_time, begin), (request.to_time, end)):
        if text is not None:
            field.FromDatetime(moment_of(text))
    request.page_size = min(count, 500)
    with connected(identity, DEADLINE) as hub:
        page = hub.audit.SearchAuditRecords(request)
        if as_json:
            print_json(plain_json(page))
            return
        desk = Desk(hub)
        show_table(desk, page.records, _COLUMNS, "")
        if page.bulk_count:
            click.echo(_BULK.format(count=page.bulk_count))
            show_table(desk, page.bulk_deliveries, _BULK_COLUMNS, "")
    if page.damaged_indexes:
        click.echo(f"已损坏，无法显示 damaged, not shown: {', '.join(map(str, page.damaged_indexes))}", err=True)
    if page.next_page_token:
        click.echo("还有更多，请缩小范围或用 --count 增加（至多500） there are more: narrow the search, or --count up to 500", err=True)
    click.echo(f"下一步 next: shuniu audit show INDEX --search {page.search_index} --identity {identity}", err=True)


@click.command()
@click.argument("index", type=click.IntRange(min=0))
@click.option("--search", "search_index", type=click.IntRange(min=0), metavar="N", help="本次检索的序号，代替查看人和理由 the search that found it.")
@_searcher
@_reason
@identity_option
@json_option
def show(*, index: int, search_index: int | None, officer: str | None, reason: str | None, identity: Path, as_json: bool) -> None:
    """查看记录 Show one record: as part of a search that found it, or as a look of its own with who and why."""
    request = GetAuditRecordRequest(index=index, searcher=officer or "", reason=reason or "")
    if search_index is not None:
        request.search_index = search_index
    with connected(identity, DEADLINE) as hub:
        print_thing(Desk(hub), hub.audit.GetAuditRecord(request), json=as_json)
