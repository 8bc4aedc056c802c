"""What providers are called: an entry that lives bears its provider's name as that is registered now, one that has ended that of its time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy import select

from catalog.model import Entry, EntryState
from catalog.store.tables import entries
from certs.store import DepartmentStore
from hub.db import Tx

_ENDED: Final = frozenset({EntryState.SUPERSEDED, EntryState.WITHDRAWN})


def with_titles(tx: Tx, found: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return entries with their providers' names. What is stored, and signed, keeps the name under which it was published."""
    known = tuple(found)
    return tuple(_bearing(DepartmentStore(tx).titles({one.provider for one in known}), known))


def published_with_titles(tx: Tx, found: Iterable[Entry]) -> Iterator[Entry]:
    """Yield entries in force with their providers' names, one by one: there may be a hundred thousand."""
    return _bearing(titles_of_providers(tx), found)


def titles_of_providers(tx: Tx) -> dict[str, str]:
    """Return the names of all departments that have an entry in force."""
    providers = select(entries.c.provider).where(entries.c.state == EntryState.PUBLISHED.value).distinct()
    return DepartmentStore(tx).titles(row.provider for row in tx.execute(providers))


def _bearing(titles: Mapping[str, str], found: Iterable[Entry]) -> Iterator[Entry]:
    return (one if one.state in _ENDED else replace(one, provider_title=titles.get(one.provider, one.provider_title)) for one in found)
