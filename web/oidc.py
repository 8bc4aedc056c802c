"""The identity provider as this hub asks it: discovery, the way there, and a code that becomes claims (OpenID Connect, PKCE by S256).

What it answers is read with an end in time and in size, from addresses that it names itself and that are over TLS or on this machine; no
redirect is followed. Its keys are kept, and asked for again where a token names one that is not among them, at most once a minute.
"""

import asyncio
import base64
import hashlib
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout

from certs.reasons import IDENTITY_REFUSED
from hub.clock import Clock
from hub.reasons.operation import FILE_UNREADABLE
from hub.sign_in import SignIn, may_be_asked
from web.id_token import Expected, UnknownKeyError, judged
from web.reasons import CLIENT_SECRET_READABLE, IDENTITY_OFF, IDENTITY_PROVIDER_FAILED

SECONDS: Final = 5.0
MOST_BYTES: Final = 256 * 1024
MOST_KEYS: Final = 64
AT_ONCE: Final = 16
"""Sign-ins that ask the provider at a time: one that hangs holds up nothing but sign-in."""
KEPT_SECONDS: Final = 3_600.0
AGAIN_SECONDS: Final = 60.0
FAILED_SECONDS: Final = 2.0
"""How long a provider that failed is left alone: whoever presses the button again and again does not become its flood."""


@dataclass(frozen=True, slots=True)
class Way:
    """One sign-in under way: where the browser comes back to, and what only it and this hub know."""

    back: str
    state: str
    nonce: str
    verifier: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """What the provider says of itself."""

    authorization: str
    token: str
    keys: str
    userinfo: str
    posts_secret: bool
    names_itself: bool


class IdentityProvider:
    """The provider that the configuration names. Belongs to one event loop; what it keeps is what the provider publishes, in each process."""

    def __init__(self, settings: SignIn, clock: Clock) -> None:
        """Take the settings and the clock; reads the files that they name, and asks nobody yet."""
        self.settings, self._clock = settings, clock
        self._secret = _secret_in(settings.secret)
        self._trust = _trust_of(settings.ca)
        self._known: _Known | None = None
        self._keys: tuple[Mapping[str, Any], ...] = ()
        self._known_since = self._keys_since = self._asked_anew = self._failed_since = float("-inf")
        self._lock, self._turns = asyncio.Lock(), asyncio.Semaphore(AT_ONCE)

    @property
    def is_configured(self) -> bool:
        """Tell whether there is a provider."""
        return bool(self.settings.issuer)

    async def address(self, way: Way) -> str:
        """Return the address at the provider to which the browser goes."""
        known = await self._discover()
        scopes = ("openid", *(one for one in self.settings.scopes if one != "openid"))
        asked = {
            "response_type": "code",
            "client_id": self.settings.client,
            "redirect_uri": way.back,
            "scope": " ".join(scopes),
            "state": way.state,
            "nonce": way.nonce,
            "code_challenge": _s256(way.verifier),
            "code_challenge_method": "S256",
            # max_age makes the provider say when the person proved it last, and prompt that this is now
            **({"prompt": "login", "max_age": "300"} if way.again else {}),
        }
        return f"{known.authorization}{'&' if '?' in known.authorization else '?'}{urlencode(asked, quote_via=quote)}"

    async def claims(self, way: Way, code: str, issuer: str) -> dict[str, Any]:
        """Return what the provider says of whoever came back with a code; `issuer` is who says so in the address (RFC 9207)."""
        known = await self._discover()
        if issuer != self.settings.issuer and (issuer or known.names_itself):
            raise IDENTITY_REFUSED()
        answer = await self._exchange(known, way, code)
        token, access = answer.get("id_token"), answer.get("access_token")
        if not isinstance(token, str):
            raise IDENTITY_REFUSED()
        expected = Expected(self.settings.issuer, self.settings.client, way.nonce, self._clock.now(), way.again)
        try:
            claims = judged(token, await self._keys_at(known), expected)
        except UnknownKeyError:
            claims = await self._judged_anew(known, token, expected)
        if known.userinfo and isinstance(access, str):
            claims = {**await self._more(known, access, claims["sub"]), **claims}
        return claims

    async def _judged_anew(self, known: _Known, token: str, expected: Expected) -> dict[str, Any]:
        try:
            return judged(token, await self._keys_at(known, newer=True), expected)
        except UnknownKeyError:
            raise IDENTITY_REFUSED() from None

    async def _exchange(self, known: _Known, way: Way, code: str) -> dict[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": way.back, "code_verifier": way.verifier}
        if known.posts_secret or not self._secret:
            form |= {"client_id": self.settings.client, **({"client_secret": self._secret} if self._secret else {})}
            headers = {}
        else:
            # RFC 6749 section 2.3.1: both parts are encoded as in a form before they are put together
            both = ":".join(quote(one, safe="") for one in (self.settings.client, self._secret))
            headers = {"Authorization": f"Basic {base64.b64encode(both.encode()).decode()}"}
        return await self._ask("POST", known.token, data=form, headers=headers)

    async def _more(self, known: _Known, access: str, subject: str) -> dict[str, Any]:
        """Return the claims that are told only to whoever asks with the access token; they have to be of the same person."""
        found = await self._ask("GET", known.userinfo, headers={"Authorization": f"Bearer {access}"})
        if found.get("sub") != subject:
            raise IDENTITY_REFUSED()
        return found

    async def _discover(self) -> _Known:
        if not self.is_configured:
            raise IDENTITY_OFF()
        async with self._lock:  # of many who come at once, one asks
            now = time.monotonic()
            if self._known is None or now - self._known_since > KEPT_SECONDS:
                if now - self._failed_since < FAILED_SECONDS:
                    raise IDENTITY_PROVIDER_FAILED()
                try:
                    self._known = self._read(await self._ask("GET", f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"))
                except BaseException:
                    self._failed_since = time.monotonic()  # those who waited meanwhile are told the same at once
                    raise
                self._known_since = now
            return self._known

    def _read(self, document: Mapping[str, Any]) -> _Known:
        """Return what a discovery document says; one of another issuer, or with addresses to which no secret may be sent, says nothing."""
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        addresses = [document.get(name) for name in names]
        userinfo = document.get("userinfo_endpoint", "")
        told = [one for one in (*addresses, userinfo or document.get("jwks_uri")) if isinstance(one, str) and may_be_asked(one)]
        methods = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if document.get("issuer") != self.settings.issuer or len(told) != len(names) + 1 or not isinstance(methods, list):
            raise IDENTITY_PROVIDER_FAILED()
        names_itself = document.get("authorization_response_iss_parameter_supported") is True
        return _Known(told[0], told[1], told[2], userinfo, "client_secret_basic" not in methods, names_itself)

    async def _keys_at(self, known: _Known, *, newer: bool = False) -> tuple[Mapping[str, Any], ...]:
        """Return the provider's keys as they are kept; `newer` asks for them again, unless that was done within the last minute."""
        async with self._lock:
            now = time.monotonic()
            again = newer and now - max(self._asked_anew, self._keys_since) > AGAIN_SECONDS
            if again:
                self._asked_anew = now  # whether it answers or not
            if again or now - self._keys_since > KEPT_SECONDS:
                found = (await self._ask("GET", known.keys)).get("keys")
                self._keys = tuple(one for one in found if isinstance(one, dict))[:MOST_KEYS] if isinstance(found, list) else ()
                self._keys_since = now
            return self._keys

    async def _ask(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        try:
            # A connection of its own: sign-ins are few, and nothing is kept open at a provider that may hang.
            async with (
                self._turns,
                ClientSession(timeout=_PATIENCE, trust_env=False, auto_decompress=False, headers=_PLAIN) as client,
                client.request(method, address, allow_redirects=False, ssl=self._trust, **more) as answer,
            ):
                status, body = answer.status, b""
                while len(body) <= MOST_BYTES and (piece := await answer.content.read(MOST_BYTES)):
                    body += piece
        except (ClientError, TimeoutError, OSError, ValueError):
            raise IDENTITY_PROVIDER_FAILED() from None
        if status in _ITS_REFUSALS:
            raise IDENTITY_REFUSED()
        found = _object_in(body) if status == _FINE and len(body) <= MOST_BYTES else None
        if found is None:
            raise IDENTITY_PROVIDER_FAILED()
        return found


_PATIENCE: Final = ClientTimeout(total=SECONDS)
_PLAIN: Final = {"Accept": "application/json", "Accept-Encoding": "identity"}
_FINE: Final = 200
_ITS_REFUSALS: Final = frozenset({400, 401, 403})
"""How a provider answers to a code that it did not give, or gave to somebody else, or that was used."""


def _object_in(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _secret_in(file: str) -> str:
    """Return the client secret; a file that others may read is refused."""
    if not file:
        return ""
    path = Path(file)
    try:
        if path.stat().st_mode & 0o077:
            raise CLIENT_SECRET_READABLE(path=path)
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise FILE_UNREADABLE(key="sign_in.secret", file=path, problem=type(error).__name__) from None


def _trust_of(file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=file or None)
    except (OSError, ssl.SSLError) as error:
        raise FILE_UNREADABLE(key="sign_in.ca", file=file, problem=type(error).__name__) from None
