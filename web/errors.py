"""From an error to an answer: a page in the reader's language, or JSON in both, with the HTTP status of the error."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp.hdrs import METH_ALL
from aiohttp.web import HTTPException, Request, Response, StreamResponse, middleware

from hub.errors import LimitError, ShuniuError
from hub.reasons import INTERNAL
from shuniu.places import places_of
from web.forms import too_large
from web.page import View, as_html, as_json
from web.reasons import METHOD, NO_SUCH_PAGE, REQUEST_MALFORMED, TOOK_TOO_LONG

log = logging.getLogger(__name__)
SECONDS: Final = 30.0
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
    if isinstance(error, LimitError):
        response.force_close()  # the rest of a body that was too large stays unread
    return response


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
        return answer(request, _of_http(error))
    except Exception as error:  # noqa: BLE001 - the last border
        log.error("internal error: %s at %s", type(error).__name__, places_of(error))  # noqa: TRY400 - its text may hold personal data
        return answer(request, INTERNAL())


@middleware
async def log_requests(request: Request, handler: _Handler) -> StreamResponse:
    """Log one line a request: method, the route's pattern (an address may hold a login link), status and milliseconds."""
    start = time.perf_counter()
    response = await handler(request)
    resource = request.match_info.route.resource
    method = request.method if request.method in METH_ALL else "-"  # any word may stand there
    log.info("%s %s %d %.0f ms", method, resource.canonical if resource else "-", response.status, (time.perf_counter() - start) * 1000)
    return response


def _of_http(error: HTTPException) -> ShuniuError:
    """Return our error for one that aiohttp raised itself."""
    if error.status == 405:  # noqa: PLR2004
        return METHOD()
    if error.status == 413:  # noqa: PLR2004
        return too_large()
    if error.status < 500 and error.status != 404:  # noqa: PLR2004
        return REQUEST_MALFORMED()
    return NO_SUCH_PAGE()


def _is_page(path: str) -> bool:
    return not (path.endswith((".json", ".css", ".svg", ".ico")) or path.startswith(("/status/", "/trust-list", "/log/", "/health")))
