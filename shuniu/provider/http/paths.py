"""Where in an answer a value stands: `data.items`, `holder.names[0].text`. Names and places, and no expressions: a path finds one value or none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from shuniu.provider.http.documents import MAX_DEPTH

MAX_PATH: Final = 256
"""Characters of a path."""
_STEP: Final = re.compile(r"(?:\A|(?<=.)\.)(?P<name>[\w-]+)|\[(?P<place>0|[1-9][0-9]{0,3})\]")


class Missing(Enum):
    """The value of a path that leads to nothing: a member that is not there, a place behind the end of a list."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


@dataclass(frozen=True)
class Path:
    """A way through objects and lists; the empty one is the whole answer."""

    steps: tuple[str | int, ...] = ()

    def find(self, document: Any) -> Any:
        """Return what stands there, None where it or what it stands in is null, MISSING where nothing does.

        Raises ValueError where the way leads through a text or a number.
        """
        value = document
        for step in self.steps:
            if value is None:
                return None
            value = _item(value, step) if isinstance(step, int) else _member(value, step)
            if value is MISSING:
                return MISSING
        return value


WHOLE: Final = Path()
"""The whole answer."""


def read_path(text: str) -> Path:
    """Return a path; raise ValueError for a text that is none. Names are letters, digits, _ and -, of any script."""
    if len(text) > MAX_PATH:
        raise ValueError("too long")
    steps: list[str | int] = []
    end = 0
    while end < len(text):
        found = _STEP.match(text, end)
        if found is None:
            raise ValueError("no path")
        steps.append(found["name"] if found["place"] is None else int(found["place"]))
        end = found.end()
    if len(steps) > MAX_DEPTH:
        raise ValueError("too deep")
    return Path(tuple(steps))


def _member(value: Any, name: str) -> Any:
    if not isinstance(value, dict):
        raise ValueError("no object")  # noqa: TRY004 -- as every reader here says that an answer does not fit
    return value.get(name, MISSING)


def _item(value: Any, place: int) -> Any:
    if not isinstance(value, list):
        raise ValueError("no list")  # noqa: TRY004 -- as above
    return value[place] if place < len(value) else MISSING
