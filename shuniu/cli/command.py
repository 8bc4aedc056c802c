"""The list of subcommands. Each is loaded from its module when it runs, so that a quick one starts quickly.

A wheel that is installed beside this one adds its own by an entry point of the group `shuniu.commands`, which names its `Part`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import click

from shuniu.cli.output import report

GROUP: Final = "shuniu.commands"
NOBODY_READS: Final = 141
"""What shells say of a process that wrote to a pipe which nobody reads: 128 and SIGPIPE."""


@dataclass(frozen=True)
class CommandRow:
    """Where a subcommand is defined, as module:attribute, and its line in the overview."""

    place: str
    line: str


@dataclass(frozen=True)
class Part:
    """What one wheel brings to the command: its subcommands under a heading, and the packages whose reasons are in the catalogue of errors."""

    title: str
    commands: Mapping[str, CommandRow]
    packages: tuple[str, ...]


DEPARTMENT: Final = Part(
    title="部门 For a department's machine",
    commands={
        "join": CommandRow("shuniu.cli.department:join", "加入枢纽 Generate a key here and get a certificate for it."),
        "renew": CommandRow("shuniu.cli.department:renew", "续期证书 Get a new certificate for the key in a folder."),
        "hosts": CommandRow("shuniu.cli.hosts:hosts", "主机名 The hosts that a system's certificates may name: look, ask, decide."),
        "provide": CommandRow("shuniu.cli.providing:provide", "提供数据 Serve database tables to the hub."),
        "call": CommandRow("shuniu.cli.calling:call", "调用接口 Call any rpc of the hub, JSON in and out."),
        "query-many": CommandRow("shuniu.cli.querying:query_many", "批量查询 Get the records of many keys of one case, keys one a line."),
        "stream": CommandRow("shuniu.cli.streaming:stream", "批量交换 Get a whole table into a file, gone on with after any interruption."),
        "subscribe": CommandRow("shuniu.cli.subscribing:subscribe", "订阅变更 Follow the changes of an entry as lines of JSON."),
        "receipt": CommandRow("shuniu.cli.receipts:receipt", "核对存证回执 Compare a kept answer with the log record that its receipt names."),
        "receipts": CommandRow("shuniu.cli.receipt_folders:receipts", "存证回执目录 Check a folder of kept receipts against the signed log."),
        "verify": CommandRow("shuniu.cli.verifying:verify", "核验证照码 Verify a license code, offline or online."),
        "verify-stamp": CommandRow("shuniu.cli.stamp_verifying:verify_stamp", "验证签章 Verify a stamp on a document, online."),
        "seal": CommandRow("shuniu.cli.daily.seals:seal", "电子印章 Seals: apply, make, stamp, revoke; verify; whose seals the hub trusts."),
        "audit": CommandRow("shuniu.cli.auditing:audit", "访问日志 Verify a copy of the access log, erase what it says of a person."),
        "login-link": CommandRow("shuniu.cli.department:login_link", "登录链接 Create a one-time link to the auditor's pages."),
        "tck": CommandRow("shuniu.cli.conformance:tck", "一致性测试 Call a hub through all its procedures and compare its answers with the rules."),
        "practice": CommandRow("shuniu.cli.daily.practice:practice", "演练 Move the clock of a hub for practice on."),
        "completion": CommandRow("shuniu.cli.completion:completion", "命令补全 Make a shell complete commands, options and methods."),
        "errors": CommandRow("shuniu.cli.catalogue:errors", "错误目录 List what can be wrong, and what to do then."),
    },
    packages=("shuniu",),
)
DAILY: Final = Part(
    title="日常办理 For daily work",
    commands={
        "department": CommandRow("shuniu.cli.daily.departments:department", "部门 Departments: list, register, change, disable."),
        "succession": CommandRow("shuniu.cli.daily.successions:succession", "机构承继 Departments that merge, split or end."),
        "system": CommandRow("shuniu.cli.daily.departments:system", "业务系统 Systems of departments: list, invite, revoke."),
        "officer": CommandRow("shuniu.cli.daily.officers:officer", "经办人 Officers: register, import a list, change, dismiss, deputies."),
        "mandate": CommandRow("shuniu.cli.daily.officers:mandate", "系统授权 What a system may do without a second person."),
        "proposal": CommandRow("shuniu.cli.daily.proposals:proposal", "待确认事项 Steps that wait for a second person: confirm, decline, take back."),
        "work": CommandRow("shuniu.cli.daily.work:work", "待办事项 What waits for the department, what it was told, and both as they come."),
        "entry": CommandRow("shuniu.cli.daily.entries:entry", "目录条目 Entries of the directory: search, draft, submit, review, publish, export."),
        "record-source": CommandRow("shuniu.cli.daily.record_sources:record_source", "数源 Departments that are the source of a term."),
        "directory-update": CommandRow(
            "shuniu.cli.daily.directory_updates:directory_update", "目录更新 Entries that are to follow a change of law or duties."
        ),
        "release": CommandRow("shuniu.cli.daily.entries:release", "目录发布版 Signed states of the whole directory."),
        "request": CommandRow("shuniu.cli.daily.requests:request", "数据共享申请 Data requests: file one, answer one."),
        "grant": CommandRow("shuniu.cli.daily.requests:grant", "共享授权 Grants: look, suspend, resume, revoke."),
        "file": CommandRow("shuniu.cli.daily.files:file", "数据文件 Data files: upload, look, delete; download one under a grant."),
        "question": CommandRow("shuniu.cli.daily.questions:question", "待答查询 Questions that wait for a provider: ask again, withdraw."),
        "browsing": CommandRow(
            "shuniu.cli.daily.browsing:browsing", "翻阅线索 Findings of browsing: the records of many, read under one case number."
        ),
        "use": CommandRow("shuniu.cli.daily.use_records:use", "使用记录 Records of use: what was done with the data of a grant."),
        "decision": CommandRow("shuniu.cli.daily.requests:decision", "决定 Why a call was answered or refused."),
        "service-change": CommandRow("shuniu.cli.daily.service_changes:service_change", "服务变更、终止 Changes of running services."),
        "objection": CommandRow("shuniu.cli.daily.objections:objection", "数据异议 Objections: file, check, correct, dismiss."),
        "demand": CommandRow("shuniu.cli.daily.demands:demand", "数据需求 Demands: data that no entry offers yet; the board of all departments."),
        "dispute": CommandRow("shuniu.cli.daily.disputes:dispute", "共享争议 Disputes: consult, coordinate, decide."),
        "complaint": CommandRow("shuniu.cli.daily.complaints:complaint", "共享投诉 Complaints of citizens: file, answer, close."),
        "license": CommandRow("shuniu.cli.daily.licenses:license", "电子证照 Licenses: issue one or a ledger, suspend, revoke, keys, QR."),
        "delivery": CommandRow("shuniu.cli.daily.deliveries:delivery", "通知推送 Webhooks and mail that tell of work; dead letters."),
        "notice": CommandRow("shuniu.cli.daily.objections:notice", "更正通知 Correction notices to this department."),
    },
    packages=(),
)
OF_HUB: Final = frozenset(
    {"demo", "init", "serve", "doctor", "keys", "token", "appoint", "revoke", "database"},
)
"""Names of the commands that the hub's wheel adds: whoever types one without it is told which wheel to install."""


class Overview(click.Group):
    """The group of all subcommands; it prints its overview without loading any of them."""

    def __init__(self, *args: Any, parts: Iterable[Part] = (), **named: Any) -> None:
        """Take the parts in the order in which the overview shows them; everything else is click's."""
        super().__init__(*args, **named)
        self.parts = tuple(parts)

    @property
    def rows(self) -> dict[str, CommandRow]:
        """Return all subcommands by their names; of two with one name the first wins."""
        return {name: row for part in reversed(self.parts) for name, row in part.commands.items()}

    @property
    def packages(self) -> tuple[str, ...]:
        """Return the packages whose reasons are in the catalogue of errors."""
        return tuple(package for part in self.parts for package in part.packages)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the parts."""
        del ctx
        return [name for part in self.parts for name in self._shown(part)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a subcommand; one that another wheel would bring is refused by the name of that wheel."""
        del ctx
        row = self.rows.get(cmd_name)
        if row is None:
            if cmd_name in OF_HUB:
                raise import_module("shuniu.cli.reasons").COMMAND_OF_HUB(command=cmd_name)
            return None
        module, _, attribute = row.place.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview from the tables."""
        del ctx
        for part in self.parts:
            with formatter.section(part.title):
                formatter.write_dl([(name, row.line) for name, row in self._shown(part).items()])

    def _shown(self, part: Part) -> Mapping[str, CommandRow]:
        """Return the subcommands that a part brings; one that another part has under the same name stands with that one."""
        rows = self.rows
        return {name: row for name, row in part.commands.items() if rows[name] is row}

    def invoke(self, ctx: click.Context) -> Any:
        """Run; an error is printed in Chinese and English with the next action, as a traceback only with --debug."""
        try:
            return super().invoke(ctx)
        # click gives these their exit codes itself
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            # Whoever read the output has gone (`| head`), which is no verdict: click's 1 would say that a license is bad.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that nothing is left to be written at the end
            ctx.exit(NOBODY_READS)
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            ctx.exit(report(error))


def program(parts: Iterable[Part]) -> Overview:
    """Return the command with these parts."""

    @click.group("shuniu", cls=Overview, parts=parts, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
    @click.option("--debug", is_flag=True, help="显示错误堆栈 Show tracebacks.")
    @click.version_option(package_name="shuniu")
    def shuniu(*, debug: bool) -> None:
        """枢纽 Shuniu: a province's government data-sharing hub.

        退出码：0 完成；1 结论为否（被拒绝、无效、检查未通过）；2 输入或配置有误；3 暂无结论，或对方无响应；4 当时有效、现已终止；70 程序内部错误。

        Exit codes: 0 done; 1 the answer is no (refused, invalid, a check failed); 2 wrong input or configuration;
        3 no answer is possible now, or the other side does not answer; 4 it held then and has ended since; 70 a fault of this program.
        """
        del debug

    return shuniu


def installed() -> list[Part]:
    """Return the part of each wheel that is installed: those of others first, then a department's."""
    # loaded here: whoever knows the parts does not pay for it
    entry_points: Any = import_module("importlib.metadata").entry_points
    # before Python 3.10 there is no selection by group
    found: Any = entry_points(group=GROUP) if sys.version_info >= (3, 10) else entry_points().get(GROUP, ())
    return [*(one.load() for one in found), DEPARTMENT, DAILY]


def run() -> None:
    """Run the command line of this process."""
    program(installed())(prog_name="shuniu")
