"""承继: what becomes of a department's things when it is renamed, merged, split or closed. Each domain carries its own; departments live below.

A carrier finds what still belongs to the predecessor and has not ended, and passes or ends it, each thing in a transaction of its own with its
record. Done again, it goes on with what is left: that is how a hub that died in the middle finishes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from hub.access import HUB
from hub.db import Tx
from hub.unit_of_work import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """What passes from one predecessor, and to whom, under a succession.

    `successor` takes whatever `assigned` (resource name -> USCC) does not name; it is empty where the department is closed and its things end.
    `systems` says, by the names of the predecessor's systems, which of the successor's serve in their place; any other has its old name.
    `is_split` says that what the predecessor may use of others passes only as it is assigned.
    """

    succession: str
    predecessor: str
    successor: str
    time: datetime
    reason: str
    assigned: Mapping[str, str] = field(default_factory=dict)
    systems: Mapping[str, str] = field(default_factory=dict)
    is_split: bool = False

    def successor_of(self, thing: str) -> str:
        """Return who takes a thing, empty where it ends."""
        return self.assigned.get(thing, self.successor)

    def consumer_of(self, thing: str) -> str:
        """Return who takes what gives a right to data of others: of a split, nobody to whom it was not assigned (Decree 809 art. 25)."""
        return self.assigned.get(thing, "" if self.is_split else self.successor)

    def system_of(self, system: str) -> str:
        """Return which system of the successor stands in the place of one of the predecessor."""
        return self.systems.get(system, system)

    def change(self, action: str, resource: str, at: datetime, **facts: Any) -> Change:
        """Return the record of what the hub did to one thing of the predecessor."""
        told = {"succession": self.succession, **facts.pop("detail", {})}
        return Change(at=at, action=action, actor=HUB, resource=resource, other=self.predecessor, reason=self.reason, detail=told, **facts)


class Carrier(Protocol):
    """What one domain does with the things of a predecessor."""

    def carry(self, passing: Passing, at: datetime) -> Iterator[bool]:
        """Pass or end what is left, one thing after the other; yield after each whether it was done, False where somebody was quicker."""

    def concerned(self, tx: Tx, predecessor: str, at: datetime) -> Iterable[str]:
        """Return the other departments (USCC) that are to know beforehand."""

    def missing(self, tx: Tx, passing: Passing) -> Iterable[str]:
        """Return the resource names of systems that are to serve for the successor and serve nothing yet."""

    def needs(self, tx: Tx, system: str) -> bool:
        """Tell whether something in force still names a system (resource name) that serves nothing."""
