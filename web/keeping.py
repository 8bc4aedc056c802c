"""Keeps what was typed where a form cannot be taken as it comes, for every form of signed-in people: nothing is lost by signing in again.

The session has ended, the form was made in an earlier one, or a fresh proof is asked for: the browser gets the words to keep (`web.words`), leads
to where somebody signs in or proves who is there, and comes back to the form with the words in it. Nothing is sent by itself.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import quote

from aiohttp.web import Request, Response, StreamResponse, middleware

from hub.errors import NotAllowedError, NotSignedInError, ShuniuError
from web.cookies import SESSION, secret_of
from web.forms import READ, Form, read_form
from web.places import HOME, see_other
from web.reasons import FORM_TOKEN
from web.sessions import check_token, signed_in
from web.words import PERSON, RESUME, WHO, Words, keep, kept, remember_who, typed

_SIGN_IN: Final = f"/sign-in?next={RESUME}"
_PROVE: Final = "/prove?next="
_Handler = Callable[[Request], Awaitable[StreamResponse]]
_Place = Callable[[Request, Form], str]


def _officers(_request: Request, form: Form) -> str:
    department = form.text("department")
    return f"/officers?department={quote(department, safe='')}" if department else "/officers"


def _officer(_request: Request, form: Form) -> str:
    return f"/officer?name={quote(form.text('name'), safe='/')}"


def _same(request: Request, _form: Form) -> str:
    return request.path


def _proposal(request: Request, _form: Form) -> str:
    return f"/proposals/{request.match_info['id']}"


FORMS: Final[Mapping[str, _Place]] = {
    "/officers": _officers,
    "/officer/{step}": _officer,
    "/officers/import": lambda _request, _form: "/officers/import",
    "/officers/import/take": lambda _request, _form: "/officers/import",
    "/mandates": lambda _request, _form: "/mandates",
    "/mandates/revoke": lambda _request, _form: "/mandates",
    "/proposals/{id}/{step}": _proposal,
    "/passkeys": lambda _request, _form: "/passkeys",
    "/passkeys/remove": lambda _request, _form: "/passkeys",
    "/audit": _same,
    "/audit/records/{index}": _same,
}
"""By the route to which a form of signed-in people goes: the page on which it stands."""


async def resume(request: Request) -> Response:
    """Lead whoever has signed in to the form that was being filled in."""
    session, _ = await signed_in(request)
    words = kept(request)
    return see_other(words.place if words else HOME if session.means else "/audit")


@middleware
async def keep_words(request: Request, handler: _Handler) -> StreamResponse:
    """Keep the words of a form that is not taken, and lead on; have each browser know whose words it would keep."""
    resource = request.match_info.route.resource
    page = FORMS.get(resource.canonical) if resource and request.method == "POST" else None
    response = await (_taken(request, handler, page) if page and secret_of(request, WHO) else handler(request))
    if not response.prepared:
        remember_who(request, response)
    return response


async def _taken(request: Request, handler: _Handler, page: _Place) -> StreamResponse:
    try:
        response = await handler(request)
    except NotSignedInError:
        form = await _form_of(request)
        if form is None:
            raise
        return _kept(request, form, page, _SIGN_IN)
    except NotAllowedError as refused:
        # of an earlier session, where the browser itself says that it is a page of ours
        if refused.reason != FORM_TOKEN.name or PERSON not in request or not _is_ours(request):
            raise
        return _kept(request, request.get(READ) or Form({}), page, RESUME)
    if response.status == 303 and response.headers.get("Location", "").startswith(_PROVE):  # noqa: PLR2004
        form = request.get(READ) or Form({})
        return _kept(request, form, page, response.headers["Location"]) if _says_something(form) else response
    return response


def _kept(request: Request, form: Form, page: _Place, place: str) -> Response:
    response = see_other(place)
    keep(request, response, Words(page(request, form), request.path, typed(form.fields)))
    return response


def _says_something(form: Form) -> bool:
    return any(text.strip() for name, text in typed(form.fields).items() if name != "name")


async def _form_of(request: Request) -> Form | None:
    """Return a form that our own page made, None where it is not one; of one with a file nothing is read."""
    if request.content_type == "multipart/form-data":
        return Form({})
    try:
        form = request.get(READ) or await read_form(request)
        # the cookie of the session that has ended is still there; of one before it, the browser's word is needed
        if not _is_ours(request):
            check_token(form, secret_of(request, SESSION))
    except ShuniuError:
        return None
    return form


def _is_ours(request: Request) -> bool:
    """Tell whether the browser itself says that a page of ours sent the form; programs and old browsers say nothing."""
    return request.headers.get("Sec-Fetch-Site") == "same-origin"
