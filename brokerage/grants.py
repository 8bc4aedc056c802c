"""Live grants in memory: what a call may use is decided here without a database, and a change counts from the next call on."""

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from brokerage.calendar import CHINA, local_date
from brokerage.model import Grant, GrantState
from catalog.model import Field
from hub.access import Caller
from hub.errors import LimitError, MissingGrantError, NotAllowedError

TOPIC: Final = "grants"
_FIELD: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_MOST_TOLD: Final = 10

_STOPPED: Final[Mapping[GrantState, tuple[str, str, str]]] = {
    GrantState.REVOKED: ("was revoked", "共享授权已终止", "file a new data request"),
    GrantState.EXPIRED: ("is over", "共享授权已到期", "file a new data request"),
    GrantState.SUSPENDED: ("is suspended", "共享授权已暂停", "ask the provider why, and when it resumes"),
}


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
    by_name: Mapping[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", MappingProxyType({one.name: one for one in self.fields}))

    def check(self, caller: Caller, entry: str, purpose: str, at: datetime) -> None:
        """Ask as a clerk would: who, when, why. Raise NotAllowedError or MissingGrantError; `entry` may be empty."""
        self._check_who(caller)
        self._check_when(at)
        self._check_why(entry, purpose)

    def allowed(self, fields: Sequence[str]) -> tuple[Field, ...]:
        """Return the fields wanted, each once, all that are granted for none named; raise NotAllowedError for any other."""
        if not fields:
            return self.fields
        missing = [name for name in fields if name not in self.by_name]
        if missing:
            told = ", ".join(name if _FIELD.fullmatch(name) else "(no field name)" for name in missing[:_MOST_TOLD])
            raise NotAllowedError(
                f"not granted: {told}",
                zh=f"未获授权的信息项：{told}",
                next_action="leave these fields out, or request them",
                reason="FIELD_NOT_GRANTED",
                grant=self.grant.name,
                fields=told,
            )
        return tuple(self.by_name[name] for name in dict.fromkeys(fields))

    def _check_who(self, caller: Caller) -> None:
        if caller.department != self.grant.consumer:
            raise NotAllowedError(
                "the grant was given to another department",
                zh="该共享授权属于其他部门",
                next_action="list your department's grants",
                reason="NOT_CONSUMER",
                grant=self.grant.name,
            )
        systems = self.grant.terms.systems
        if systems and caller.system not in systems:
            raise NotAllowedError(
                f"the grant covers these systems: {', '.join(systems)}",
                zh="该业务系统不在授权范围内",
                next_action="call from a system that the grant names, or request it for this one",
                reason="SYSTEM_NOT_COVERED",
                grant=self.grant.name,
            )

    def _check_when(self, at: datetime) -> None:
        if at < self.grant.start_time:
            raise MissingGrantError(
                "the grant has not begun", zh="共享授权尚未生效", next_action="wait until it begins", reason="GRANT_NOT_BEGUN", grant=self.grant.name
            )
        state = self.grant.state_at(at)
        if state is not GrantState.ACTIVE:
            text, zh, next_action = _STOPPED[state]
            raise MissingGrantError(f"the grant {text}", zh=zh, next_action=next_action, reason=f"GRANT_{state.name}", grant=self.grant.name)

    def _check_why(self, entry: str, purpose: str) -> None:
        if entry and entry != self.entry_name:
            raise NotAllowedError(
                "the grant is for another entry",
                zh="该共享授权不适用于此目录条目",
                next_action=f"use {self.entry_name}, or leave the entry out",
                reason="ENTRY_NOT_GRANTED",
                grant=self.grant.name,
            )
        if purpose not in self.grant.terms.purposes:  # Decree 716 art. 7: no use beyond the service
            raise NotAllowedError(
                "the purpose is not one the grant was given for",
                zh="办理事项不在授权范围内",
                next_action=f"granted purposes: {', '.join(self.grant.terms.purposes[:_MOST_TOLD])}",
                reason="PURPOSE_NOT_GRANTED",
                grant=self.grant.name,
            )


class Quota:
    """Counts calls under each grant by the day of UTC+8; in memory, so a restart begins anew."""

    def __init__(self) -> None:
        """Begin with nothing used."""
        self._used: dict[str, tuple[date, int]] = {}
        self._lock = threading.Lock()

    def take(self, live: LiveGrant, at: datetime) -> None:
        """Count one call, or raise LimitError telling when the next day begins; a refused call is not counted."""
        today, limit = local_date(at), live.grant.terms.daily_calls
        with self._lock:
            day, used = self._used.get(live.grant.id, (today, 0))
            used = 0 if day < today else used
            if used >= limit:
                raise LimitError(
                    f"the grant allows {limit} calls a day",
                    retry_after=_until_next_day(at),
                    zh=f"已达到每日调用上限 {limit} 次",
                    next_action="wait until tomorrow, or request a higher volume",
                    reason="DAILY_CALLS_USED",
                    grant=live.grant.name,
                )
            self._used[live.grant.id] = (max(day, today), used + 1)


class LiveGrants:
    """Every grant by its id. Readers take no lock: an entry of the dictionary is replaced whole, never changed."""

    def __init__(self, load_one: Callable[[str], LiveGrant | None], load_all: Callable[[], Iterable[LiveGrant]]) -> None:
        """Take the two ways to the database; nothing is loaded yet."""
        self._load_one = load_one
        self._load_all = load_all
        self._by_id: dict[str, LiveGrant] = {}
        self._loading = threading.Lock()
        self.quota = Quota()

    def get(self, grant_id: str) -> LiveGrant | None:
        """Return the grant as of the last change, None where there is none; whether it may be used is told by `check`."""
        return self._by_id.get(grant_id)

    def load_all(self) -> None:
        """Read all grants; one lock over reading and storing, so that an older reading never replaces a newer one."""
        with self._loading:
            self._by_id = {live.grant.id: live for live in self._load_all()}

    def reload(self, topic: str, key: str) -> None:
        """Read the grant that changed; other topics are not for this registry."""
        if topic != TOPIC:
            return
        with self._loading:
            live = self._load_one(key)
            if live is None:
                self._by_id.pop(key, None)
            else:
                self._by_id[key] = live


def _until_next_day(at: datetime) -> float:
    tomorrow = datetime.combine(local_date(at) + timedelta(days=1), time.min, CHINA)
    return (tomorrow - at).total_seconds()
