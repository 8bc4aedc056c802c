"""The public directory: what this hub is, search over the published entries, one entry with all that it says."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final, TypeVar

from aiohttp.web import Request

from catalog.finding import Criteria
from catalog.model import Entry, Level, ShareType, State
from hub.access import ANYBODY
from hub.wire import facts
from web.page import View
from web.pages import PAGES
from web.reasons import CHOICE_UNKNOWN, ENTRY_NOT_PUBLISHED

_PAGE: Final = 20
_OF_HIT: Final = (
    "id",
    "name",
    "title",
    "abstract",
    "provider",
    "provider_title",
    "share_type",
    "region",
    "level",
    "update_period",
    "publish_time",
)
_OF_ENTRY: Final = (
    "id",
    "name",
    "resource_code",
    "version",
    "state",
    "title",
    "abstract",
    "keywords",
    "class_path",
    "region",
    "level",
    "series",
    "provider",
    "provider_title",
    "steward",
    "steward_phone",
    "legal_basis",
    "share_type",
    "share_condition",
    "refusal_reason",
    "refusal_basis",
    "modes",
    "purposes",
    "open_type",
    "open_condition",
    "retention_days",
    "update_period",
    "data_update_time",
)
_OF_SOURCE: Final = ("record_term", "derived_from")
_OF_SERVING: Final = ("serving_system", "subject_domain", "create_time", "submit_time", "publish_time", "end_time")
_OF_FIELD: Final = (
    "name",
    "label",
    "type",
    "length",
    "unit",
    "code_list",
    "nullable",
    "key",
    "sensitivity",
    "personal",
    "personal_category",
    "mask",
    "term",
)
_OF_VERSION: Final = ("version", "state", "publish_time", "end_time", "change_reason")
_E = TypeVar("_E", bound=StrEnum)


async def home(request: Request) -> View:
    """Show what this hub is, how large its directory is, and where to go."""
    pages = request.app[PAGES]
    _, _, total = await asyncio.to_thread(pages.catalog.search, Criteria(), 1)
    links = {
        "directory": "/directory",
        "verify": "/verify",
        "audit": "/audit",
        "trust_list": "/trust-list",
        "checkpoint": "/log/checkpoint",
        "log_key": "/log/log.vkey",
    }
    return View("home.html", {"title": pages.title, "entries": total, "links": links})


async def search(request: Request) -> View:
    """Find published entries; the page token stands in the address, so every page of hits can be linked to."""
    query, share, level = (request.query.get(name, "").strip() for name in ("q", "share", "level"))
    criteria = Criteria(query, share_type=_chosen(ShareType, share, "share"), level=_chosen(Level, level, "level"))
    find: Callable[..., Any] = request.app[PAGES].catalog.search
    hits, following, total = await asyncio.to_thread(find, criteria, _PAGE, request.query.get("page", ""))
    page = {
        "query": query,
        "share": share,
        "level": level,
        "total": total,
        "hits": [_hit(entry, names) for entry, names in hits],
        "next_page": following,
    }
    return View("directory.html", page, form={"later": bool(request.query.get("page"))})


async def entry(request: Request) -> View:
    """Show one entry: the version in force, or one that was; what was withdrawn is no longer in the directory."""
    versions = await asyncio.to_thread(request.app[PAGES].catalog.versions, ANYBODY, f"entries/{request.match_info['id']}")
    version = request.query.get("version", "")
    chosen = [one for one in versions if (str(one.version) == version if version else one.state is State.PUBLISHED)]
    if not chosen or not any(one.state is State.PUBLISHED for one in versions):
        raise ENTRY_NOT_PUBLISHED()
    return View("entry.html", {"entry": _entry(chosen[0]), "versions": [facts(one, *_OF_VERSION) for one in versions]})


def _chosen(enum: type[_E], text: str, field: str) -> _E | None:
    if not text:
        return None
    try:
        return enum(text)
    except ValueError:
        raise CHOICE_UNKNOWN(field=field, known=", ".join(enum)) from None


def _hit(entry: Entry, names: tuple[str, ...]) -> dict[str, Any]:
    return facts(entry, *_OF_HIT, matched_fields=[facts(field, "name", "label") for field in entry.fields if field.name in names])


def _entry(entry: Entry) -> dict[str, Any]:
    """Return all that the public page says of an entry; the provider's table name is not part of it."""
    fields = [facts(field, *_OF_FIELD) for field in entry.fields]
    return facts(entry, *_OF_ENTRY) | facts(entry.source, *_OF_SOURCE) | facts(entry, *_OF_SERVING, fields=fields)
