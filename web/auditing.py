"""The auditor's desk: search the access log for a person, an officer, a department or a case, and read one record with its proof."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from aiohttp.web import Request

from audit.model import Record, Search
from audit.proofs import InclusionProof
from certs.model import Session
from hub.citizen_id import is_citizen_id
from hub.errors import InvalidInputError
from hub.subject import Subject
from licenses.identifier import is_uscc
from licenses.model import CHINA
from web.departments import TITLES
from web.forms import Form, read_form
from web.page import View, iso
from web.pages import PAGES
from web.refusals import facts_of, status_of
from web.sealed import seal, unseal
from web.sessions import check_token, signed_in, token_of

_SIZE: Final = 50
_DOMAINS: Final[Mapping[str, Callable[[str], bool]]] = {"cn-id": is_citizen_id, "uscc": is_uscc}
_NAMES: Final = ("domain", "subject", "officer", "department", "case_number", "since", "until", "reason")


@dataclass(frozen=True, slots=True)
class _Visit:
    """Who is at the desk, with which secret, and the names of departments."""

    session: Session
    secret: str
    titles: Mapping[str, str]


async def desk(request: Request) -> View:
    """Show the search form to whoever is signed in."""
    return _view(await _visit(request), {})


async def search(request: Request) -> View:
    """Search. It comes as a POST, so the ID number stands in no address, and it is shown on no page."""
    visit = await _visit(request)
    form = await read_form(request)
    check_token(form, visit.secret)
    typed = _typed(form, visit.secret)
    try:
        wanted = _search_of(typed, visit.session, form.text("page_token"))
        found = await asyncio.to_thread(request.app[PAGES].audit.search, visit.session.caller, wanted)
    except InvalidInputError as flaw:
        return _view(visit, typed, flaw=flaw)
    results = {
        "records": [_record(record, leaf_hash, visit.titles) for record, leaf_hash in found.records],
        "next_page_token": found.next_page_token,
        "well_formed": not typed["subject"] or _DOMAINS[typed["domain"]](typed["subject"]),
    }
    return _view(visit, typed, results)


async def record(request: Request) -> View:
    """Show one record and, once a checkpoint covers it, the proof that the log holds it."""
    visit, pages = await _visit(request), request.app[PAGES]
    index = int(request.match_info["index"])
    found, leaf_hash = await asyncio.to_thread(pages.audit.record, visit.session.caller, index)
    try:
        proof = _proof(await asyncio.to_thread(pages.audit.inclusion, index, 0))
    except InvalidInputError:  # not yet covered by a checkpoint
        proof = None
    shown = _record(found, leaf_hash, visit.titles) | {
        "grant": found.grant,
        "rows": found.rows,
        "bytes": found.bytes,
        "digest": found.digest.hex(),
        "intent_index": found.intent_index,
        "detail": dict(found.detail),
        "leaf": found.leaf.hex(),
    }
    facts = {"signed_in": _who(visit), "record": shown, "inclusion": proof, "log_key": str(pages.publisher.vkey)}
    return View("record.html", facts, {"token": token_of(visit.secret)}, private=True)


async def _visit(request: Request) -> _Visit:
    session, secret = await signed_in(request)
    return _Visit(session, secret, await asyncio.to_thread(request.app[TITLES].all))


def _typed(form: Form, secret: str) -> dict[str, str]:
    """Return what was typed, or what the sealed search of the page before holds."""
    if sealed := form.text("sealed"):
        known = unseal(secret, sealed)
        return {name: known.get(name, "") for name in _NAMES}
    typed = {name: form.text(name) for name in _NAMES}
    return typed | {"domain": typed["domain"] or "cn-id", "subject": typed["subject"].upper()}


def _search_of(typed: Mapping[str, str], session: Session, page_token: str) -> Search:
    if typed["domain"] not in _DOMAINS:
        raise InvalidInputError("choose the kind of ID", field="domain", zh="请选择证件类型")
    if not typed["reason"]:
        raise InvalidInputError("a search states its reason", field="reason", zh="请填写查询理由", next_action="say why you search")
    since, until = (_moment(typed[name], name) for name in ("since", "until"))
    if since and until and since >= until:
        raise InvalidInputError("the period ends before it begins", field="until", zh="结束时间应晚于开始时间")
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
        raise InvalidInputError("not a time", field=name, zh="时间格式错误", next_action="for example 2026-03-02T09:00") from None


def _view(visit: _Visit, typed: Mapping[str, str], results: Mapping[str, Any] | None = None, flaw: InvalidInputError | None = None) -> View:
    repeated = _repeatable(typed)
    facts = {
        "signed_in": _who(visit),
        "search": {**repeated, "subject_given": bool(typed.get("subject"))} if typed else None,
        "results": results,
        "error": facts_of(flaw) if flaw else None,
        "form_token": token_of(visit.secret),
    }
    more = bool(results and results["next_page_token"])
    form = {"departments": visit.titles, "sealed": seal(visit.secret, typed) if more else "", "typed": repeated}
    return View("audit.html", facts, form, status=status_of(flaw) if flaw else 200, private=True)


def _repeatable(typed: Mapping[str, str]) -> dict[str, str]:
    """Return what the page may repeat of the form: never the ID number, nor a field into which it was typed by mistake."""
    subject = typed.get("subject", "")
    kept = {name: typed.get(name, "") for name in _NAMES if name != "subject"}
    return {name: "" if subject and subject in value.upper() else value for name, value in kept.items()}


def _who(visit: _Visit) -> dict[str, Any]:
    caller = visit.session.caller
    return {
        "officer": visit.session.officer,
        "department": caller.department,
        "department_title": visit.titles.get(caller.department, ""),
        "system": caller.system,
        "roles": sorted(caller.roles),
        "expire_time": iso(visit.session.expire_time),
    }


def _record(record: Record, leaf_hash: bytes, titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        "index": record.index,
        "time": iso(record.at),
        "kind": record.kind,
        "action": record.action,
        "department": record.actor.department,
        "department_title": titles.get(record.actor.department, ""),
        "system": record.actor.system,
        "officer": record.actor.officer,
        "provider": record.other,
        "provider_title": titles.get(record.other, ""),
        "resource": record.resource,
        "purpose": record.purpose,
        "case_number": record.case_number,
        "fields": list(record.fields),
        "status": record.status,
        "reason": record.reason,
        "erased": record.erased,
        "leaf_hash": leaf_hash.hex(),
    }


def _proof(proof: InclusionProof) -> dict[str, Any]:
    return {
        "index": proof.index,
        "size": proof.size,
        "leaf_hash": proof.leaf_hash.hex(),
        "root": proof.root.hex(),
        "proof": [one.hex() for one in proof.proof],
    }
