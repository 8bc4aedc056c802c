"""Opaque page tokens (AIP-158): what the next page starts after, never an offset into something that moves."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import TypeVar

from hub.reasons import PAGE_SIZE_NEGATIVE, PAGE_TOKEN_FOREIGN

_LONGEST = 1024
_LARGEST = 2**63 - 1  # what a 64-bit column holds
_P = TypeVar("_P")


def page_size(asked: int, default: int, most: int) -> int:
    """Return how many to give: the default for 0, never more than `most` (AIP-158: too large is capped, negative refused)."""
    if asked < 0:
        raise PAGE_SIZE_NEGATIVE(field="page_size")
    return min(asked or default, most)


def to_token(*position: str | int) -> str:
    """Return the token that stands for a position in an ordering."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def from_token(token: str, parts: int) -> tuple[str | int, ...] | None:
    """Return the position a token stands for, None for the empty token; raise InvalidInputError for anything else."""
    if not token:
        return None
    if len(token) > _LONGEST:
        raise PAGE_TOKEN_FOREIGN(field="page_token")
    try:
        # The padding was cut off for URLs; the decoder wants it back.
        position = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    # RecursionError: a token is foreign bytes, and JSON can be nested as deep as it is long.
    except (binascii.Error, ValueError, RecursionError) as error:
        raise PAGE_TOKEN_FOREIGN(field="page_token") from error
    if not isinstance(position, list) or len(position) != parts or not all(_is_place(part) for part in position):
        raise PAGE_TOKEN_FOREIGN(field="page_token")
    return tuple(position)


def place_of(token: str, parts: int, read: Callable[..., _P]) -> _P | None:
    """Return the place in a list that a token stands for, None for the empty token; `read` makes it of the parts or raises ValueError."""
    position = from_token(token, parts)
    if position is None:
        return None
    try:
        return read(*position)
    except ValueError as error:
        raise PAGE_TOKEN_FOREIGN(field="page_token") from error


def _is_place(part: object) -> bool:
    """Tell whether a database can look for it: a 64-bit integer, or text without NUL and lone surrogates."""
    if isinstance(part, str):
        return not any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in part)
    return isinstance(part, int) and not isinstance(part, bool) and -_LARGEST <= part <= _LARGEST
