"""The one line that a department joins by, as the hub writes it: the token, and where and whom to trust."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certs.model import EnrollmentToken
from shuniu.joining.invitation import InvitationLine


@dataclass(frozen=True, slots=True)
class Inviter:
    """Writes the invitations of one hub. `called` gives the public and the members' address that others dial, empty where one is not known."""

    hub: str
    ca: x509.Certificate
    called: Callable[[], tuple[str, str]]

    def line(self, token: EnrollmentToken, secret: str) -> str:
        """Return the invitation; empty where the hub does not know under which addresses others reach it."""
        public, members = self.called()
        if not (public and members):
            return ""
        pin = sha256(self.ca.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
        return InvitationLine(public, members, self.hub, token.department, token.system, pin, secret, token.hosts).text()
