"""The list of subcommands. Each is loaded from its module when it runs, so that a quick one starts quickly."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import click

from cli.output import report


@dataclass(frozen=True, slots=True)
class CommandRow:
    """Where a subcommand is defined, as module:attribute, and its line in the overview."""

    place: str
    line: str


COMMANDS: Final[Mapping[str, CommandRow]] = {
    "demo": CommandRow("cli.demo.command:demo", "演示完整流程 Show the whole process: hub, departments, web pages."),
    "init": CommandRow("cli.serving:init", "初始化枢纽 Create a hub: configuration, keys, CA, database."),
    "serve": CommandRow("cli.serving:serve", "运行枢纽 Run the hub until SIGTERM."),
    "doctor": CommandRow("cli.doctor.command:doctor", "自检 Check certificates, clock, database, ports and keys."),
    "keys": CommandRow("cli.keys:keys", "密钥 Make the keys that a new release brings (on the hub's machine)."),
    "token": CommandRow("cli.serving:token", "签发注册令牌 Issue a one-time enrolment token (on the hub's machine)."),
    "revoke": CommandRow("cli.revoking:revoke", "吊销证书或业务系统 Revoke a certificate or a system at once (on the hub's machine)."),
    "join": CommandRow("cli.department:join", "加入枢纽 Generate a key here and get a certificate for it."),
    "renew": CommandRow("cli.department:renew", "续期证书 Get a new certificate for the key in a folder."),
    "provide": CommandRow("cli.providing:provide", "提供数据 Serve database tables to the hub."),
    "call": CommandRow("cli.calling:call", "调用接口 Call any rpc of the hub, JSON in and out."),
    "receipt": CommandRow("cli.receipts:receipt", "核对存证回执 Compare a kept answer with the log record that its receipt names."),
    "login-link": CommandRow("cli.department:login_link", "登录链接 Create a one-time link to the auditor's pages."),
    "verify": CommandRow("cli.verifying:verify", "核验证照码 Verify a license code, offline or online."),
    "verify-stamp": CommandRow("cli.stamp_verifying:verify_stamp", "验证签章 Verify a stamp on a document, online."),
    "errors": CommandRow("cli.catalogue:errors", "错误目录 List what can be wrong, and what to do then."),
    "database": CommandRow("cli.database:database", "检查数据库 Check the hub's database for damaged pages, tables and indexes."),
    "audit": CommandRow("cli.logbook:audit", "访问日志 Verify the access log or a copy of it, re-index, erase what it says of a person."),
}


class Overview(click.Group):
    """The group of all subcommands; it prints its overview without loading any of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a subcommand."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].place.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview from the table."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, row.line) for name, row in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run; an error is printed in Chinese and English with the next action, as a traceback only with --debug."""
        try:
            return super().invoke(ctx)
        # click gives these their exit codes itself
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            ctx.exit(report(error))


@click.group(cls=Overview, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.option("--debug", is_flag=True, help="显示错误堆栈 Show tracebacks.")
@click.version_option(package_name="shuniu")
def shuniu(*, debug: bool) -> None:
    """枢纽 Shuniu: a province's government data-sharing hub.

    退出码：0 完成；1 结论为否（被拒绝、无效、检查未通过）；2 输入或配置有误；3 暂无结论，或对方无响应；4 当时有效、现已终止；70 程序内部错误。

    Exit codes: 0 done; 1 the answer is no (refused, invalid, a check failed); 2 wrong input or configuration;
    3 no answer is possible now, or the other side does not answer; 4 it held then and has ended since; 70 a fault of this program.
    """
    del debug


def run() -> None:
    """Run the command line of this process."""
    shuniu(prog_name="shuniu")
