"""The public directory: what this hub is, search over the published entries, one entry with all that it says."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final, TypeVar

from aiohttp.web import Request

from catalog.finding import Criteria
from catalog.model import Entry, Field, Level, ShareType, State
from hub.access import ANYBODY
from hub.errors import InvalidInputError, NotFoundError
from web.page import View, iso
from web.pages import PAGES

_PAGE: Final = 20
_E = TypeVar("_E", bound=StrEnum)


async def home(request: Request) -> View:
    """Say what this is, how large the directory is and where everything stands."""
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
    found: Callable[..., Any] = request.app[PAGES].catalog.search
    hits, following, total = await asyncio.to_thread(found, criteria, _PAGE, request.query.get("page", ""))
    facts = {
        "query": query,
        "share": share,
        "level": level,
        "total": total,
        "hits": [_hit(entry, names) for entry, names in hits],
        "next_page": following,
    }
    return View("directory.html", facts, form={"later": bool(request.query.get("page"))})


async def entry(request: Request) -> View:
    """Show one entry: the version in force, or one that was; what was withdrawn is no longer in the directory."""
    versions = await asyncio.to_thread(request.app[PAGES].catalog.versions, ANYBODY, f"entries/{request.match_info['id']}")
    asked = request.query.get("version", "")
    chosen = [one for one in versions if (str(one.version) == asked if asked else one.state is State.PUBLISHED)]
    if not chosen or not any(one.state is State.PUBLISHED for one in versions):
        raise NotFoundError("the directory has no such entry, or no longer", zh="目录中没有该条目，或已撤销", next_action="search the directory")
    return View("entry.html", {"entry": _entry(chosen[0]), "versions": [_version(one) for one in versions]})


def _chosen(enum: type[_E], text: str, name: str) -> _E | None:
    if not text:
        return None
    try:
        return enum(text)
    except ValueError:
        known = ", ".join(enum)
        raise InvalidInputError(f"{name} is one of: {known}", field=name, zh=f"{name} 取值无效", next_action="choose one of them") from None


def _hit(entry: Entry, names: tuple[str, ...]) -> dict[str, Any]:
    return {
        "id": entry.id,
        "name": entry.name,
        "title": entry.title,
        "abstract": entry.abstract,
        "provider": entry.provider,
        "provider_title": entry.provider_title,
        "share_type": entry.share_type,
        "region": entry.region,
        "level": entry.level,
        "update_period": entry.update_period,
        "publish_time": iso(entry.publish_time),
        "matched_fields": [{"name": field.name, "label": field.label} for field in entry.fields if field.name in names],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    """Return every group of directory.md section 1; the provider's table name is no part of the public page."""
    return {
        "id": entry.id,
        "name": entry.name,
        "resource_code": entry.resource_code,
        "version": entry.version,
        "state": entry.state,
        "title": entry.title,
        "abstract": entry.abstract,
        "keywords": list(entry.keywords),
        "class_path": list(entry.class_path),
        "region": entry.region,
        "level": entry.level,
        "series": entry.series,
        "provider": entry.provider,
        "provider_title": entry.provider_title,
        "steward": entry.steward,
        "steward_phone": entry.steward_phone,
        "legal_basis": entry.legal_basis,
        "share_type": entry.share_type,
        "share_condition": entry.share_condition,
        "refusal_reason": entry.refusal_reason,
        "refusal_basis": entry.refusal_basis,
        "modes": list(entry.modes),
        "purposes": list(entry.purposes),
        "open_type": entry.open_type,
        "open_condition": entry.open_condition,
        "retention_days": entry.retention_days,
        "update_period": entry.update_period,
        "data_update_time": iso(entry.data_update_time),
        "record_term": entry.source.record_term,
        "derived_from": list(entry.source.derived_from),
        "serving_system": entry.serving_system,
        "subject_domain": entry.subject_domain,
        "create_time": iso(entry.create_time),
        "submit_time": iso(entry.submit_time),
        "publish_time": iso(entry.publish_time),
        "end_time": iso(entry.end_time),
        "fields": [_field(field) for field in entry.fields],
    }


def _field(field: Field) -> dict[str, Any]:
    names = (
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
    return {name: getattr(field, name) for name in names}


def _version(entry: Entry) -> dict[str, Any]:
    return {
        "version": entry.version,
        "state": entry.state,
        "publish_time": iso(entry.publish_time),
        "end_time": iso(entry.end_time),
        "change_reason": entry.change_reason,
    }
