"""A version of an entry, and the steps it goes through. Pure: time comes in as `at`.

Guards stand in the order a clerk would ask: who, why, what, then the state. A stored version stays readable when the rules grow, so the
rules are asked at the steps and not when a value is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final, Self

from catalog.model.assessment import UNASSESSED, check_days
from catalog.model.content import CONTENT, EntryContent
from catalog.model.legal import rests_on_national_law
from catalog.model.procedure import ENTRY_PROCEDURE, IN_PREPARATION, EntryState, EntryStep
from catalog.model.rules import check_entry
from catalog.reasons import CHANGE_BASIS_WEAK
from hub.access import Caller, Role
from hub.clock import day_in_china
from hub.procedure import Party
from hub.wording import LegalBasis, Reasons
from timing.timer import Timer

_UNSUBMITTED: Final[Mapping[str, Any]] = {"submit_time": None, "consent": "", "consent_time": None, "change_basis": "", "timer": None}
"""What a submission set, as it is of a draft that must be submitted anew."""


class ChangeBasis(LegalBasis):
    """变更依据: the law on which a version that gives less holds for running grants at once; may be left out."""

    field, optional = "change_basis", True


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(EntryContent):
    """One data resource of the directory, one version of it; beside its content, what the hub fills in."""

    id: str = ""
    version: int = 1
    revision: int = 1
    state: EntryState = EntryState.DRAFT
    provider_title: str = ""
    create_time: datetime | None = None
    submit_time: datetime | None = None
    publish_time: datetime | None = None
    end_time: datetime | None = None
    change_reason: str = ""
    change_basis: str = ""
    """Legal ground on which this version holds for running grants at once; without one their consumers are consulted first."""
    timer: Timer | None = None
    """Of the authority's review; set while the version is submitted, and not for one that an earlier release took."""
    consent: str = ""
    """By whom the department's head consented to its submission (Decree 809 art. 13): an officer's number, or a mandate's name."""
    consent_time: datetime | None = None
    record_source: str = ""
    """The department that the authority named as the source of the term; read beside the entry, and not kept with it."""
    former_provider_titles: tuple[str, ...] = ()
    """承继自: names of the departments that provided it before, oldest first."""

    @classmethod
    def of(cls, content: EntryContent) -> Self:
        """Return the content as an entry in which the hub has not filled in anything."""
        return cls(**{name: getattr(content, name) for name in CONTENT})

    @classmethod
    def draft(cls, content: EntryContent, by: Caller, entry_id: str, provider_title: str, at: datetime) -> Self:
        """Return the first draft of a new entry: of the department that its content names, of the caller's where it names none."""
        provider = content.provider or by.department
        entry = replace(cls.of(content), id=entry_id, provider=provider, provider_title=provider_title, create_time=at)
        # a draft is made by whoever may change it; making one is no step of the procedure
        ENTRY_PROCEDURE.admit(entry, EntryStep.UPDATE, by)
        return check_entry(entry, entry.name)

    @property
    def name(self) -> str:
        """Return the resource name, the same for every version."""
        return f"entries/{self.id}"

    @property
    def is_in_force(self) -> bool:
        """Tell whether this is the version that holds."""
        return self.state is EntryState.PUBLISHED

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return whose entry it is."""
        return {Party.PROVIDER: self.provider}

    @property
    def awaits_step(self) -> bool:
        """Tell whether the authority's review is awaited: the timer runs."""
        return self.state is EntryState.SUBMITTED

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may read this version: what was never published is seen by its provider and the authority alone."""
        return self.state not in IN_PREPARATION or self.provider == caller.department or Role.AUTHORITY in caller.roles

    def as_seen_by(self, caller: Caller) -> Self:
        """Return the version as the caller sees it.

        What the data is called inside the serving system, what was assessed and who consented is its provider's and the authority's.
        """
        if caller.department == self.provider or Role.AUTHORITY in caller.roles:
            return self
        return replace(self, serving_resource="", assessment=UNASSESSED, consent="", consent_time=None)

    def update(self, by: Caller, content: EntryContent) -> Self:
        """Return the draft with other content; what the hub keeps and whose it is stay."""
        ENTRY_PROCEDURE.admit(self, EntryStep.UPDATE, by)
        # the state is asked before the rules: whoever changes what is published should not first be sent to mend its texts
        following = ENTRY_PROCEDURE.after(self.state, EntryStep.UPDATE)
        written = {name: getattr(content, name) for name in CONTENT if name != "provider"}
        return check_entry(replace(self, **written, state=following, revision=self.revision + 1), self.name)

    def submit(self, by: Caller, reason: str, at: datetime, timer: Timer | None = None, basis: str = "") -> Self:
        """Return the draft as the authority will read it; the timer of its review starts (Decree 809 art. 17).

        `basis` is the legal ground on which it holds for running grants at once.
        """
        ENTRY_PROCEDURE.admit(self, EntryStep.SUBMIT, by)
        why, ground = Reasons(reason), ChangeBasis(basis)
        if ground and not rests_on_national_law(ground):
            raise CHANGE_BASIS_WEAK(field="change_basis")
        check_entry(self, self.name)
        check_days(self, day_in_china(at))
        given = {"consent": by.consent, "consent_time": at if by.consent else None}
        return self._after(EntryStep.SUBMIT, submit_time=at, change_reason=why, change_basis=ground, timer=timer, **given)

    def send_back(self, by: Caller, reason: str) -> Self:
        """Return the entry as a draft again, with what must change."""
        ENTRY_PROCEDURE.admit(self, EntryStep.RETURN, by)
        return self._after(EntryStep.RETURN, change_reason=Reasons(reason), **_UNSUBMITTED)

    def publish(self, by: Caller, at: datetime) -> Self:
        """Return the entry in force."""
        ENTRY_PROCEDURE.admit(self, EntryStep.PUBLISH, by)
        check_entry(self, self.name)
        return self._after(EntryStep.PUBLISH, publish_time=at, timer=None)

    def run_out(self, at: datetime) -> Self:
        """Return what was submitted as its review took too long: told once, and still to be reviewed."""
        return replace(self, timer=self.timer and replace(self.timer, told_time=at), revision=self.revision + 1)

    def revise(self, by: Caller, reason: str, version: int, at: datetime) -> Self:
        """Return a new draft version with the same content; this one stays in force.

        Revisions of the draft go on from those of this version, so that an etag of one is never good for the other.
        """
        ENTRY_PROCEDURE.admit(self, EntryStep.REVISE, by)
        why = Reasons(reason)
        # asked for its refusal alone: this version stays as it is
        ENTRY_PROCEDURE.after(self.state, EntryStep.REVISE)
        return replace(
            type(self).of(self),
            id=self.id,
            version=version,
            revision=self.revision + 1,
            provider_title=self.provider_title,
            create_time=at,
            change_reason=why,
            former_provider_titles=self.former_provider_titles,
        )

    def pass_to(self, provider: str, title: str, serving_system: str, reason: str, version: tuple[int, int], at: datetime) -> Self:
        """Return the version by which a provider's successor answers for what is in force; `version` is its number and its revision."""
        return replace(
            self,
            provider=provider,
            provider_title=title,
            former_provider_titles=(*self.former_provider_titles, self.provider_title),
            serving_system=serving_system,
            version=version[0],
            revision=version[1],
            create_time=at,
            publish_time=at,
            submit_time=None,
            consent="",
            consent_time=None,
            change_reason=reason,
        )

    def hand_back(self, provider: str, title: str, serving_system: str, reason: str) -> Self:
        """Return what a predecessor prepared as a draft of its successor, who reads it before it is submitted again."""
        return replace(
            self,
            state=EntryState.DRAFT,
            provider=provider,
            provider_title=title,
            serving_system=serving_system,
            change_reason=reason,
            revision=self.revision + 1,
            **_UNSUBMITTED,
        )

    def end(self, reason: str, at: datetime) -> Self:
        """Return the entry as taken out of the directory by the hub: its provider was closed."""
        return self._after(EntryStep.WITHDRAW, end_time=at, change_reason=reason)

    def supersede(self, at: datetime) -> Self:
        """Return the version as replaced by a newer one."""
        return self._after(EntryStep.SUPERSEDE, end_time=at)

    def withdraw(self, by: Caller, reason: str, at: datetime) -> Self:
        """Return the entry as taken out of the directory."""
        ENTRY_PROCEDURE.admit(self, EntryStep.WITHDRAW, by)
        return self._after(EntryStep.WITHDRAW, end_time=at, change_reason=Reasons(reason))

    def _after(self, step: EntryStep, **changed: Any) -> Self:
        return replace(self, state=ENTRY_PROCEDURE.after(self.state, step), revision=self.revision + 1, **changed)


OUTPUT: Final = frozenset(field.name for field in fields(Entry)) - CONTENT
"""What the hub fills in; the same names in a request are ignored."""
