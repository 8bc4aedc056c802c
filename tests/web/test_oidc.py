"""The identity provider as the hub asks it, and the ID tokens that hold: forged, foreign, replayed, too early and too late ones let nobody in."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientTimeout
from aiohttp.test_utils import TestServer
from aiohttp.web import Application, Request, Response, json_response, route
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from certs.reasons import IDENTITY_REFUSED
from hub.clock import StoppedClock
from hub.config import from_mapping
from hub.errors import ConfigError, ShuniuError
from hub.sign_in import SignIn, may_be_asked
from web.id_token import Expected, UnknownKeyError, judged, proven_at
from web.oidc import IdentityProvider, Way

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ISSUER, CLIENT, NONCE = "https://id.example", "hub", "n-1"
RSA = RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)
EC = ECKey.generate_key("P-256", {"kid": "ec"}, private=True)
KEYS = (RSA.as_dict(private=False), EC.as_dict(private=False))
EXPECTED = Expected(ISSUER, CLIENT, NONCE, NOW)
AT = int(NOW.timestamp())
CLAIMS: dict[str, Any] = {"iss": ISSUER, "aud": CLIENT, "sub": "p-1", "nonce": NONCE, "iat": AT, "exp": AT + 300}


def token(key: Any = EC, alg: str = "ES256", header: dict[str, Any] | None = None, /, **changed: Any) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": key.kid, **(header or {})}, claims, key, algorithms=[alg])


def unsigned(header: dict[str, Any], signature: str = "") -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in (header, CLAIMS))
    return ".".join((*parts, signature))


def under_the_public_key(text: bytes, header: dict[str, Any]) -> str:
    """A token 'signed' by HMAC with what everybody may read: the public key."""
    head = unsigned({"alg": "HS256", **header}).rpartition(".")[0]
    mark = hmac.digest(text, head.encode(), "sha256")
    return f"{head}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


@pytest.mark.parametrize(("key", "alg"), [(EC, "ES256"), (RSA, "RS256"), (RSA, "PS256")])
def test_a_token_of_the_provider_for_this_sign_in_holds(key: Any, alg: str):
    assert judged(token(key, alg), KEYS, EXPECTED)["sub"] == "p-1"


def test_a_token_under_an_edwards_key_holds():
    key = OKPKey.generate_key("Ed25519", {"kid": "ed"}, private=True)
    assert judged(token(key, "Ed25519"), [key.as_dict(private=False)], EXPECTED)["sub"] == "p-1"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://other.example"},
        {"iss": f"{ISSUER}/"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"azp": "another"},
        {"aud": None},
        {"nonce": "n-2"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"exp": None},
        {"iat": None},
        {"exp": "soon"},
        {"exp": True},
        {"nbf": "soon"},
    ],
)
def test_a_token_of_somebody_else_for_somebody_else_or_of_another_sign_in_is_refused(changed: dict[str, Any]):
    with pytest.raises(ShuniuError) as refused:
        judged(token(EC, "ES256", **changed), KEYS, EXPECTED)
    assert refused.value.reason == "IDENTITY_REFUSED"


def test_a_token_for_several_that_names_this_hub_as_its_party_holds():
    assert judged(token(EC, "ES256", aud=[CLIENT, "another"], azp=CLIENT), KEYS, EXPECTED)


@pytest.mark.parametrize(
    "changed",
    [{"exp": AT - 61}, {"iat": AT + 61}, {"iat": AT - 601}, {"nbf": AT + 61}, {"iat": AT + 300, "exp": AT + 600}, {"iat": AT - 900, "exp": AT - 600}],
)
def test_a_token_that_is_over_too_old_or_not_yet_made_is_refused_and_names_the_clocks(changed: dict[str, Any]):
    with pytest.raises(ShuniuError) as refused:
        judged(token(EC, "ES256", **changed), KEYS, EXPECTED)
    assert refused.value.reason == "IDENTITY_TOKEN_TIME"
    assert "NTP" in refused.value.next_action


@pytest.mark.parametrize("changed", [{"exp": AT - 59}, {"iat": AT + 59}, {"nbf": AT + 59}])
def test_clocks_may_be_apart_by_less_than_a_minute(changed: dict[str, Any]):
    assert judged(token(EC, "ES256", **changed), KEYS, EXPECTED)


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "none", "kid": "ec"}, {"alg": "None", "kid": "rsa"}, {"kid": "ec"}, {"alg": ["ES256"]}])
def test_a_token_without_a_signature_is_refused(header: dict[str, Any]):
    for signature in ("", "AAAA"):
        with pytest.raises(ShuniuError, match="identity provider"):
            judged(unsigned(header, signature), KEYS, EXPECTED)


@pytest.mark.parametrize("kid", ["rsa", "ec", None])
def test_a_public_key_is_no_shared_secret(kid: str | None):
    header = {"kid": kid} if kid else {}
    for key in (RSA, EC):
        for text in (key.as_pem(private=False), key.as_der(private=False), json.dumps(key.as_dict(private=False)).encode()):
            with pytest.raises(ShuniuError, match="identity provider"):
                judged(under_the_public_key(text, header), KEYS, EXPECTED)


def test_a_shared_secret_among_the_keys_of_the_provider_signs_nothing():
    shared = OctKey.import_key(b"x" * 32, {"kid": "shared"})
    forged = jwt.encode({"alg": "HS256", "kid": "shared"}, CLAIMS, shared, algorithms=["HS256"])
    with pytest.raises(ShuniuError, match="identity provider"):
        judged(forged, [*KEYS, shared.as_dict(private=True)], EXPECTED)


def test_a_token_names_its_key_and_a_key_of_another_hand_under_that_name_signs_nothing():
    forged = ECKey.generate_key("P-256", {"kid": "ec"}, private=True)
    with pytest.raises(ShuniuError, match="identity provider"):
        judged(token(forged), KEYS, EXPECTED)
    with pytest.raises(ShuniuError, match="identity provider"):
        judged(token(EC, "ES256", {"kid": "rsa"}), KEYS, EXPECTED)
    with pytest.raises(UnknownKeyError):
        judged(token(EC, "ES256", {"kid": "new"}), KEYS, EXPECTED)
    inside = token(forged, "ES256", {"jwk": forged.as_dict(private=False)})
    with pytest.raises(ShuniuError, match="identity provider"):
        judged(inside, KEYS, EXPECTED)


def test_a_key_that_encrypts_or_is_for_another_algorithm_or_too_short_signs_nothing():
    short = RSAKey.generate_key(1024, {"kid": "short"}, private=True)
    public = EC.as_dict(private=False)
    for keys, one in (
        ([{**public, "use": "enc"}], token()),
        ([{**public, "alg": "ES384"}], token()),
        ([{**public, "x": "AAAA"}], token()),
        ([{**public, "crv": "P-384"}], token()),
        ([short.as_dict(private=False)], token(short, "RS256")),
    ):
        with pytest.raises(ShuniuError, match="identity provider"):
            judged(one, keys, EXPECTED)


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "e30.e30.", "[].[].", "x" * 70_000, "W10.e30.AA", '"'])
def test_what_is_no_token_is_refused(text: str):
    with pytest.raises(ShuniuError, match="identity provider"):
        judged(text, KEYS, EXPECTED)


def test_a_changed_token_is_refused():
    head, body, mark = token().split(".")
    other = base64.urlsafe_b64encode(json.dumps({**CLAIMS, "sub": "p-2"}).encode()).rstrip(b"=").decode()
    for one in (f"{head}.{other}.{mark}", f"{head}.{body}.{mark[:-4]}AAAA", f"{head}.{body}."):
        with pytest.raises(ShuniuError, match="identity provider"):
            judged(one, KEYS, EXPECTED)


def test_who_was_to_prove_it_anew_has_done_so_within_minutes():
    fresh = Expected(ISSUER, CLIENT, NONCE, NOW, fresh=True)
    assert proven_at(judged(token(EC, "ES256", auth_time=AT - 30), KEYS, fresh), NOW) is not None
    for told in (AT - 301, None, "now"):
        with pytest.raises(ShuniuError, match="identity provider"):
            judged(token(EC, "ES256", auth_time=told), KEYS, fresh)
    assert proven_at(judged(token(), KEYS, EXPECTED), NOW) is None


# --- the provider


class Fake:
    """A provider whose every answer a test may change, and which counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.issuer, self.secret = "", ""
        self.changed: dict[str, Any] = {}
        self.keys: list[dict[str, Any]] = [EC.as_dict(private=False)]
        self.signed: Callable[[], str] = lambda: ""
        self.form: dict[str, str] = {}
        self.answer: Callable[[Request], Coroutine[Any, Any, Response]] | None = None

    async def serve(self, request: Request) -> Response:
        self.asked.append(request.path)
        if self.answer is not None:
            return await self.answer(request)
        if request.path == "/jwks":
            return json_response({"keys": self.keys})
        if request.path == "/token":
            self.form = {**{name: str(value) for name, value in (await request.post()).items()}, "by": request.headers.get("Authorization", "")}
            return json_response({"id_token": self.signed(), "access_token": "a"})
        if request.path == "/userinfo":
            return json_response({"sub": "p-1", "officer": "A-1", "iss": "x"})
        names = {"authorization_endpoint": "/auth", "token_endpoint": "/token", "jwks_uri": "/jwks"}
        return json_response({"issuer": self.issuer, **{name: f"{self.issuer}{path}" for name, path in names.items()}, **self.changed})


WAY = Way("https://hub.example/sign-in/back", "s", NONCE, "v" * 43)


@contextlib.asynccontextmanager
async def a_fake() -> AsyncIterator[tuple[Fake, IdentityProvider]]:
    fake, app = Fake(), Application()
    app.add_routes([route("*", "/{path:.*}", fake.serve)])
    async with TestServer(app) as server:
        fake.issuer = f"http://127.0.0.1:{server.port}"
        fake.signed = lambda: token(EC, "ES256", iss=fake.issuer)
        yield fake, IdentityProvider(SignIn(issuer=fake.issuer, client=CLIENT), StoppedClock(NOW))


def told(act: Callable[[Fake, IdentityProvider], Coroutine[Any, Any, Any]]) -> Any:
    async def run() -> Any:
        async with a_fake() as (fake, provider):
            return await act(fake, provider)

    return asyncio.run(run())


def refusal(act: Callable[[Fake, IdentityProvider], Coroutine[Any, Any, Any]]) -> str:
    with pytest.raises(ShuniuError) as refused:
        told(act)
    return refused.value.reason


def test_a_code_becomes_claims_and_only_the_way_there_shows_the_hash_of_what_the_hub_keeps():
    async def act(fake: Fake, provider: IdentityProvider) -> None:
        address = await provider.address(WAY)
        hashed = base64.urlsafe_b64encode(hashlib.sha256(WAY.verifier.encode()).digest()).rstrip(b"=").decode()
        assert f"code_challenge={hashed}" in address
        assert "code_challenge_method=S256" in address
        assert WAY.verifier not in address
        assert (await provider.claims(WAY, "c", ""))["sub"] == "p-1"
        assert (fake.form["code"], fake.form["code_verifier"], fake.form["redirect_uri"]) == ("c", WAY.verifier, WAY.back)

    told(act)


def test_claims_that_only_the_access_token_opens_are_of_the_same_person_and_change_none_that_was_signed():
    async def act(fake: Fake, provider: IdentityProvider) -> None:
        fake.changed = {"userinfo_endpoint": f"{fake.issuer}/userinfo"}
        claims = await provider.claims(WAY, "c", "")
        assert (claims["officer"], claims["iss"]) == ("A-1", fake.issuer)
        fake.signed = lambda: token(EC, "ES256", iss=fake.issuer, sub="p-2")
        await provider.claims(WAY, "c", "")

    assert refusal(act) == "IDENTITY_REFUSED"


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://other.example"},
        {"token_endpoint": "http://other.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": None},
        {"userinfo_endpoint": "http://169.254.169.254/latest"},
        {"token_endpoint": "https://user:word@other.example/"},
        {"token_endpoint_auth_methods_supported": "all"},
    ],
)
def test_a_discovery_document_of_another_or_that_leads_where_no_secret_may_go_says_nothing(changed: dict[str, Any]):
    async def act(fake: Fake, provider: IdentityProvider) -> None:
        fake.changed = changed
        await provider.address(WAY)

    assert refusal(act) == "IDENTITY_PROVIDER_FAILED"


def test_a_return_that_names_another_issuer_or_none_where_the_provider_names_itself_is_refused_before_its_code_goes_anywhere():
    async def act(fake: Fake, provider: IdentityProvider) -> None:
        fake.changed = {"authorization_response_iss_parameter_supported": True}
        for issuer in ("https://other.example", ""):
            with pytest.raises(ShuniuError) as refused:
                await provider.claims(WAY, "c", issuer)
            assert refused.value.reason == "IDENTITY_REFUSED"
        assert "/token" not in fake.asked
        assert await provider.claims(WAY, "c", fake.issuer)

    told(act)


async def big(_request: Request) -> Response:
    return json_response({"more": "x" * 300_000})


async def elsewhere(request: Request) -> Response:
    return Response(status=302, headers={"Location": str(request.url.with_path("/jwks"))})


async def broken(_request: Request) -> Response:
    return Response(text="{", content_type="application/json")


async def a_list(_request: Request) -> Response:
    return json_response([])


async def failing(_request: Request) -> Response:
    return Response(status=500)


@pytest.mark.parametrize("answer", [big, elsewhere, broken, a_list, failing])
def test_a_provider_that_answers_too_much_elsewhere_or_nonsense_has_failed(answer: Callable[[Request], Coroutine[Any, Any, Response]]):
    async def act(fake: Fake, provider: IdentityProvider) -> None:
        fake.answer = answer
        await provider.address(WAY)

    assert refusal(act) == "IDENTITY_PROVIDER_FAILED"


def test_a_provider_that_hangs_is_left_after_seconds_and_all_who_waited_are_told_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("web.oidc._PATIENCE", ClientTimeout(total=0.3))

    async def hanging(_request: Request) -> Response:
        await asyncio.sleep(1)
        return Response()

    async def act(fake: Fake, provider: IdentityProvider) -> None:
        fake.answer = hanging
        start = time.monotonic()
        ends = await asyncio.gather(*(provider.address(WAY) for _ in range(20)), return_exceptions=True)
        assert {getattr(one, "reason", "") for one in ends} == {"IDENTITY_PROVIDER_FAILED"}
        assert time.monotonic() - start < 1
        assert len(fake.asked) == 1

    told(act)


def test_a_new_key_of_the_provider_is_found_and_names_of_keys_that_nobody_has_do_not_make_the_hub_ask_again_and_again():
    new = ECKey.generate_key("P-256", {"kid": "new"}, private=True)

    async def act(fake: Fake, provider: IdentityProvider) -> None:
        await provider.claims(WAY, "c", "")
        fake.keys.append(new.as_dict(private=False))
        fake.signed = lambda: token(new, "ES256", iss=fake.issuer)
        provider._keys_since -= 61
        assert await provider.claims(WAY, "c", "")
        fake.signed = lambda: token(EC, "ES256", {"kid": "nobody"}, iss=fake.issuer)
        for _ in range(5):
            with pytest.raises(ShuniuError, match="identity provider"):
                await provider.claims(WAY, "c", "")
        assert fake.asked.count("/jwks") == 2

    told(act)


def test_what_the_provider_refuses_is_told_as_a_sign_in_that_does_not_hold():
    async def refusing(_request: Request) -> Response:
        return json_response({"error": "invalid_grant"}, status=400)

    async def act(fake: Fake, provider: IdentityProvider) -> None:
        await provider.address(WAY)
        fake.answer = refusing
        await provider.claims(WAY, "used", "")

    assert refusal(act) == IDENTITY_REFUSED().reason


def test_a_secret_is_sent_over_tls_or_on_this_machine_and_its_file_is_the_owners(tmp_path: Path):
    good = ("https://id.example", "https://id.example/realm", "http://127.0.0.1:9", "http://localhost:9/x", "http://[::1]:9")
    bad = (
        "http://id.example",
        "ftp://id.example",
        "https://",
        "https://a@id.example",
        "https://id.example#x",
        "http://localhost.example",
        "",
        "https://[x",
    )
    assert [one for one in good if not may_be_asked(one)] == []
    assert [one for one in bad if may_be_asked(one)] == []
    for wrong in ({"issuer": "http://id.example", "client": "x"}, {"issuer": "https://id.example"}, {"issuer": 7}, {"nobody": "x"}):
        with pytest.raises(ConfigError):
            from_mapping({"sign_in": wrong}, tmp_path)
    secret = tmp_path / "secret"
    secret.write_text("s\n", encoding="utf-8")
    secret.chmod(0o644)
    with pytest.raises(ConfigError, match="secret"):
        IdentityProvider(SignIn(issuer="https://id.example", client="x", secret=str(secret)), StoppedClock(NOW))
    secret.chmod(0o600)
    assert from_mapping({"sign_in": {"issuer": "https://id.example", "client": "x", "secret": "secret"}}, tmp_path).sign_in.secret == str(secret)


def test_the_client_secret_travels_as_the_provider_takes_it(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("a:b/ü\n", encoding="utf-8")
    secret.chmod(0o600)

    async def act(fake: Fake, _provider: IdentityProvider) -> None:
        settings = SignIn(issuer=fake.issuer, client=CLIENT, secret=str(secret))
        await IdentityProvider(settings, StoppedClock(NOW)).claims(WAY, "c", "")
        assert base64.b64decode(fake.form["by"].removeprefix("Basic ")) == b"hub:a%3Ab%2F%C3%BC"
        assert "client_secret" not in fake.form
        fake.changed = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
        await IdentityProvider(settings, StoppedClock(NOW)).claims(WAY, "c", "")
        assert (fake.form["client_secret"], fake.form["by"]) == ("a:b/ü", "")

    told(act)
