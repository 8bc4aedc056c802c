"""Rows to values and back. Moments come out of their columns in UTC; lists, terms and timers are JSON."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final

from sqlalchemy import Table

from brokerage.model import (
    CorrectionNotice,
    DataRequest,
    DataRequestState,
    Extension,
    FollowKind,
    Grant,
    GrantState,
    Objection,
    ObjectionRuling,
    ObjectionState,
    ObjectionTarget,
    Terms,
)
from brokerage.model.delivery import DeliveryExplanation, explanation_from
from brokerage.model.disposal import Disposal, disposal_from
from brokerage.model.mending import Mending, mending_from
from brokerage.model.scope import rows_from_plain
from brokerage.model.use_due import UseDue, use_due_from
from timing.extension import extension_from
from timing.keeping import kept, timer_from
from timing.timer import Timer

_ATTRIBUTES: Final[Mapping[str, str]] = {"clock": "timer"}
"""What a column holds where the value calls it otherwise."""
_PARTS: Final[Mapping[str, Callable[[dict[str, Any]], Any]]] = {
    "delivery_explanation": explanation_from,
    "mending": mending_from,
    "disposal": disposal_from,
    "use_record_due": use_due_from,
}
"""The parts of a grant that are JSON, and how each is read."""


def row_of(table: Table, thing: Any) -> dict[str, Any]:
    """Return a value as a row of its table."""
    return {column.name: _plain(getattr(thing, _ATTRIBUTES.get(column.name, column.name))) for column in table.columns}


def request_from(row: dict[str, Any]) -> DataRequest:
    """Return a row as a data request."""
    lists = {name: tuple(row[name]) for name in ("gaps", "supplements")}
    terms = {"asked": _terms(row["asked"]), "offered": row["offered"] and _terms(row["offered"])}
    timed = {"timer": timer_from(row.pop("clock")), "extension": extension_from(row["extension"])}
    followed = {"follows": row["follows"] or "", "follow_kind": row["follow_kind"] and FollowKind(row["follow_kind"])}
    said = {**followed, "disposal_terms": row["disposal_terms"] or "", "return_flow": bool(row["return_flow"])}
    return DataRequest(**{**row, **lists, **terms, **timed, **said, "state": DataRequestState(row["state"])})


def grant_from(row: dict[str, Any]) -> Grant:
    """Return a row as a grant."""
    texts = {name: row[name] or "" for name in ("follows", "followed_by", "disposal_terms")}
    timed = {"timer": timer_from(row.pop("clock"))}
    parts = {name: read(row[name]) if row[name] else None for name, read in _PARTS.items()}
    return Grant(**{**row, **texts, **timed, **parts, "state": GrantState(row["state"]), "terms": _terms(row["terms"])})


def objection_from(row: dict[str, Any]) -> Objection:
    """Return a row as an objection."""
    timer = timer_from(row.pop("clock"))
    ruling = ObjectionRuling(row["ruling"]) if row["ruling"] else None
    members = {"state": ObjectionState(row["state"]), "target": ObjectionTarget(row["target"]), "ruling": ruling}
    texts = {name: row[name] or "" for name in ("appeal", "decision", "decision_officer", "withdrawal", "successor")}
    return Objection(**{**row, **members, **texts, "timer": timer})


def notice_from(row: dict[str, Any]) -> CorrectionNotice:
    """Return a row as a correction notice."""
    lists = {name: tuple(row[name]) for name in ("case_numbers", "log_indexes")}
    return CorrectionNotice(**{**row, **lists, "bulk_grants": tuple(row["bulk_grants"]) if row["bulk_grants"] else None})


def _plain(value: Any) -> Any:
    if isinstance(value, Terms | Extension | DeliveryExplanation | Mending | Disposal | UseDue):
        return value.plain()
    if isinstance(value, Timer):
        return kept(value)
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def _terms(stored: Mapping[str, Any]) -> Terms:
    parts: dict[str, Any] = {name: tuple(part) if isinstance(part, list) else part for name, part in stored.items()}
    return Terms(**{**parts, "rows": rows_from_plain(stored.get("rows", []))})
