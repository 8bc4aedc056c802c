"""The report of a verification: every step with its result and its reason, in the order in which they were taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shuniu.enums import StrEnum


class Result(StrEnum):
    """What a step or a whole verification came to, from best to worst."""

    VALID = "VALID"
    VALID_WHEN_SIGNED = "VALID_WHEN_SIGNED"  # expired since, but valid at the moment the signature states
    INDETERMINATE = "INDETERMINATE"  # nothing speaks against it, something needed is not known
    INVALID = "INVALID"


_SEVERITY: Final = tuple(Result)  # the order of definition


@dataclass(frozen=True)
class ReportStep:
    """One check: its name, its result, a stable reason code, the reason in words, and the clause that asks for the check."""

    name: str
    result: Result
    reason: str
    message: str
    zh: str
    clause: str


@dataclass(frozen=True)
class Judgement:
    """What a check can come to, whichever step it is said of: the result, its stable reason, and the words for it, with `{name}` for a fact."""

    result: Result
    reason: str
    message: str
    zh: str

    def of(self, name: str, clause: str, **facts: str) -> ReportStep:
        """Return the step of this name that came to this."""
        return ReportStep(name, self.result, self.reason, self.message.format(**facts), self.zh.format(**facts), clause)


@dataclass(frozen=True)
class Report:
    """All steps of one verification at one moment; the whole is as good as its worst step."""

    at: datetime
    steps: tuple[ReportStep, ...]

    @property
    def result(self) -> Result:
        """Return the worst result among the steps; a report without steps has verified nothing."""
        return max((step.result for step in self.steps), key=_SEVERITY.index, default=Result.INDETERMINATE)

    @property
    def complaints(self) -> tuple[ReportStep, ...]:
        """Return the steps that are anything but plainly valid."""
        return tuple(step for step in self.steps if step.result is not Result.VALID)

    def step(self, name: str) -> ReportStep:
        """Return the step of this name; a missing one is a programming mistake and raises KeyError."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)
