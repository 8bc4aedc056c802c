"""What a change leaves for people: work that waits for somebody's step, and notices. The domain that keeps both lies above this package.

A domain says of a thing as it stands whose steps it waits for (`Waiting`); the desk compares that with what waited before. So work is posted,
moved on and settled in the transaction of what causes it, and nobody closes it by hand.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol, TypeVar

from hub.access import Duty
from hub.db import Tx

AUTHORITY: Final = "authority"
"""In the place of a department: whichever rules here. A thing knows its parties; who the authority is, the hub knows."""
AUDITORS: Final = "auditors"
"""In the place of a department: each that audits here, but for the one that `but` names."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What work and notices are about: its resource name, and what people call it. The title is nobody's data."""

    name: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A step that a thing waits for: what, whose turn it is, and until when under which clause.

    `step` is the rpc that answers, or the first of several (`BrokerageService/ApproveDataRequest`); its words stand in `shuniu/values.toml`.
    `duties` are those of which an officer needs one to take it. `limit` is the id of the time limit, `article` its citation, `verified` and
    `checked` how far the rule was compared with the law's text, as in `timing.timer.Timer`. Without a due time no time limit runs. Of several
    departments, `but` names the one whose turn it is not.
    """

    step: str
    department: str
    duties: tuple[Duty, ...]
    due_time: datetime | None = None
    limit: str = ""
    article: str = ""
    verified: bool = False
    checked: str = ""
    but: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a department is told: `kind` in lower_snake_case, its words in `shuniu/values.toml`; `facts` name things and dates, nobody's data.

    `key` makes it one notice however often it is told: of one thing and department, the same key is told once. None is told each time.
    """

    kind: str
    department: str
    duties: tuple[Duty, ...]
    article: str = ""
    key: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


_For = TypeVar("_For", Waiting, Notice)


class Desk(Protocol):
    """Where work and notices are kept, within the transaction of what causes them."""

    def follow(self, tx: Tx, thing: Thing, waits: tuple[Waiting, ...], at: datetime) -> None:
        """Take note that a thing waits for exactly this from now on: what is new is posted, what is gone is settled, what moved is moved."""

    def tell(self, tx: Tx, thing: Thing, notices: tuple[Notice, ...], at: datetime) -> None:
        """Tell departments of something."""


class _Nobody:
    """A desk at which nobody sits: for commands and tests of a domain alone."""

    def follow(self, tx: Tx, thing: Thing, waits: tuple[Waiting, ...], at: datetime) -> None:
        """Do nothing."""

    def tell(self, tx: Tx, thing: Thing, notices: tuple[Notice, ...], at: datetime) -> None:
        """Do nothing."""


NOBODY: Final[Desk] = _Nobody()


class Addressed:
    """A desk that takes what is for the authority, or for all auditors, to the departments that are it, and then to the desk behind."""

    def __init__(self, behind: Desk, authority: str, auditors: Callable[[], Collection[str]] = frozenset) -> None:
        """Take the desk behind, who the authority is (USCC), and who audits at this moment."""
        self._behind, self._authority, self._auditors = behind, authority, auditors

    def follow(self, tx: Tx, thing: Thing, waits: tuple[Waiting, ...], at: datetime) -> None:
        """Take note of what a thing waits for."""
        self._behind.follow(tx, thing, tuple(self._addressed(waits)), at)

    def tell(self, tx: Tx, thing: Thing, notices: tuple[Notice, ...], at: datetime) -> None:
        """Tell departments of something."""
        self._behind.tell(tx, thing, tuple(self._addressed(notices)), at)

    def _addressed(self, every: tuple[_For, ...]) -> Iterator[_For]:
        for one in every:
            for department in self._departments(one.department, getattr(one, "but", "")):
                yield replace(one, department=department)

    def _departments(self, named: str, but: str) -> Collection[str]:
        if named == AUDITORS:
            return sorted(set(self._auditors()) - {but})
        return (self._authority if named == AUTHORITY else named,)
