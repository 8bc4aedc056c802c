"""What the tables of daily commands are made of: a row is one command over one rpc, a group is what is done to one kind of thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import click
    from google.protobuf.message import Message

    from shuniu.cli.daily.desk import Desk

    Find = Callable[[Desk, str, Mapping[str, Any]], Message]
    """Reads the thing that a name names, for its etag; gets the desk, the full name, and what was given by the paths of the request's fields."""


@dataclass(frozen=True)
class Row:
    """One command over one rpc. Paths name fields of the request, inner ones with dots: `data_request.asked.fields`."""

    command: str
    rpc: str
    """Service/Method."""
    line: str
    """What it does, in Chinese and English; the first line of its help."""
    takes: tuple[str, ...] | None = None
    """Paths that are options; None means every field that no other part of the row or the engine fills in."""
    needs: tuple[str, ...] = ()
    """Paths without which the rpc refuses: asked for on a terminal, else named."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Names of options where the last part of the path is no good one; a flag's may name both sides, `--on/--off`."""
    helps: Mapping[str, str] = field(default_factory=dict)
    """Help texts of options where the field's word says too little."""
    inside: str = ""
    """Path of the message that holds the thing: there go its name and etag where the request has none, and there --file is read into."""
    file: bool = False
    """Whether --file FILE may give the message `inside` as JSON, as `show --json` and `shuniu provide --describe` write it."""
    mask: bool = False
    """Whether `update_mask` names what was given."""
    ends: bool = False
    """Whether it cannot be undone, or stops a service that runs: it is confirmed."""
    find: Find | None = None
    """How to read the thing for its etag, where the group's way does not fit."""
    columns: tuple[str, ...] = ()
    """Of a listing: fields of what it lists, outermost first; `things` without columns are shown one by one."""


@dataclass(frozen=True)
class Group:
    """What is done to one kind of thing."""

    command: str
    line: str
    collection: str
    """First part of its resource names: `entries` of `entries/01m8...`; may be left out by whoever types one."""
    rows: tuple[Row, ...]
    find: Find | None = None
    inner: str = ""
    """Where its things stand within those of the collection, the middle of their names: `systems` of `departments/USCC/systems/main`."""
    more: tuple[tuple[str, str], ...] = ()
    """Commands that are more than one rpc, by name and place (module:attribute)."""

    def full_name(self, given: str) -> str:
        """Return the resource name for what was typed, which may be its last part alone."""
        text = given.strip()
        owner, slash, last = text.partition("/")
        if self.inner and slash and "/" not in last:  # USCC/NAME
            text = f"{owner}/{self.inner}/{last}"
        return text if text.startswith(f"{self.collection}/") else f"{self.collection}/{text}"


@dataclass(frozen=True)
class Task:
    """One run of a row: what was given, by path."""

    group: Group
    row: Row
    given: Mapping[str, Any]
    ctx: click.Context
