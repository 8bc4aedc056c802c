"""One spelling of a text for the search: what looks alike, or is the same character by another standard, is one character.

Full-width forms become ordinary ones (NFKC), capitals small letters, traditional characters simplified ones (`simplified.toml`); marks that
nobody sees are dropped. The index and the query are folded alike; what is shown stays as it was written.
"""

import tomllib
import unicodedata
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

_UNSEEN: Final = (
    *((0x00AD, 0x00AD), (0x034F, 0x034F), (0x0600, 0x0605), (0x061C, 0x061C), (0x06DD, 0x06DD), (0x070F, 0x070F), (0x0890, 0x0891)),
    *((0x08E2, 0x08E2), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F)),
    *((0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFB), (0x110BD, 0x110BD), (0x110CD, 0x110CD)),
    *((0x13430, 0x1343F), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0001, 0xE0001), (0xE0020, 0xE007F), (0xE0100, 0xE01EF)),
)
"""Format characters (Cf), fillers and variation selectors, Unicode 15: those that unite with their neighbour and those that show nothing."""


def _simplified() -> Mapping[int, str]:
    table = tomllib.loads(files(__package__).joinpath("simplified.toml").read_text("utf-8"))
    return {ord(old): new for olds, news in table["characters"] for old, new in zip(olds, news, strict=True)}


_DROPPED: Final = {number: None for first, last in _UNSEEN for number in range(first, last + 1)}
_SIMPLIFIED: Final = _simplified()


def one_spelling(text: str) -> str:
    """Return the text as the search reads it."""
    if text.isascii():
        return text.lower()
    # NFKC twice: folding the case can leave text that is not in normal form any more
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.translate(_DROPPED)).casefold())
    return folded.translate(_SIMPLIFIED)
