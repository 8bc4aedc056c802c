"""Which CA a system trusts before it joins: the one whose public key has the digest that its invitation names, whoever hands it over."""

from __future__ import annotations

import hmac
import sys
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shuniu.handshake import chain_at
from shuniu.joining.reasons import CA_NOT_SHOWN, CA_OF_ANOTHER, CHAIN_UNREADABLE

if TYPE_CHECKING:
    from shuniu.joining.invitation import InvitationLine


def invited_ca(invitation: InvitationLine, given: bytes = b"") -> bytes:
    """Return the CA certificate (PEM) that the invitation names: from `given` PEM, or from what the hub's public port shows in its handshake."""
    shown = _given(given) if given else _shown_at(invitation.public)
    for certificate in shown:
        if _is_pinned(certificate, invitation.ca):
            return certificate.public_bytes(Encoding.PEM)
    if not given and sys.version_info < (3, 10):
        raise CHAIN_UNREADABLE()
    raise CA_OF_ANOTHER(address=invitation.public)


def _given(pem: bytes) -> list[x509.Certificate]:
    return list(x509.load_pem_x509_certificates(pem))


def _shown_at(address: str) -> list[x509.Certificate]:
    try:
        chain = chain_at(address)
    except OSError as error:
        raise CA_NOT_SHOWN(address=address, problem=error.strerror or type(error).__name__) from error
    found = []
    for der in chain:
        try:
            found.append(x509.load_der_x509_certificate(der))
        except ValueError:  # whatever it is, it is no CA of ours
            continue
    return found


def _is_pinned(certificate: x509.Certificate, digest: bytes) -> bool:
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if not hmac.compare_digest(sha256(key).digest(), digest):
        return False
    try:
        # The digest is of the key alone: its own signature is what makes the rest of the certificate the CA's word.
        certificate.verify_directly_issued_by(certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
