"""The office that the hub runs for seals: its SM2 CA for signers' certificates, and the seal maker 制章者. It holds no signer's key.

Electronic Signature Law art. 13: signing data belong to the signer alone; what comes here is a request that proves possession.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from asn1crypto import pem

from hub import sm2
from hub.clock import Clock
from hub.errors import ConfigError, InvalidInputError
from hub.keys import KeyRing
from seals.asn1 import Header, Picture, SealInfo, SealProperty, assemble_seal, seal_info_to_sign
from seals.model import LONGEST_LIFE, SignerCertificate, to_second
from seals.x509 import Certificate, RevocationTable, Subject, Trust, Usage, issue, read_certificate, read_csr, self_signed_ca

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

    def __init__(self, keyring: KeyRing, folder: Path, hub: str, clock: Clock, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """Test the machine's SM2 and open the office; what is missing is made once, what does not fit together stops the start."""
        sm2.self_test()
        self._clock, self._random_bytes = clock, random_bytes
        folder.mkdir(parents=True, exist_ok=True)
        self._ca_key = _key(keyring, "sm2-ca.pem")
        self._maker_key = _key(keyring, "seal-maker.pem")
        self._ca = _read(folder / "sm2-ca.crt.pem") or _keep(folder / "sm2-ca.crt.pem", self._new_ca(hub))
        if self._ca.spki != self._ca_key.public.spki or not self._ca.signed_by(self._ca):
            raise _misfit("sm2-ca.crt.pem", "sm2-ca.pem")
        self._maker = self._open_maker(folder / "seal-maker.crt.pem", hub)
        self.ca_pem, self.maker_pem = _pem(self._ca), _pem(self._maker)

    @classmethod
    def open(cls, keyring: KeyRing, folder: Path, hub: str, clock: Clock) -> "SealOffice":
        """Return the office of `hub`, set up the first time."""
        return cls(keyring, folder, hub, clock)

    def certify(self, csr: bytes, title: str, uscc: str) -> tuple[SignerCertificate, bytes]:
        """Certify the key of a request for a department; return the certificate and the key's SubjectPublicKeyInfo.

        The request proves possession of the key; its subject is ignored, for the hub says who the department is.
        """
        _, key = read_csr(csr)
        start = to_second(self._clock.now())
        end = min(start + SIGNER_LIFE, self._ca.not_after)
        serial = self._serial()
        subject = Subject(title[:_NAME_CAP], title[:_NAME_CAP], uscc)
        certificate = issue(self._ca.raw, self._ca_key, subject, key, Usage.SIGN, start, end, serial)
        return SignerCertificate(serial_text(serial), uscc, certificate, start, end, start), key.spki

    def make_seal(self, es_id: str, prop: SealProperty, png: bytes) -> bytes:
        """Return the DER SESeal: the seal maker signs what the authority approved (GB/T 38540-2020 6.2)."""
        info = SealInfo(Header(_VENDOR), es_id, prop, Picture("PNG", png, PICTURE_MM, PICTURE_MM))
        to_sign = seal_info_to_sign(info)
        return assemble_seal(to_sign, self._maker.raw, self._maker_key.sign(to_sign))

    def trust(self, revoked: Mapping[str, datetime]) -> Trust:
        """Return what verification rests on: this CA, and since when which of its serial numbers are revoked."""
        issuer = self._ca.subject_raw
        return Trust((self._ca,), revoked=RevocationTable(frozenset({issuer}), {(issuer, int(serial, 16)): at for serial, at in revoked.items()}))

    def new_es_id(self, region: str) -> str:
        """Return 14 digits in public-security style: the region's six (GB/T 2260) and eight at random."""
        return f"{region}{int.from_bytes(self._random_bytes(8), 'big') % _ES_ID_TAIL:08d}"

    def _new_ca(self, hub: str) -> bytes:
        start = to_second(self._clock.now())
        return self_signed_ca(self._ca_key, Subject(f"Shuniu {hub} SM2 CA"), start, start + CA_LIFE, self._serial())

    def _open_maker(self, path: Path, hub: str) -> Certificate:
        """Return the maker's certificate, a new one for the same key in time for the longest seal to end within it."""
        found = _read(path)
        if found is not None and (found.spki != self._maker_key.public.spki or not found.signed_by(self._ca)):
            raise _misfit(path.name, "seal-maker.pem")
        start = to_second(self._clock.now())
        if found is None or found.not_after < start + LONGEST_LIFE:
            subject = Subject(f"Shuniu {hub} seal maker")
            end = min(start + MAKER_LIFE, self._ca.not_after)
            return _keep(path, issue(self._ca.raw, self._ca_key, subject, self._maker_key.public, Usage.SIGN, start, end, self._serial()))
        return found

    def _serial(self) -> int:
        """Return 128 random bits, never all zero (RFC 5280 4.1.2.2: positive)."""
        return int.from_bytes(self._random_bytes(_SERIAL_BYTES), "big") or 1


def serial_text(serial: int) -> str:
    """Return a serial number as the register writes it."""
    return f"{serial:032x}"


def _key(keyring: KeyRing, file_name: str) -> sm2.PrivateKey:
    try:
        return sm2.PrivateKey.from_pem(keyring.file(file_name, lambda: sm2.generate().to_pem()))
    except InvalidInputError as broken:
        raise ConfigError(f"key {file_name} is no SM2 key", zh="密钥类型不符", next_action="restore the right key file") from broken


def _read(path: Path) -> Certificate | None:
    if not path.exists():
        return None
    try:
        return read_certificate(pem.unarmor(path.read_bytes())[2])
    except (InvalidInputError, ValueError) as broken:
        raise ConfigError(f"{path.name} is no certificate", zh="证书文件损坏", next_action="restore it from a copy") from broken


def _keep(path: Path, certificate: bytes) -> Certificate:
    temporary = path.with_suffix(".new")
    temporary.write_bytes(pem.armor("CERTIFICATE", certificate))
    temporary.replace(path)
    return read_certificate(certificate)


def _pem(certificate: Certificate) -> str:
    return bytes(pem.armor("CERTIFICATE", certificate.raw)).decode()


def _misfit(certificate: str, key: str) -> ConfigError:
    return ConfigError(f"{certificate} does not belong to {key}", zh="证书与密钥不匹配", next_action="restore both files from the same copy")
