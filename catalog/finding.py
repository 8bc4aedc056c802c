"""What a search asks for, what it finds, and where in an entry the words were found.

A facet narrows a search. Each is described once, as a line of `Criteria`: its name and type are those of `SearchEntriesRequest`, and
`Narrows` says with which attribute of an entry it is compared and what the public page calls it. The store's filter, the reading of the
message and the page's parameters are made from that line.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, NamedTuple, Self, get_args, get_origin, get_type_hints

from catalog.bigram import Phrase, index_tokens, query_tokens
from catalog.model import Entry, Level, ShareType, UpdatePeriod
from catalog.reasons import REGION_PREFIX_SHAPE
from catalog.synonyms import Synonyms
from hub.ids import ULID
from shuniu.identifiers.uscc import parse_uscc

_REGION_PREFIX: Final = re.compile(r"[0-9]{0,6}")
_REGION_DIGITS: Final = 6
_LONGEST_TITLE: Final = 10_000  # far above a title's cap; it bounds only what a page token may say
LAST_RANK: Final = 3  # the ranks of `catalog/store/search.py`: typed in the title, title, names, abstract

Span = tuple[str, str]
"""The least and the greatest value that a facet lets through."""


def _region_span(prefix: str) -> Span:
    """Return the regions that begin with the prefix: 640000 means all of 64, 640100 all of 6401 (GB/T 2260)."""
    if _REGION_PREFIX.fullmatch(prefix) is None:
        raise REGION_PREFIX_SHAPE(field="region_prefix")
    while len(prefix) in {4, 6} and prefix.endswith("00"):
        prefix = prefix[:-2]
    return prefix.ljust(_REGION_DIGITS, "0"), prefix.ljust(_REGION_DIGITS, "9")


def _one(value: str) -> Span:
    return value, value


def _provider(uscc: str) -> Span:
    return _one(parse_uscc(uscc, "provider"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrows:
    """How a criterion narrows a search: `of` is the attribute of an entry where it has another name, `parameter` the page's name for it."""

    of: str = ""
    parameter: str = ""
    span: Callable[[str], Span] = _one


@dataclass(frozen=True, slots=True)
class Criteria:
    """Words and facets; what is empty or None does not narrow the search."""

    query: str = ""
    provider: Annotated[str, Narrows(span=_provider)] = ""
    share_type: Annotated[ShareType | None, Narrows(parameter="share")] = None
    level: Annotated[Level | None, Narrows(parameter="level")] = None
    region_prefix: Annotated[str, Narrows(of="region", span=_region_span)] = ""
    update_period: Annotated[UpdatePeriod | None, Narrows(parameter="period")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One facet: its name, the attribute of an entry, the page's parameter (empty: not offered there), its values if they are a list."""

    name: str
    attribute: str
    parameter: str
    choices: type[StrEnum] | None
    span: Callable[[str], Span]

    def bounds(self, criteria: Criteria) -> Span | None:
        """Return what the criteria let through, None where they say nothing; raise InvalidInputError for a value that cannot be."""
        value = getattr(criteria, self.name)
        return self.span(str(value)) if value else None


def _facets() -> Iterator[Facet]:
    for name, hint in get_type_hints(Criteria, include_extras=True).items():
        if get_origin(hint) is Annotated:
            kind, how = get_args(hint)
            choices = next(iter(get_args(kind)), None)  # ShareType of `ShareType | None`
            yield Facet(name=name, attribute=how.of or name, parameter=how.parameter, choices=choices, span=how.span)


FACETS: Final = tuple(_facets())


class HitPlace(NamedTuple):
    """A place in the order of hits: what ranks first, then the shorter title, then the newer entry."""

    rank: int
    size: int
    id: str

    @classmethod
    def of(cls, rank: str | int, size: str | int, entry_id: str | int) -> Self:
        """Return the place of a page token's parts; raise ValueError where they are none."""
        # page tokens come back from strangers
        if not (isinstance(rank, int) and isinstance(size, int) and isinstance(entry_id, str)):
            raise ValueError("two numbers and an id")  # noqa: TRY004 - the token is wrong, not this program
        if not (0 <= rank <= LAST_RANK and 0 <= size <= _LONGEST_TITLE and ULID.fullmatch(entry_id)):
            raise ValueError("out of range")
        return cls(rank, size, entry_id)


@dataclass(frozen=True, slots=True)
class EntryHit:
    """An entry that was found, and the names of its fields in which the words stand."""

    entry: Entry
    matched_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntryHits:
    """A page of hits, the token of the next (empty on the last), and how many hits there are in all."""

    hits: tuple[EntryHit, ...]
    next_page_token: str
    total_size: int
    parts: tuple[str, ...] = ()
    """Parts of the query that were looked for because the whole was found nowhere; none where the hits have the whole."""


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
