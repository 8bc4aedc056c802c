"""The public directory: what this hub is, search over the published entries, one entry with all that it says."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

from aiohttp.web import Request

from catalog.finding import FACETS, Criteria, EntryHit, EntryHits, Facet
from catalog.model import Entry, EntryState
from hub.access import ANYBODY
from hub.clock import day_in_china
from hub.wire import facts
from web.page import View
from web.pages import PAGES
from web.reasons import CHOICE_UNKNOWN, ENTRY_NOT_PUBLISHED, ENTRY_WITHDRAWN
from web.reception import in_thread

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
    "former_provider_titles",
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
    "record_source",
    "region_field",
    "data_format",
    "data_class",
    "data_grade",
    "predicates",
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
_OF_VERSION: Final = ("version", "state", "publish_time", "end_time", "change_reason", "change_basis")
_OF_HEALTH: Final = ("state", "state_since", "probe_time", "latency_ms", "newest_row_time", "lag_seconds", "row_count", "reason")
"""What everybody may know of a service: its texts name columns of the provider, and members read them (GetEntryHealth)."""
_FACETS: Final = tuple(facet for facet in FACETS if facet.parameter)


async def home(request: Request) -> View:
    """Show what this hub is, how large its directory is, and where to go."""
    pages = request.app[PAGES]
    # one entry, for the sake of the total
    found = await in_thread(request, pages.catalog.search, Criteria(), 1)
    links = {
        "directory": "/directory",
        "verify": "/verify",
        "seals": "/seals",
        "audit": "/audit",
        "trust_list": "/trust-list",
        "checkpoint": "/log/checkpoint",
        "log_key": "/log/log.vkey",
    }
    return View("home.html", {"title": pages.title, "entries": found.total_size, "links": links})


async def search(request: Request) -> View:
    """Find published entries; the page token stands in the address, so every page of hits can be linked to."""
    query = request.query.get("q", "").strip()
    chosen = {facet.parameter: request.query.get(facet.parameter, "").strip() for facet in _FACETS}
    narrowed: dict[str, Any] = {facet.name: _chosen(facet, chosen[facet.parameter]) for facet in _FACETS}
    find: Callable[..., EntryHits] = request.app[PAGES].catalog.search
    found = await in_thread(request, find, Criteria(query, **narrowed), _PAGE, request.query.get("page", ""))
    page = {
        "query": query,
        **chosen,
        "total": found.total_size,
        "hits": [_hit(hit) for hit in found.hits],
        "next_page": found.next_page_token,
    }
    if found.parts:
        page["in_parts"] = list(found.parts)
    if not found.total_size and any(chosen.values()):
        # one entry, for the sake of the total
        page["without_filters"] = (await in_thread(request, find, Criteria(query), 1)).total_size
    return View("directory.html", page, form={"later": bool(request.query.get("page")), "chosen": chosen, "parts": found.parts})


async def entry(request: Request) -> View:
    """Show one entry: the version in force, or one that was; what was withdrawn is no longer in the directory."""
    versions = await versions_in_force(request)
    version = request.query.get("version", "")
    chosen = [one for one in versions if (str(one.version) == version if version else one.is_in_force)]
    if not chosen:
        raise ENTRY_NOT_PUBLISHED()
    provider = await in_thread(request, request.app[PAGES].certs.get_department, ANYBODY, f"departments/{chosen[0].provider}")
    health = await in_thread(request, request.app[PAGES].catalog.probes.get, chosen[0].name)
    told = {"entry": _entry(chosen[0]), "health": facts(health, *_OF_HEALTH), "versions": [facts(one, *_OF_VERSION) for one in versions]}
    return View("entry.html", told, form={"provider_state": provider.state.value})


async def versions_in_force(request: Request) -> tuple[Entry, ...]:
    """Return the versions of the entry of an address; an older one is shown as long as the entry has one in force."""
    versions = await in_thread(request, request.app[PAGES].catalog.versions, ANYBODY, f"entries/{request.match_info['id']}")
    newest = versions[0]
    if newest.state is EntryState.WITHDRAWN and newest.end_time is not None:
        raise ENTRY_WITHDRAWN(day=day_in_china(newest.end_time), why=newest.change_reason)
    if not any(one.is_in_force for one in versions):
        raise ENTRY_NOT_PUBLISHED()
    return versions


def _chosen(facet: Facet, text: str) -> StrEnum | str | None:
    if not text or facet.choices is None:
        return text or None
    try:
        return facet.choices(text)
    except ValueError:
        raise CHOICE_UNKNOWN(field=facet.parameter, known=", ".join(facet.choices)) from None


def _hit(hit: EntryHit) -> dict[str, Any]:
    matched = [facts(field, "name", "label") for field in hit.entry.fields if field.name in hit.matched_fields]
    return facts(hit.entry, *_OF_HIT, matched_fields=matched)


def _entry(entry: Entry) -> dict[str, Any]:
    """Return all that the public page says of an entry; the provider's table name is not part of it."""
    fields = [facts(field, *_OF_FIELD) for field in entry.fields]
    return facts(entry, *_OF_ENTRY) | facts(entry.source, *_OF_SOURCE) | facts(entry, *_OF_SERVING, fields=fields)
