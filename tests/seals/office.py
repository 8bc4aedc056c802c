"""A small world for the seal tests: a CA, a seal maker, signers, their seals and signatures, all real keys."""

import subprocess
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from asn1crypto import pem

from seals import x509
from seals.writing import assemble_seal, assemble_signature, seal_info_to_sign, to_be_signed
from seals.x509 import Sm2CertificateDraft, Usage
from shuniu import sm2
from shuniu.seals.certificate import read_certificate
from shuniu.seals.chain import RevocationTable, Trust
from shuniu.seals.names import CertificateSubject
from shuniu.seals.structures import Header, Picture, SealInfo, SealProperty

YEAR = [datetime(year, 1, 1, tzinfo=UTC) for year in range(2020, 2051)]
EARLY, MADE, SIGNED, NOW, LATE, MUCH_LATER = YEAR[0], YEAR[4], YEAR[5], YEAR[6], YEAR[10], YEAR[20]
ORIGINAL = "营业执照: 银川市某某公司".encode()
PIXEL = b"\x89PNG\r\n\x1a\n a picture of no matter"


def a_subject(name: str) -> CertificateSubject:
    return CertificateSubject(name, "宁夏回族自治区", "11640000MB1234567X")


def a_draft(name: str, key: sm2.PublicKey, **changes) -> Sm2CertificateDraft:
    draft = {"subject": a_subject(name), "public_key": key, "usage": Usage.SIGN, "not_before": EARLY, "not_after": LATE, "serial": 9}
    return Sm2CertificateDraft(**{**draft, **changes})


@dataclass
class Office:
    """Everything needed to seal one document; tests replace one part and see what the report says."""

    ca_key: sm2.PrivateKey = field(default_factory=sm2.generate)
    maker: sm2.PrivateKey = field(default_factory=sm2.generate)
    signer: sm2.PrivateKey = field(default_factory=sm2.generate)

    def __post_init__(self) -> None:
        self.ca = x509.self_signed_ca(self.ca_key, a_subject("根证书"), EARLY, MUCH_LATER, 1)
        self.maker_cert = self.certificate("制章中心", self.maker, serial=2)
        self.signer_cert = self.certificate("市场监督管理厅", self.signer, serial=3)

    def certificate(self, name, key, *, serial, usage=Usage.SIGN, start=EARLY, end=LATE) -> bytes:
        return x509.issue(self.ca, self.ca_key, a_draft(name, key.public, serial=serial, usage=usage, not_before=start, not_after=end))

    def trust(self, **revoked: datetime) -> Trust:
        root = read_certificate(self.ca)
        serials = {"maker": 2, "signer": 3}
        since = {(root.subject_raw, serials[who]): when for who, when in revoked.items()}
        return Trust((root,), revocations=RevocationTable(frozenset({root.subject_raw}), since))

    def info(self, **changes) -> SealInfo:
        prop = SealProperty(
            type=1, name="市场监督管理厅法定名称章", created=MADE, valid_from=MADE, valid_until=LATE, certificates=(self.signer_cert,)
        )
        own = {key: changes.pop(key) for key in list(changes) if key in SealProperty.__dataclass_fields__ and key != "type"}
        info = SealInfo(Header("Shuniu"), "64010000012345", replace(prop, **own), Picture("PNG", PIXEL, 40, 40))
        return replace(info, **changes)

    def seal(self, info=None, *, key=None, cert=None) -> bytes:
        to_sign = seal_info_to_sign(info or self.info())
        return assemble_seal(to_sign, cert or self.maker_cert, (key or self.maker).sign(to_sign))

    def signature(self, seal=None, *, time=SIGNED, key=None, cert=None, data_hash=None, extensions=()) -> bytes:
        tbs = to_be_signed(seal or self.seal(), time, data_hash or sm2.sm3(ORIGINAL), "/original.bin", extensions)
        return assemble_signature(tbs, cert or self.signer_cert, (key or self.signer).sign(tbs))


def openssl(*arguments: str, expect: int = 0) -> str:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == expect, done.stderr
    return done.stdout + done.stderr


def as_pem(folder: Path, name: str, der: bytes, kind: str = "CERTIFICATE") -> str:
    path = folder / name
    path.write_bytes(pem.armor(kind, der))
    return str(path)
