"""Whose step a version of an entry waits for, in each state."""

from collections.abc import Mapping
from typing import Final

from catalog.model.entry import Entry
from catalog.model.procedure import EntryState
from hub.access import Duty
from hub.desk import AUTHORITY, Notice, Waiting
from timing.waiting import waiting_for

REVIEW: Final = "CatalogService/PublishEntry"
MEND: Final = "CatalogService/SubmitEntry"
ENTRY_TURNS: Final[Mapping[EntryState, str]] = {
    EntryState.DRAFT: MEND,
    EntryState.SUBMITTED: REVIEW,
    EntryState.PUBLISHED: "",
    EntryState.SUPERSEDED: "",
    EntryState.WITHDRAWN: "",
}
"""The rpc that answers, empty where nobody's step is awaited."""


def entry_waits(entry: Entry) -> tuple[Waiting, ...]:
    """Return whose steps a version waits for; its timer is read with the due time of now.

    A first draft waits for nobody: whoever writes one may also leave it. One that has a reason was sent back, or is to replace what is in force.
    """
    step = ENTRY_TURNS[entry.state]
    if step == REVIEW:
        return (waiting_for(step, AUTHORITY, Duty.RULE, entry.timer),)
    if step == MEND and entry.change_reason:
        return (waiting_for(step, entry.provider, Duty.DIRECTORY),)
    return ()


def told_of_entry(kind: str, entry: Entry, department: str, duty: Duty = Duty.DIRECTORY, **facts: str) -> Notice:
    """Return what a department is told of an entry."""
    return Notice(kind=kind, department=department, duties=(duty,), facts={"version": str(entry.version), **facts})
