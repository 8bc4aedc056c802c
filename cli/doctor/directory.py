"""What an earlier release let into the directory and this one would not: entries of one department under one resource code."""

from collections.abc import Iterator
from typing import Final

from catalog.model import ENTRY_PROCEDURE, Entry
from catalog.store import EntryStore
from cli.doctor.result import CheckResult, ill, well
from hub.db import Tx

_SHOWN: Final = 5


def codes(tx: Tx) -> Iterator[CheckResult]:
    """Tell which resource codes name more than one entry: neither can be revised until one of them has a code of its own or is gone."""
    doubled = EntryStore(tx).under_one_code()
    if not doubled:
        yield well("resource codes", "every resource code names one entry of its department", "资源代码在各部门内均无重复")
    for several in doubled[:_SHOWN]:
        yield _doubled(several)
    if len(doubled) > _SHOWN:
        more, look = len(doubled) - _SHOWN, "shuniu doctor  # "
        en, zh = f"{more} more resource codes are used twice", f"另有 {more} 个资源代码重复"
        yield ill("resource codes", en, zh, f"{look}again, when these are mended", f"{look}处理后重新检查其余各项")


def _doubled(several: tuple[Entry, ...]) -> CheckResult:
    first = several[0]
    department = first.provider_title or first.provider
    named, named_zh = "; ".join(map(_named, several)), "；".join(map(_named_zh, several))
    # what is still in review is sent back, what is in force is withdrawn; of several the one made last
    waiting = [entry for entry in several if not entry.is_in_force]
    last, step, step_zh = (waiting[-1], "return", "退回") if waiting else (several[-1], "withdraw", "撤销")
    command = f"shuniu entry {step} {last.id} --reason REASON --officer OFFICER"
    return ill(
        "resource codes",
        f"the resource code {first.resource_code} of {department} names {len(several)} entries: {named}",
        f"{department}的资源代码 {first.resource_code} 对应 {len(several)} 个条目：{named_zh}",
        f"{command}  # whichever is not needed; or give one of them another code (shuniu entry revise, update, submit) and publish it",
        f"{command}  # {step_zh}多余的一个；或将其中一个改用其他代码（shuniu entry revise、update、submit）后发布",
    )


def _named(entry: Entry) -> str:
    return f"{entry.name} {entry.title} ({entry.state})"


def _named_zh(entry: Entry) -> str:
    return f"{entry.name} {entry.title}（{ENTRY_PROCEDURE.states[entry.state].zh}）"
