"""The list of the hub's subcommands, which the entry point `hub` of the group `shuniu.commands` adds to the command."""

from typing import Final

from shuniu.cli.command import DAILY, DEPARTMENT, CommandRow, Part, program

HUB: Final = Part(
    title="枢纽 For the hub's machine",
    commands={
        "demo": CommandRow("cli.demo.command:demo", "演示完整流程 Show the whole process: hub, departments, web pages."),
        "init": CommandRow("cli.serving:init", "初始化枢纽 Create a hub: configuration, keys, CA, database."),
        "serve": CommandRow("cli.serving:serve", "运行枢纽 Run the hub until SIGTERM."),
        "doctor": CommandRow("cli.doctor.command:doctor", "自检 Check certificates, clock, database, ports and keys."),
        "keys": CommandRow("cli.keys:keys", "密钥 Make the keys that a new release brings."),
        "token": CommandRow("cli.serving:token", "签发注册令牌 Issue a one-time enrolment token."),
        "appoint": CommandRow("cli.appointing:appoint", "任命人员管理岗 Appoint the authority's first people officer: a one-time link."),
        "revoke": CommandRow("cli.revoking:revoke", "吊销证书或业务系统 Revoke a certificate or a system at once."),
        "seal": CommandRow("cli.sealing:seal", "电子印章 Seals: apply, make, stamp, revoke, verify; trust, from the console too."),
        "database": CommandRow("cli.database:database", "检查数据库 Check the hub's database for damaged pages, tables and indexes."),
        "audit": CommandRow("cli.logbook:audit", "访问日志 Verify the access log or a copy of it, re-index, erase what it says of a person."),
    },
    packages=("hub", "certs", "audit", "timing", "work", "catalog", "brokerage", "seals", "files", "questions", "exchange", "licenses", "web", "cli"),
)
shuniu: Final = program([HUB, DEPARTMENT, DAILY])


def run() -> None:
    """Run the command line of this process, with all commands of this repository."""
    shuniu(prog_name="shuniu")
