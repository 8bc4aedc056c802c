"""Serves a table or view of any SQLAlchemy database, read-only, with no code written for it. The only part of the SDK that needs SQLAlchemy."""

from __future__ import annotations

from shuniu.provider.table.provider import TableProvider

__all__ = ["TableProvider"]
