"""In which form a whole table leaves: the messages of its call, and what passes of each batch. No rules, and no library."""

from collections.abc import Callable
from dataclasses import dataclass

from audit.model import Receipt


@dataclass(frozen=True, slots=True)
class CallSum:
    """What one call delivered: rows, bytes, the SHA-256 of the bytes, the digest that the log has of that, and the salt that opens it."""

    rows: int
    size: int
    content: bytes
    digest: bytes
    salt: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """How the parts of a call are written; `head` takes what precedes the rows, and what resumes behind it, and may have nothing to say."""

    head: Callable[[bytes, bytes], bytes]
    frame: Callable[[bytes | memoryview, int, int, bytes], bytes]
    end: Callable[[CallSum, Receipt], bytes]
