"""What a command prints: errors in both languages with the next action on standard error; JSON for programs on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import click

NO_ANSWER: Final = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED"})
"""Statuses of errors after which nothing is known yet: trying again later may help."""


class ExitCode(IntEnum):
    """What the process's exit status means, the same for every subcommand."""

    OK = 0
    NO = 1
    WRONG_INPUT = 2
    UNKNOWN = 3
    ENDED_SINCE = 4
    FAULT = 70


@dataclass(frozen=True)
class Complaint:
    """An error as a person reads it: what is wrong and what to do next, in both languages."""

    code: str
    en: str
    zh: str
    next_en: str
    next_zh: str

    def show(self) -> None:
        """Print it on standard error; what is the same in both languages is printed once."""
        click.secho(f"错误 error [{self.code}] {plain(self.en)}", fg="red", err=True)
        if self.zh and self.zh != self.en:
            click.echo(f"          {plain(self.zh)}", err=True)
        if self.next_zh and self.next_zh != self.next_en:
            click.echo(f"下一步: {plain(self.next_zh)}", err=True)
            click.echo(f"next: {plain(self.next_en)}", err=True)
        elif self.next_en:
            click.echo(f"下一步 next: {plain(self.next_en)}", err=True)


def print_json(value: Any) -> None:
    """Print one JSON value on one line."""
    click.echo(json.dumps(value, ensure_ascii=False))


def print_event(event: str, facts: Mapping[str, Any]) -> None:
    """Print what a command that goes on has come to, at once: whoever reads a pipe waits for the line."""
    print_json({"event": event, **facts})
    sys.stdout.flush()


def plain(text: str) -> str:
    """Return text that cannot steer a terminal, in one line."""
    return "".join(character if character.isprintable() else " " if character in "\n\t" else "�" for character in text)


def report(error: Exception) -> ExitCode:
    """Print what went wrong and return the exit code that says so."""
    code = getattr(error, "code", None)
    # told apart by what they have: to import their classes, gRPC among it, would slow every command down
    if isinstance(code, str) and hasattr(error, "zh"):
        return _report_own(error, code)
    if hasattr(error, "message_zh"):
        return _report_sdk(error)
    if isinstance(error, OSError):
        return _report_system(error)
    Complaint(
        code="FAULT",
        en=f"a fault of this program: {type(error).__name__}",
        zh=f"程序内部错误：{type(error).__name__}",
        next_en="run it again as `shuniu --debug ...` and report what it prints",
        next_zh="请用 `shuniu --debug ...` 再次运行，并报告其输出",
    ).show()
    return ExitCode.FAULT


def _report_own(error: Any, code: str) -> ExitCode:
    """Report an error of the hub's own code, which ran in this process."""
    label = code if error.reason == code else f"{code} {error.reason}"
    Complaint(code=label, en=error.message, zh=error.zh, next_en=error.next_action, next_zh=error.next_action_zh).show()
    return ExitCode.UNKNOWN if error.grpc_status in NO_ANSWER else ExitCode.WRONG_INPUT


def _report_sdk(error: Any) -> ExitCode:
    """Report an error of the client library: a refused call, or something that is wrong on this machine."""
    status = getattr(error, "code", None)
    field = f" ({error.field})" if getattr(error, "field", "") else ""
    if status is None:
        label, exit_code = type(error).__name__.removesuffix("Error").upper(), ExitCode.UNKNOWN if error.is_waiting else ExitCode.WRONG_INPUT
    else:
        label = status.name if error.reason == status.name else f"{status.name} {error.reason}"
        exit_code = ExitCode.UNKNOWN if status.name in NO_ANSWER else ExitCode.NO
    texts = {"en": f"{error.message}{field}", "zh": error.message_zh, "next_en": error.next_action, "next_zh": error.next_action_zh}
    Complaint(code=label, **texts).show()
    _show_faults(error)
    return exit_code


def _show_faults(error: Any) -> None:
    """Print what is wrong with a request fault by fault, in both languages."""
    faults = getattr(error, "faults", ())
    for fault in faults:
        click.echo(f"  - {plain(fault.field)}: {plain(fault.message_zh)}", err=True)
        if fault.message != fault.message_zh:
            click.echo(f"    {plain(fault.message)}", err=True)
    count = error.facts.get("count", "") if faults else ""
    if count.isdigit() and int(count) > len(faults):
        left = int(count) - len(faults)
        click.echo(f"  - 另有{left}处，更正以上各项后再提交即可看到 {left} more are told once these are mended", err=True)


def _report_system(error: OSError) -> ExitCode:
    """Report what the operating system refused."""
    place = f"{error.filename}: " if error.filename else ""
    problem = error.strerror or str(error)
    Complaint(
        code="FILE",
        en=f"{place}{problem}",
        zh=f"{place}文件或网络操作失败（{problem}）",
        next_en="check the path and its permissions",
        next_zh="请核对路径和权限",
    ).show()
    return ExitCode.WRONG_INPUT
