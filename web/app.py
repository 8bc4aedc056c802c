"""The door: one application of all pages, with its headers and its limits, ready to be started by whoever composes the hub."""

import socket
from typing import Final
from warnings import simplefilter

from aiohttp import BadContentDispositionHeader, BadContentDispositionParam
from aiohttp.web import Application, Request, SockSite, StreamResponse, get, post

from hub.limits import Limits
from web.assets import asset
from web.auditing import open_record, record, search_form
from web.auditing import search as search_log
from web.departments import TITLES, Titles
from web.directory import entry, home, search
from web.door import RECEIVE_BUFFER, PageRunner
from web.errors import handle_errors, log_requests
from web.exports import ENDING, directory_file, entry_file
from web.headers import set_headers
from web.identity import PROVIDER, come_back, go, leave, me
from web.inbox import inbox, inbox_file
from web.keeping import keep_words, resume
from web.language import choose_language
from web.lines import LINES, Lines
from web.login import login_page, sign_in, sign_out
from web.mandates import mandates, mandates_file, register_mandate, revoke_mandate
from web.metrics import metrics
from web.officer_import import import_form, list_header, look_at_list, take_list
from web.officers import add_officer, change_officer, officer, officers, officers_file
from web.oidc import IdentityProvider
from web.page import html_handler, json_handler, pair
from web.pages import PAGES, Pages
from web.proposals import decide, proposal, proposals
from web.published import LISTS, SignedLists, checkpoint, delivery_key, health, log_key, status_list, tile, trust_list
from web.reception import RECEPTION, Reception, receive
from web.seal_verifying import seal_form, verify_seal_form, verify_seal_request
from web.signing_in import passkeys, prove, prove_page, register_passkey, remove_passkey, sign_in_page
from web.signing_in import sign_in as sign_in_by_passkey
from web.verifying import code_form, verify_form, verify_request
from web.words import KEEPER, RESUME, Keeper

__all__ = ["Pages", "make_app", "serve", "take_address"]

_ENTRY: Final = "/entries/{id:[0-9a-hjkmnp-tv-z]{26}}"
_LOGIN: Final = "/login/{secret:[A-Za-z0-9_-]{16,128}}"
_PROPOSAL: Final = "/proposals/{id:[0-9a-hjkmnp-tv-z]{26}}"
_RECORD: Final = "/audit/records/{index:0|[1-9][0-9]{0,17}}"
_SHARD: Final = "/status/{shard:0|[1-9][0-9]{0,8}}"


def make_app(pages: Pages) -> Application:
    """Return the application of all pages."""
    simplefilter("ignore", BadContentDispositionHeader)  # the warning would repeat what a stranger sent
    simplefilter("ignore", BadContentDispositionParam)
    # errors inside of the place: the answer to one is made while it is held
    app = Application(middlewares=[log_requests, choose_language, receive, handle_errors, keep_words])
    app[PAGES] = pages
    app[LINES] = Lines()
    app[KEEPER] = Keeper()
    app[RECEPTION] = Reception(pages)
    app.on_cleanup.append(app[RECEPTION].close)
    app[PROVIDER] = IdentityProvider(pages.sign_in, pages.clock)
    app[LISTS] = SignedLists(pages.clock)
    app[TITLES] = Titles(pages.certs, pages.clock)
    app.on_response_prepare.append(_with_headers)
    app.add_routes(
        [
            *pair("GET", "/", home),
            *pair("GET", "/directory", search),
            *pair("GET", _ENTRY, entry),
            get(f"/directory.{ENDING}", directory_file),
            get(f"{_ENTRY}.{ENDING}", entry_file),
            *pair("GET", "/verify", code_form),
            # what the code of a license says as a link; a reader of QR codes may write the whole of it in one case
            get("/v", html_handler(code_form)),
            get("/V", html_handler(code_form)),
            post("/verify", html_handler(verify_form)),
            post("/verify.json", json_handler(verify_request)),
            *pair("GET", "/seals", seal_form),
            post("/seals", html_handler(verify_seal_form)),
            post("/seals.json", json_handler(verify_seal_request)),
            *pair("GET", "/sign-in", sign_in_page),
            post("/sign-in", sign_in_by_passkey),
            get("/sign-in/provider", go),
            get("/sign-in/back", html_handler(come_back)),
            get(RESUME, resume),
            *pair("GET", "/me", me),
            post("/me/leave", leave),
            *pair("GET", "/passkeys", passkeys),
            post("/passkeys", register_passkey),
            post("/passkeys/remove", remove_passkey),
            *pair("GET", "/prove", prove_page),
            post("/prove", prove),
            *pair("GET", "/proposals", proposals),
            *pair("GET", _PROPOSAL, proposal),
            post(f"{_PROPOSAL}/{{step:confirm|decline|take-back}}", html_handler(decide)),
            *pair("GET", "/inbox", inbox),
            get("/inbox.csv", inbox_file),
            *pair("GET", "/officers", officers),
            get("/officers.csv", officers_file),
            post("/officers", html_handler(add_officer)),
            *pair("GET", "/officers/import", import_form),
            get("/officers/import.csv", list_header),
            post("/officers/import", html_handler(look_at_list)),
            post("/officers/import/take", html_handler(take_list)),
            *pair("GET", "/mandates", mandates),
            get("/mandates.csv", mandates_file),
            post("/mandates", html_handler(register_mandate)),
            post("/mandates/revoke", html_handler(revoke_mandate)),
            *pair("GET", "/officer", officer),
            post("/officer/{step:update|deputy|invite|dismiss}", html_handler(change_officer)),
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
            get("/keys/release.pem", delivery_key),
            get("/log/tile/{path:.+}", tile),
            get("/health", health),
            get("/metrics", metrics),
            get("/static/{name}", asset),
        ]
    )
    return app


def take_address(address: str) -> tuple[socket.socket, str]:
    """Take the address at once, so that the pages' own address is known before anything names it; IPv6 hosts stand in brackets.

    Returns the socket, which listens already, and its host:port, where port 0 has become the free one that was taken.
    """
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    # it listens from now on: who comes before the pages are served waits in the kernel's queue
    taken = socket.create_server((host.strip("[]"), int(port)), family=family)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)  # every connection has it from here
    return taken, f"{host}:{taken.getsockname()[1]}"


async def serve(app: Application, taken: socket.socket, limits: Limits) -> PageRunner:
    """Serve the application at an address that was taken, within limits of connections; the `cleanup` of what is returned ends it."""
    runner = PageRunner(app, limits)
    try:
        await runner.setup()
        await SockSite(runner, taken).start()
    # a cancelled start, too, must not leave a server behind
    except BaseException:
        await runner.cleanup()
        raise
    return runner


async def _with_headers(request: Request, response: StreamResponse) -> None:
    set_headers(response, secure=request.app[PAGES].secure_cookies)
