"""What a search asks for and where in an entry the words were found."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from catalog.bigram import Phrase, index_tokens, query_tokens
from catalog.model import Entry, Level, ShareType
from catalog.synonyms import Synonyms
from hub.errors import InvalidInputError

_REGION_PREFIX: Final = re.compile(r"[0-9]{0,6}")


@dataclass(frozen=True, slots=True)
class Criteria:
    """Words and filters; what is empty or None does not filter."""

    query: str = ""
    provider: str = ""
    share_type: ShareType | None = None
    level: Level | None = None
    region_prefix: str = ""

    @property
    def region_digits(self) -> str:
        """Return the digits with which a region begins: 640000 means all of 64, 640100 all of 6401 (GB/T 2260)."""
        if _REGION_PREFIX.fullmatch(self.region_prefix) is None:
            raise InvalidInputError("region_prefix is at most six digits of GB/T 2260", field="region_prefix", zh="行政区划代码应为不超过 6 位的数字")
        digits = self.region_prefix
        while len(digits) in {4, 6} and digits.endswith("00"):
            digits = digits[:-2]
        return digits


def matched_fields(entry: Entry, query: str, synonyms: Synonyms) -> tuple[str, ...]:
    """Return the names of the fields in whose name, label or term at least one of the words stands."""
    phrases = [phrase for alternatives in query_tokens(query, synonyms) for phrase in alternatives]
    if not phrases:
        return ()
    return tuple(
        field.name for field in entry.fields if any(_stands_in(phrases, index_tokens(text)) for text in (field.label, field.name, field.term))
    )


def _stands_in(phrases: Iterable[Phrase], tokens: Sequence[str]) -> bool:
    return any(_begins(phrase, tokens[start:]) for phrase in phrases for start in range(len(tokens)))


def _begins(phrase: Phrase, tokens: Sequence[str]) -> bool:
    size = len(phrase.tokens)
    if len(tokens) < size or tuple(tokens[: size - 1]) != phrase.tokens[:-1]:
        return False
    return tokens[size - 1].startswith(phrase.tokens[-1]) if phrase.prefix else tokens[size - 1] == phrase.tokens[-1]
