"""Live grants in memory: what a call may use is decided here without a database, and a change counts from the next call on."""

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from brokerage.first_uses import FirstUses
from brokerage.model import Grant, GrantState
from brokerage.model.entry_rule import Effect, EntryRule
from brokerage.model.scope import Rows
from brokerage.model.terms import MODES
from brokerage.reasons import (
    DAILY_CALLS_USED,
    ENTRY_NOT_GRANTED,
    FIELD_NOT_GRANTED,
    FIELD_TAKEN,
    GRANT_ENDED,
    GRANT_EXPIRED,
    GRANT_NOT_BEGUN,
    GRANT_REVOKED,
    GRANT_SUPERSEDED,
    GRANT_SUSPENDED,
    MODE_NOT_GRANTED,
    NOT_CONSUMER,
    NOTHING_LEFT,
    PREDICATE_UNKNOWN,
    PURPOSE_NOT_GRANTED,
    SERVICE_ENDED,
    SYSTEM_NOT_COVERED,
)
from catalog.masking import stricter
from catalog.model import Field, FieldType, Predicate, ShareMode
from hub.access import Caller
from hub.clock import day_in_china
from hub.errors import MissingGrantError, Reason
from shuniu.words import Word
from shuniu.zone import CHINA

TOPIC: Final = "grants"
DISPUTES_TOPIC: Final = "disputes"
"""Disputes that open, go on or end; their key is what they are about: a change that is disputed does not take effect."""
_CHANGES: Final = "serviceChanges/"
RULES_TOPIC: Final = "entry-rules"
"""Changes of what an entry allows of its grants; their key is the entry's id."""
ENTRIES: Final = "entries"
"""The topic of entries of which another version came into force; its key is the entry's id."""
_STOPPED: Final[Mapping[GrantState, Reason[MissingGrantError]]] = {
    GrantState.REVOKED: GRANT_REVOKED,
    GrantState.EXPIRED: GRANT_EXPIRED,
    GrantState.SUSPENDED: GRANT_SUSPENDED,
}
_FIELD: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_FOREIGN: Final = Word("(no field name)", "(no field name)", "（非信息项名称）")
_MOST_NAMED: Final = 10  # how many names an error repeats


@dataclass(frozen=True, slots=True)
class LiveGrant:
    """A grant joined with what its entry version says: the granted fields with the stricter mask, and who serves them as what."""

    grant: Grant
    entry_name: str
    entry_title: str
    fields: tuple[Field, ...]
    key_field: str
    subject_domain: str
    provider: str
    serving_system: str
    serving_resource: str
    key_type: FieldType = FieldType.STRING
    entry_fields: frozenset[str] = frozenset()
    """The names of all fields of the entry, granted or not."""
    edition: tuple[str, int] = ("", 0)
    """What holds of the entry's later versions: the rule's revision, and how many effects; nothing for ("", 0)."""
    taken: Mapping[str, Effect] = field(default_factory=dict)
    """Fields that were granted and that a later version of the entry took."""
    ended: Effect | None = None
    """What ended the service."""
    predicates: Mapping[str, Predicate] = field(default_factory=dict)
    """What its entry lets be asked, by name; a later version may have taken some."""
    scope_fields: tuple[Field, ...] = ()
    """The fields by which the grant's rows are told, granted or not."""
    follows_entry: bool = False
    """Its provider passed into another department: which system serves is what the entry says that is in force, not its own version."""
    by_name: Mapping[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # made once for each change of the grant, read at every call
        object.__setattr__(self, "by_name", MappingProxyType({one.name: one for one in self.fields}))

    @property
    def rows(self) -> Rows:
        """Return the conditions that all hold of each record that may be had."""
        return self.grant.terms.rows

    def check(self, caller: Caller, mode: ShareMode, entry: str, purpose: str, at: datetime) -> None:
        """Ask as a clerk would: who, when, why, how. Raise NotAllowedError or MissingGrantError; `entry` may be empty."""
        self._check_who(caller)
        self._check_when(at)
        self._check_why(entry, purpose)
        self._check_how(mode)

    def obstacle(self, at: datetime) -> str:
        """Return the code of what keeps the grant from being used at a moment, whoever asks; empty where nothing does."""
        try:
            self._check_when(at)
        except MissingGrantError as error:
            return error.reason
        return ""

    def under(self, effects: Sequence[Effect], edition: tuple[str, int]) -> "LiveGrant":
        """Return the grant as the effects of later versions of its entry leave it."""
        fields, purposes, taken, predicates = self.fields, self.grant.terms.purposes, dict[str, Effect](), self.predicates
        ended: Effect | None = None
        for effect in effects:
            if effect.ends_grant(self.grant):
                ended = ended or effect
                continue
            taken |= {one.name: effect for one in fields if one.name not in effect.fields}
            fields = tuple(replace(one, mask=stricter(one.mask, effect.fields[one.name])) for one in fields if one.name in effect.fields)
            purposes = tuple(one for one in purposes if not effect.purposes or one in effect.purposes)
            predicates = {name: one for name, one in predicates.items() if name in effect.predicates}
        terms = replace(self.grant.terms, purposes=purposes)
        return replace(self, grant=replace(self.grant, terms=terms), fields=fields, predicates=predicates, taken=taken, ended=ended, edition=edition)

    def fields_of(self, fields: Sequence[str]) -> tuple[Field, ...]:
        """Return the fields wanted, each once, all that are granted for none named; raise NotAllowedError for any other."""
        if not fields and not self.fields:
            effect = next(iter(self.taken.values()))
            raise NOTHING_LEFT(grant=self.grant.name, entry=self.entry_name, version=effect.version)
        if not fields:
            return self.fields
        if taken := [name for name in fields if name in self.taken]:
            effect = self.taken[taken[0]]
            raise FIELD_TAKEN(grant=self.grant.name, fields=_word_of(taken), entry=self.entry_name, version=effect.version)
        missing = [name for name in fields if name not in self.by_name]
        if missing:
            raise FIELD_NOT_GRANTED(grant=self.grant.name, fields=_word_of(missing))
        return tuple(self.by_name[name] for name in dict.fromkeys(fields))

    def predicate(self, name: str) -> tuple[Predicate, tuple[Field, ...]]:
        """Return what may be asked by a name, and the fields that it looks at; raise NotAllowedError for what the grant does not hold."""
        found = self.predicates.get(name)
        if found is None:
            known = ", ".join(list(self.predicates)[:_MOST_NAMED])
            raise PREDICATE_UNKNOWN(grant=self.grant.name, predicates=Word(known, known or "(none)", known or "（无）"))
        return found, self.fields_of(found.fields) if found.fields else ()

    def _check_who(self, caller: Caller) -> None:
        if caller.department != self.grant.consumer:
            raise NOT_CONSUMER(grant=self.grant.name)
        systems = self.grant.terms.systems
        if systems and caller.system not in systems:
            raise SYSTEM_NOT_COVERED(grant=self.grant.name, systems=", ".join(systems[:_MOST_NAMED]))

    def _check_when(self, at: datetime) -> None:
        if at < self.grant.start_time:
            raise GRANT_NOT_BEGUN(grant=self.grant.name)
        state = self.grant.state_at(at)
        if state is GrantState.SUPERSEDED:  # the new grant is named: a program may go on under it at once
            raise GRANT_SUPERSEDED(grant=self.grant.name, followed_by=self.grant.followed_by)
        if state in _STOPPED:
            raise _STOPPED[state](grant=self.grant.name)
        if self.ended is not None:  # before the grant itself says so: the hub marks thousands of them one after the other
            raise SERVICE_ENDED(grant=self.grant.name, entry=self.entry_name, version=self.ended.version)
        if state is GrantState.ENDED:
            raise GRANT_ENDED(grant=self.grant.name)

    def _check_why(self, entry: str, purpose: str) -> None:
        if entry and entry != self.entry_name:
            raise ENTRY_NOT_GRANTED(grant=self.grant.name, entry=self.entry_name)
        purposes = self.grant.terms.purposes
        if purpose not in purposes:  # Decree 716 art. 7: no use beyond the service
            raise PURPOSE_NOT_GRANTED(grant=self.grant.name, purposes=", ".join(purposes[:_MOST_NAMED]))

    def _check_how(self, mode: ShareMode) -> None:
        granted = self.grant.terms.mode
        if mode != granted:
            raise MODE_NOT_GRANTED(grant=self.grant.name, granted=MODES[ShareMode(granted)], wanted=MODES[mode])


class Quota:
    """Counts calls under each grant by the day of UTC+8.

    In memory: a restart begins at nothing, so on its day up to twice the daily calls may pass, and `calls_today` tells what was counted since.
    The log could say it, but only by reading every record of the day: the grant stands in their bodies and in no index.
    """

    def __init__(self) -> None:
        """Begin with nothing used."""
        # one row a grant, replaced when the day changes: it needs no clearing
        self._used: dict[str, tuple[date, int]] = {}
        self._lock = threading.Lock()

    def take(self, live: LiveGrant, at: datetime) -> None:
        """Count one call, or raise LimitError with the seconds until the next day begins; a refused call is not counted."""
        today, limit = day_in_china(at), live.grant.terms.daily_calls
        with self._lock:
            day, used = self._used.get(live.grant.id, (today, 0))
            used = 0 if day < today else used
            if used >= limit:
                raise DAILY_CALLS_USED(retry_after=_until_next_day(at), grant=live.grant.name, limit=limit)
            self._used[live.grant.id] = (max(day, today), used + 1)  # never an earlier day: a clock set back gives no calls

    def used(self, grant_id: str, at: datetime) -> int:
        """Return how many calls of the day were counted under a grant."""
        day, used = self._used.get(grant_id, (date.min, 0))
        return used if day >= day_in_china(at) else 0


class LiveGrants:
    """Every grant by its id. Readers take no lock: an entry of the dictionary is replaced whole, never changed.

    What later versions of an entry take from its grants is one rule for all of them, and each is made anew by it when it is next asked for: so
    a publication costs nothing for each grant.
    """

    def __init__(
        self,
        load_one: Callable[[str], LiveGrant | None],
        load_all: Callable[[], Iterable[LiveGrant]],
        load_rules: Callable[[str], Mapping[str, EntryRule]] = lambda _entry: {},
    ) -> None:
        """Take the ways to the database; nothing is loaded yet. `load_rules` returns the rule of an entry's id, for an empty one all of them."""
        self._load_one = load_one
        self._load_all = load_all
        self._load_rules = load_rules
        self._rules: Mapping[str, EntryRule] = {}
        self._under: dict[str, tuple[LiveGrant, LiveGrant]] = {}
        """By grant: what was loaded, and what the rule in force left of it when it was last asked for."""
        self._by_id: dict[str, LiveGrant] = {}
        self._by_server: dict[tuple[str, str], Mapping[str, LiveGrant]] = {}
        self._loading = threading.Lock()
        self.quota = Quota()
        self.first_uses = FirstUses()

    def get(self, grant_id: str, at: datetime) -> LiveGrant | None:
        """Return the grant as it stands at a moment, None where there is none; whether it may be used is for `LiveGrant.check` to say."""
        live = self._by_id.get(grant_id)
        rule = self._rules.get(live.entry_name) if live is not None else None
        if live is None or rule is None:
            return live
        effects = rule.holds(at, live.grant)
        edition = (rule.revision, len(effects))
        base, made = self._under.get(grant_id, (None, None))
        if made is None or base is not live or made.edition != edition:
            made = live.under(effects, edition)
            self._under[grant_id] = (live, made)
        return made

    def consumers_at(self, provider: str, system: str, at: datetime) -> int:
        """Return how many departments hold a grant that is live at this moment and is served by that system."""
        served = self._by_server.get((provider, system), {})
        return len({live.grant.consumer for live in served.values() if live.grant.state_at(at) is GrantState.ACTIVE})

    def load_all(self) -> None:
        """Read all grants; one lock over reading and storing, so that an older reading never replaces a newer one."""
        with self._loading:
            self._rules = {f"entries/{key}": rule for key, rule in self._load_rules("").items()}
            self._by_id = {live.grant.id: live for live in self._load_all()}
            self._under = {}
            served: dict[tuple[str, str], dict[str, LiveGrant]] = {}
            for live in self._by_id.values():
                served.setdefault(_server_of(live), {})[live.grant.id] = live
            self._by_server = {**served}

    def reload(self, topic: str, key: str) -> None:
        """Read the grant that changed, the rule of an entry, or the grants that follow an entry that changed; no other topic is for this registry."""
        if topic == RULES_TOPIC:
            self._reload_rule(key)
        if topic == DISPUTES_TOPIC and key.startswith(_CHANGES):
            self._reload_rule("")
        if topic == ENTRIES:
            for grant_id in [one.grant.id for one in tuple(self._by_id.values()) if one.follows_entry and one.entry_name == f"entries/{key}"]:
                self.reload(TOPIC, grant_id)
        if topic != TOPIC:
            return
        with self._loading:
            # read under the lock: of two changes at once, the later reading is the one that stays
            live, before = self._load_one(key), self._by_id.get(key)
            if live is None:
                self._by_id.pop(key, None)
                self._under.pop(key, None)
            else:
                self._by_id[key] = live
            self._serve(before, live)

    def _reload_rule(self, entry_id: str) -> None:
        with self._loading:
            # without an entry all of them: a dispute names the change alone
            others = {name: rule for name, rule in self._rules.items() if entry_id and name != f"entries/{entry_id}"}
            self._rules = {**others, **{f"entries/{key}": rule for key, rule in self._load_rules(entry_id).items()}}

    def _serve(self, before: LiveGrant | None, live: LiveGrant | None) -> None:
        """Keep who holds grants at which system; a grant's entry may name another system than before."""
        if before is not None:
            kept = {key: one for key, one in self._by_server[_server_of(before)].items() if key != before.grant.id}
            self._by_server[_server_of(before)] = kept
        if live is not None:
            self._by_server[_server_of(live)] = {**self._by_server.get(_server_of(live), {}), live.grant.id: live}


def _server_of(live: LiveGrant) -> tuple[str, str]:
    return (live.provider, live.serving_system)


def _word_of(names: Sequence[str]) -> Word:
    """Return the first of the names as one word; what cannot be the name of a field is not repeated: it could be anybody's number."""
    words = [Word(name, name, name) if _FIELD.fullmatch(name) else _FOREIGN for name in names[:_MOST_NAMED]]
    english = ", ".join(word.en for word in words)
    return Word(english, english, "、".join(word.zh for word in words))


def _until_next_day(at: datetime) -> float:
    tomorrow = datetime.combine(day_in_china(at) + timedelta(days=1), time.min, CHINA)
    return (tomorrow - at).total_seconds()
