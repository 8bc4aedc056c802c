"""How far something has come that takes long: one line on standard error that changes, and only where a person sits in front of it."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PACE: Final = 0.5
"""Seconds between two changes of the line."""
_WIPE: Final = "\r\x1b[K"


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show what is being done until the block ends, and how much of how much is done whenever the block says so (of 0: of nobody knows how much).

    Where standard error is no terminal nothing is written: a log has no use for a line that changes.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _size: None
        return
    last = time.monotonic()

    def show(text: str) -> None:
        sys.stderr.write(f"{_WIPE}{text}")
        sys.stderr.flush()

    def tell(done: int, size: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _PACE:
            last = time.monotonic()
            show(f"{what}: {done:,}{f' / {size:,}' if size else ''}")

    show(f"{what} ...")
    try:
        yield tell
    finally:
        show("")
