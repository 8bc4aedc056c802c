"""The office that the hub runs for seals: its SM2 CA for signers' certificates, and the seal maker 制章者. It holds no signer's key.

Electronic Signature Law art. 13: signing data belong to the signer alone; what comes here is a request that proves possession.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from hub.clock import Clock
from hub.errors import InvalidInputError
from hub.key_set import SEAL_MAKER, SM2_CA
from hub.signer import Ring
from seals.model import LONGEST_LIFE, SignerCertificate, to_second
from seals.reasons import CERTIFICATE_FILE_DAMAGED, CERTIFICATE_OF_OTHER_KEY
from seals.writing import assemble_seal, seal_info_to_sign
from seals.x509 import Sm2CertificateDraft, Usage, issue, read_csr, self_signed_ca
from shuniu import pem, sm2
from shuniu.seals.certificate import Sm2Certificate, read_certificate
from shuniu.seals.chain import RevocationTable, Trust
from shuniu.seals.names import CertificateSubject
from shuniu.seals.structures import Header, Picture, SealInfo, SealProperty

CA_LIFE: Final = timedelta(days=30 * 365)
MAKER_LIFE: Final = timedelta(days=10 * 365)
SIGNER_LIFE: Final = timedelta(days=2 * 365)
PICTURE_MM: Final = 40
_VENDOR: Final = "Shuniu"
_SERIAL_BYTES: Final = 16
_NAME_CAP: Final = 64  # X.520 upper bound of names
_ES_ID_TAIL: Final = 10**8


class SealOffice:
    """SM2 CA and seal maker of one hub. Keys stay in the key ring, both certificates are for everybody."""

    def __init__(self, ring: Ring, folder: Path, hub: str, clock: Clock, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """Test the machine's SM2 and open the office; certificates that are missing are made once, what does not fit together stops the start."""
        sm2.self_test()
        self._clock, self._random_bytes = clock, random_bytes
        folder.mkdir(parents=True, exist_ok=True)
        self._ca_signer, self._maker_signer = ring.signer(SM2_CA), ring.signer(SEAL_MAKER)
        path = folder / "sm2-ca.crt.pem"
        self._ca = _read(path) or _keep(path, self._new_ca(hub))
        if self._ca.spki != self._ca_signer.public_der or not self._ca.signed_by(self._ca):
            raise CERTIFICATE_OF_OTHER_KEY(certificate=path.name, key="sm2-ca.pem")
        self._maker = self._open_maker(folder / "seal-maker.crt.pem", hub)
        self.ca_pem, self.maker_pem = _pem(self._ca), _pem(self._maker)

    @classmethod
    def open(cls, ring: Ring, folder: Path, hub: str, clock: Clock) -> "SealOffice":
        """Return the office of `hub`, set up the first time."""
        return cls(ring, folder, hub, clock)

    def certify(self, csr: bytes, title: str, uscc: str) -> tuple[SignerCertificate, bytes]:
        """Certify the key of a request for a department; return the certificate and the key's SubjectPublicKeyInfo.

        The request proves possession of the key; its subject is ignored, for the hub says who the department is.
        """
        _, key = read_csr(csr)
        draft = self._draft(CertificateSubject(title[:_NAME_CAP], title[:_NAME_CAP], uscc), key, SIGNER_LIFE)
        certificate = SignerCertificate(
            serial=serial_text(draft.serial),
            owner=uscc,
            certificate=issue(self._ca.raw, self._ca_signer, draft),
            not_before=draft.not_before,
            not_after=draft.not_after,
            create_time=draft.not_before,
        )
        return certificate, key.spki

    def make_seal(self, es_id: str, prop: SealProperty, png: bytes) -> bytes:
        """Return the DER SESeal: the seal maker signs what the authority approved (GB/T 38540-2020 6.2)."""
        info = SealInfo(Header(_VENDOR), es_id, prop, Picture("PNG", png, PICTURE_MM, PICTURE_MM))
        to_sign = seal_info_to_sign(info)
        return assemble_seal(to_sign, self._maker.raw, self._maker_signer.sign(to_sign))

    @property
    def ca_subject(self) -> bytes:
        """Return the name of this hub's own CA, DER."""
        return self._ca.subject_raw

    def trust(self, revoked: Mapping[str, datetime], strangers: Iterable[str] = (), others: Iterable[Sm2Certificate] = ()) -> Trust:
        """Return what verification rests on: this CA, since when which of its serial numbers are revoked, which are not in the register.

        `others` are the CAs of other makers; of their certificates nobody here knows which are revoked.
        """
        issuer = self._ca.subject_raw
        since = {(issuer, int(serial, 16)): at for serial, at in revoked.items()}
        unknown = frozenset((issuer, int(serial, 16)) for serial in strangers)
        return Trust((self._ca, *others), revocations=RevocationTable(frozenset({issuer}), since, unknown))

    def new_es_id(self, region: str) -> str:
        """Return 14 digits in public-security style: the region's six (GB/T 2260) and eight at random."""
        # 64 bits are reduced to eight digits: no number is noticeably more likely than another
        return f"{region}{int.from_bytes(self._random_bytes(8), 'big') % _ES_ID_TAIL:08d}"

    def _new_ca(self, hub: str) -> bytes:
        start = to_second(self._clock.now())
        return self_signed_ca(self._ca_signer, CertificateSubject(f"Shuniu {hub} SM2 CA"), start, start + CA_LIFE, self._serial())

    def _open_maker(self, path: Path, hub: str) -> Sm2Certificate:
        """Return the maker's certificate, a new one for the same key in time for the longest seal to end within it."""
        found = _read(path)
        if found is not None and (found.spki != self._maker_signer.public_der or not found.signed_by(self._ca)):
            raise CERTIFICATE_OF_OTHER_KEY(certificate=path.name, key="seal-maker.pem")
        # no seal may outlive the certificate of its maker
        if found is not None and found.not_after >= to_second(self._clock.now()) + LONGEST_LIFE:
            return found
        key = sm2.PublicKey.from_spki(self._maker_signer.public_der)
        draft = self._draft(CertificateSubject(f"Shuniu {hub} seal maker"), key, MAKER_LIFE)
        return _keep(path, issue(self._ca.raw, self._ca_signer, draft))

    def _draft(self, subject: CertificateSubject, key: sm2.PublicKey, life: timedelta) -> Sm2CertificateDraft:
        """Return what a certificate is to say that begins now and ends with its life, or with the CA."""
        start = to_second(self._clock.now())
        end = min(start + life, self._ca.not_after)
        return Sm2CertificateDraft(subject=subject, public_key=key, usage=Usage.SIGN, not_before=start, not_after=end, serial=self._serial())

    def _serial(self) -> int:
        """Return 128 random bits, never all zero (RFC 5280 4.1.2.2: positive)."""
        return int.from_bytes(self._random_bytes(_SERIAL_BYTES), "big") or 1


def serial_text(serial: int) -> str:
    """Return a serial number as the register writes it."""
    return f"{serial:032x}"


def _read(path: Path) -> Sm2Certificate | None:
    if not path.exists():
        return None
    try:
        return read_certificate(pem.unarmor(path.read_bytes(), "CERTIFICATE") or b"")
    except InvalidInputError as broken:
        raise CERTIFICATE_FILE_DAMAGED(file=path.name) from broken


def _keep(path: Path, certificate: bytes) -> Sm2Certificate:
    # whole or not at all: half a certificate would stop the next start
    temporary = path.with_suffix(".new")
    temporary.write_bytes(pem.armor("CERTIFICATE", certificate))
    temporary.replace(path)
    return read_certificate(certificate)


def _pem(certificate: Sm2Certificate) -> str:
    return pem.armor("CERTIFICATE", certificate.raw).decode()
