"""Steps that wait for a second person: what was proposed, by whom, until when; confirm, decline, take back.

The pages have no rule of their own: they call the rpcs through the gate inside, and what they offer is what the proposal says of its seconds.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp.web import Request, StreamResponse
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from certs.model import Session
from hub.errors import InvalidInputError
from shuniu.words import field_word
from web.errors import facts_of
from web.forms import Form, read_form
from web.page import View
from web.pages import PAGES
from web.places import see_other
from web.reception import in_thread
from web.sessions import check_token, token_of
from web.signing_in import ask_to_prove, is_proven, me, officer_of

_SERVICE: Final = "/shuniu.v1.WorkService"
_STEPS: Final[Mapping[str, str]] = {"confirm": "Confirm", "decline": "Decline", "take-back": "TakeBack"}
_SHOWN: Final = 50


async def proposals(request: Request) -> View:
    """Show the department's proposals, newest first."""
    session, secret = await officer_of(request)
    page = await _call(request, session, "ListProposals", page_size=_SHOWN, page_token=request.query.get("page_token", ""))
    found = [_facts(one) for one in page.proposals]
    facts = {"me": await me(request, session), "proposals": found, "next_page_token": page.next_page_token}
    return View("proposals.html", facts, {"token": token_of(secret)}, private=True)


async def proposal(request: Request) -> View:
    """Show one proposal with what may be done about it by whoever looks."""
    session, secret = await officer_of(request)
    return await _view(request, session, secret)


async def decide(request: Request) -> StreamResponse | View:
    """Confirm, decline or take back; to confirm, the officer has proven lately who is there."""
    session, secret = await officer_of(request)
    form = await read_form(request)
    check_token(form, secret)
    step, name = request.match_info["step"], request.match_info["id"]
    if step == "confirm" and not is_proven(request, session):
        return ask_to_prove(f"/proposals/{name}")
    said = {"etag": form.text("etag"), "reason": form.text("reason")}
    try:
        await _call(request, session, _STEPS[step], name=f"proposals/{name}", **said)
    except InvalidInputError as flaw:
        return await _view(request, session, secret, form, flaw)
    return see_other(f"/proposals/{name}")


async def _view(request: Request, session: Session, secret: str, form: Form | None = None, flaw: InvalidInputError | None = None) -> View:
    name = request.match_info["id"]
    found = await _call(request, session, "GetProposal", name=f"proposals/{name}")
    pages = request.app[PAGES]
    mine = await in_thread(request, pages.may, session.caller, found.name)
    facts = {
        "me": await me(request, session),
        "proposal": _facts(found) | {"etag": found.etag, "request": _lines(found.request_json)},
        "may": mine,
        # Whoever is asked by another department says why, whichever way it goes.
        "reasons": found.department != session.caller.department,
        "error": facts_of(flaw) if flaw else None,
    }
    typed = {"reason": form.text("reason") if form else ""}
    return View("proposal.html", facts, {"token": token_of(secret), "id": name, **typed}, status=flaw.http if flaw else 200, private=True)


async def _call(request: Request, session: Session, rpc: str, **fields: Any) -> Any:
    """Call an rpc of WorkService as whoever is signed in."""
    inside, path = request.app[PAGES].inside, f"{_SERVICE}/{rpc}"
    return await in_thread(request, inside.call, path, inside.requests[path](**fields), session.caller)


def _facts(message: Message) -> dict[str, Any]:
    """Return a proposal as JSON tells it, without the request, which the page tells in words."""
    facts = MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    facts.pop("request_json")
    facts.pop("etag")
    return facts | {"id": facts["name"].partition("/")[2], "step": facts["method"].rpartition("/")[2]}


def _lines(request_json: str) -> list[dict[str, str]]:
    """Return what was proposed line by line, each with its word: what is inside a message stands below it."""
    return list(_told(json.loads(request_json), ""))


def _told(value: Any, path: str) -> Any:
    if isinstance(value, dict):
        for name, part in value.items():
            if name not in {"etag", "request_id"}:
                yield from _told(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and any(isinstance(part, dict) for part in value):
        for place, part in enumerate(value):
            yield from _told(part, f"{path}[{place}]")
    else:
        text = "、".join(map(str, value)) if isinstance(value, list) else str(value)
        yield {"field": path, "zh": field_word(path).zh, "text": text}
