"""The procedure an entry goes through: each step takes a version and who asks, and returns the version as it stands after.

Guards stand in the order a clerk would ask: who, why, what, then the state.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from catalog.model.entry import OUTPUT, Entry
from catalog.model.rules import check_entry, check_reason
from catalog.model.words import State, Step, after
from hub.access import Caller, Role
from hub.errors import NotAllowedError

WHO: Final[Mapping[Step, frozenset[str]]] = {
    Step.UPDATE: frozenset({"provider", "authority"}),
    Step.SUBMIT: frozenset({"provider", "authority"}),
    Step.RETURN: frozenset({"authority"}),
    Step.PUBLISH: frozenset({"authority"}),
    Step.REVISE: frozenset({"provider"}),
    Step.WITHDRAW: frozenset({"provider", "authority"}),
}
"""Whose step it is; Step.SUPERSEDE is the hub's own. The authority compiles entries for departments that have no system yet (目录编制)."""

_NEW: Final[Mapping[str, Any]] = {
    "version": 1,
    "revision": 1,
    "state": State.DRAFT,
    "create_time": None,
    "submit_time": None,
    "publish_time": None,
    "end_time": None,
    "change_reason": "",
}


def draft(content: Entry, by: Caller, entry_id: str, provider_title: str, at: datetime) -> Entry:
    """Return the content as the first draft of a new entry: of the department it names, of the caller's where it names none."""
    kept = {"id": entry_id, "provider": content.provider or by.department, "provider_title": provider_title, "create_time": at}
    entry = replace(content, **{**_NEW, **kept})
    _admit(entry, Step.UPDATE, by)
    check_entry(entry)
    return entry


def update(entry: Entry, content: Entry, by: Caller) -> Entry:
    """Return the draft with other content; what the hub keeps (id, version, provider, times) stays."""
    _admit(entry, Step.UPDATE, by)
    kept: dict[str, Any] = {name: getattr(entry, name) for name in OUTPUT}
    changed = replace(content, **kept | {"revision": entry.revision + 1, "state": after(entry.state, Step.UPDATE)})
    check_entry(changed)
    return changed


def submit(entry: Entry, by: Caller, reason: str, at: datetime) -> Entry:
    """Return the draft as the authority will read it."""
    _admit(entry, Step.SUBMIT, by)
    check_reason(reason)
    check_entry(entry)
    return _after(entry, Step.SUBMIT, submit_time=at, change_reason=reason)


def send_back(entry: Entry, by: Caller, reason: str) -> Entry:
    """Return the entry as a draft again, with what must change."""
    _admit(entry, Step.RETURN, by)
    check_reason(reason)
    return _after(entry, Step.RETURN, submit_time=None, change_reason=reason)


def publish(entry: Entry, by: Caller, at: datetime) -> Entry:
    """Return the entry in force."""
    _admit(entry, Step.PUBLISH, by)
    check_entry(entry)
    return _after(entry, Step.PUBLISH, publish_time=at)


def revise(entry: Entry, by: Caller, reason: str, version: int, at: datetime) -> Entry:
    """Return a new draft version with the same content; `entry` stays in force.

    Revisions of the draft go on from those of `entry`, so that an etag of one is never good for the other.
    """
    _admit(entry, Step.REVISE, by)
    check_reason(reason)
    after(entry.state, Step.REVISE)
    return replace(entry, **{**_NEW, "revision": entry.revision + 1, "version": version, "create_time": at, "change_reason": reason})


def supersede(entry: Entry, at: datetime) -> Entry:
    """Return the version as replaced by a newer one: the hub's own step."""
    return _after(entry, Step.SUPERSEDE, end_time=at)


def withdraw(entry: Entry, by: Caller, reason: str, at: datetime) -> Entry:
    """Return the entry as taken out of the directory."""
    _admit(entry, Step.WITHDRAW, by)
    check_reason(reason)
    return _after(entry, Step.WITHDRAW, end_time=at, change_reason=reason)


def _admit(entry: Entry, step: Step, by: Caller) -> None:
    """Refuse a caller whose part in the procedure is another one."""
    if "provider" in WHO[step] and by.department == entry.provider:
        return
    if "authority" in WHO[step] and Role.AUTHORITY in by.roles:
        return
    allowed = " or the ".join(sorted(WHO[step]))
    raise NotAllowedError(
        f"only the {allowed} may {step} an entry",
        zh="只有提供部门或数据共享主管部门可以执行该操作",
        next_action=f"ask the {allowed}",
        step=step.value,
    )


def _after(entry: Entry, step: Step, **changed: Any) -> Entry:
    return replace(entry, state=after(entry.state, step), revision=entry.revision + 1, **changed)
