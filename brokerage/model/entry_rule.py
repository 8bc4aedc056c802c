"""What an entry allows of grants that were given on an earlier version of it. Pure: time comes in as `at`.

A grant rests on the version of its entry that was in force when it was asked for. What came later and gives less holds for it too, from the moment
at which the change took effect; what gives more does not: wider use takes a new request (Decree 809 art. 25).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from brokerage.model.grant import Grant
from catalog.masking import stricter
from catalog.model import Entry, ShareMode, ShareType

NO_FIELDS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a version of an entry takes from grants that rest on earlier ones; `grant` names the one that it is about, empty for all.

    `fields` are the masks of the version by field name, `purposes` and `modes` what it still allows; an empty list of purposes allows all.
    """

    since: datetime
    version: int
    change: str
    ends: bool = False
    grant: str = ""
    withdrawn: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    purposes: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    predicates: frozenset[str] = frozenset()
    """Names of the questions that the version still lets be asked."""

    def is_for(self, grant: Grant) -> bool:
        """Tell whether the effect is one on this grant: on one that rests on an earlier version, of a withdrawal on the last one too."""
        if self.grant:
            return self.grant == grant.id
        return grant.entry_version < self.version or (self.withdrawn and grant.entry_version == self.version)

    def ends_grant(self, grant: Grant) -> bool:
        """Tell whether nothing is left of the grant: the service ended, or its mode is none of the entry's any more."""
        return self.ends or (bool(self.modes) and grant.terms.mode not in self.modes)


@dataclass(frozen=True, slots=True)
class EntryRule:
    """The effects on the grants of one entry, by the moment from which each holds; `revision` differs whenever they do."""

    revision: str
    effects: tuple[Effect, ...]

    def holds(self, at: datetime, grant: Grant) -> tuple[Effect, ...]:
        """Return what holds for a grant at a moment, oldest first."""
        return tuple(one for one in self.effects if one.since <= at and one.is_for(grant))


@dataclass(frozen=True, slots=True)
class Loss:
    """What a grant would lose: fields, masks that would be stricter (by field), purposes, or all of it."""

    dropped_fields: tuple[str, ...]
    masks: Mapping[str, str]
    dropped_purposes: tuple[str, ...]
    ended: bool
    dropped_predicates: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether it loses anything."""
        return bool(self.dropped_fields or self.masks or self.dropped_purposes or self.dropped_predicates or self.ended)


def effect_of(entry: Entry, since: datetime, change: str = "") -> Effect:
    """Return what a version of an entry takes from the grants of earlier ones."""
    return Effect(
        since=since,
        version=entry.version,
        change=change,
        ends=entry.share_type is ShareType.REFUSED,
        fields={one.name: one.mask for one in entry.fields},
        purposes=entry.purposes,
        modes=tuple(mode.value for mode in entry.modes),
        predicates=frozenset(one.name for one in entry.predicates),
    )


def loss_of(grant: Grant, own: Mapping[str, str], effect: Effect, asked: Collection[str] = ()) -> Loss:
    """Return what a grant would lose by an effect; `own` are the masks of its own version by field name, `asked` that version's predicates."""
    if effect.ends_grant(grant):
        return Loss((), NO_FIELDS, (), ended=True)
    terms = grant.terms
    dropped = tuple(name for name in terms.fields if name not in effect.fields)
    masks = {}
    for name in terms.fields:
        if name in effect.fields:
            now = stricter(own.get(name, ""), terms.masks.get(name, ""))
            then = stricter(now, effect.fields[name])
            if then != now:
                masks[name] = then
    purposes = tuple(one for one in terms.purposes if effect.purposes and one not in effect.purposes)
    questions = tuple(one for one in asked if one not in effect.predicates) if terms.mode == ShareMode.CHECK.value else ()
    return Loss(
        dropped, masks, purposes, dropped_predicates=questions, ended=len(dropped) == len(terms.fields) or len(purposes) == len(terms.purposes)
    )


def narrows(before: Entry, after: Entry) -> bool:
    """Tell whether a version may take anything from a grant that rests on the one before; whether it does, each grant says."""
    masks = {one.name: one.mask for one in after.fields}
    return (
        (after.share_type is ShareType.REFUSED and before.share_type is not ShareType.REFUSED)
        or any(one.name not in masks or stricter(one.mask, masks[one.name]) != one.mask for one in before.fields)
        or bool(after.purposes and (not before.purposes or set(before.purposes) - set(after.purposes)))
        or bool(set(before.modes) - set(after.modes))
        or bool({one.name for one in before.predicates} - {one.name for one in after.predicates})
    )
