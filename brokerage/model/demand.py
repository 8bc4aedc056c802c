"""供需对接: a demand, "a wish for data that no entry offers yet" (Decree 809 art. 20). Pure: time comes in as `at`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from brokerage.model.demand_procedure import DEMAND_PROCEDURE, DemandState, DemandStep
from brokerage.model.reasons import ASSIGNED_TO_FILER, FIELDS_TOO_MANY, MERGED_INTO_ITSELF, MERGED_INTO_NOTHING, NOT_OWN_ENTRY
from brokerage.model.texts import Description, Ground, Scenario, WishedField
from catalog.model import Entry
from hub.access import Caller
from hub.faults import Faults
from hub.procedure import Party
from hub.wording import Officer, Reasons, Title

MOST_FIELDS: Final = 100
GONE: Final = frozenset({DemandState.MERGED, DemandState.WITHDRAWN})
"""In these no other demand goes on within one: so no circle of merged demands can be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandContent:
    """What a department writes of a demand; it names nobody, for every department reads it."""

    title: str
    description: str
    legal_basis: str
    scenario: str
    wished_fields: tuple[str, ...] = ()
    officer: str

    def __post_init__(self) -> None:
        faults = Faults()
        faults.spell(self, title=Title, description=Description, legal_basis=Ground, scenario=Scenario, officer=Officer)
        if len(self.wished_fields) > MOST_FIELDS:
            faults.add(FIELDS_TOO_MANY(field="wished_fields", most=MOST_FIELDS))
        else:
            faults.spell(self, wished_fields=lambda every: tuple(map(WishedField, every)))
        faults.refuse()

    def plain(self) -> dict[str, Any]:
        """Return the content as plain values."""
        return {
            "title": self.title,
            "description": self.description,
            "legal_basis": self.legal_basis,
            "scenario": self.scenario,
            "wished_fields": list(self.wished_fields),
            "officer": self.officer,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A wish for data that no entry offers yet, from filing to the entry that fulfils it."""

    id: str
    revision: int = 1
    state: DemandState = DemandState.SUBMITTED
    title: str
    description: str
    legal_basis: str
    scenario: str
    wished_fields: tuple[str, ...]
    filer: str
    assignee: str = ""
    merged_into: str = ""
    entry: str = ""
    reason: str = ""
    officer: str
    create_time: datetime
    end_time: datetime | None = None
    follower_count: int = 0
    """How many merged demands go on within it; not kept, filled in where it is shown."""

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"demands/{self.id}"

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return which department has which part."""
        return {Party.FILER: self.filer, Party.ASSIGNEE: self.assignee}

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of it: every department may, so that it can find its own wish on the board."""
        return bool(caller.department)

    @classmethod
    def file(cls, by: Caller, content: DemandContent, demand_id: str, at: datetime) -> "Demand":
        """Return the content as a demand of the caller's department."""
        return cls(**{**content.plain(), "wished_fields": content.wished_fields}, id=demand_id, filer=by.department, create_time=at)

    def assign(self, by: Caller, department: str, reason: str) -> "Demand":
        """Return the demand as one for a department to look at; one that was declined goes to another, or to the same again."""
        DEMAND_PROCEDURE.admit(self, DemandStep.ASSIGN, by)
        why = Reasons(reason)
        if department == self.filer:
            raise ASSIGNED_TO_FILER(field="department")
        return self._after(DemandStep.ASSIGN, assignee=department, reason=why)

    def accept(self, by: Caller) -> "Demand":
        """Return the demand as one for which its department prepares an entry."""
        DEMAND_PROCEDURE.admit(self, DemandStep.ACCEPT, by)
        return self._after(DemandStep.ACCEPT)

    def decline(self, by: Caller, reason: str) -> "Demand":
        """Return the demand as back with the authority, with the reason."""
        DEMAND_PROCEDURE.admit(self, DemandStep.DECLINE, by)
        return self._after(DemandStep.DECLINE, reason=Reasons(reason))

    def merge(self, by: Caller, into: "Demand | Entry", reason: str, at: datetime) -> "Demand":
        """Return the demand as one that goes on within another, or that a published entry answers already."""
        DEMAND_PROCEDURE.admit(self, DemandStep.MERGE, by)
        why = Reasons(reason)
        if isinstance(into, Demand):
            if into.id == self.id:
                raise MERGED_INTO_ITSELF(field="into")
            if into.state in GONE:
                raise MERGED_INTO_NOTHING(field="into", state=DEMAND_PROCEDURE.states[into.state])
        return self._after(DemandStep.MERGE, merged_into=into.name, reason=why, end_time=at)

    def fulfil(self, by: Caller, entry: Entry, at: datetime) -> "Demand":
        """Return the demand as answered by a published entry of the department that accepted it."""
        DEMAND_PROCEDURE.admit(self, DemandStep.FULFIL, by)
        following = self._after(DemandStep.FULFIL, entry=entry.name, end_time=at)
        if entry.provider != self.assignee:
            raise NOT_OWN_ENTRY(field="entry")
        return following

    def withdraw(self, by: Caller, reason: str, at: datetime) -> "Demand":
        """Return the demand as taken back by who filed it."""
        DEMAND_PROCEDURE.admit(self, DemandStep.WITHDRAW, by)
        return self._after(DemandStep.WITHDRAW, reason=Reasons(reason), end_time=at)

    def _after(self, step: DemandStep, **changes: Any) -> "Demand":
        return replace(self, state=DEMAND_PROCEDURE.after(self.state, step), revision=self.revision + 1, **changes)
