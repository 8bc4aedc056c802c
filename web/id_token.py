"""Whether an ID token is the provider's, made for this hub and for this sign-in (OpenID Connect Core 1.0, section 3.1.3.7).

The algorithm comes from our list and has to fit the key's type: a token without signature, and one "signed" with a public key as if that were
a shared secret, fit no key. Nothing that a token says is looked at before its signature holds, but the name of the key.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeGuard

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from certs.reasons import IDENTITY_REFUSED
from hub.errors import ShuniuError
from web.reasons import IDENTITY_TOKEN_TIME

SKEW: Final = timedelta(minutes=1)
"""How far the provider's clock and ours may be apart."""
OLDEST: Final = timedelta(minutes=10)
"""A token is made while the browser waits; one that is older was kept."""
FRESH: Final = timedelta(minutes=5)
"""How long ago somebody may have proven who is there, where that was asked for."""
LONGEST: Final = 64 * 1024
_LEAST_RSA: Final = 2_048
# By type of key and its curve: never `none`, never a shared secret (HS256 and its like).
ALGORITHMS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("RSA", ""): ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("OKP", "Ed25519"): ("EdDSA", "Ed25519"),
}
_READ: Final[Mapping[str, Any]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
Key = RSAKey | ECKey | OKPKey


class UnknownKeyError(Exception):
    """A token names a key that is not among those of the provider; it may have a new one."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the ID token of one sign-in has to say: by whom, for whom, for which sign-in; `fresh` where the person was to prove it anew."""

    issuer: str
    client: str
    nonce: str
    at: datetime
    fresh: bool = False


def judged(token: str, keys: Sequence[Mapping[str, Any]], expected: Expected) -> dict[str, Any]:
    """Return the claims of an ID token that holds; raise NotAllowedError for any other, UnknownKeyError for one under a key that is not known."""
    claims = _signed(token, keys)
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    parties = {"azp": claims["azp"]} if "azp" in claims else {}
    holds = (
        claims.get("iss") == expected.issuer
        and expected.client in audiences
        # made for several, or for somebody else in the first place: then it says for whom
        and parties.get("azp", expected.client if len(audiences) == 1 else None) == expected.client
        and claims.get("nonce") == expected.nonce
        and isinstance(claims.get("sub"), str)
        and 0 < len(claims["sub"]) <= 255  # noqa: PLR2004 - the standard's own bound of `sub`
    )
    if not holds:
        raise IDENTITY_REFUSED()
    _check_times(claims, expected)
    return claims


def proven_at(claims: Mapping[str, Any], at: datetime) -> datetime | None:
    """Return when the person proved last who is there, None where the provider does not say: it may have been hours ago."""
    told = claims.get("auth_time")
    return min(at, datetime.fromtimestamp(told, at.tzinfo)) if _is_time(told) else None


def _signed(token: str, keys: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    header = _header(token)
    key, algorithms = _key(header, keys)
    try:
        return dict(jwt.decode(token, key, algorithms=list(algorithms)).claims)
    except (JoseError, ValueError, TypeError, RecursionError):
        raise IDENTITY_REFUSED() from None


def _header(token: str) -> dict[str, Any]:
    head = token.partition(".")[0]
    try:
        found = json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4))) if len(token) <= LONGEST else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise IDENTITY_REFUSED()
    return found


def _key(header: Mapping[str, Any], keys: Sequence[Mapping[str, Any]]) -> tuple[Key, tuple[str, ...]]:
    """Return the one key that a token names, and the algorithm where it fits that key's type."""
    kid, algorithm = header.get("kid"), header.get("alg")
    named = [one for one in keys if kid is None or one.get("kid") == kid]
    fitting = [(one, fit) for one in named if algorithm in (fit := _algorithms(one))]
    if not named:
        raise UnknownKeyError
    # Without a name there has to be one key alone: trying all of them would let any do.
    if len(fitting) != 1:
        raise IDENTITY_REFUSED()
    chosen, _ = fitting[0]
    try:
        key: Key = _READ[chosen["kty"]].import_key({name: value for name, value in chosen.items() if name in _PUBLIC})
        too_short = isinstance(key, RSAKey) and key.public_key.key_size < _LEAST_RSA
    except (JoseError, ValueError, TypeError, KeyError):
        raise IDENTITY_REFUSED() from None
    if too_short:
        raise IDENTITY_REFUSED()
    return key, (str(algorithm),)


_PUBLIC: Final = frozenset({"kty", "crv", "n", "e", "x", "y"})


def _algorithms(key: Mapping[str, Any]) -> tuple[str, ...]:
    """Return with which algorithms a key may sign; none for shared secrets and keys that encrypt."""
    if key.get("use", "sig") != "sig":
        return ()
    kind = str(key.get("kty", ""))
    known = ALGORITHMS.get((kind, "" if kind == "RSA" else str(key.get("crv", ""))), ())
    return tuple(one for one in known if key.get("alg") in {None, one})


def _check_times(claims: Mapping[str, Any], expected: Expected) -> None:
    at, skew = expected.at.timestamp(), SKEW.total_seconds()
    end, made, begin, proven = (claims.get(name) for name in ("exp", "iat", "nbf", "auth_time"))
    if not (_is_time(end) and _is_time(made) and (begin is None or _is_time(begin))):
        raise IDENTITY_REFUSED()
    if not (at < end + skew and made - skew <= at < made + OLDEST.total_seconds() and (begin is None or begin - skew <= at)):
        refused: ShuniuError = IDENTITY_TOKEN_TIME()
        raise refused
    if expected.fresh and not (_is_time(proven) and at < proven + FRESH.total_seconds()):
        raise IDENTITY_REFUSED()


def _is_time(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1 << 40
