"""What systems may do without a second person: a department's mandates, and the forms by which a lead registers and ends them."""

import secrets
from collections.abc import Mapping
from typing import Any, Final

from aiohttp.web import Request, Response, StreamResponse

from certs.model import STEPS, Session
from hub.errors import ShuniuError
from web.calls import TOLD_IN_PLACE, call, may, plain
from web.errors import facts_of
from web.forms import read_form
from web.language import Language
from web.moments import end_of_day
from web.page import View, china_time
from web.places import see_other
from web.sessions import check_token, token_of
from web.signing_in import ask_to_prove, is_proven, me, officer_of
from web.tables import csv_file

_SHOWN: Final = 50
_PLACE: Final = "/mandates"
_A_CALL: Final = 200
_HEADER: Final = ("业务系统", "事项", "登记人", "登记时间", "有效至", "终止时间", "理由")
_TYPED: Final = ("system", "expire", "reason")
_RPCS: Final = ("OfficerService/CreateMandate", "OfficerService/RevokeMandate")


async def mandates(request: Request) -> View:
    """Show a department's mandates; the authority sees those of all."""
    session, secret = await officer_of(request)
    return await _list(request, session, secret)


async def mandates_file(request: Request) -> Response:
    """Serve the mandates as a table."""
    session, _ = await officer_of(request)
    rows, token, t = list[tuple[str, ...]](), "", Language("zh")
    while True:
        page = await call(request, session, "OfficerService/ListMandates", page_size=_A_CALL, page_token=token)
        rows += [_row(plain(one), t) for one in page.mandates]
        token = page.next_page_token
        if not token:
            return csv_file("mandates", _HEADER, rows)


async def register_mandate(request: Request) -> StreamResponse | View:
    """Register a mandate; a form that is sent twice is done once."""
    session, secret = await officer_of(request)
    form = await read_form(request)
    check_token(form, secret)
    if not is_proven(request, session):
        return ask_to_prove(_PLACE)
    typed = {name: form.text(name) for name in _TYPED} | {"steps": [step for step in sorted(STEPS) if form.text(f"step-{step}")]}
    try:
        asked = {"system": typed["system"], "steps": typed["steps"], "reason": typed["reason"], "request_id": form.text("request_id")}
        end = end_of_day(str(typed["expire"]), "expire_time")
        await call(request, session, _RPCS[0], **asked, **({"expire_time": end} if end else {}))
    except TOLD_IN_PLACE as flaw:
        return await _list(request, session, secret, typed, flaw)
    return see_other(_PLACE)


async def revoke_mandate(request: Request) -> StreamResponse | View:
    """End a mandate."""
    session, secret = await officer_of(request)
    form = await read_form(request)
    check_token(form, secret)
    if not is_proven(request, session):
        return ask_to_prove(_PLACE)
    try:
        await call(request, session, _RPCS[1], name=form.text("name"), etag=form.text("etag"), reason=form.text("reason"))
    except TOLD_IN_PLACE as flaw:
        return await _list(request, session, secret, {"ending": form.text("name"), "why": form.text("reason")}, flaw)
    return see_other(_PLACE)


async def _list(request: Request, session: Session, secret: str, typed: Mapping[str, Any] | None = None, flaw: ShuniuError | None = None) -> View:
    page = await call(request, session, "OfficerService/ListMandates", page_size=_SHOWN, page_token=request.query.get("page", ""))
    allowed = may(session.caller, _RPCS)
    facts = {
        "me": await me(request, session),
        "mandates": [_facts(one) for one in page.mandates],
        "next_page_token": page.next_page_token,
        "may": allowed,
        "proven": is_proven(request, session),
        "error": facts_of(flaw) if flaw else None,
    }
    nothing = {**dict.fromkeys((*_TYPED, "ending", "why"), ""), "steps": ()}
    form = {
        "token": token_of(secret),
        "request_id": secrets.token_urlsafe(18),
        "steps": sorted(STEPS),
        "systems": await _systems(request, session) if "CreateMandate" in allowed else [],
        "typed": {**nothing, **(typed or {})},
    }
    return View("mandates.html", facts, form, status=flaw.http if flaw else 200, private=True)


async def _systems(request: Request, session: Session) -> list[str]:
    page = await call(request, session, "IdentityService/ListSystems", department=session.caller.department)
    return sorted(one.name for one in page.systems)


def _facts(message: Any) -> dict[str, Any]:
    return {"revoke_time": None, "orphaned_until": None, **plain(message)}


def _row(facts: Mapping[str, Any], t: Language) -> tuple[str, ...]:
    steps = "；".join(t.word("action", step) for step in facts["steps"])
    times = [china_time(facts.get(name)) for name in ("create_time", "expire_time", "revoke_time")]
    return (facts["system"], steps, facts["lead"], *times, facts["reason"])
