"""SM2 certificates (GB/T 20518, RFC 5280): issuing them, reading them strictly, checking their chain.

`names` holds the subject, `certificate` the reading view, `issuing` certificates and requests, `chain` trust and revocation.
"""

from seals.x509.certificate import Sm2Certificate, read_certificate
from seals.x509.chain import Revocation, Revocations, RevocationTable, Trust, check_chain
from seals.x509.issuing import Sm2CertificateDraft, Usage, issue, make_csr, read_csr, self_signed_ca
from seals.x509.names import CertificateSubject

__all__ = [
    "CertificateSubject",
    "Revocation",
    "RevocationTable",
    "Revocations",
    "Sm2Certificate",
    "Sm2CertificateDraft",
    "Trust",
    "Usage",
    "check_chain",
    "issue",
    "make_csr",
    "read_certificate",
    "read_csr",
    "self_signed_ca",
]
