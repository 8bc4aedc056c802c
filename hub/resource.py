"""What every resource has in common: its name `collection/{id}`, the etag of its revision (AIP-154), and whether a caller may know of it."""

import re
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from hub.access import Caller
from hub.errors import NotFoundError
from hub.ids import ULID
from hub.reasons import CHANGED_MEANWHILE, ETAG_MISSING, NAME_WRONG

_LONGEST_ETAG: Final = 19  # r and 18 digits: every such number fits a 64-bit column


class Versioned(Protocol):
    """A thing with a name and a revision that grows by one with each change."""

    @property
    def name(self) -> str:
        """Return the resource name."""

    @property
    def revision(self) -> int:
        """Return how often it was written, from 1."""


class Shown(Protocol):
    """A thing that not everybody may know of."""

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of it."""


_R = TypeVar("_R", bound=Versioned)
_S = TypeVar("_S", bound=Shown)


def id_of(name: str, collection: str, field: str = "name", shape: re.Pattern[str] = ULID) -> str:
    """Return the id in the resource name `collection/{id}`; raise InvalidInputError for any other text."""
    kind, _, thing_id = name.partition("/")
    if kind != collection or shape.fullmatch(thing_id) is None:
        raise NAME_WRONG(field=field, collection=collection)
    return thing_id


def etag_of(revision: int) -> str:
    """Return the etag of a revision."""
    return f"r{revision}"


def revision_of(etag: str) -> int:
    """Return the revision that an etag names; an empty or foreign etag is refused: nobody writes blindly."""
    # isascii: isdigit alone is true for full-width digits.
    if not etag.startswith("r") or not etag[1:].isascii() or not etag[1:].isdigit() or len(etag) > _LONGEST_ETAG:
        raise ETAG_MISSING(field="etag")
    return int(etag[1:])


def check_etag(thing: _R, etag: str) -> _R:
    """Return the thing when it is still as the caller read it; raise ConflictError when it is not."""
    if thing.revision != revision_of(etag):
        raise CHANGED_MEANWHILE(resource=thing.name)
    return thing


def visible(thing: _S, caller: Caller, unknown: Callable[[], NotFoundError]) -> _S:
    """Return the thing when the caller may know of it; otherwise it looks as if it did not exist."""
    if not thing.seen_by(caller):
        raise unknown()
    return thing
