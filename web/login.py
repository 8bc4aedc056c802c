"""Sign in by a one-time link, sign out by a button. Opening the link changes nothing, so that a preview in a messenger does not use it up."""

from aiohttp.web import Request, Response

from web.cookies import FORM, SESSION, delete_cookie, secret_of, set_cookie
from web.forms import read_form
from web.page import View
from web.pages import PAGES
from web.places import see_other
from web.reception import VISITOR, in_thread
from web.sessions import check_token, seed_of, token_of


async def login_page(request: Request) -> View:
    """Show the button that uses the link."""
    seed = seed_of(request)
    facts = {"usable_once": True, "method": "POST"}
    return View("login.html", facts, {"token": token_of(seed), "action": request.rel_url.raw_path}, private=True, seed=seed)


async def sign_in(request: Request) -> Response:
    """Use the link: a fresh session begins, whatever cookie the browser had before."""
    # before the link is used: it works once, and a foreign page must not use it up
    check_token(await read_form(request), secret_of(request, FORM))
    secret, session = await in_thread(request, request.app[PAGES].certs.redeem_login_link, request.match_info["secret"])
    request[VISITOR].prove(secret)
    # an officer's own link: first a passkey, so that no other link is needed
    response = see_other("/passkeys" if session.means else "/audit")
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
    return response
