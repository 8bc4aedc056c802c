"""SM2 certificates (GB/T 20518, RFC 5280): issuing them, and the requests for them. They are read and judged by `shuniu.seals`."""

from seals.x509.issuing import Sm2CertificateDraft, Usage, issue, make_csr, read_csr, self_signed_ca

__all__ = ["Sm2CertificateDraft", "Usage", "issue", "make_csr", "read_csr", "self_signed_ca"]
