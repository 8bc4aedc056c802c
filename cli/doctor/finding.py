"""What a check says, and how a check that itself fails becomes a finding too."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from hub.errors import ShuniuError
from shuniu.errors import ShuniuError as ClientError


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: well, or not, and then the command that mends it."""

    name: str
    ok: bool
    en: str
    zh: str
    mend: str = ""


Check: TypeAlias = Callable[[], Iterator[Finding]]


def well(name: str, en: str, zh: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(name, ok=True, en=en, zh=zh)


def ill(name: str, en: str, zh: str, mend: str) -> Finding:
    """Return a finding that something is wrong."""
    return Finding(name, ok=False, en=en, zh=zh, mend=mend)


def examined(name: str, check: Check) -> Iterator[Finding]:
    """Give what a check finds; an error that ends it is a finding as well."""
    try:
        yield from check()
    except ShuniuError as error:
        yield ill(name, error.message, error.zh, error.next_action or "shuniu --debug doctor")
    except ClientError as error:
        yield ill(name, error.message, error.message_zh, error.next_action or "shuniu --debug doctor")
    except OSError as error:
        yield ill(name, f"{error.filename}: {error.strerror}", "文件无法读取", f"ls -l {error.filename}  # then correct its owner or restore it")
