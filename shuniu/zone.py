"""China's one time, in which days of documents are reckoned."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Final

CHINA: Final = timezone(timedelta(hours=8), "UTC+8")
"""China's one time, all year; no table of time zones is needed."""
