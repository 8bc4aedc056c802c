"""A practice identity provider for the demo: OpenID Connect with invented people, and no password. For this machine alone, and never for real use.

It exists in `shuniu demo`, and refuses to stand anywhere but on a loopback address.
"""

import asyncio
import base64
import hashlib
import hmac
import html
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import urlencode, urlsplit

from aiohttp.web import Application, AppRunner, HTTPBadRequest, Request, Response, TCPSite, get, json_response, post
from joserfc import jwt
from joserfc.jwk import ECKey

from shuniu.joining.hosts import is_loopback

CLIENT: Final = "shuniu"
CODE_SECONDS: Final = 60.0
MOST_CODES: Final = 1_024
_TOKEN_SECONDS: Final = 300
_PAGE: Final = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><title>演练用身份认证 Practice identity provider</title><style>
body{{font:1rem/1.6 sans-serif;max-width:40rem;margin:0 auto;padding:1rem}}
.mark{{background:#8a1f11;color:#fff;padding:.6rem 1rem;font-weight:bold}}
button{{display:block;width:100%;text-align:left;font:inherit;padding:.7rem 1rem;margin:.5rem 0;background:#fff;border:1px solid #555}}
</style></head><body><main>
<p class="mark">演练 PRACTICE · 虚构人员，不需要口令 invented people, no password</p>
<h1>选择人员 Choose who you are</h1>
<form method="post" action="/authorize?{query}">{people}</form>
</main></body></html>"""


class ElsewhereError(ValueError):
    """The practice provider was to stand, or to lead, somewhere other than on this machine."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Somebody invented: what the page shows, and what the provider says of the person."""

    title: str
    claims: Mapping[str, Any]


@dataclass(slots=True)
class _Code:
    asked: Mapping[str, str]
    person: Stand
    made: float = field(default_factory=time.monotonic)


class PracticeProvider:
    """The provider, served from a thread of its own until it is closed."""

    def __init__(self, people: Sequence[Stand], doors: Sequence[str] = (), host: str = "127.0.0.1") -> None:
        """Take the people, and the addresses at which the hub of the demo listens; raise ElsewhereError where any of all is not on this machine."""
        refuse_elsewhere(f"[{host}]" if ":" in host else host, *doors)
        self.people, self._host = tuple(people), host
        self.secret, self.issuer = secrets.token_urlsafe(32), ""
        self.key = ECKey.generate_key("P-256", {"kid": "practice-1", "use": "sig"}, private=True)
        self._codes: dict[str, _Code] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="practice-provider", daemon=True)
        self._runner: AppRunner | None = None

    def __enter__(self) -> Self:
        """Serve."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(10)
        return self

    def __exit__(self, *_error: object) -> None:
        """Serve no more."""
        if self._runner is not None:
            asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self) -> None:
        app = Application()
        routes = [get("/.well-known/openid-configuration", self.discovery), get("/jwks", self.jwks), get("/authorize", self.choose)]
        app.add_routes([*routes, post("/authorize", self.chosen), post("/token", self.token)])
        self._runner = AppRunner(app, access_log=None)
        await self._runner.setup()
        site = TCPSite(self._runner, self._host, 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.issuer = f"http://{self._host}:{port}"

    async def discovery(self, _request: Request) -> Response:
        """Say where everything is."""
        return json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def jwks(self, _request: Request) -> Response:
        """Give the public key."""
        return json_response({"keys": [self.key.as_dict(private=False)]})

    async def choose(self, request: Request) -> Response:
        """Show the people."""
        _check(request.query)
        people = "".join(f'<button name="who" value="{at}">{html.escape(one.title)}</button>' for at, one in enumerate(self.people))
        page = _PAGE.format(query=html.escape(request.rel_url.raw_query_string), people=people)
        return Response(text=page, content_type="text/html", charset="utf-8")

    async def chosen(self, request: Request) -> Response:
        """Lead back to the hub with a code."""
        _check(request.query)
        who = str((await request.post()).get("who", ""))
        if not (who.isascii() and who.isdigit() and int(who) < len(self.people)):
            raise HTTPBadRequest
        while len(self._codes) >= MOST_CODES:
            self._codes.pop(next(iter(self._codes)))
        code = secrets.token_urlsafe(32)
        self._codes[code] = _Code(dict(request.query), self.people[int(who)])
        back = {"code": code, "state": request.query.get("state", ""), "iss": self.issuer}
        return Response(status=303, headers={"Location": f"{request.query['redirect_uri']}?{urlencode(back)}"})

    async def token(self, request: Request) -> Response:
        """Give an ID token for a code: once, to the hub alone, and to whoever began."""
        form = await request.post()
        found = self._codes.pop(str(form.get("code", "")), None)
        given = request.headers.get("Authorization", "").removeprefix("Basic ")
        wanted = base64.b64encode(f"{CLIENT}:{self.secret}".encode()).decode()
        if found is None or not hmac.compare_digest(given.encode(), wanted.encode()) or time.monotonic() - found.made > CODE_SECONDS:
            return json_response({"error": "invalid_grant"}, status=400)
        verifier = hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest()
        same = (base64.urlsafe_b64encode(verifier).rstrip(b"=").decode(), str(form.get("redirect_uri", "")))
        if same != (found.asked.get("code_challenge"), found.asked.get("redirect_uri")):
            return json_response({"error": "invalid_grant"}, status=400)
        answer = {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": _TOKEN_SECONDS}
        return json_response({**answer, "id_token": self.id_token(found.person, found.asked.get("nonce", ""))})

    def id_token(self, person: Stand, nonce: str, **changed: Any) -> str:
        """Return the ID token of a person."""
        at = int(time.time())
        times = {"iat": at, "exp": at + _TOKEN_SECONDS, "auth_time": at}
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": person.title, "nonce": nonce, **times, **person.claims, **changed}
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key)


def refuse_elsewhere(*addresses: str) -> None:
    """Raise ElsewhereError for the first address that is not on this machine alone."""
    for one in addresses:
        if not is_loopback(_host_of(one)):
            raise ElsewhereError(one)


def _check(query: Mapping[str, str]) -> None:
    """Refuse what no sign-in of the demo's hub asks for."""
    right = query.get("client_id") == CLIENT and query.get("response_type") == "code" and query.get("code_challenge_method") == "S256"
    if not (right and query.get("code_challenge") and is_loopback(_host_of(query.get("redirect_uri", "")))):
        raise HTTPBadRequest


def _host_of(address: str) -> str:
    """Return the host of host:port or of a URL; empty where there is none."""
    try:
        return urlsplit(address if "://" in address else f"//{address}").hostname or ""
    except ValueError:
        return ""
