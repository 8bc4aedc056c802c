"""Sign in by the identity provider, and the page of citizens and companies' representatives.

Nothing of a sign-in under way is kept here. The browser gets a secret in a cookie of its own; `state` is a challenge for that browser, and nonce
and PKCE verifier follow from the secret and the state, so that another browser can bring the return of neither.

The browser comes back led by another site. It then brings no cookie that is SameSite=Strict, and would bring none to where a redirect sends it
either; so the page to which it comes back sets the session's cookie and opens the next page by itself, which is our own doing.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any, Final

from aiohttp.web import AppKey, Request, Response, StreamResponse
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from certs.model import Identity, Person, PersonalSession, Standing
from certs.reasons import IDENTITY_INCOMPLETE, IDENTITY_REFUSED
from hub.errors import InvalidInputError, NotSignedInError
from hub.identifiers import CITIZEN, USCC
from hub.subject import Subject
from shuniu.words import Word
from web.cookies import SESSION, WAY, delete_cookie, secret_of, set_cookie
from web.forms import read_form
from web.id_token import proven_at
from web.oidc import IdentityProvider, Way
from web.page import View, as_html
from web.pages import PAGES
from web.places import local_place, see_other
from web.reasons import NOT_SIGNED_IN_HERE
from web.reception import VISITOR, in_thread
from web.sessions import check_token, token_of

PROVIDER: Final = AppKey("provider", IdentityProvider)
ME: Final = "/me"
_OFFICER: Final = "officer"
_SELF: Final = "self"
_LONGEST: Final = 4_096
_WHO: Final[Mapping[str, Word]] = {
    _OFFICER: Word("officer", "officer of which department", "部门和经办人"),
    _SELF: Word("person", "citizen or company", "个人或企业"),
}


async def go(request: Request) -> Response:
    """Lead the browser to the provider."""
    who = _OFFICER if request.query.get("as") == _OFFICER else _SELF
    use = _use(who, local_place(request), again=request.query.get("again") == "1")
    seed = secret_of(request, WAY) or secrets.token_urlsafe(32)
    state = await in_thread(request, request.app[PAGES].certs.challenge, seed, use)
    request[VISITOR].rest()  # a provider that hangs holds no place of the strangers
    response = see_other(await request.app[PROVIDER].address(_way(request, seed, state, use)))
    set_cookie(request, response, WAY, seed)
    return response


async def come_back(request: Request) -> StreamResponse:
    """Take who the provider says it is, begin a session and open the next page."""
    seed, state, use = secret_of(request, WAY), *_state_in(request)
    certs, code = request.app[PAGES].certs, request.query.get("code", "")
    await in_thread(request, certs.check_state, state, seed, use)
    if not 0 < len(code) <= _LONGEST:
        raise IDENTITY_REFUSED()  # the person turned back, or the provider let nobody in
    request[VISITOR].rest()
    way = _way(request, seed, state, use)
    claims = await request.app[PROVIDER].claims(way, code, request.query.get("iss", ""))
    who, place = use.split()[1], use.split()[2]
    secret = await in_thread(request, _begin, request, who, claims, state)
    if who == _OFFICER:
        request[VISITOR].prove(secret)  # citizens wait with everybody who is no department's
    place = place if who == _OFFICER else ME
    response = as_html(request, View("arrived.html", {"place": place}, private=True))
    response.headers["Refresh"] = f"0; url={place}"
    set_cookie(request, response, SESSION, secret)
    delete_cookie(request, response, WAY)
    return response


async def me(request: Request) -> View:
    """Show somebody who signed in as a citizen or for a company what there is: who they are, and that it is nothing else yet."""
    session, secret = await person_of(request)
    person = session.person
    facts = {
        "standing": person.standing.value,
        "name": person.name,
        "company_name": person.company_name,
        "id": person.id if person.standing is Standing.COMPANY else f"{person.id[:6]}********{person.id[-4:]}",
        "expire_time": session.expire_time.isoformat(),
    }
    return View("me.html", facts, {"token": token_of(secret)}, private=True)


async def leave(request: Request) -> Response:
    """End the session, here and in the hub."""
    secret = secret_of(request, SESSION)
    check_token(await read_form(request), secret)
    await in_thread(request, request.app[PAGES].certs.end_person, secret)
    response = see_other("/")
    delete_cookie(request, response, SESSION)
    return response


async def person_of(request: Request) -> tuple[PersonalSession, str]:
    """Return the session of a citizen or a representative and its secret; raise NotSignedInError where there is none."""
    secret = secret_of(request, SESSION)
    if not secret:
        raise NOT_SIGNED_IN_HERE()
    try:
        session = await in_thread(request, request.app[PAGES].certs.person, secret)
    except NotSignedInError:
        raise NOT_SIGNED_IN_HERE() from None
    return session, secret


def _begin(request: Request, who: str, claims: Mapping[str, Any], state: bytes) -> str:
    """Begin the session of whoever the claims name; return its secret."""
    pages = request.app[PAGES]
    settings, at = pages.sign_in, pages.clock.now()
    identity = Identity(issuer=settings.issuer, subject=claims["sub"], proven_time=proven_at(claims, at))
    if who == _OFFICER:
        department, number = _text(claims, settings.department), _text(claims, settings.officer)
        if not (department and number):
            raise IDENTITY_INCOMPLETE(who=_WHO[who])
        secret, _ = pages.certs.sign_in_officer(identity, department, number, state)
        return secret
    company, citizen = _text(claims, settings.company), _text(claims, settings.id_number)
    standing, domain, told = (Standing.COMPANY, USCC, company) if company else (Standing.CITIZEN, CITIZEN, citizen)
    try:
        subject = Subject(domain, told)
    except InvalidInputError:  # no number, or none that holds; its fault is the provider's to hear, and the number is in no message
        raise IDENTITY_INCOMPLETE(who=_WHO[who]) from None
    person = Person(standing=standing, id=subject.id, name=_text(claims, settings.person), company_name=_text(claims, settings.company_name))
    return pages.certs.sign_in_person(identity, person, state)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.strip()[:200] if isinstance(value, str) else ""


def _use(who: str, place: str, *, again: bool) -> str:
    return f"provider {who} {place} {'again' if again else 'once'}"


def _state_in(request: Request) -> tuple[bytes, str]:
    """Return the challenge in `state`, and for what it was made; the challenge's own digest says whether both belong together."""
    head, _, use = request.query.get("state", "")[:_LONGEST].partition("~")
    parts = use.split("~")
    try:
        state = base64url_to_bytes(head)
    except ValueError:
        state = b""
    if not state or len(parts) != 3 or parts[0] not in _WHO or local_place(request, parts[1]) != parts[1]:  # noqa: PLR2004 - who, place, again
        raise IDENTITY_REFUSED()
    return state, _use(parts[0], parts[1], again=parts[2] == "again")


def _way(request: Request, seed: str, state: bytes, use: str) -> Way:
    _, who, place, again = use.split()
    told = f"{bytes_to_base64url(state)}~{who}~{place}~{again}"
    origin = request.app[PAGES].party.origin
    return Way(f"{origin}/sign-in/back", told, _of(seed, b"nonce", state), _of(seed, b"verifier", state), again == "again")


def _of(seed: str, label: bytes, state: bytes) -> str:
    """Return a secret of one sign-in: known to whoever has the browser's secret, and to nobody who sees the address."""
    return base64.urlsafe_b64encode(hmac.new(seed.encode(), b"shuniu " + label + state, hashlib.sha256).digest()).rstrip(b"=").decode()
