"""Search tokens for Chinese text: overlapping bigrams plus the last character of each run, so that nothing is missed.

居住证 becomes 居住, 住证, 证: every substring of two characters or more is a phrase of adjacent tokens, every single
character the beginning of one. Words of ASCII letters and digits stay whole, in small letters, and are found from their
beginning. A token is written in `a-z0-9` alone, because SQLite's `unicode61` and PostgreSQL's parser disagree about
everything else: `z` and four base-36 digits per character, or `w` and the word.

An FTS5 table made with `prefix='5'` answers single characters from its own small index.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from catalog.characters import one_spelling
from catalog.reasons import QUERY_EMPTY, QUERY_TOO_LONG, TEXT_TOO_LONG_TO_SEARCH
from catalog.synonyms import NONE, Synonyms

LONGEST_QUERY: Final = 100
LONGEST_TEXT: Final = 100_000  # above an entry at all its caps: 256 fields with label, name and term stay below 70,000

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_GAP, _WORD, _HAN = "gap", "word", "han"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens that follow each other; with `prefix`, the last one is only the beginning of a token."""

    tokens: tuple[str, ...]
    prefix: bool


def index_tokens(text: str) -> list[str]:
    """Return the tokens of a text in their order, for an index that keeps positions."""
    if len(text) > LONGEST_TEXT:
        raise TEXT_TOO_LONG_TO_SEARCH(most=LONGEST_TEXT)
    return [token for piece in pieces(text) for kind, run in _runs(piece) for token in _ending(kind, run)]


def index_text(text: str) -> str:
    """Return the tokens as one line, for an FTS5 column."""
    return " ".join(index_tokens(text))


def query_tokens(query: str, synonyms: Synonyms = NONE) -> tuple[tuple[Phrase, ...], ...]:
    """Return what must all be found, each as the phrases of which one is enough; empty when nothing can be searched for."""
    if len(query) > LONGEST_QUERY:
        raise QUERY_TOO_LONG(field="query", most=LONGEST_QUERY)
    return tuple(_alternatives(piece, synonyms) for piece in pieces(query))


def fts5_match(query: str, synonyms: Synonyms = NONE) -> str:
    """Return the right side of `MATCH` for an FTS5 table that was filled with `index_text`."""
    return " AND ".join(f"({' OR '.join(map(_fts5, phrases))})" for phrases in _phrases(query, synonyms))


def tsquery(query: str, synonyms: Synonyms = NONE) -> str:
    """Return a literal for `CAST(... AS tsquery)`, to be matched with the tokens of `index_tokens`."""
    return " & ".join(f"({' | '.join(map(_tsquery, phrases))})" for phrases in _phrases(query, synonyms))


def _phrases(query: str, synonyms: Synonyms) -> tuple[tuple[Phrase, ...], ...]:
    wanted = query_tokens(query, synonyms)
    if not wanted:
        raise QUERY_EMPTY(field="query")
    return wanted


def _fts5(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.tokens)}"' + (" *" if phrase.prefix else "")


def _tsquery(phrase: Phrase) -> str:
    return " <-> ".join(f"'{token}'" for token in phrase.tokens) + (":*" if phrase.prefix else "")


def _alternatives(piece: str, synonyms: Synonyms) -> tuple[Phrase, ...]:
    return tuple(dict.fromkeys(map(_phrase, synonyms.variants(piece))))


def _phrase(piece: str) -> Phrase:
    *before, (kind, run) = _runs(piece)
    tokens = [token for earlier in before for token in _ending(*earlier)]
    # what was typed may end inside a run of the text, so the token of the last character alone is left out
    if kind == _HAN and len(run) > 1:
        return Phrase((*tokens, *_bigrams(run)), prefix=False)
    # a word may go on in the text, and a single character is the beginning of a bigram
    return Phrase((*tokens, *_ending(kind, run)), prefix=True)


def pieces(text: str) -> Iterator[str]:
    """Split at everything that is neither letter nor digit nor character, in the one spelling of the search."""
    return ("".join(run) for is_gap, run in groupby(one_spelling(text), lambda character: _kind(character) == _GAP) if not is_gap)


def _runs(piece: str) -> list[tuple[str, str]]:
    return [(kind, "".join(run)) for kind, run in groupby(piece, _kind)]


def _kind(character: str) -> str:
    if character.isascii():
        return _WORD if character.isalnum() else _GAP
    # letters, numbers and marks of every script count as characters
    category = unicodedata.category(character)  # Co: registers write rare characters in the private use area
    return _HAN if category[0] in "LNM" or category == "Co" else _GAP


def _ending(kind: str, run: str) -> list[str]:
    """Return the tokens of a run that is known to end here."""
    return ["w" + run] if kind == _WORD else [*_bigrams(run), "z" + _code(run[-1])]


def _bigrams(run: str) -> list[str]:
    return [f"z{_code(first)}{_code(second)}" for first, second in pairwise(run)]


def _code(character: str) -> str:
    number, digits = ord(character), ""
    for _ in range(4):  # 36 to the fourth covers all of Unicode
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits
