"""The door: one application of all pages, with its headers and its limits, ready to be started by whoever composes the hub."""

import socket
from typing import Any, Final
from warnings import simplefilter

from aiohttp import BadContentDispositionHeader, BadContentDispositionParam
from aiohttp.web import Application, AppRunner, Request, SockSite, StreamResponse, get, post

from licenses import qr
from web.assets import asset
from web.auditing import open_record, record, search_form
from web.auditing import search as search_log
from web.departments import TITLES, Titles
from web.directory import entry, home, search
from web.errors import handle_errors, log_requests
from web.forms import MAX_TEXTS
from web.language import choose_language
from web.login import login_page, sign_in, sign_out
from web.page import html_handler, json_handler, pair
from web.pages import PAGES, Pages
from web.published import LISTS, SignedLists, checkpoint, health, log_key, metrics, status_list, tile, trust_list
from web.verifying import PICTURES, PictureReader, code_form, verify_form, verify_request

__all__ = ["Pages", "make_app", "make_runner", "serve", "take_address"]

_ENTRY: Final = "/entries/{id:[0-9a-hjkmnp-tv-z]{26}}"
_LOGIN: Final = "/login/{secret:[A-Za-z0-9_-]{16,128}}"
_RECORD: Final = "/audit/records/{index:0|[1-9][0-9]{0,17}}"
_SHARD: Final = "/status/{shard:0|[1-9][0-9]{0,8}}"
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_HTTPS_ONLY: Final = "max-age=31536000"  # a year (RFC 6797)


def make_app(pages: Pages) -> Application:
    """Return the application of all pages."""
    simplefilter("ignore", BadContentDispositionHeader)  # the warning would repeat what a stranger sent
    simplefilter("ignore", BadContentDispositionParam)
    app = Application(middlewares=[log_requests, choose_language, handle_errors], client_max_size=qr.MAX_BYTES + MAX_TEXTS)
    app[PAGES] = pages
    app[PICTURES] = PictureReader()
    app[LISTS] = SignedLists(pages.clock)
    app[TITLES] = Titles(pages.certs, pages.clock)
    app.on_response_prepare.append(_with_headers)
    app.add_routes(
        [
            *pair("GET", "/", home),
            *pair("GET", "/directory", search),
            *pair("GET", _ENTRY, entry),
            *pair("GET", "/verify", code_form),
            post("/verify", html_handler(verify_form)),
            post("/verify.json", json_handler(verify_request)),
            *pair("GET", _LOGIN, login_page),
            post(_LOGIN, sign_in),
            post("/logout", sign_out),
            *pair("GET", "/audit", search_form),
            *pair("POST", "/audit", search_log),
            *pair("GET", _RECORD, record),
            *pair("POST", _RECORD, open_record),
            get(_SHARD, status_list),
            get("/trust-list", trust_list),
            get("/log/checkpoint", checkpoint),
            get("/log/log.vkey", log_key),
            get("/log/tile/{path:.+}", tile),
            get("/health", health),
            get("/metrics", metrics),
            get("/static/{name}", asset),
        ]
    )
    return app


def make_runner(app: Application) -> AppRunner:
    """Return the runner with which the application is served: no access log, because an address may hold a login link."""
    settings: dict[str, Any] = {"access_log": None, "keepalive_timeout": 30.0, "lingering_time": 5.0, "max_field_size": 8190}
    return AppRunner(app, handle_signals=False, **settings)


def take_address(address: str) -> tuple[socket.socket, str]:
    """Take the address at once, so that the pages' own address is known before anything names it; IPv6 hosts stand in brackets.

    Returns the socket, which listens already, and its host:port, where port 0 has become the free one that was taken.
    """
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    # it listens from now on: who comes before the pages are served waits in the kernel's queue
    taken = socket.create_server((host.strip("[]"), int(port)), family=family)
    return taken, f"{host}:{taken.getsockname()[1]}"


async def serve(app: Application, taken: socket.socket) -> AppRunner:
    """Serve the application at an address that was taken; the `cleanup` of what is returned ends it."""
    runner = make_runner(app)
    try:
        await runner.setup()
        await SockSite(runner, taken).start()
    # a cancelled start, too, must not leave a server behind
    except BaseException:
        await runner.cleanup()
        raise
    return runner


async def _with_headers(request: Request, response: StreamResponse) -> None:
    response.headers["Server"] = "shuniu"  # instead of the versions of what runs here
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.app[PAGES].secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", _HTTPS_ONLY)
