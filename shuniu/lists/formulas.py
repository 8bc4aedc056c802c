"""Cells that a spreadsheet program would run (OWASP, "CSV Injection"): an apostrophe stands before them in a file that is given out."""

import re
from typing import Final

_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_GUARD: Final = re.compile(f"'(?=[{re.escape(''.join(_STARTS))}])")


def guarded(cell: str) -> str:
    """Return a cell as it is written into a file that office programs open."""
    return f"'{cell}" if cell.startswith(_STARTS) else cell


def unguarded(cell: str) -> str:
    """Return what a cell of such a file says."""
    return _GUARD.sub("", cell, count=1)
