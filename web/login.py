"""Sign in by a one-time link, sign out by a button. Opening the link changes nothing, so that a preview in a messenger does not use it up.

A link may name the page that it opens (`?next=/inbox`). Where the pages are this machine's alone, the page then presses its button by itself, by
a script of ours: whoever was shown the link in a terminal is at the inbox with one click, and no messenger reaches it.
"""

from aiohttp.web import Request, Response

from shuniu.joining.hosts import is_loopback
from web.cookies import FORM, SESSION, delete_cookie, secret_of, set_cookie
from web.forms import read_form
from web.page import View
from web.pages import PAGES
from web.places import local_place, see_other
from web.reception import VISITOR, in_thread
from web.sessions import check_token, seed_of, token_of
from web.words import WHO, forget


async def login_page(request: Request) -> View:
    """Show the button that uses the link."""
    seed = seed_of(request)
    facts = {"usable_once": True, "method": "POST"}
    place = local_place(request) if "next" in request.query else ""
    form = {"token": token_of(seed), "action": request.rel_url.raw_path, "next": place, "at_once": bool(place) and _is_here(request)}
    return View("login.html", facts, form, private=True, seed=seed)


def _is_here(request: Request) -> bool:
    """Tell whether nobody but this machine reaches the pages: neither by the address that the hub gives out, nor by the one that was asked for."""
    return is_loopback(request.app[PAGES].party.id) and is_loopback(request.url.host or "")


async def sign_in(request: Request) -> Response:
    """Use the link: a fresh session begins, whatever cookie the browser had before."""
    # before the link is used: it works once, and a foreign page must not use it up
    form = await read_form(request)
    check_token(form, secret_of(request, FORM))
    secret, session = await in_thread(request, request.app[PAGES].certs.redeem_login_link, request.match_info["secret"])
    request[VISITOR].prove(secret)
    # an officer's own link: where it names no page, first a passkey, so that no other link is needed
    wanted = form.text("next")
    response = see_other("/audit" if not session.means else local_place(request, wanted) if wanted else "/passkeys")
    set_cookie(request, response, SESSION, secret)
    return response


async def sign_out(request: Request) -> Response:
    """End the session, here and in the hub."""
    secret = secret_of(request, SESSION)
    check_token(await read_form(request), secret)
    await in_thread(request, request.app[PAGES].certs.end_session, secret)
    request[VISITOR].disprove(secret)
    response = see_other("/")
    delete_cookie(request, response, SESSION)
    delete_cookie(request, response, WHO)
    forget(request, response)
    return response
