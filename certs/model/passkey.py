"""通行密钥 (passkey): the public half of a key in an officer's device, by which the officer signs in (W3C Web Authentication)."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A registered passkey. `id` is the SHA-256 of the credential id, in hexadecimal; the private key never leaves the device.

    `sign_count` is what the device counted at its last use, 0 where it counts nothing.
    """

    id: str
    department: str
    number: str
    credential: bytes
    public_key: bytes
    sign_count: int
    create_time: datetime
    use_time: datetime | None = None

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"departments/{self.department}/officers/{self.number}/passkeys/{self.id}"


def passkey_id(credential: bytes) -> str:
    """Return the id of a passkey: its credential id is up to 1,023 bytes long, and no key of a table."""
    return sha256(credential).hexdigest()
