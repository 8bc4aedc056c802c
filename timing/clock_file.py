"""Reads profiles of statutory time limits from a file (`clocks.toml`, or the one that the operator names); what is wrong is named by line."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

from hub.operator_file import OperatorFile, read_file
from timing.reasons import (
    LIMIT_KEYS_MISSING,
    LIMIT_KEYS_UNKNOWN,
    LIMIT_ZERO,
    LIMITS_FOREIGN,
    LIMITS_TWICE,
    LIMITS_UNREADABLE,
    PROFILE_UNTITLED,
    UNKNOWN_PROFILE,
)
from timing.time_limit import Profile, TimeLimit

AT_ONCE: Final = "at once"
_OPTIONAL: Final = frozenset({"checked"})
_KEYS: Final = frozenset(
    {"id", "title", "citation", "starts", "ends", "working_days", "extension_days", "extension_by", "on_expiry", "verified"},
)

_T = TypeVar("_T", TimeLimit, Profile)


def parse_profiles(text: str, name: str = "clocks.toml") -> Mapping[str, Profile]:
    """Read profiles by id from TOML as in `clocks.toml`; anything unknown, missing or double stops the start."""
    file = OperatorFile(name, text)
    with file.block():
        try:
            table = tomllib.loads(text)
        except ValueError as error:
            raise LIMITS_UNREADABLE(problem=str(error)) from error
        rows = table.pop("profile", None)
        if table or not _are_tables(rows):
            raise LIMITS_FOREIGN(names=", ".join(table) or "[[profile]]")
    return _by_id(file, "profile", (), [_profile(file, number, row) for number, row in enumerate(rows, 1)])


@cache
def shipped_profiles() -> Mapping[str, Profile]:
    """Return the profiles that come with this version; none of their figures has been verified."""
    return parse_profiles(files(__package__).joinpath("clocks.toml").read_text("utf-8"))


def profile_of(name: str, file: str = "") -> Profile:
    """Return the profile of this name, out of the file that the configuration names as `clocks`, if any; an unknown one stops the start."""
    profiles = parse_profiles(read_file(Path(file), "clocks"), file) if file else shipped_profiles()
    if name not in profiles:
        raise UNKNOWN_PROFILE(profile=name, known=", ".join(profiles))
    return profiles[name]


def _profile(file: OperatorFile, number: int, row: Mapping[str, Any]) -> Profile:
    here = ("profile", number)
    with file.block(here):
        limits, rest = row.get("clock"), {key: value for key, value in row.items() if key != "clock"}
        if rest.keys() != {"id", "title"} or not all(isinstance(value, str) and value for value in rest.values()) or not _are_tables(limits):
            raise PROFILE_UNTITLED()
    found = [_limit(file, (here, ("profile.clock", at)), one) for at, one in enumerate(limits or (), 1)]
    return Profile(rest["id"], rest["title"], _by_id(file, "profile.clock", (here,), found))


def _limit(file: OperatorFile, path: tuple[tuple[str, int], ...], row: Mapping[str, Any]) -> TimeLimit:
    with file.block(*path):
        limit = str(row.get("id", ""))
        if missing := _KEYS - row.keys():
            raise LIMIT_KEYS_MISSING(limit=limit, keys=", ".join(sorted(missing)))
        if unknown := row.keys() - _KEYS - _OPTIONAL:
            raise LIMIT_KEYS_UNKNOWN(limit=limit, keys=", ".join(sorted(unknown)), key=min(unknown))
        days = row["working_days"]
        # a nought is taken for a mistake: "at once" has to be written out
        if days == 0 and type(days) is int:
            raise LIMIT_ZERO(limit=limit, key="working_days")
        return TimeLimit(**{**row, "working_days": 0 if days == AT_ONCE else days})


def _are_tables(rows: object) -> bool:
    return isinstance(rows, list) and bool(rows) and all(isinstance(row, dict) for row in rows)


def _by_id(file: OperatorFile, block: str, above: tuple[tuple[str, int], ...], things: Iterable[_T]) -> Mapping[str, _T]:
    found: dict[str, _T] = {}
    for number, thing in enumerate(things, 1):
        with file.block(*above, (block, number)):
            if thing.id in found:
                raise LIMITS_TWICE(id=thing.id, key="id")
        found[thing.id] = thing
    return MappingProxyType(found)
