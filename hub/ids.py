"""Identifiers that sort by the time they were made: ULIDs (48 bits of milliseconds, 80 random bits, Crockford base 32)."""

import re
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH: Final = 26
ULID: Final = re.compile(r"[0-9a-hjkmnp-tv-z]{26}")
"""An identifier of the hub's own making; the first character is 0 to 7 until the year 10889, which nobody need check."""


class Ids:
    """Makes identifiers; randomness comes in so that a test can fix it."""

    def __init__(self, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """Take the source of randomness."""
        self._random_bytes = random_bytes

    def new(self, at: datetime) -> str:
        """Return a lower-case ULID of 26 characters for the moment `at`."""
        # 128 bits in 26 characters of 5: the two highest bits are always 0. Ids of the same millisecond are in no order.
        return _spelled(int(at.timestamp() * 1000) << 80 | int.from_bytes(self._random_bytes(10), "big"))

    def new_behind(self, last: str, at: datetime) -> str:
        """Return a new one that sorts behind `last`, for what has an order within a millisecond."""
        made = self.new(at)
        if made > last:
            return made
        return _spelled(sum(_ALPHABET.index(letter) << 5 * place for place, letter in enumerate(reversed(last))) + 1)


def _spelled(number: int) -> str:
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
