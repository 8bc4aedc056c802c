"""An entry version and its data items, as values.

A stored version stays readable when the rules grow, so `rules.py` is asked at every step and not when a value is made.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from catalog.model.words import OPEN, FieldType, Level, OpenType, ShareMode, ShareType, State, UpdatePeriod
from hub.access import Caller, Role


@dataclass(frozen=True, slots=True)
class Field:
    """信息项: one data item of an entry."""

    name: str
    label: str
    type: FieldType
    length: int = 0
    unit: str = ""
    code_list: str = ""
    nullable: bool = False
    key: bool = False
    sensitivity: int = 1
    personal: bool = False
    personal_category: str = ""
    mask: str = ""
    term: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """What makes an entry part of the single source (一数一源): the term it is the system of record for, and what it came from."""

    record_term: str = ""
    derived_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One data resource of the directory, one version of it: what it is, who answers for it, how it may be shared."""

    id: str = ""
    version: int = 1
    revision: int = 1
    state: State = State.DRAFT
    resource_code: str
    title: str
    abstract: str
    keywords: tuple[str, ...] = ()
    class_path: tuple[str, ...]
    region: str
    level: Level
    series: str = ""
    provider: str
    provider_title: str = ""
    steward: str = ""
    steward_phone: str = ""
    legal_basis: str = ""
    share_type: ShareType
    share_condition: str = ""
    refusal_reason: str = ""
    refusal_basis: str = ""
    modes: tuple[ShareMode, ...] = ()
    purposes: tuple[str, ...] = ()
    open_type: OpenType = OpenType.CLOSED
    open_condition: str = ""
    update_period: UpdatePeriod
    fields: tuple[Field, ...]
    source: Source = Source()
    serving_system: str = ""
    serving_resource: str = ""
    retention_days: int = 0
    subject_domain: str = ""
    create_time: datetime | None = None
    submit_time: datetime | None = None
    publish_time: datetime | None = None
    end_time: datetime | None = None
    data_update_time: datetime | None = None
    change_reason: str = ""

    @property
    def name(self) -> str:
        """Return the resource name, the same for every version."""
        return f"entries/{self.id}"

    @property
    def key_field(self) -> Field | None:
        """Return the field by which records are found, None when there is none."""
        return next((field for field in self.fields if field.key), None)

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may read this version: what was never published is seen by its provider and the authority alone."""
        return self.state not in OPEN or self.provider == caller.department or Role.AUTHORITY in caller.roles


OUTPUT: Final = frozenset(
    {"id", "version", "revision", "state", "provider", "provider_title", "create_time", "submit_time", "publish_time", "end_time", "change_reason"},
)
"""What the hub fills in; the same names in a request are ignored."""
CONTENT: Final = frozenset(field.name for field in fields(Entry)) - OUTPUT
"""What the provider writes."""
