"""What the system of an entry serves, and whether that is what the entry says. Pure: the comparison itself is the SDK's, in words for both sides."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from catalog.model import IN_PREPARATION, Entry, gaps
from catalog.reasons import ENTRY_LEAVES_OPEN, ENTRY_NOT_AS_SERVED, NOT_DESCRIBED
from hub.errors import IllegalStateError, ShuniuError
from shuniu.catalogue import Violation
from shuniu.provider.comparison import Finding, ServedResource, absent, compare
from shuniu.words import Word, field_word

_MOST_TOLD: Final = 5
"""How many differences an error names: its texts and details travel in trailers, which have 8 KiB. `CheckEntries` names all."""
_LONGEST_TOLD: Final = 60


class Describe(Protocol):
    """Asks a department's system what it serves, in a thread of the control plane and for a few seconds at most."""

    def __call__(self, department: str, system: str, /) -> tuple[ServedResource, ...] | None:
        """Return what it serves at this moment; None where it does not say, is not there, or may not be asked."""


def ask_nobody(_department: str, _system: str) -> None:
    """Know of no system that could be asked: a directory without a data plane, as the operator's commands open it."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a system said last that it serves, and when."""

    department: str
    system: str
    resources: tuple[ServedResource, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class EntryCheck:
    """A version of an entry compared with what its system serves; `describe_time` is None where the system never said."""

    entry: str
    version: int
    findings: tuple[Finding, ...]
    describe_time: datetime | None

    @property
    def contradictions(self) -> tuple[Finding, ...]:
        """Return the findings for which the entry is refused."""
        return tuple(one for one in self.findings if one.contradicts)

    @property
    def codes(self) -> str:
        """Return the reasons found, each once: what the log tells."""
        return ",".join(sorted({one.reason for one in self.findings}))

    def refuse_contradictions(self, system: str) -> None:
        """Raise IllegalStateError where records could not be carried as the entry says; it names the differences."""
        if self.contradictions:
            raise _refusal(self, system)


def check_entry_served(entry: Entry, description: Description | None) -> EntryCheck:
    """Return an entry compared with what its system described last, and what it leaves open while it is in preparation.

    One that no system serves has nothing to compare.
    """
    at, open_points = description.at if description else None, _left_open(entry)
    if not entry.serving_system:
        return EntryCheck(entry.name, entry.version, open_points, None)
    if description is None:
        return EntryCheck(entry.name, entry.version, (_noted(NOT_DESCRIBED(system=entry.serving_system)), *open_points), None)
    served = next((one for one in description.resources if one.name == entry.serving_resource), None)
    key = entry.key_field.name if entry.key_field else ""
    found = (absent(entry.serving_resource),) if served is None else compare(served, entry.fields, key)
    return EntryCheck(entry.name, entry.version, (*found, *open_points), at)


def _left_open(entry: Entry) -> tuple[Finding, ...]:
    """Return one finding with all that a version in preparation leaves open of Decree 809 art. 13; what is in force was listed as it is."""
    missing = [field_word(gap.field) for gap in gaps(entry)] if entry.state in IN_PREPARATION else []
    if not missing:
        return ()
    en = ", ".join(one.en for one in missing)
    return (_noted(ENTRY_LEAVES_OPEN(missing=Word(en, en, "、".join(one.zh for one in missing)))),)


def _noted(told: ShuniuError) -> Finding:
    return Finding("", told.reason, told.message, told.zh, told.next_action, told.next_action_zh, contradicts=False)


def _refusal(check: EntryCheck, system: str) -> IllegalStateError:
    told = check.contradictions[:_MOST_TOLD]
    more = len(check.contradictions) - len(told)
    en, zh = _listed((one.en for one in told), "; "), _listed((one.zh for one in told), "；")
    if more:
        en, zh = f"{en}; and {more} more", f"{zh}；另有{more}处"
    error = ENTRY_NOT_AS_SERVED(entry=check.entry, system=system, differences=Word(check.codes, en, zh))
    error.violations = tuple(Violation(one.reason, f"{check.entry}#{one.field}" if one.field else check.entry, one.en) for one in told)
    return error


def _listed(texts: Iterable[str], by: str) -> str:
    return by.join(text if len(text) <= _LONGEST_TOLD else f"{text[: _LONGEST_TOLD - 1]}…" for text in texts)
