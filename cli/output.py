"""What a command says: errors with code, reason and next action in both languages on standard error; JSON for programs on standard output."""

import json
from enum import IntEnum
from typing import Any, Final

import click

_WAITING: Final = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED"})


class ExitCode(IntEnum):
    """What the process's exit status means, the same for every subcommand."""

    OK = 0
    NO = 1
    WRONG_INPUT = 2
    UNKNOWN = 3
    FAULT = 70


def print_json(value: Any) -> None:
    """Print one JSON value on one line."""
    click.echo(json.dumps(value, ensure_ascii=False))


def plain(text: str) -> str:
    """Return text that cannot steer a terminal."""
    return "".join(character if character.isprintable() else "�" for character in text)


def complain(code: str, en: str, zh: str = "", next_action: str = "") -> None:
    """Print an error on standard error."""
    click.secho(f"错误 error [{code}] {plain(en)}", fg="red", err=True)
    if zh and zh != en:
        click.echo(f"          {plain(zh)}", err=True)
    if next_action:
        click.echo(f"下一步 next: {plain(next_action)}", err=True)


def report(error: Exception) -> ExitCode:
    """Print what went wrong and return the exit code that says so."""
    code = getattr(error, "code", None)
    if isinstance(code, str) and hasattr(error, "zh"):
        return _report_own(error, code)
    if hasattr(error, "message_zh"):
        return _report_sdk(error)
    if isinstance(error, OSError):
        complain("FILE", f"{error.filename or ''}: {error.strerror or error}".removeprefix(": "), "文件或网络操作失败", "check path and permissions")
        return ExitCode.WRONG_INPUT
    complain(
        "FAULT", f"a fault of this program: {type(error).__name__}", "程序内部错误", "run it again as `shuniu --debug ...` and report what it shows"
    )
    return ExitCode.FAULT


def _report_own(error: Any, code: str) -> ExitCode:
    """Report an error of the hub's own code, which ran in this process."""
    complain(code if error.reason == code else f"{code} {error.reason}", error.message, error.zh, error.next_action)
    return ExitCode.WRONG_INPUT


def _report_sdk(error: Any) -> ExitCode:
    """Report an error of the client library: a call that was refused, or something that is wrong here."""
    status = getattr(error, "code", None)
    if status is None:
        complain(type(error).__name__.removesuffix("Error").upper(), error.message, error.message_zh, error.next_action)
        return ExitCode.WRONG_INPUT
    field = f" ({error.field})" if getattr(error, "field", "") else ""
    reason = "" if error.reason == status.name else f" {error.reason}"
    complain(f"{status.name}{reason}", f"{error.message}{field}", error.message_zh, error.next_action)
    return ExitCode.UNKNOWN if status.name in _WAITING else ExitCode.NO
