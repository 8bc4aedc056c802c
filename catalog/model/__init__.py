"""What the directory speaks of: entries, their fields, and the procedure from draft to withdrawal. Pure: time comes in as `at`."""

from catalog.model.assessment import UNASSESSED, Assessment, DataFormat, DataGrade, Secrecy, gaps
from catalog.model.content import CONTENT, EntryContent, Field, Source
from catalog.model.entry import OUTPUT, Entry
from catalog.model.plain import digest, from_plain, to_plain
from catalog.model.predicate import Comparison, Predicate, PredicateTerm
from catalog.model.procedure import ENTRY_PROCEDURE, IN_PREPARATION, NEXT, EntryState, EntryStep
from catalog.model.reach import check_reach
from catalog.model.rules import check_entry, check_purpose, least_hidden, parse_mask
from catalog.model.waiting import ENTRY_TURNS, entry_waits, told_of_entry
from catalog.model.words import FieldType, Level, OpenType, ShareMode, ShareType, UpdatePeriod

__all__ = [
    "CONTENT",
    "ENTRY_PROCEDURE",
    "ENTRY_TURNS",
    "IN_PREPARATION",
    "NEXT",
    "OUTPUT",
    "UNASSESSED",
    "Assessment",
    "Comparison",
    "DataFormat",
    "DataGrade",
    "Entry",
    "EntryContent",
    "EntryState",
    "EntryStep",
    "Field",
    "FieldType",
    "Level",
    "OpenType",
    "Predicate",
    "PredicateTerm",
    "Secrecy",
    "ShareMode",
    "ShareType",
    "Source",
    "UpdatePeriod",
    "check_entry",
    "check_purpose",
    "check_reach",
    "digest",
    "entry_waits",
    "from_plain",
    "gaps",
    "least_hidden",
    "parse_mask",
    "to_plain",
    "told_of_entry",
]
