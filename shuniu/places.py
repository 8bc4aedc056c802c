"""Where an error came from, without what it says: its text may quote a caller's request or a row of a database, and does not go into a log."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Final

MOST: Final = 12
"""The innermost so many places: enough to find the fault, and one line of a log."""


def places_of(error: BaseException, most: int = MOST) -> str:
    """Return the places of an error in the code, the innermost first."""
    frames = traceback.extract_tb(error.__traceback__, -most)
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
