"""How a sequence went: what was called and what came back, line by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from shuniu.tck.sequence import Sequence


class Outcome(Enum):
    """How a sequence ended. One that could not be run has shown nothing, and is never counted as passed."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Turn:
    """One call as it was made, and its answer; `fault` says what was expected where that is something else. `hours` are those that passed."""

    who: str = ""
    rpc: str = ""
    sent: str = ""
    answer: str = ""
    fault: str = ""
    hours: int = 0


@dataclass
class Result:
    """How one sequence went."""

    sequence: Sequence
    outcome: Outcome = Outcome.PASSED
    why: str = ""
    turns: list[Turn] = field(default_factory=list)
    seconds: float = 0.0
    place: dict[str, Any] = field(default_factory=dict)

    def fail(self, why: str) -> None:
        """Say that the hub answered otherwise than the rule."""
        self.outcome, self.why = Outcome.FAILED, why


def count(results: list[Result]) -> Mapping[Outcome, int]:
    """Return how many ended how."""
    return {outcome: sum(1 for one in results if one.outcome is outcome) for outcome in Outcome}
