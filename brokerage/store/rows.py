"""Rows to values and back. SQLite forgets time zones, so every moment is read as UTC."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from sqlalchemy import Table

from brokerage.model import (
    CaseClock,
    CorrectionNotice,
    DataRequest,
    DataRequestState,
    Grant,
    GrantState,
    Objection,
    ObjectionState,
    ObjectionTarget,
    Terms,
)


def columns_of(table: Table, thing: Any) -> dict[str, Any]:
    """Return a value as a row of its table."""
    return {column.name: _stored(getattr(thing, column.name)) for column in table.columns}


def request_from(row: dict[str, Any]) -> DataRequest:
    """Return a row as a data request."""
    moments = {name: _aware(row[name]) for name in ("create_time", "submit_time", "decide_time")}
    lists = {name: tuple(row[name]) for name in ("gaps", "supplements")}
    terms = {"asked": _terms(row["asked"]), "offered": row["offered"] and _terms(row["offered"])}
    return DataRequest(**{**row, **moments, **lists, **terms, "state": DataRequestState(row["state"]), "clock": _clock(row["clock"])})


def grant_from(row: dict[str, Any]) -> Grant:
    """Return a row as a grant."""
    moments = {name: _aware(row[name]) for name in ("start_time", "expire_time")}
    return Grant(**{**row, **moments, "state": GrantState(row["state"]), "terms": _terms(row["terms"])})


def objection_from(row: dict[str, Any]) -> Objection:
    """Return a row as a objection."""
    moments = {name: _aware(row[name]) for name in ("create_time", "end_time")}
    words = {"state": ObjectionState(row["state"]), "target": ObjectionTarget(row["target"])}
    return Objection(**{**row, **moments, **words, "clock": _clock(row["clock"])})


def notice_from(row: dict[str, Any]) -> CorrectionNotice:
    """Return a row as a correction notice."""
    moments = {name: _aware(row[name]) for name in ("create_time", "acknowledge_time")}
    lists = {name: tuple(row[name]) for name in ("case_numbers", "log_indexes")}
    return CorrectionNotice(**{**row, **moments, **lists})


def _stored(value: Any) -> Any:
    if isinstance(value, Terms):
        return {name: list(part) if isinstance(part, tuple) else part for name, part in _parts(value).items()}
    if isinstance(value, CaseClock):
        return {
            "id": value.id,
            "citation": value.citation,
            "working_days": value.working_days,
            "verified": value.verified,
            "start_time": value.start_time.isoformat(),
            "pauses": [[begin.isoformat(), end and end.isoformat()] for begin, end in value.pauses],
        }
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def _parts(terms: Terms) -> dict[str, Any]:
    return {name: dict(terms.masks) if name == "masks" else getattr(terms, name) for name in Terms.__dataclass_fields__}


def _terms(stored: Mapping[str, Any]) -> Terms:
    parts: dict[str, Any] = {name: tuple(part) if isinstance(part, list) else part for name, part in stored.items()}
    return Terms(**parts)


def _clock(stored: Mapping[str, Any] | None) -> CaseClock | None:
    if stored is None:
        return None
    pauses = tuple((datetime.fromisoformat(begin), datetime.fromisoformat(end) if end else None) for begin, end in stored["pauses"])
    return CaseClock(**{**stored, "start_time": datetime.fromisoformat(stored["start_time"]), "pauses": pauses})


def _aware(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
