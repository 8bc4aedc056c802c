"""`shuniu audit` without a hub: a copy of the access log, and its growth, are checked on any machine; members propose and decide erasures."""

from __future__ import annotations

from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from shuniu.cli.daily.records import search, show
from shuniu.cli.erasing import COMMANDS as ERASING
from shuniu.cli.growing import grown
from shuniu.cli.options import FOLDER, key_of
from shuniu.cli.output import ExitCode, plain, print_json
from shuniu.cli.progress import progress

COMMANDS: Final = (search, show, grown, *ERASING)
"""What the group `audit` has with and without the hub's wheel."""


@click.group()
def audit() -> None:
    """访问日志 Check a copy of the access log without trusting the hub. With a member's certificate: search it, erase."""


for _command in COMMANDS:
    audit.add_command(_command)


@audit.command("verify")
@click.argument("directory", type=FOLDER)
@click.option("--vkey", metavar="KEY", help="日志公钥 the log's verifier key, or a file with it, obtained over a channel you trust.")
@click.option("--json", "as_json", is_flag=True, help="供程序读取 one line of JSON for programs.")
@click.pass_context
def audit_verify(ctx: click.Context, *, directory: Path, vkey: str | None, as_json: bool) -> None:
    """核验日志 Check every file of a copy of the log: signature, records, tree, proofs; name the first file and record that fail.

    Nothing is asked of the hub. Exit codes: 0 intact, 1 not, 2 wrong input.
    """
    ctx.exit(check_copy(directory, vkey, as_json=as_json))


def check_copy(directory: Path, vkey: str | None, *, as_json: bool) -> ExitCode:
    """Check a copy of the log and say what was found; `vkey` is the log's verifier key, or a file with it."""
    key = key_of(vkey)
    with progress("正在核验日志副本 checking the copy of the log"):
        verdict = import_module("shuniu.proofs.offline").verify_directory(directory, key)
    if as_json:
        print_json({"ok": verdict.ok, "pinned": key is not None, **asdict(verdict), "root": verdict.root.hex()})
    else:
        _show_copy(verdict, pinned=key is not None)
    return ExitCode.OK if verdict.ok else ExitCode.NO


def show_mark(*, ok: bool) -> None:
    """Say whether a log is whole."""
    if ok:
        click.secho("✓ 日志完整 the log is intact", fg="green", bold=True)
    else:
        click.secho("✗ 日志已被改动或不完整 the log was changed or is incomplete", fg="red", bold=True)


def _show_copy(verdict: Any, *, pinned: bool) -> None:
    show_mark(ok=verdict.ok)
    for label, value in (
        ("日志 log", verdict.origin),
        ("记录数 records", verdict.size),
        ("根哈希 root", verdict.root.hex()),
        ("签名密钥 signed by", verdict.signer),
    ):
        click.echo(f"  {label}: {plain(str(value))}")
    for finding in verdict.findings:
        click.secho(f"  {plain(finding.zh)}\n  {plain(finding.en)}", fg="red")
    for notice in verdict.notices:
        click.echo(f"  注 note: {plain(notice)}")
    if verdict.ok and not pinned:
        click.echo(
            "  注 note: 未用 --vkey 指定日志公钥，因此只能证明日志完整，不能证明是谁的日志"
            "\n          the key in the folder was trusted: the log is intact, but give --vkey KEY to check whose it is"
        )
