"""What a browser's passkey says, judged by py_webauthn: registration and sign-in (W3C Web Authentication Level 2, sections 7.1 and 7.2).

A challenge is made without keeping it: random bytes, a time, and a digest that only this hub makes, over both and over the browser's own secret
and what it is for. So strangers who ask for challenges write nothing; that none is used twice, the transaction that uses it says.
"""

import hmac
import json
import secrets
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException

from certs.model import Passkey, passkey_id
from certs.reasons import PASSKEY_REFUSED

CHALLENGE_LIFE: Final = timedelta(minutes=5)
AHEAD: Final = timedelta(minutes=1)
"""How far the clock of another process may be ahead."""
MOST_JSON: Final = 16 * 1024
_RANDOM: Final = 16
_TIME: Final = struct.Struct(">Q")
_MAC: Final = 16
_LONG: Final = _RANDOM + _TIME.size + _MAC
Keyed = Callable[[bytes], bytes]
"""Returns a digest of content that only this hub can make (`hub.db.Tx.keyed`)."""


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The hub as browsers know it: the host of its pages (`id`), their origin, and what people call it."""

    id: str
    origin: str
    title: str


def new_challenge(keyed: Keyed, seed: str, use: str, at: datetime, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> bytes:
    """Return a challenge for one use by the browser that has the seed."""
    head = random_bytes(_RANDOM) + _TIME.pack(int(at.timestamp()))
    return head + _mac(keyed, head, seed, use)


def check_challenge(keyed: Keyed, challenge: bytes, seed: str, use: str, at: datetime) -> None:
    """Refuse a challenge that this hub did not make for this browser and use, or made too long ago."""
    if len(challenge) != _LONG or not hmac.compare_digest(challenge[-_MAC:], _mac(keyed, challenge[:-_MAC], seed, use)):
        raise PASSKEY_REFUSED()
    made = datetime.fromtimestamp(_TIME.unpack_from(challenge, _RANDOM)[0], UTC)
    if not made - AHEAD <= at < made + CHALLENGE_LIFE:
        raise PASSKEY_REFUSED()


def credential_of(answer: str) -> bytes:
    """Return the credential id that an answer names; what is no answer of a browser is refused."""
    try:
        found = json.loads(answer) if len(answer) <= MOST_JSON else None
        return base64url_to_bytes(str(found["rawId"])) if isinstance(found, dict) else b""
    except (ValueError, KeyError, TypeError, RecursionError):
        raise PASSKEY_REFUSED() from None


def read_registration(party: RelyingParty, answer: str, challenge: bytes, department: str, number: str, at: datetime) -> Passkey:
    """Return the passkey that a browser registered; raise NotAllowedError where its answer does not hold."""
    known: Any = _judge(
        lambda: verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        ),
        answer,
    )
    return Passkey(
        id=passkey_id(known.credential_id), department=department, number=number, credential=known.credential_id,
        public_key=known.credential_public_key, sign_count=known.sign_count, create_time=at,
    )  # fmt: skip


def read_assertion(party: RelyingParty, answer: str, challenge: bytes, passkey: Passkey) -> int:
    """Return the device's count where the answer was signed by a passkey; raise NotAllowedError where it was not."""
    known: Any = _judge(
        lambda: verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        ),
        answer,
    )
    return int(known.new_sign_count)


def _judge(verify: Callable[[], object], answer: str) -> object:
    if len(answer) > MOST_JSON:
        raise PASSKEY_REFUSED()
    try:
        return verify()
    except WebAuthnException:
        raise PASSKEY_REFUSED() from None
    except Exception:  # noqa: BLE001 - a stranger's bytes in a library: whatever it raises, the answer does not hold, and its text stays here
        raise PASSKEY_REFUSED() from None


def _mac(keyed: Keyed, head: bytes, seed: str, use: str) -> bytes:
    return keyed(b"\x00".join((b"shuniu passkey challenge", use.encode(), seed.encode(), head)))[:_MAC]
