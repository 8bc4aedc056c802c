"""Rows to values and back. Moments come out of their columns in UTC; lists, terms and timers are JSON."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final

from sqlalchemy import Table

from brokerage.model import (
    CorrectionNotice,
    DataRequest,
    DataRequestState,
    Extension,
    ExtensionState,
    Grant,
    GrantState,
    Objection,
    ObjectionState,
    ObjectionTarget,
    Terms,
)
from brokerage.model.scope import rows_from_plain
from timing.keeping import kept, timer_from
from timing.timer import Timer

_ATTRIBUTES: Final[Mapping[str, str]] = {"clock": "timer"}
"""What a column holds where the value calls it otherwise."""


def row_of(table: Table, thing: Any) -> dict[str, Any]:
    """Return a value as a row of its table."""
    return {column.name: _plain(getattr(thing, _ATTRIBUTES.get(column.name, column.name))) for column in table.columns}


def request_from(row: dict[str, Any]) -> DataRequest:
    """Return a row as a data request."""
    lists = {name: tuple(row[name]) for name in ("gaps", "supplements")}
    terms = {"asked": _terms(row["asked"]), "offered": row["offered"] and _terms(row["offered"])}
    timed = {"timer": timer_from(row.pop("clock")), "extension": row["extension"] and _extension(row["extension"])}
    return DataRequest(**{**row, **lists, **terms, **timed, "state": DataRequestState(row["state"]), "return_flow": bool(row["return_flow"])})


def grant_from(row: dict[str, Any]) -> Grant:
    """Return a row as a grant."""
    return Grant(**{**row, "state": GrantState(row["state"]), "terms": _terms(row["terms"])})


def objection_from(row: dict[str, Any]) -> Objection:
    """Return a row as an objection."""
    timer = timer_from(row.pop("clock"))
    return Objection(**{**row, "state": ObjectionState(row["state"]), "target": ObjectionTarget(row["target"]), "timer": timer})


def notice_from(row: dict[str, Any]) -> CorrectionNotice:
    """Return a row as a correction notice."""
    return CorrectionNotice(**{**row, "case_numbers": tuple(row["case_numbers"]), "log_indexes": tuple(row["log_indexes"])})


def _plain(value: Any) -> Any:
    if isinstance(value, Terms | Extension):
        return value.plain()
    if isinstance(value, Timer):
        return kept(value)
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def _extension(stored: Mapping[str, Any]) -> Extension:
    times = {name: datetime.fromisoformat(stored[name]) for name in ("request_time", "decide_time") if name in stored}
    return Extension(**{**stored, **times, "state": ExtensionState(stored["state"])})


def _terms(stored: Mapping[str, Any]) -> Terms:
    parts: dict[str, Any] = {name: tuple(part) if isinstance(part, list) else part for name, part in stored.items()}
    return Terms(**{**parts, "rows": rows_from_plain(stored.get("rows", []))})
