"""Who is signed in, and that a form was really sent from our own page.

Two cookies, both HttpOnly and SameSite=Strict: the session, whose secret `certs` issued for a one-time link, and a random form seed for
forms that need no session. A form's token is an HMAC under the secret of its cookie, so neither a foreign page nor a token of another
session fits. Over HTTPS the cookies carry the `__Host-` prefix: no other host and no plain connection can set them.
"""

import hashlib
import hmac
import secrets

from aiohttp.web import Request

from certs.model import Session
from hub.errors import NotSignedInError
from web.cookies import FORM, SESSION, secret_of
from web.forms import Form
from web.pages import PAGES
from web.reasons import FORM_TOKEN, NOT_SIGNED_IN
from web.reception import VISITOR, in_thread
from web.words import know


async def signed_in(request: Request) -> tuple[Session, str]:
    """Return the session of a request and its secret; raise NotSignedInError where it has none, or one that has ended. Others' work is left by it."""
    secret = secret_of(request, SESSION)
    if not secret:
        raise NOT_SIGNED_IN()
    try:
        session = await in_thread(request, request.app[PAGES].certs.session, secret)
    except NotSignedInError:
        request[VISITOR].disprove(secret)
        raise
    request[VISITOR].prove(secret)
    await in_thread(request, know, request, session.caller.department, session.caller.system, session.officer)
    return session, secret


def token_of(secret: str) -> str:
    """Return the token that stands in every form belonging to a cookie's secret."""
    return hmac.new(secret.encode(), b"shuniu form token", hashlib.sha256).hexdigest()


def check_token(form: Form, secret: str) -> None:
    """Refuse a form that our own page did not issue to this browser."""
    if not secret or not hmac.compare_digest(form.text("token").encode(), token_of(secret).encode()):
        raise FORM_TOKEN()


def seed_of(request: Request) -> str:
    """Return the form seed of a browser, a new one where it has none; the page's `seed` gives it to the browser."""
    return secret_of(request, FORM) or secrets.token_urlsafe(32)
