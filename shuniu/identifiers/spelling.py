"""One spelling of an identifier that people type or paste: full-width forms, blanks and invisible marks make no other number of it."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\uffa0]"
)
"""Soft hyphen, joiners, fillers of Hangul and Khmer, variation selectors, zero-width and direction marks, byte order mark."""


def bare(text: str) -> str:
    """Return the text by NFKC, in capitals, without blanks and invisible marks; for identifiers whose standard knows only capitals and digits."""
    # ASCII is its own NFKC, and most numbers come bare.
    if not text.isascii():
        text = unicodedata.normalize("NFKC", INVISIBLE.sub("", text))
    return (text if text.isalnum() else "".join(text.split())).upper()
