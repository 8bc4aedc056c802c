"""What a department writes about a data resource: the content of an entry and its data items, as values."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from catalog.model.assessment import UNASSESSED, Assessment, DataFormat, DataGrade
from catalog.model.predicate import Predicate
from catalog.model.words import FieldType, Level, OpenType, ShareMode, ShareType, UpdatePeriod


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
class EntryContent:
    """What an entry says: what the resource is, who answers for it, how it may be shared.

    `provider` is taken from a new entry alone: a draft stays the department's that it was made for.
    """

    resource_code: str
    title: str
    abstract: str
    keywords: tuple[str, ...] = ()
    class_path: tuple[str, ...]
    region: str
    level: Level
    series: str = ""
    provider: str
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
    data_update_time: datetime | None = None
    region_field: str = ""
    assessment: Assessment = UNASSESSED
    data_format: DataFormat | None = None
    data_class: str = ""
    data_grade: DataGrade | None = None
    predicates: tuple[Predicate, ...] = ()

    @property
    def key_field(self) -> Field | None:
        """Return the field by which records are found, None when there is none."""
        return next((field for field in self.fields if field.key), None)


CONTENT: Final = frozenset(field.name for field in fields(EntryContent))
"""The names of what a department writes."""
