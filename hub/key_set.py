"""Which hub this is, as its database knows it: a fingerprint of the keys that every release has had and that are never changed.

The log's key is the log's identity: whoever holds an old checkpoint knows it. The CA's key is the identity of everybody who enrolled. The other
keys may come later or be renewed, so they are no part of it.
"""

import hashlib
from pathlib import Path
from typing import Final

from hub.signer import ED25519, ES256, Ring

FOLDER: Final = "keys"
_KEYS: Final = (("log", ED25519), ("ca", ES256))
_DOMAIN: Final = b"shuniu key set 1"


def fingerprint(ring: Ring) -> str:
    """Return SHA-256 in hexadecimal over the public keys (SubjectPublicKeyInfo, each behind its name and length). The ring makes missing keys."""
    digest = hashlib.sha256(_DOMAIN)
    for name, algorithm in _KEYS:
        public = ring.signer(name, algorithm).public_der
        digest.update(f"\n{name} {len(public)}\n".encode() + public)
    return digest.hexdigest()


def is_complete(folder: Path) -> bool:
    """Tell whether the keys that the fingerprint rests on are there, without making any."""
    return all((folder / f"{name}.pem").is_file() for name, _ in _KEYS)
