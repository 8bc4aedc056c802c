"""From an error to an answer: the HTTP status, a page in both languages with code, reason and next action, or the same as JSON."""

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp.web import HTTPException, Request, Response, StreamResponse, middleware

from hub.errors import (
    DeadlineError,
    InvalidInputError,
    LimitError,
    NotFoundError,
    ShuniuError,
)
from web.page import View, as_html, as_json

log = logging.getLogger(__name__)
SECONDS: Final = 30.0
TOO_LARGE: Final = "BODY_TOO_LARGE"
_Handler = Callable[[Request], Awaitable[StreamResponse]]

_OF_REASON: Final[Mapping[str, int]] = {"METHOD": 405, TOO_LARGE: 413, "FORM_TYPE": 415}
_INTERNAL: Final = ShuniuError("internal error", zh="系统内部错误", next_action="try again; if it stays, tell the operator the time it happened")


def status_of(error: ShuniuError) -> int:
    """Return the HTTP status of an error."""
    return _OF_REASON.get(error.reason) or error.http


def facts_of(error: ShuniuError) -> dict[str, Any]:
    """Return what may be told of an error."""
    return {
        "status": status_of(error),
        "code": error.code,
        "reason": error.reason,
        "field": error.field,
        "message": {"zh": error.zh, "en": error.message},
        "next_action": error.next_action,
    }


def answer(request: Request, error: ShuniuError) -> Response:
    """Return the page of an error, JSON where the address is no page."""
    view = View("error.html", {"error": facts_of(error)}, status=status_of(error), private=True)
    response = as_html(request, view) if _is_page(request.path) else as_json(view)
    if (wait := getattr(error, "retry_after", 0.0)) > 0:
        response.headers["Retry-After"] = str(max(1, round(wait)))
    if response.status == 401:  # noqa: PLR2004 - RFC 9110 section 15.5.2 asks for the header
        response.headers["WWW-Authenticate"] = 'Login-Link realm="audit"'
    if isinstance(error, LimitError):
        response.force_close()  # what is left of a body that was too large is not read
    return response


@middleware
async def refusing(request: Request, handler: _Handler) -> StreamResponse:
    """Turn every error into an answer; of an unknown one only its kind and its place in the code go to the log, never its text."""
    try:
        async with asyncio.timeout(SECONDS):
            return await handler(request)
    except ShuniuError as error:
        return answer(request, error)
    except TimeoutError:
        return answer(request, DeadlineError("the request took too long", zh="请求超时", next_action="try again"))
    except HTTPException as error:
        return answer(request, _of_http(error))
    except Exception as error:  # noqa: BLE001 - the last border
        trace = "".join(traceback.format_tb(error.__traceback__))  # frames alone: an error's text may hold personal data
        log.error("internal error: %s\n%s", type(error).__name__, trace)  # noqa: TRY400 - the exception itself is not to be logged
        return answer(request, _INTERNAL)


@middleware
async def noting(request: Request, handler: _Handler) -> StreamResponse:
    """Log one line a request: method, the route's pattern (an address may hold a login link), status and milliseconds."""
    start = time.perf_counter()
    response = await handler(request)
    resource = request.match_info.route.resource
    log.info("%s %s %d %.0f ms", request.method, resource.canonical if resource else "-", response.status, (time.perf_counter() - start) * 1000)
    return response


def _of_http(error: HTTPException) -> ShuniuError:
    if error.status == 405:  # noqa: PLR2004
        return InvalidInputError("this address does not take that method", zh="该地址不支持此请求方法", reason="METHOD")
    if error.status == 413:  # noqa: PLR2004
        return LimitError("the request is too large", zh="请求内容过大", reason=TOO_LARGE)
    if error.status < 500 and error.status != 404:  # noqa: PLR2004
        return InvalidInputError("the request is not well formed", zh="请求格式错误")
    return NotFoundError("there is no such page", zh="页面不存在", next_action="begin at the first page")


def _is_page(path: str) -> bool:
    return not (path.endswith((".json", ".css", ".svg", ".ico")) or path.startswith(("/status/", "/trust-list", "/log/", "/health")))
