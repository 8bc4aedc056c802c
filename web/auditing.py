"""The auditor's pages: search the access log for a person, an officer, a department or a case, and read one record with its proof.

A record is opened under the search that found it (`?search=` the index of that search's record) or against a reason in a form; who looks is
whoever signed in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from aiohttp.web import Request

from audit.model import Record
from audit.searching import Opening, Search
from audit.store import BulkDelivery
from certs.model import Session
from hub.access import Port, admit
from hub.errors import InvalidInputError
from hub.identifiers import CITIZEN, FORMS
from hub.subject import Subject
from hub.wire import facts
from hub.wording import Key
from shuniu.zone import CHINA
from web.departments import TITLES
from web.errors import facts_of
from web.forms import Form, read_form
from web.log_state import log_facts
from web.page import View
from web.pages import PAGES
from web.reasons import KIND_OF_ID, NOT_A_TIME, PERIOD_BACKWARDS, SEARCH_REASON
from web.reception import in_thread
from web.sealed import seal, unseal
from web.sessions import check_token, signed_in, token_of

_SEARCH: Final = "/shuniu.v1.AuditService/SearchAuditRecords"
_SIZE: Final = 50
_LONGEST_INDEX: Final = 18
_OF_RECORD: Final = ("grant", "rows", "bytes", "digest", "intent_index", "detail", "leaf")
_OF_PROOF: Final = ("index", "size", "leaf_hash", "root", "proof")
_NAMES: Final = ("domain", "subject", "officer", "department", "case_number", "since", "until", "reason")


@dataclass(frozen=True, slots=True)
class _Visit:
    """Who is signed in, with which secret, and the names of departments."""

    session: Session
    secret: str
    titles: Mapping[str, str]


async def search_form(request: Request) -> View:
    """Show the search form to whoever is signed in."""
    return _view(await _visit(request), {}, await log_facts(request))


async def search(request: Request) -> View:
    """Search. It comes as a POST, so the ID number stands in no address, and it is shown on no page."""
    visit = await _visit(request)
    # after signing in: a stranger's body is not read
    form = await read_form(request)
    check_token(form, visit.secret)
    _charge(request, visit)
    typed = _typed_fields(form, visit.secret)
    try:
        wanted = _search_of(typed, visit.session, form.text("page_token"))
        found = await in_thread(request, request.app[PAGES].audit.search, visit.session.caller, wanted)
    except InvalidInputError as flaw:
        return _view(visit, typed, await log_facts(request), flaw=flaw)
    results = {
        "records": [_record(record, leaf_hash, visit.titles) for record, leaf_hash in found.records],
        "damaged": list(found.damaged),
        "next_page_token": found.next_page_token,
        "search": found.search,
        "bulk": [_bulk(one, action, visit.titles) for one, action in found.bulk],
        "bulk_count": found.bulk_count,
    }
    return _view(visit, typed, await log_facts(request), results)


async def record(request: Request) -> View:
    """Show one record under the search that found it; without one, or where it does not cover the record, ask for a reason."""
    visit = await _visit(request)
    if "search" not in request.query:
        return _ask(request, visit)
    try:
        return await _record_page(request, visit, Opening(visit.session.officer, search=_index_in(request.query["search"])))
    except InvalidInputError as flaw:
        return _ask(request, visit, flaw)


async def open_record(request: Request) -> View:
    """Show one record against a reason: the look is a record of its own before anything is shown."""
    visit = await _visit(request)
    form = await read_form(request)
    check_token(form, visit.secret)
    _charge(request, visit)
    try:
        return await _record_page(request, visit, Opening(visit.session.officer, form.text("reason")))
    except InvalidInputError as flaw:
        return _ask(request, visit, flaw)


def _charge(request: Request, visit: _Visit) -> None:
    """Count a look, which is a record of the log, against what the system behind the session may write."""
    request.app[PAGES].writes.charge(visit.session.caller, 0)


async def _record_page(request: Request, visit: _Visit, opening: Opening) -> View:
    """Show a record and, once a checkpoint covers it, the proof that the log holds it."""
    pages, index = request.app[PAGES], int(request.match_info["index"])
    found, leaf_hash = await in_thread(request, pages.audit.record, visit.session.caller, index, opening)
    try:
        proof = facts(await in_thread(request, pages.audit.inclusion, index, 0), *_OF_PROOF)
    except InvalidInputError:  # not yet covered by a checkpoint
        proof = None
    page = {
        "signed_in": _session_facts(visit),
        "record": _record(found, leaf_hash, visit.titles) | facts(found, *_OF_RECORD),
        "inclusion": proof,
        "log_key": str(pages.publisher.vkey),
        "log": await log_facts(request),
    }
    # the links to other records of the case go under the same search
    under = "" if opening.search is None else f"?search={opening.search}"
    return View("record.html", page, {"token": token_of(visit.secret), "under": under}, private=True)


def _ask(request: Request, visit: _Visit, flaw: InvalidInputError | None = None) -> View:
    """Ask why the record is to be shown; nothing of it is read for that."""
    page = {
        "signed_in": _session_facts(visit),
        "index": int(request.match_info["index"]),
        "record": None,
        "error": facts_of(flaw) if flaw else None,
        "form_token": token_of(visit.secret),
    }
    return View("open.html", page, status=flaw.http if flaw else 200, private=True)


def _index_in(text: str) -> int:
    """Return the index that an address names, one that no record has where it names none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_INDEX else -1


async def _visit(request: Request) -> _Visit:
    session, secret = await signed_in(request)
    admit(_SEARCH, Port.MEMBERS, session.caller)  # the same row as at the members' port
    return _Visit(session, secret, await in_thread(request, request.app[TITLES].all))


def _typed_fields(form: Form, secret: str) -> dict[str, str]:
    """Return what was typed, or what the sealed search of the page before holds."""
    if sealed := form.text("sealed"):
        # the whole search comes from the seal: what stands in the other fields could have been changed in between
        known = unseal(secret, sealed)
        return {name: known.get(name, "") for name in _NAMES}
    typed = {name: form.text(name) for name in _NAMES}
    return typed | {"domain": typed["domain"] or CITIZEN}


def _search_of(typed: Mapping[str, str], session: Session, page_token: str) -> Search:
    if typed["domain"] not in FORMS:
        raise KIND_OF_ID(field="domain")
    if not typed["reason"]:
        raise SEARCH_REASON(field="reason")
    since, until = (_moment(typed[name], name) for name in ("since", "until"))
    if since and until and since >= until:
        raise PERIOD_BACKWARDS(field="until")
    return Search(
        Subject(typed["domain"], typed["subject"]) if typed["subject"] else None,
        typed["officer"],
        typed["department"],
        typed["case_number"],
        since,
        until,
        typed["reason"],
        session.officer,
        _SIZE,
        page_token,
    )


def _moment(text: str, name: str) -> datetime | None:
    """Read what a datetime-local input sends; without a zone it is Beijing time."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=CHINA)).astimezone(CHINA)
    except (ValueError, OverflowError):
        raise NOT_A_TIME(field=name) from None


def _view(
    visit: _Visit,
    typed: Mapping[str, str],
    log: Mapping[str, Any],
    results: Mapping[str, Any] | None = None,
    flaw: InvalidInputError | None = None,
) -> View:
    repeated = _repeatable(typed)
    page = {
        "signed_in": _session_facts(visit),
        "search": {**repeated, "subject_given": bool(typed.get("subject"))} if typed else None,
        "results": results,
        "log": log,
        "error": facts_of(flaw) if flaw else None,
        "form_token": token_of(visit.secret),
    }
    # a page without a next one needs no seal, and so carries no ID number, not even encrypted
    more = bool(results and results["next_page_token"])
    form = {"departments": visit.titles, "sealed": seal(visit.secret, typed) if more else "", "typed": repeated}
    return View("audit.html", page, form, status=flaw.http if flaw else 200, private=True)


def _repeatable(typed: Mapping[str, str]) -> dict[str, str]:
    """Return what the page may repeat of the form: never the ID number, nor a field into which it was typed by mistake."""
    subject = typed.get("subject", "")
    others = {name: typed.get(name, "") for name in _NAMES if name != "subject"}
    key = Key(subject)
    return {name: "" if key.stands_in(value) else value for name, value in others.items()}


def _session_facts(visit: _Visit) -> dict[str, Any]:
    session, caller = visit.session, visit.session.caller
    return facts(
        session,
        "officer",
        department=caller.department,
        department_title=visit.titles.get(caller.department, ""),
        system=caller.system,
        roles=sorted(caller.roles),
        expire_time=session.expire_time,
    )


def _bulk(delivery: BulkDelivery, action: str, titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        **facts(delivery, "resource", "department", "grant", "count", "records", "first_time", "last_time", "newest"),
        "action": action,
        "department_title": titles.get(delivery.department, ""),
        "provider": delivery.other,
        "provider_title": titles.get(delivery.other, ""),
    }


def _record(record: Record, leaf_hash: bytes, titles: Mapping[str, str]) -> dict[str, Any]:
    actor = record.actor
    return {
        **facts(record, "index", time=record.at, kind=record.kind, action=record.action),
        **facts(actor, "department", department_title=titles.get(actor.department, ""), system=actor.system, officer=actor.officer),
        "provider": record.other,
        "provider_title": titles.get(record.other, ""),
        **facts(record, "resource", "purpose", "case_number", "fields", "status", "reason", "erased", "erasure", leaf_hash=leaf_hash),
    }
