"""What the system of an entry serves, and whether that is what the entry says. Pure: the comparison itself is the SDK's, in words for both sides."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from catalog.model import Entry
from catalog.reasons import ENTRY_NOT_AS_SERVED, NOT_DESCRIBED
from hub.errors import IllegalStateError
from shuniu.catalogue import Violation
from shuniu.provider.comparison import Finding, ServedResource, absent, compare
from shuniu.words import Word

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
    """Return an entry compared with what its system described last; one that no system serves has nothing to compare."""
    at = description.at if description else None
    if not entry.serving_system:
        return EntryCheck(entry.name, entry.version, (), None)
    if description is None:
        return EntryCheck(entry.name, entry.version, (_not_described(entry.serving_system),), None)
    served = next((one for one in description.resources if one.name == entry.serving_resource), None)
    key = entry.key_field.name if entry.key_field else ""
    return EntryCheck(entry.name, entry.version, (absent(entry.serving_resource),) if served is None else compare(served, entry.fields, key), at)


def _not_described(system: str) -> Finding:
    told = NOT_DESCRIBED(system=system)
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
