"""行政区划 and 行政层级: what a code of GB/T 2260 says of a level, and which codes lie inside which."""

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Final

from shuniu.words import Word


@unique
class Level(StrEnum):
    """行政层级, from the highest to the lowest."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"

    def is_above(self, other: "Level") -> bool:
        """Tell whether it is the higher of the two."""
        return _RANKS[self] < _RANKS[other]


LEVELS: Final[Mapping[Level, Word]] = {
    Level.PROVINCE: Word("province", "a province's", "省级"),
    Level.CITY: Word("city", "a city's", "市级"),
    Level.COUNTY: Word("county", "a county's", "县级"),
}
_RANKS: Final = {level: rank for rank, level in enumerate(Level)}
_DIGITS: Final = {Level.PROVINCE: 2, Level.CITY: 4, Level.COUNTY: 6}


def level_of(region: str) -> Level:
    """Return the level that a region's code has (GB/T 2260): xx0000 is a province, xxxx00 a city, any other a county."""
    if region.endswith("0000"):
        return Level.PROVINCE
    return Level.CITY if region.endswith("00") else Level.COUNTY


def area_of(region: str) -> str:
    """Return the digits with which every code inside a region begins: two for a province, four for a city, six for a county."""
    return region[: _DIGITS[level_of(region)]]


def area_at(region: str, level: Level) -> str:
    """Return the digits with which the codes inside a region begin for whoever stands at a level: never fewer than the level has."""
    return region[: max(_DIGITS[level], len(area_of(region)))]
