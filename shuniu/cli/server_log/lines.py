"""How a record becomes lines of the log: one for what is said, more for where an error came from, and none that anybody else can begin.

A line of the log begins with our time; a line that continues one begins with `CONTINUED`. Whatever is not printable is escaped, so no text
holds a line end, an escape code of a terminal, or a mark that turns the direction of writing.
"""

from __future__ import annotations

import builtins
import errno
import logging
import traceback
from collections.abc import Iterator
from typing import Any, Final, Literal

from shuniu.catalogue import CatalogueError

CONTINUED: Final = "    | "
LONGEST_LINE: Final = 4_000
"""UTF-8 bytes. A pipe takes up to 4,096 at once (PIPE_BUF), so that lines of two processes on one pipe do not mix."""
MOST_FRAMES: Final = 30
"""Of each error the innermost so many places: an endless recursion has a thousand."""
MOST_ERRORS: Final = 8
"""Of a chain of causes, and of the members of a group."""
_GROUP: Final[Any] = getattr(builtins, "BaseExceptionGroup", ())  # from Python 3.11 on; before it there are none
_ASCII: Final = 0x100
_PLANE: Final = 0x10000


class LineFormatter(logging.Formatter):
    """Writes our records. An error comes with its kind and its places in the code, never with its text, which may quote what a caller sent."""

    def __init__(self) -> None:
        """Take the form of a line."""
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of a record, each with its line end."""
        error = record.exc_info[1] if record.exc_info else None
        return self.lines(record.levelname, record.name, record.getMessage(), error, record)

    def lines(self, level: str, name: str, text: str, error: BaseException | None, record: logging.LogRecord) -> str:
        """Return the lines of a text and an error, at the time of a record."""
        first = f"{self.formatTime(record)} {level} {name}: {text}"
        rest = (f"{CONTINUED}{line}" for line in trace_of(error)) if error is not None else ()
        return "".join(f"{bounded(line)}\n" for line in (first, *rest))


def bounded(text: str) -> str:
    """Return a text escaped, and cut where it is too long for a line."""
    data = escaped(text[:LONGEST_LINE]).encode()
    if len(data) <= LONGEST_LINE and len(text) <= LONGEST_LINE:
        return data.decode()
    return data[: LONGEST_LINE - 3].decode("utf-8", "ignore") + "…"  # 3: the bytes of the dots; half a character goes


def escaped(text: str) -> str:
    """Return a text in which nothing steers: control characters, line separators, marks of direction and half characters are spelt out."""
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(map(_spelt, text))


def trace_of(error: BaseException) -> Iterator[str]:
    """Yield the kind of an error and its places in the code, then those of its causes."""
    for number, (how, one) in enumerate(_chain(error)):
        if number == MOST_ERRORS:
            yield "and more"
            return
        yield f"{how}{kind_of(one)}"
        for frame in traceback.extract_tb(one.__traceback__, -MOST_FRAMES):
            yield f"  {frame.filename}:{frame.lineno} {frame.name}: {frame.line or ''}"


def kind_of(error: BaseException) -> str:
    """Return the kind of an error, with the fixed name that its maker gave it where there is one: a reason, an errno, an SQLSTATE."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    driver = getattr(error, "orig", error)  # of an error of SQLAlchemy the driver's own
    if isinstance(error, CatalogueError):
        detail = error.reason
    elif isinstance(error, OSError):
        detail = errno.errorcode.get(error.errno or 0, "")
    else:
        detail = getattr(driver, "sqlstate", None) or getattr(driver, "sqlite_errorname", None) or ""
    return f"{kind} [{detail}]" if detail else kind


def _chain(error: BaseException) -> Iterator[tuple[str, BaseException]]:
    """Yield an error, its causes and the members of a group, each once."""
    known: set[int] = set()
    waiting: list[tuple[Literal["", "because of ", "one of them "], BaseException]] = [("", error)]
    while waiting:
        how, one = waiting.pop(0)
        if id(one) in known:
            continue
        known.add(id(one))
        yield how, one
        if isinstance(one, _GROUP):
            waiting += [("one of them ", member) for member in one.exceptions[:MOST_ERRORS]]
        cause = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
        if cause is not None:
            waiting.append(("because of ", cause))


def _spelt(character: str) -> str:
    if character == "\\":
        return "\\\\"  # or what was escaped could not be told from what was written so
    if character.isprintable():
        return character
    number = ord(character)
    if number < _ASCII:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < _PLANE else f"\\U{number:08x}"
