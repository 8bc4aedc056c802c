"""The headers that a department's service asks for, a token among them: from a file or an environment variable, and in no configuration or log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from shuniu.provider.http import problems
from shuniu.provider.http.problems import ProblemError

MOST_HEADERS: Final = 16
MAX_HEADERS: Final = 16 * 1024
"""Characters of all of them."""
_LINE: Final = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}): *([!-~](?:[ -~]*[!-~])?)")
_OURS: Final = frozenset(
    {"host", "connection", "content-length", "content-type", "transfer-encoding", "accept", "accept-encoding", "expect", "te", "trailer", "upgrade"}
)
"""What says how question and answer travel is said here."""


def read_headers(text: str) -> Mapping[str, str]:
    """Return headers, one `Name: value` a line; raise ProblemError for a line that is none."""
    if len(text) > MAX_HEADERS:
        raise ProblemError(problems.HEADERS)
    headers: dict[str, str] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        found = _LINE.fullmatch(line.strip())
        name = found[1].lower() if found is not None else ""
        if found is None or name in _OURS or name in {one.lower() for one in headers}:
            raise ProblemError(problems.HEADERS)
        headers[found[1]] = found[2]
    if len(headers) > MOST_HEADERS:
        raise ProblemError(problems.HEADERS)
    return headers


class HeaderFile:
    """Headers in a file that is read for each question, so that a token may be replaced; one that cannot be read leaves the last ones."""

    def __init__(self, path: Path) -> None:
        """Read the file; raise ProblemError, UnicodeError or OSError where it cannot be used."""
        self._path = path
        self._last = read_headers(self._text())

    def __call__(self) -> Mapping[str, str]:
        """Return the headers as they are now."""
        try:
            self._last = read_headers(self._text())
        except (ValueError, OSError):  # it is being written, or taken away: the service will say whether the last token still counts
            return self._last
        return self._last

    def _text(self) -> str:
        with self._path.open(encoding="utf-8-sig") as file:
            return file.read(MAX_HEADERS + 1)
