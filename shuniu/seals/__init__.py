"""Seals and signatures of GB/T 38540-2020 and the SM2 certificates behind them: read strictly and judged, as far as the bytes alone go.

    from shuniu.seals import RevocationTable, Trust, read_certificate, verify_signature

    trust = Trust(anchors=(read_certificate(root_der),))
    report = verify_signature(signature_der, document, trust, datetime.now(timezone.utc))

`structures` are the values (version 4; versions 1 and 5 are refused by their number), `reading` turns foreign bytes into them, `certificate`,
`names` and `chain` do it for certificates, `verification` makes the report, with the words of `judgements`. The hub judges with this very code
and adds what its register knows: whether a use was recorded and a seal revoked, the bytes cannot say.
"""

from shuniu.seals.certificate import Sm2Certificate, read_certificate
from shuniu.seals.chain import Revocation, RevocationTable, Trust, check_chain
from shuniu.seals.names import CertificateSubject
from shuniu.seals.reading import read_seal, read_signature
from shuniu.seals.report import Report, ReportStep, Result
from shuniu.seals.verification import verify_seal, verify_signature

__all__ = [
    "CertificateSubject",
    "Report",
    "ReportStep",
    "Result",
    "Revocation",
    "RevocationTable",
    "Sm2Certificate",
    "Trust",
    "check_chain",
    "read_certificate",
    "read_seal",
    "read_signature",
    "verify_seal",
    "verify_signature",
]
