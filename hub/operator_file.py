"""Files that an operator writes beside the configuration: whatever is wrong in one is told with its name and its line."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hub.errors import ConfigError
from hub.reasons.operation import FILE_UNREADABLE, FILE_WRONG
from shuniu.words import Word

_HEADER: Final = re.compile(r"\s*\[\[\s*([A-Za-z0-9_.\s-]+?)\s*\]\]")


def read_file(path: Path, key: str) -> str:
    """Return the text of the file that the configuration's `key` names; a byte order mark in front is skipped."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) and error.strerror else "not UTF-8"
        raise FILE_UNREADABLE(key=key, file=path, problem=problem) from error


class OperatorFile:
    """A TOML file of blocks, which knows on which line each block and each key stands."""

    def __init__(self, name: str, text: str) -> None:
        """Take the name under which the file is told, and its text."""
        self._name, self._lines = name, text.splitlines()

    @contextmanager
    def block(self, *path: tuple[str, int]) -> Iterator[None]:
        """Tell what is wrong inside with the line of a block, for example ("type", 4), ("type.field", 2): the second field of the fourth type.

        An error that names its `key` is told with the line of that key. What was told with a line by a block further in stays as it is.
        """
        try:
            yield
        except ConfigError as error:
            if "file" in error.facts:
                raise
            line = self._line(path, error.facts.get("key", ""))
            where = f"{self._name}, line {line}" if line else self._name, f"{self._name} 第{line}行" if line else self._name
            told = Word(error.reason, error.message, error.zh)
            following = Word("next", error.next_action, error.next_action_zh)
            raise FILE_WRONG(file=self._name, place=Word(where[0], *where), problem=told, next=following) from error

    def _line(self, path: tuple[tuple[str, int], ...], key: str) -> int:
        """Return the number of a line from 1 on; 0 where the file has no such header, for example because it is written as inline tables."""
        at = 0
        for name, number in path:
            found = [line for line in range(at, len(self._lines)) if self._header(line) == name]
            if len(found) < number:
                return 0
            at = found[number - 1] + 1
        end = next((line for line in range(at, len(self._lines)) if self._header(line)), len(self._lines))
        is_key = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=").match
        return next((line + 1 for line in range(at, end) if key and is_key(self._lines[line])), at)

    def _header(self, line: int) -> str:
        found = _HEADER.match(self._lines[line])
        return found[1].replace(" ", "") if found else ""
