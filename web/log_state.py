"""How the log is, for `/health`, `/metrics` and the auditor's pages: numbers and texts of the catalogue, nothing of any record."""

from typing import Any

from aiohttp.web import Request

from hub.errors import ShuniuError
from web.pages import PAGES
from web.reception import in_thread


async def log_facts(request: Request) -> dict[str, Any]:
    """Return the age of the newest checkpoint, what waits for the next and for the index, why signing fails, what is damaged, why it refuses.

    `rows_touched` counts rows of the register that are not what the log says; the hub decides nothing by them.
    `checkpoint_age_seconds` is None before the first checkpoint; it grows in a quiet log, so `records_unsigned` tells whether it matters.
    """
    pages = request.app[PAGES]
    standing, health = await in_thread(request, pages.audit.condition)
    age = standing.age(pages.clock.now())
    return {
        "checkpoint_age_seconds": None if age is None else round(age, 3),
        "records_unsigned": standing.unsigned,
        "index_behind": standing.unindexed,
        "last_error": _texts(health.last_error),
        "damaged": sum(one.count for one in standing.open_damage if one.unreadable),
        "refusing": _texts(health.refusing),
        "rows_touched": len(pages.audit.touched_rows()),
    }


def _texts(error: ShuniuError | None) -> dict[str, Any] | None:
    return None if error is None else {"reason": error.reason, "message": {"zh": error.zh, "en": error.message}}
