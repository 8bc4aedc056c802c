"""Requests for signers' certificates (PKCS#10, RFC 2986) as this side makes them: an SM2 key, signed by itself with the standards' user id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shuniu.seals.structures import SM2_WITH_SM3
from shuniu.sm2 import der

if TYPE_CHECKING:
    from typing import Protocol

    from shuniu.seals.names import CertificateSubject

    class Signs(Protocol):
        """A key that signs: SM2, whoever keeps it."""

        @property
        def public_der(self) -> bytes:
            """Return the public half, SubjectPublicKeyInfo in DER."""

        def sign(self, data: bytes) -> bytes:
            """Return a DER signature."""


_NO_ATTRIBUTES: Final = b"\xa0\x00"
_COUNTRY, _ORGANIZATION, _ORGANIZATION_IDENTIFIER, _COMMON_NAME = "2.5.4.6", "2.5.4.10", "2.5.4.97", "2.5.4.3"


def make_csr(key: Signs, subject: CertificateSubject) -> bytes:
    """Return a request in DER, whose signature proves possession of the key."""
    info = der.write_sequence(der.write_integer(0), _name(subject), key.public_der, _NO_ATTRIBUTES)
    return der.write_sequence(info, der.write_sequence(der.write_oid(SM2_WITH_SM3)), der.write_bits(key.sign(info)))


def _name(subject: CertificateSubject) -> bytes:
    """Return the X.501 name, from country to common name."""
    parts = (
        (_COUNTRY, der.PRINTABLE, subject.country),
        (_ORGANIZATION, der.UTF8, subject.organization),
        (_ORGANIZATION_IDENTIFIER, der.UTF8, subject.organization_id),
        (_COMMON_NAME, der.UTF8, subject.common_name),
    )
    return der.write_sequence(
        *(der.write(der.SET, der.write_sequence(der.write_oid(kind), der.write_text(tag, text))) for kind, tag, text in parts if text)
    )
