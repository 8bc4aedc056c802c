"""From an error to an answer: a page in the reader's language, or JSON in both, with the HTTP status of the error."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp.web import HTTPException, Request, RequestKey, Response, StreamResponse, middleware

from hub.errors import DeadlineError, LimitError, ShuniuError
from hub.reasons import INTERNAL
from shuniu.codes.qr import MAX_BYTES
from web.lines import LINES
from web.page import View, as_html, as_json
from web.pages import PAGES
from web.reasons import BODY_TOO_LARGE, METHOD, NO_SUCH_PAGE, REQUEST_MALFORMED, TOOK_TOO_LONG
from web.refused_sign_ins import REASONS as REFUSED_SIGN_INS

SECONDS: Final = 30.0
REFUSED: Final = RequestKey("refused", str)
"""The reason of the refusal with which a request was answered."""
_Handler = Callable[[Request], Awaitable[StreamResponse]]


def facts_of(error: ShuniuError) -> dict[str, Any]:
    """Return what the caller may know of an error."""
    return {
        "status": error.http,
        "code": error.code,
        "reason": error.reason,
        "field": error.field,
        "message": {"zh": error.zh, "en": error.message},
        "next_action": error.next_action,
        "next_action_zh": error.next_action_zh,
    }


def answer(request: Request, error: ShuniuError) -> Response:
    """Return the page of an error, JSON where the address is not a page."""
    view = View("error.html", {"error": facts_of(error)}, status=error.http, private=True)
    response = as_html(request, view) if _is_page(request.path) else as_json(view)
    if error.retry_after > 0:
        response.headers["Retry-After"] = str(max(1, round(error.retry_after)))
    if response.status == 401:  # noqa: PLR2004 - RFC 9110 section 15.5.2 asks for the header
        response.headers["WWW-Authenticate"] = 'Login-Link realm="audit"'
    if isinstance(error, LimitError | DeadlineError):
        response.force_close()  # the rest of a body that was too large, or too slow, stays unread
    request[REFUSED] = error.reason
    return response


def too_large(most: int = MAX_BYTES) -> LimitError:
    """Return the refusal of a body of more than so many bytes, where nobody says how many as large as the largest that any page takes."""
    return BODY_TOO_LARGE(most=max(most >> 20, 1))


@middleware
async def handle_errors(request: Request, handler: _Handler) -> StreamResponse:
    """Turn every error into an answer; of an unknown one only its kind and its place in the code go to the log, never its text."""
    try:
        # the answer comes in time; work in a thread cannot be stopped and ends by itself
        async with asyncio.timeout(SECONDS):
            return await handler(request)
    except ShuniuError as error:
        return answer(request, error)
    except TimeoutError:
        return answer(request, TOOK_TOO_LONG())
    except HTTPException as error:
        if error.status >= 500:  # noqa: PLR2004
            request.app[LINES].fault(error)
        return answer(request, _of_http(error))
    except Exception as error:  # noqa: BLE001 - the last border
        request.app[LINES].fault(error)
        return answer(request, INTERNAL())


@middleware
async def log_requests(request: Request, handler: _Handler) -> StreamResponse:
    """Log one line a request: the route's method and pattern (an address may hold a login link), status and milliseconds; refusals are counted."""
    start = time.perf_counter()
    response = await handler(request)
    if reason := request.get(REFUSED):
        request.app[PAGES].strangers_refused.note(reason)
        if reason in REFUSED_SIGN_INS:
            request.app[PAGES].sign_in_failed(reason)
    else:
        route = request.match_info.route
        pattern = route.resource.canonical if route.resource else "-"
        request.app[LINES].request(route.method, pattern, response.status, time.perf_counter() - start)
    return response


def _of_http(error: HTTPException) -> ShuniuError:
    """Return our error for one that aiohttp raised itself."""
    if error.status == 405:  # noqa: PLR2004
        return METHOD()
    if error.status == 413:  # noqa: PLR2004
        return too_large()
    if error.status == 404:  # noqa: PLR2004
        return NO_SUCH_PAGE()
    return REQUEST_MALFORMED() if error.status < 500 else INTERNAL()  # noqa: PLR2004


_FILES: Final = (".json", ".css", ".js", ".svg", ".ico", ".ttl", ".jsonld", ".csv")


def _is_page(path: str) -> bool:
    return not (path.endswith(_FILES) or path.startswith(("/status/", "/trust-list", "/log/", "/health")))
