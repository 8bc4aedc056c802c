"""Making X.509 certificates with a key that only signs: whoever holds it, a file of the key ring or a token, is a `Signer`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from certs.csr import Key
from hub.signer import Signer
from shuniu.codes.es256 import der_of

_ECDSA_WITH_SHA256: Final = {"algorithm": "sha256_ecdsa"}  # RFC 5758 section 3.2: without parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateDraft:
    """What a certificate is to say beside its issuer; each extension with whether it is critical."""

    subject: x509.Name
    key: Key
    serial: int
    start: datetime
    end: datetime
    extensions: tuple[tuple[x509.ExtensionType, bool], ...]


class CertificateIssuer:
    """The issuer of certificates: a name, and what signs in it (ES256)."""

    def __init__(self, name: x509.Name, signer: Signer) -> None:
        """Take the issuer's name and its signer."""
        key = serialization.load_der_public_key(signer.public_der)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise TypeError(f"certificates are signed with ES256, not with {signer.algorithm}")
        self.name, self.public_key, self._signer = name, key, signer

    def certify(self, draft: CertificateDraft) -> x509.Certificate:
        """Return the certificate that the draft describes, signed."""
        # A Signer gives r || s, X.509 holds DER (RFC 3279 section 2.2.3).
        tbs = self._to_be_signed(draft)
        return x509.load_der_x509_certificate(_assemble(tbs, der_of(self._signer.sign(tbs))))

    def _to_be_signed(self, draft: CertificateDraft) -> bytes:
        """Return the TBSCertificate (RFC 5280 section 4.1.2).

        cryptography's builder gives these bytes only as part of a certificate, and signs with nothing but a private key object, which a
        token never shows. So a throw-away key of the same algorithm signs, and its signature is left out: what is to be signed names the
        issuer and the issuer's own public key, and of the signing key nothing but the algorithm.
        """
        builder = x509.CertificateBuilder(self.name, draft.subject, draft.key, draft.serial, draft.start, draft.end)
        for extension, critical in (*self._key_identifiers(draft.key), *draft.extensions):
            builder = builder.add_extension(extension, critical)
        return builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).tbs_certificate_bytes

    def _key_identifiers(self, key: Key) -> tuple[tuple[x509.ExtensionType, bool], ...]:
        return (
            (x509.SubjectKeyIdentifier.from_public_key(key), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(self.public_key), False),
        )


def key_usage(*, certifies: bool) -> x509.KeyUsage:
    """Return the key usage: a CA signs certificates and revocation lists, all others sign handshakes only (RFC 5280 section 4.2.1.3)."""
    return x509.KeyUsage(
        digital_signature=not certifies,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certifies,
        crl_sign=certifies,
        encipher_only=False,
        decipher_only=False,
    )


def _assemble(tbs: bytes, signature: bytes) -> bytes:
    """Return Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue } (RFC 5280 section 4.1)."""
    parts = {
        "tbs_certificate": asn1.TbsCertificate.load(tbs, strict=True),
        "signature_algorithm": _ECDSA_WITH_SHA256,
        "signature_value": signature,
    }
    der: bytes = asn1.Certificate(parts).dump()
    return der
