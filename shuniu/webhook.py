"""Messages that the hub delivers to a department's own receiver (a webhook): what is signed, and how a receiver checks it.

    from shuniu.webhook import verify_webhook

    message = verify_webhook(request.headers, body, key_pem)   # raises IntegrityError; `body` as it came, before any JSON is read
    if message.id not in seen: ...                             # the same id comes again where the hub did not hear our 2xx

The key is the hub's release key, served at https://HUB/keys/release.pem; obtain it once and keep it. The signature is ES256 (raw r || s, base64)
over the line `shuniu-delivery 1`, the id and the time of the attempt, each ended by a line feed, and the body.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from shuniu.codes.ec_keys import public_key
from shuniu.codes.es256 import verifies_es256
from shuniu.reasons import DELIVERY_FOREIGN, DELIVERY_OLD

ID: Final = "Shuniu-Delivery"
"""Header: the delivery's id, the same for each attempt."""
TIME: Final = "Shuniu-Time"
"""Header: when this attempt was made, RFC 3339, UTC, seconds."""
SIGNATURE: Final = "Shuniu-Signature"
"""Header: the signature, base64."""
LONGEST: Final = 64 * 1024
"""Bytes of a body at most; the hub's are below 4 KiB."""
AGE: Final = timedelta(minutes=5)
"""How far the time of an attempt may be from the receiver's clock: an older message was kept by somebody and sent again."""
_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"
_PURPOSE: Final = b"shuniu-delivery 1\n"
_ID: Final = re.compile(r"[0-9a-z]{26}")


@dataclass(frozen=True)
class WebhookMessage:
    """A message of the hub: its id, by which one that comes twice is known, the time of the attempt, and what it says."""

    id: str
    time: datetime
    content: Mapping[str, Any] = field(default_factory=dict)


def signed_bytes(delivery: str, time: str, body: bytes) -> bytes:
    """Return what is signed of one attempt."""
    return _PURPOSE + f"{delivery}\n{time}\n".encode() + body


def verify_webhook(headers: Mapping[str, str], body: bytes, key: str | bytes, at: datetime | None = None) -> WebhookMessage:
    """Return what the hub says in a message; raise IntegrityError for everything that it did not sign within five minutes of now.

    `headers` in whatever case, `body` as it came, `key` the hub's public key (PEM); `at` is the receiver's own time where it has another clock.
    """
    said = {name.lower(): value for name, value in headers.items()}
    delivery, time, signature = (said.get(name.lower(), "") for name in (ID, TIME, SIGNATURE))
    if not _ID.fullmatch(delivery) or len(body) > LONGEST:
        raise DELIVERY_FOREIGN()
    try:
        made = datetime.strptime(time, _FORM).replace(tzinfo=timezone.utc)
        raw = b64decode(signature, validate=True)
    except ValueError:
        raise DELIVERY_FOREIGN() from None
    signer = public_key(key.encode() if isinstance(key, str) else key)
    if not verifies_es256(signer, raw, signed_bytes(delivery, time, body)):
        raise DELIVERY_FOREIGN()
    if abs((at or datetime.now(timezone.utc)) - made) > AGE:
        raise DELIVERY_OLD(time=time)
    return WebhookMessage(delivery, made, json.loads(body))
