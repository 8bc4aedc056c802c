"""Names that mean the same in a search (卫健委 = 卫生健康委员会): data in `synonyms.toml`, applied to the query alone."""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice, product
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from catalog.characters import one_spelling
from catalog.reasons import SYNONYM_GROUP_SHAPE, SYNONYM_LISTED_TWICE, SYNONYMS_UNREADABLE

MOST_VARIANTS: Final = 8
"""How many spellings one piece of a query may grow into; the spelling as typed is always the first."""


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Groups of names of the same meaning, found by any of their names."""

    groups: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, groups: Iterable[Iterable[str]], place_of: Callable[[str], str] = str) -> Self:
        """Return the synonyms of these groups, or refuse a name that stands in two of them; `place_of` says where a name is written."""
        found: dict[str, tuple[str, ...]] = {}
        for written in groups:
            names = tuple(written)
            group = tuple(one_spelling(str.casefold(name)) for name in names)  # which refuses what is no text
            if len(group) < 2 or not all(map(str.isalnum, group)):  # noqa: PLR2004 - one name has no synonym
                raise SYNONYM_GROUP_SHAPE(place=place_of(next(iter(names), "")), group=", ".join(group))
            twice = next((name for place, name in enumerate(group) if name in found or name in group[:place]), None)
            if twice is not None:
                raise SYNONYM_LISTED_TWICE(place=place_of(names[group.index(twice)]), name=twice)
            found |= dict.fromkeys(group, group)
        return cls(MappingProxyType(found))

    def variants(self, text: str) -> tuple[str, ...]:
        """Return the text as it is and then with every name in it replaced by the names of the same meaning."""
        choices = [[piece, *(name for name in self.groups.get(piece, ()) if name != piece)] for piece in self._pieces(text)]
        # the product grows with every name in the text, and parts of it are alike: only its beginning is looked at
        spellings = dict.fromkeys("".join(choice) for choice in islice(product(*choices), 4 * MOST_VARIANTS))
        return tuple(islice(spellings, MOST_VARIANTS))

    def _pieces(self, text: str) -> Iterator[str]:
        longest, place = max(map(len, self.groups), default=0), 0
        while place < len(text):
            lengths = range(min(longest, len(text) - place), 0, -1)
            # the longest name that begins here, else one character
            size = next((size for size in lengths if text[place : place + size] in self.groups), 1)
            yield text[place : place + size]
            place += size


NONE: Final = Synonyms(MappingProxyType({}))


def parse_synonyms(text: str, file: str = "synonyms.toml") -> Synonyms:
    """Read groups of names from TOML as in `synonyms.toml`; raise ConfigError with the file's name and the line that is wrong."""
    try:
        groups = [group for section in tomllib.loads(text).values() for group in section]
        return Synonyms.of(groups, lambda name: f"{file}:{_line_of(name, text)}")
    except (TypeError, ValueError) as error:
        raise SYNONYMS_UNREADABLE(file=file, problem=error) from None


def _line_of(name: str, text: str) -> int:
    """Return the last line on which a name stands: where it stands twice, that is the one to look at."""
    return max((number for number, line in enumerate(text.splitlines(), 1) if f'"{name}"' in line), default=1)


@cache
def shipped_synonyms() -> Synonyms:
    """Return the synonyms that come with this version."""
    return parse_synonyms(files(__package__).joinpath("synonyms.toml").read_text("utf-8"))


def synonyms_of(file: str) -> Synonyms:
    """Return the shipped synonyms and those of an operator's file; where both have a name, the operator's group stands. Empty: the shipped ones."""
    shipped = shipped_synonyms()
    if not file:
        return shipped
    try:
        own = parse_synonyms(Path(file).read_text("utf-8-sig"), file)
    except OSError as error:
        raise SYNONYMS_UNREADABLE(file=file, problem=error.strerror) from error
    kept = {name: group for name, group in shipped.groups.items() if not own.groups.keys() & set(group)}
    return Synonyms(MappingProxyType(kept | dict(own.groups)))
