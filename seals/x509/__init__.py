"""SM2 certificates (GB/T 20518, RFC 5280): issuing them, and reading the requests for them, which departments make (`shuniu.seals.request`).

They are read and judged by `shuniu.seals`.
"""

from seals.x509.issuing import Sm2CertificateDraft, Usage, issue, read_csr, self_signed_ca
from shuniu.seals.request import make_csr

__all__ = ["Sm2CertificateDraft", "Usage", "issue", "make_csr", "read_csr", "self_signed_ca"]
