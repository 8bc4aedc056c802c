"""China's one time, in which days of documents are reckoned."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final

CHINA: Final = timezone(timedelta(hours=8), "UTC+8")
"""China's one time, all year; no table of time zones is needed."""


def in_beijing(moment: datetime) -> str:
    """Return a moment as people in China read it, to the second, with its zone: 2026-11-27 20:15:00 北京时间 (UTC+8)."""
    return f"{beijing_clock(moment)} 北京时间 (UTC+8)"


def beijing_clock(moment: datetime) -> str:
    """Return the digits alone, for a text of one language, which names the zone in its own words."""
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
