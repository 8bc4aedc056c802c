"""A desk that keeps what lies on it: what each thing waits for now, and what was told."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any

from hub.db import Tx
from hub.desk import Notice, Thing, Waiting
from hub.procedure import Party, Procedure
from shuniu.words import value_words


class RecordingDesk:
    """Work as it stands after each step; a thing that waits for nobody is not on it."""

    def __init__(self) -> None:
        self.waiting: dict[str, tuple[Waiting, ...]] = {}
        self.titles: dict[str, str] = {}
        self.told: list[tuple[Thing, Notice]] = []
        self.followed = 0
        self._keys: set[tuple[str, str, str]] = set()

    def follow(self, tx: Tx, thing: Thing, waits: tuple[Waiting, ...], at: datetime) -> None:
        del tx, at
        self.followed += 1
        assert all(value_words("WorkStep").get(one.step) for one in waits), waits
        if waits:
            self.waiting[thing.name], self.titles[thing.name] = waits, thing.title
        else:
            self.waiting.pop(thing.name, None)

    def tell(self, tx: Tx, thing: Thing, notices: tuple[Notice, ...], at: datetime) -> None:
        del tx, at
        for one in notices:
            assert value_words("NoticeKind").get(one.kind), one.kind
            place = (thing.name, one.department, one.key)
            if one.key and place in self._keys:
                continue
            self._keys.add(place)
            self.told.append((thing, one))

    def of(self, thing: Any) -> set[tuple[str, str]]:
        """Return (department, step) of all that a thing waits for."""
        return {(one.department, one.step) for one in self.waiting.get(thing.name, ())}

    def take(self) -> list[tuple[str, str]]:
        """Return (department, kind) of what was told since this was last called."""
        taken = [(one.department, one.kind) for _, one in self.told]
        self.told.clear()
        return taken


def steps_of_others(procedure: Procedure[Any, Any], state: StrEnum) -> Iterator[tuple[StrEnum, Party]]:
    """Yield the steps that are possible in a state with each party that may take them, but the hub."""
    for begin, step in procedure.next:
        if begin is state:
            yield from ((step, party) for party in procedure.who[step] if party is not Party.HUB)
