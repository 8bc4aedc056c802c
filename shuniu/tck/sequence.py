"""What a sequence is: who calls what with what, and what the hub must answer. Values in, nothing done here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Union

from shuniu.words import Word

CONSUMER, PROVIDER, AUTHORITY, OTHER, OFFICE = "consumer", "provider", "authority", "other", "office"
ROLES = (CONSUMER, PROVIDER, AUTHORITY, OTHER, OFFICE)
"""Whose identities the kit calls with: OFFICE is a department that registered its officers."""


class Kind(Enum):
    """What a sequence is about."""

    HAPPY = "happy"
    REFUSED = "refused"
    INCOMPLETE = "incomplete"
    LATE = "late"
    REPLAYED = "replayed"
    OUT_OF_ORDER = "out_of_order"
    WRONG_PARTY = "wrong_party"
    WRONG_DUTY = "wrong_duty"
    DISPUTED = "disputed"
    ENDED = "ended"


class Need(Enum):
    """What a sequence needs beside the identities that it calls with."""

    WRITING = "writing"
    """It leaves things on the hub: a hub for practice, or somebody who said --yes."""
    CLOCK = "clock"
    """A hub for practice: its clock is moved on."""
    SERVING = "serving"
    """A hub for practice: the kit serves data in the provider's place."""
    ARROW = "arrow"
    """The kit serves a whole table, which takes pyarrow where it runs."""
    MANDATE = "mandate"
    """The system of OFFICE may confirm, or decline: a lead who signed in registered a mandate for it."""
    SUPERIOR = "superior"
    """OTHER is the common superior of CONSUMER and PROVIDER, which the kit's own departments are."""


@dataclass(frozen=True)
class Expect:
    """What an answer must be. `status` may be one of several; `says` names fields of the answer by path; `mentions` are words of a refusal."""

    status: tuple[str, ...] = ("OK",)
    reason: str = ""
    says: Mapping[str, Any] = field(default_factory=dict)
    mentions: tuple[str, ...] = ()

    def text(self) -> str:
        """Return it as a diagram shows it."""
        said = [f"{path} = {value}" for path, value in self.says.items()]
        words = [f"naming {word!r}" for word in self.mentions]
        return " ".join([" or ".join(self.status), *([self.reason] if self.reason else []), *(["with", *said] if said else []), *words])


OK = Expect()


def refusal(*status: str, reason: str = "", mentions: tuple[str, ...] = ()) -> Expect:
    """Return what a refused call must be told."""
    return Expect(status, reason, {}, mentions)


def says(**fields: Any) -> Expect:
    """Return what an answer must say; a dot in a path is written as two underscores."""
    return Expect(says={path.replace("__", "."): value for path, value in fields.items()})


@dataclass(frozen=True)
class Call:
    """One call. Text such as {it.name} in its fields stands for what an answer before said, which was kept as `it`; see `scene.py`."""

    who: str
    rpc: str
    fields: Mapping[str, Any]
    expect: Expect = OK
    keep: str = ""
    pick: tuple[str, str, str] = ("", "", "")
    """Of a listing: which field lists, and by which field and value the thing to keep is known."""
    alone: bool = False
    """Whether what is kept as `it` is another thing than the one before, so that nothing is `old`."""


@dataclass(frozen=True)
class Later:
    """Time passes at the hub: at least so many hours."""

    hours: int


Step = Union[Call, Later]


@dataclass(frozen=True)
class Sequence:
    """One sequence: calls one after another, each with what must come back."""

    id: str
    title: Word
    article: str
    """The rule that it asks about: the law's article, or the rule of protocols that all procedures share."""
    kind: Kind
    steps: tuple[Step, ...]
    needs: frozenset[Need] = frozenset({Need.WRITING})

    @property
    def roles(self) -> frozenset[str]:
        """Return whose identities it calls with."""
        return frozenset(step.who for step in self.steps if isinstance(step, Call))

    @property
    def is_late(self) -> bool:
        """Tell whether time passes in it."""
        return any(isinstance(step, Later) for step in self.steps)
