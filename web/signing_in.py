"""Sign in by a passkey, register one, prove once more who is there.

Browsers know passkeys by the host of the pages and refuse them at http://127.0.0.1; the same hub is reached at http://localhost. The answer of
the browser comes in a form field, put there by a script of ours (`passkey.js`); without a script there are one-time links.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from aiohttp.web import Request, Response
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from certs.model import Session
from certs.reasons import PASSKEY_REFUSED
from certs.sign_in import LINK, PROVEN_FOR, REGISTER, SIGN_IN
from hub.errors import NotAllowedError
from web.cookies import FORM, SESSION, secret_of, set_cookie
from web.departments import TITLES
from web.forms import Form, read_form
from web.page import View
from web.pages import PAGES
from web.places import HOME, local_place, see_other
from web.reasons import NOT_SIGNED_IN
from web.reception import VISITOR, in_thread
from web.sessions import check_token, seed_of, signed_in, token_of
from web.words import RESUME, kept, waits

_ONCE_MORE: Final = timedelta(seconds=1)


async def sign_in_page(request: Request) -> View:
    """Show the button of the passkey, and what there is without one."""
    seed = seed_of(request)
    view = await _passkey_view(request, "sign_in.html", seed, "/sign-in", local_place(request))
    form = {**view.form, "waits": view.form["next"] == RESUME and waits(request)}
    return replace(view, facts={**view.facts, "provider": provider_facts(request)}, form=form)


async def sign_in(request: Request) -> Response:
    """Begin a session for whoever signed the challenge."""
    form = await read_form(request)
    seed = secret_of(request, FORM)
    check_token(form, seed)
    pages = request.app[PAGES]
    answer, challenge = _answer_in(form)
    secret, _ = await in_thread(request, pages.certs.sign_in_by_passkey, pages.party, answer, challenge, seed)
    request[VISITOR].prove(secret)
    response = see_other(local_place(request, form.text("next")))
    set_cookie(request, response, SESSION, secret)
    return response


async def passkeys(request: Request) -> View:
    """Show an officer's own passkeys, and the button that registers one more."""
    session, secret = await officer_of(request)
    found = await in_thread(request, request.app[PAGES].certs.passkeys, session)
    known = [
        {"id": one.id, "create_time": one.create_time.isoformat(), "use_time": one.use_time.isoformat() if one.use_time else None} for one in found
    ]
    user = f"{session.caller.department}/{session.caller.officer}"
    more = {"me": await me(request, session), "passkeys": known, "first": session.means == LINK and not known}
    view = await _passkey_view(request, "passkeys.html", secret, "/passkeys", HOME, use=REGISTER, facts=more)
    return View(
        view.template, view.facts, {**view.form, "user": bytes_to_base64url(user.encode()), "known": [one.credential for one in found]}, private=True
    )


async def register_passkey(request: Request) -> Response:
    """Keep the passkey that the browser made. Whoever finds a session open makes no way in of his own by it."""
    session, secret = await officer_of(request)
    form = await read_form(request)
    check_token(form, secret)
    pages = request.app[PAGES]
    # Who came by a link and has no passkey has nothing else to prove it with: the first one is what the link is for.
    first = session.means == LINK and not await in_thread(request, pages.certs.passkeys, session)
    if not first and not is_proven(request, session):
        return ask_to_prove("/passkeys")
    answer, challenge = _answer_in(form)
    await in_thread(request, pages.certs.register_passkey, session, pages.party, answer, challenge, secret)
    return see_other("/passkeys")


async def remove_passkey(request: Request) -> Response:
    """Forget a passkey."""
    session, secret = await officer_of(request)
    form = await read_form(request)
    check_token(form, secret)
    await in_thread(request, request.app[PAGES].certs.remove_passkey, session, form.text("passkey"))
    return see_other("/passkeys")


async def prove_page(request: Request) -> View:
    """Ask an officer to prove once more who is there."""
    session, secret = await officer_of(request)
    place = RESUME if kept(request) else local_place(request)
    return await _passkey_view(
        request, "prove.html", secret, "/prove", place, facts={"me": await me(request, session), "provider": provider_facts(request)}
    )


async def prove(request: Request) -> Response:
    """Take note that the officer has proven it."""
    _, secret = await officer_of(request)
    form = await read_form(request)
    check_token(form, secret)
    pages = request.app[PAGES]
    answer, challenge = _answer_in(form)
    await in_thread(request, pages.certs.prove, secret, pages.party, answer, challenge, secret)
    return see_other(local_place(request, form.text("next")))


async def officer_of(request: Request) -> tuple[Session, str]:
    """Return the session of an officer who signed in, and its secret; one that acts through a system's certificate is none."""
    session, secret = await signed_in(request)
    if not session.caller.officer:
        raise NOT_SIGNED_IN()
    return session, secret


def is_proven(request: Request, session: Session) -> bool:
    """Tell whether an officer has proven lately enough who is there to confirm, stamp or unmask."""
    at = request.app[PAGES].clock.now()
    return session.proven_time is not None and at < session.proven_time + PROVEN_FOR + _ONCE_MORE


def ask_to_prove(place: str) -> Response:
    """Return the way to the page that asks an officer to prove who is there, and back."""
    return see_other(f"/prove?next={quote(place, safe='/')}")


def provider_facts(request: Request) -> dict[str, str] | None:
    """Return what a page says of the identity provider, None where this hub has none."""
    settings = request.app[PAGES].sign_in
    return {"title": settings.title, "issuer": settings.issuer} if settings.issuer else None


async def me(request: Request, session: Session) -> dict[str, Any]:
    """Return what a page says of whoever is signed in."""
    caller, titles = session.caller, await in_thread(request, request.app[TITLES].all)
    return {
        "officer": caller.officer,
        "department": caller.department,
        "department_title": titles.get(caller.department, ""),
        "duties": sorted(caller.duties),
        "means": session.means,
        "expire_time": session.expire_time.isoformat(),
    }


async def _passkey_view(
    request: Request, template: str, secret: str, action: str, place: str, *, use: str = SIGN_IN, facts: dict[str, Any] | None = None
) -> View:
    pages = request.app[PAGES]
    challenge = await in_thread(request, pages.certs.challenge, secret, use)
    here = f"{request.scheme}://{request.host}"
    told = {"party": {"id": pages.party.id, "origin": pages.party.origin}, "here": here == pages.party.origin, **(facts or {})}
    form = {"token": token_of(secret), "action": action, "challenge": bytes_to_base64url(challenge), "next": place}
    return View(template, told, form, private=True, seed="" if facts else secret)


def _answer_in(form: Form) -> tuple[str, bytes]:
    try:
        return form.text("answer"), base64url_to_bytes(form.text("challenge"))
    except ValueError:
        refused: NotAllowedError = PASSKEY_REFUSED()
        raise refused from None
