"""The procedures, a file for each: its rules as a table, and by hand what no table says. A new procedure is a new file, and a line here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from shuniu.tck.procedures import (
    amendment,
    appeal,
    check,
    complaint,
    demand,
    directory_update,
    disposal,
    dispute,
    entry,
    grant,
    issuing_key,
    notice,
    objection,
    query,
    query_many,
    record_source,
    replay,
    request,
    second_person,
    service_change,
    stream,
    use_record,
)
from shuniu.tck.sequence import Sequence

_FILES: Final = (
    entry,
    directory_update,
    record_source,
    demand,
    request,
    grant,
    amendment,
    service_change,
    query,
    check,
    query_many,
    stream,
    use_record,
    disposal,
    objection,
    appeal,
    notice,
    complaint,
    dispute,
    issuing_key,
    second_person,
    replay,
)


def sequences() -> tuple[Sequence, ...]:
    """Return all sequences, in the order of the files."""
    found: list[Iterable[Sequence]] = [file.sequences() for file in _FILES]
    return tuple(one for some in found for one in some)
