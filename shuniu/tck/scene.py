"""What the texts in braces stand for: answers that were kept, the departments, and what is new in each sequence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timezone
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp

from shuniu.zone import CHINA

_WHOLE: Final = re.compile(r"\{([a-z_][\w.]*)\}")


def look(place: Mapping[str, Any], path: str) -> Any:
    """Return what a path names: a word of the scene, and fields of messages behind it; `day` of a moment is its day in China."""
    first, *rest = path.split(".")
    found = place[first]
    for name in rest:
        if name == "day" and isinstance(found, Timestamp):
            found = found.ToDatetime(tzinfo=timezone.utc).astimezone(CHINA).date().isoformat()
            continue
        found = found[int(name)] if name.isdigit() else found[name] if isinstance(found, Mapping) else getattr(found, name)
    return found


def fill(value: Any, place: Mapping[str, Any]) -> Any:
    """Return a value with everything in braces put in, however deep it stands."""
    if isinstance(value, str):
        whole = _WHOLE.fullmatch(value)
        if whole:
            return look(place, whole.group(1))
        return _WHOLE.sub(lambda found: str(look(place, found.group(1))), value)
    if isinstance(value, Mapping):
        return {key: fill(inner, place) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [fill(inner, place) for inner in value]
    return value
