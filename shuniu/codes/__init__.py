"""What anybody can read and judge of license codes without a network: the code, the signed lists beside it, and the verdict.

    from shuniu.codes import PublishedStatus, decode_status_list, decode_trust_list, public_key, verify

    key = public_key(pem)  # of the hub's lists, obtained over a channel you trust
    trust = decode_trust_list(trust_bytes, key)
    statuses = PublishedStatus([decode_status_list(status_bytes, key)])
    verdict = verify(text, trust, statuses, datetime.now(timezone.utc))

The hub judges with this very code. Nothing is fetched, nothing named inside a code is ever asked; foreign bytes are read once, strictly, under
caps. What is wrong is a row of the catalogue (`shuniu.codes.reasons`), told in both languages. It takes `pip install "shuniu[verify]"`; names
are loaded when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from shuniu.codes.code import decode as decode_code
    from shuniu.codes.ec_keys import public_key
    from shuniu.codes.status_list import PublishedStatus
    from shuniu.codes.status_list import decode as decode_status_list
    from shuniu.codes.trust_list import decode as decode_trust_list
    from shuniu.codes.verification import Outcome, Verdict, verify

__all__ = ["Outcome", "PublishedStatus", "Verdict", "decode_code", "decode_status_list", "decode_trust_list", "public_key", "verify"]

_PLACES: Final = {
    "Outcome": ("verification", "Outcome"),
    "PublishedStatus": ("status_list", "PublishedStatus"),
    "Verdict": ("verification", "Verdict"),
    "decode_code": ("code", "decode"),
    "decode_status_list": ("status_list", "decode"),
    "decode_trust_list": ("trust_list", "decode"),
    "public_key": ("ec_keys", "public_key"),
    "verify": ("verification", "verify"),
}


def __getattr__(name: str) -> Any:
    """Return a public name from the room that holds it."""
    if name not in _PLACES:
        raise AttributeError(f"module 'shuniu.codes' has no attribute {name!r}")
    room, called = _PLACES[name]
    return getattr(import_module(f"shuniu.codes.{room}"), called)
