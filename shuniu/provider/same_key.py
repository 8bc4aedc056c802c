"""Whether a record that came is of the key that was asked for: what stands between a provider and its data may answer another question."""

from __future__ import annotations

import unicodedata


def is_of_key(found: object, asked: object) -> bool:
    """Tell whether a record's key is the one that was asked for, in any spelling that a database may take for it: case, width, blanks behind."""
    if found == asked:
        return True
    return found is not None and _fold(str(found)) == _fold(str(asked))


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().rstrip(" ")
