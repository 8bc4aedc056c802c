"""What the hub lets pass of a provider's changes: granted fields of the entry's types, masked, each change of the record whose key it names.

A record outside the grant's rows becomes a deletion here, whatever its provider calls it; whether the consumer hears of it hangs on whether it
was ever told of that record (`exchange.subscribe_cursors`). Blocks; for a thread.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from exchange.change_wire import DELETE, UPSERT, ProviderChange, Told, changes_from
from exchange.cleaning import Sieve, sift
from exchange.model import Permission
from exchange.steps import CLEAN
from exchange.stream_places import MOST_CURSOR
from exchange.subscribe_reasons import CHANGE_KEY, CHANGE_UNKNOWN, CHANGE_WITH_CONTENT, CHANGES_CURSOR, CHANGES_TOO_MANY, CHANGES_UNREADABLE
from exchange.values import key_from
from hub.errors import IntegrityError, InvalidInputError, Reason
from hub.identifiers import canonical, own_key

MOST_CHANGES: Final = 1_000
"""Changes of one message."""
MOST_BYTES: Final = 3 * 1024 * 1024
"""Bytes of one message: with its tokens it stays below what gRPC takes."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message of a provider says: the changes that may go out, how many it held, where to go on behind it, whether more are there."""

    changes: list[Told]
    count: int
    cursor: bytes
    has_more: bool
    size: int
    outside: int
    dropped: frozenset[str]


class ChangeSieve:
    """What passes of the changes of one subscription; made once."""

    def __init__(self, permission: Permission) -> None:
        """Take what may be had."""
        live = permission.live
        self._sieve, self._live = Sieve.of(live, permission.fields), live

    def read(self, message: bytes, position: int) -> Heard:
        """Return what passes of a message, its first change at a position; raise IntegrityError where it does not fit."""
        if len(message) > MOST_BYTES:
            raise CHANGES_TOO_MANY(step=CLEAN.place, provider=self._live.provider, most=MOST_BYTES, count=MOST_CHANGES)
        found = changes_from(message)
        if found is None:
            raise self._fault(CHANGES_UNREADABLE)
        if len(found.changes) > MOST_CHANGES:
            raise CHANGES_TOO_MANY(step=CLEAN.place, provider=self._live.provider, most=MOST_BYTES, count=MOST_CHANGES)
        if found.more and not found.changes:  # it would be asked on and on
            raise self._fault(CHANGES_UNREADABLE)
        if len(found.cursor) > MOST_CURSOR or (found.changes and not found.cursor):
            raise self._fault(CHANGES_CURSOR)
        dropped: set[str] = set()
        told = [self._told(one, place, dropped) for place, one in enumerate(found.changes, position + 1)]
        outside = sum(one.record is None and change.op == UPSERT for one, change in zip(told, found.changes, strict=True))
        return Heard(told, len(told), found.cursor, found.more, len(message), outside, frozenset(dropped))

    def _told(self, change: ProviderChange, position: int, dropped: set[str]) -> Told:
        if change.op not in {UPSERT, DELETE}:
            raise self._fault(CHANGE_UNKNOWN)
        if (change.op == UPSERT) != bool(change.record.fields):
            raise self._fault(CHANGE_WITH_CONTENT)
        key = self._key(change.key)
        if change.op == DELETE:
            return Told(position, key, None)
        values = change.record.fields
        live = self._live
        if live.key_field not in values or key_from(values[live.key_field], live.key_type) is None:
            raise self._fault(CHANGE_KEY)
        is_inside = sift(values, self._sieve, key, dropped)
        return Told(position, key, change.record if is_inside else None)

    def _key(self, written: str) -> str:
        """Return a key in its one spelling; one that is no number of its kind, as registers have them, as it stands."""
        with suppress(InvalidInputError):
            if self._live.subject_domain:
                return canonical(self._live.subject_domain, written, "key")
        try:
            return own_key(written, "key")
        except InvalidInputError as error:
            raise self._fault(CHANGE_KEY) from error

    def _fault(self, reason: Reason[IntegrityError]) -> IntegrityError:
        return reason(step=CLEAN.place, provider=self._live.provider)


def newest(changes: list[Told]) -> list[Told]:
    """Return of each key the last change alone, in the order of those."""
    found: dict[str, Told] = {}
    for one in changes:
        found.pop(one.key, None)
        found[one.key] = one
    return list(found.values())
