"""The officers of a department: who they are, what each may do, how they get in; to add, change, invite and dismiss one.

The authority sees those of every department by its code. What a page offers is what the gate and the procedure would let this officer do.
"""

import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from aiohttp.web import Request, Response, StreamResponse

from certs.model import Session
from hub.access import Duty
from hub.errors import ShuniuError
from shuniu.words import value_words
from web.calls import TOLD_IN_PLACE, call, may, plain
from web.errors import facts_of
from web.forms import Form, read_form
from web.moments import end_of_day
from web.page import View, china_time
from web.pages import PAGES
from web.places import see_other
from web.reception import in_thread
from web.sessions import check_token, token_of
from web.signing_in import ask_to_prove, is_proven, me, officer_of
from web.tables import csv_file

SHOWN: Final = 50
_PLACE: Final = "/officers"
_A_CALL: Final = 1_000
_LIKE_AN_ID: Final = 15
_STATES: Final = ("active", "dismissed")
_STEPS: Final[Mapping[str, str]] = {"update": "UpdateOfficer", "deputy": "NameDeputy", "invite": "InviteOfficer", "dismiss": "DismissOfficer"}
_HEADER: Final = ("工号", "姓名", "岗位职责", "状态", "登记时间", "离岗时间", "代理人", "代理至")
_NEW: Final = ("number", "display_name", "department", "request_id")
_CHANGE: Final = ("display_name", "deputy", "until", "reason")


async def officers(request: Request) -> View:
    """Show a department's officers, and the form that adds one to whoever may."""
    session, secret = await officer_of(request)
    return await _list(request, session, secret)


async def officers_file(request: Request) -> Response:
    """Serve a department's officers as a table, of one state where one is asked for; a list that was changed is imported again."""
    session, _ = await officer_of(request)
    state = _state_of(request.query.get("state", ""))
    words, states = value_words("Duty"), value_words("OfficerState")
    rows = [
        (
            one["number"],
            one["display_name"],
            "；".join(words[duty][0] for duty in one["duties"]),
            states[one["state"]][0],
            *(china_time(one["create_time"]), china_time(one.get("dismiss_time"))),
            *(one["deputy"], china_time(one.get("deputy_until"))),
        )
        async for one in every_officer(request, session, request.query.get("department", ""))
        if one["state"] == state or state == _state_of("")
    ]
    return csv_file("officers", _HEADER, rows)


async def add_officer(request: Request) -> StreamResponse | View:
    """Register an officer; a form that is sent twice is done once."""
    session, secret = await officer_of(request)
    form = await read_form(request)
    check_token(form, secret)
    if not is_proven(request, session):
        return ask_to_prove(_PLACE)
    typed = {name: form.text(name) for name in _NEW}
    try:
        made = await call(request, session, "OfficerService/CreateOfficer", **typed, duties=_duties_in(form))
    except TOLD_IN_PLACE as flaw:
        # an ID number that was typed by mistake is on no page
        kept = typed | {"number": "" if len(typed["number"]) >= _LIKE_AN_ID else typed["number"], "duties": _words_in(form)}
        return await _list(request, session, secret, kept, flaw)
    return see_other(_address(made.name))


async def officer(request: Request) -> StreamResponse | View:
    """Show one officer with what may be changed by whoever looks."""
    session, secret = await officer_of(request)
    if "name" not in request.query:
        return see_other("/officers")  # where signing in led, which carries no name
    return await _one(request, session, secret, request.query["name"])


async def change_officer(request: Request) -> StreamResponse | View:
    """Change an officer, name a deputy, dismiss; an invitation shows its link on the answer and nowhere else."""
    session, secret = await officer_of(request)
    form = await read_form(request)
    check_token(form, secret)
    step, name = request.match_info["step"], form.text("name")
    # Duties are power, and whoever holds a lead's link confirms in the lead's name: a page that was left open is not enough.
    if not is_proven(request, session):
        return ask_to_prove(_PLACE)
    try:
        done = await call(request, session, f"OfficerService/{_STEPS[step]}", **_fields_of(step, form))
    except TOLD_IN_PLACE as flaw:
        typed = {one: form.text(one) for one in _CHANGE} | {"duties": _words_in(form)}
        return await _one(request, session, secret, name, step=step, typed=typed, flaw=flaw)
    if step == "invite":
        return await _one(request, session, secret, name, step=step, invitation=plain(done))
    return see_other(_address(name))


async def _list(request: Request, session: Session, secret: str, typed: Mapping[str, Any] | None = None, flaw: ShuniuError | None = None) -> View:
    department = (typed or request.query).get("department", "")
    state = request.query.get("state", "active")
    asked = {"department": department, "page_size": SHOWN, "page_token": request.query.get("page", ""), "state": _state_of(state)}
    page = await call(request, session, "OfficerService/ListOfficers", **asked)
    known = plain(await call(request, session, "OfficerService/GetOfficerRegistration", department=department))
    facts = {
        "me": await me(request, session),
        "proven": is_proven(request, session),
        "department": known["department"],
        "registration": known | {"duties": _short(known["duties"])},
        "state": state if state in _STATES else "",
        "officers": [_facts(one) for one in page.officers],
        "next_page_token": page.next_page_token,
        "may": may(session.caller, ["OfficerService/CreateOfficer", "OfficerService/ImportOfficers"]),
        "error": facts_of(flaw) if flaw else None,
    }
    form = {"token": token_of(secret), "request_id": secrets.token_urlsafe(18), "typed": {**dict.fromkeys(_NEW, ""), "duties": (), **(typed or {})}}
    return View("officers.html", facts, form, status=flaw.http if flaw else 200, private=True)


async def _one(
    request: Request,
    session: Session,
    secret: str,
    name: str,
    *,
    step: str = "",
    typed: Mapping[str, Any] | None = None,
    flaw: ShuniuError | None = None,
    invitation: Mapping[str, Any] | None = None,
) -> View:
    found = _facts(await call(request, session, "OfficerService/GetOfficer", name=name))
    known = plain(await call(request, session, "OfficerService/GetOfficerRegistration", department=found["department"]))
    given = await _open(request, session, name)
    facts = {
        "me": await me(request, session),
        "proven": is_proven(request, session),
        "officer": found,
        "may": given,
        "invitation": dict(invitation) if invitation else None,
        "step": step if flaw else "",
        "error": facts_of(flaw) if flaw else None,
    }
    now = {"display_name": found["display_name"], "duties": found["duties"], "deputy": found["deputy"], "until": "", "reason": ""}
    form = {"token": token_of(secret), "typed": {**now, **(typed or {})}, "duties": _short(known["duties"])}
    return View("officer.html", facts, form, status=flaw.http if flaw else 200, private=True)


async def _open(request: Request, session: Session, name: str) -> list[str]:
    return list(await in_thread(request, request.app[PAGES].certs.open_to, session.caller, name))


async def every_officer(request: Request, session: Session, department: str) -> AsyncIterator[dict[str, Any]]:
    """Yield the officers of a department, dismissed ones too."""
    token = ""
    while True:
        asked = {"department": department, "page_size": _A_CALL, "page_token": token}
        page = await call(request, session, "OfficerService/ListOfficers", **asked)
        for one in page.officers:
            yield plain(one)
        token = page.next_page_token
        if not token:
            return


def _address(name: str) -> str:
    return f"/officer?name={quote(name, safe='/')}"


def _fields_of(step: str, form: Form) -> dict[str, Any]:
    fields: dict[str, Any] = {"name": form.text("name")}
    if step == "invite":
        return fields
    fields |= {"etag": form.text("etag"), "reason": form.text("reason")}
    if step == "update":
        return fields | {"display_name": form.text("display_name"), "duties": _duties_in(form), "update_mask": {"paths": ["display_name", "duties"]}}
    if step == "deputy":
        until = end_of_day(form.text("until"), "until")
        return fields | {"deputy": form.text("deputy"), **({"until": until} if until else {})}
    return fields


def _facts(message: Any) -> dict[str, Any]:
    facts = plain(message)
    means = facts["sign_in_means"].removeprefix("SIGN_IN_MEANS_").lower()
    short = {"duties": _short(facts["duties"]), "state": facts["state"].removeprefix("OFFICER_STATE_").lower()}
    return {"sign_in_time": None, **facts, **short, "sign_in_means": "" if means == "unspecified" else means}


def _short(names: list[str]) -> list[str]:
    return [duty.value for duty in Duty if f"DUTY_{duty.name}" in names]


def _words_in(form: Form) -> list[str]:
    return [duty.value for duty in Duty if form.text(f"duty-{duty.value}")]


def _duties_in(form: Form) -> list[str]:
    return [f"DUTY_{name.upper()}" for name in _words_in(form)]


def _state_of(name: str) -> str:
    return f"OFFICER_STATE_{name.upper()}" if name in _STATES else "OFFICER_STATE_UNSPECIFIED"
