"""What the directory speaks of: entries, their fields, and the procedure from draft to withdrawal. Pure: time comes in as `at`."""

from catalog.model.entry import CONTENT, OUTPUT, Entry, Field, Source
from catalog.model.plain import digest, from_plain, to_plain
from catalog.model.procedure import WHO, draft, publish, revise, send_back, submit, supersede, update, withdraw
from catalog.model.rules import check_entry, check_officer, check_purpose, check_reason, parse_mask
from catalog.model.words import NEXT, OPEN, FieldType, Level, OpenType, ShareMode, ShareType, State, Step, UpdatePeriod, after

__all__ = [
    "CONTENT",
    "NEXT",
    "OPEN",
    "OUTPUT",
    "WHO",
    "Entry",
    "Field",
    "FieldType",
    "Level",
    "OpenType",
    "ShareMode",
    "ShareType",
    "Source",
    "State",
    "Step",
    "UpdatePeriod",
    "after",
    "check_entry",
    "check_officer",
    "check_purpose",
    "check_reason",
    "digest",
    "draft",
    "from_plain",
    "parse_mask",
    "publish",
    "revise",
    "send_back",
    "submit",
    "supersede",
    "to_plain",
    "update",
    "withdraw",
]
