"""What a check found, and how an error that ends a check becomes a result too."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import click

from hub.errors import ShuniuError
from shuniu.catalogue import ShuniuError as ClientError
from shuniu.cli.output import NO_ANSWER, plain
from shuniu.errors import ShuniuCallError


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One thing that was checked: in order, or not, and then how to mend it in both languages."""

    name: str
    ok: bool
    en: str
    zh: str
    mend: str = ""
    mend_zh: str = ""
    unanswered: bool = False
    """Whether nothing is known, because what was asked did not answer; that is not in order either."""


_DEBUG: Final = "shuniu --debug doctor"

Check: TypeAlias = Callable[[], Iterator[CheckResult]]


def well(name: str, en: str, zh: str) -> CheckResult:
    """Return the result of a thing that is in order."""
    return CheckResult(name, ok=True, en=en, zh=zh)


def ill(name: str, en: str, zh: str, mend: str, mend_zh: str = "") -> CheckResult:
    """Return the result of a thing that is wrong; `mend` without a Chinese text is a command."""
    return CheckResult(name, ok=False, en=en, zh=zh, mend=mend, mend_zh=mend_zh or mend)


def result_of(name: str, error: ShuniuError) -> CheckResult:
    """Return the result of a check that an error ended."""
    told = ill(name, error.message, error.zh, error.next_action or _DEBUG, error.next_action_zh or _DEBUG)
    return replace(told, unanswered=error.grpc_status in NO_ANSWER)


def results_of(name: str, check: Check) -> Iterator[CheckResult]:
    """Yield what a check finds; an error that ends it is a result as well."""
    try:
        yield from check()
    except ShuniuError as error:
        yield result_of(name, error)
    except ClientError as error:
        told = ill(name, error.message, error.message_zh, error.next_action or _DEBUG, error.next_action_zh or _DEBUG)
        yield replace(told, unanswered=isinstance(error, ShuniuCallError) and error.code.name in NO_ANSWER)
    except OSError as error:
        look = f"ls -l {error.filename}"
        mend, mend_zh = f"{look}  # then correct its owner or restore it", f"{look}  # 修正属主，或从备份恢复"
        yield ill(name, f"{error.filename}: {error.strerror}", f"{error.filename}：无法读取（{error.strerror}）", mend, mend_zh)


def show(result: CheckResult) -> None:
    """Print a result in both languages."""
    click.secho("✓ " if result.ok else "✗ ", fg="green" if result.ok else "red", nl=False)
    click.echo(f"{result.name}: {plain(result.zh)} {plain(result.en)}")
    if result.mend != result.mend_zh:
        click.echo(f"    修复: {plain(result.mend_zh)}")
        click.echo(f"    mend: {plain(result.mend)}")
    elif result.mend:
        click.echo(f"    修复 mend: {plain(result.mend)}")
