"""The built-in certificate authority: one EC P-256 root, client certificates by CSR, the hub's own server certificate.

It looks at a CSR for two things: a key that its sender holds, and host names a provider will serve under. Who the sender is comes from elsewhere.
"""

import ipaddress
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certs.csr import Key, canonical, hosts_of, read_csr, san_of
from certs.model import SYSTEM_NAME, is_host
from hub.clock import Clock
from hub.errors import ConfigError, InvalidInputError, NotSignedInError
from hub.keys import KeyRing
from hub.uscc import is_uscc

CLIENT_LIFETIME: Final = timedelta(days=90)
SERVER_LIFETIME: Final = timedelta(days=365)
CA_LIFETIME: Final = timedelta(days=3652)
BACKDATED: Final = timedelta(minutes=5)
"""Certificates begin a little early: the machines that check them have clocks of their own."""
_IDENTITY: Final = re.compile(rf"shuniu://({SYSTEM_NAME.pattern})/dept/([0-9A-Z]{{18}})/system/({SYSTEM_NAME.pattern})")


class Identity(NamedTuple):
    """Whom a certificate names."""

    hub: str
    department: str
    system: str

    @property
    def uri(self) -> str:
        """Return the SAN URI."""
        return f"shuniu://{self.hub}/dept/{self.department}/system/{self.system}"


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate just issued: the PEM to hand out and what to keep of it."""

    pem: bytes
    serial: str
    fingerprint: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the hub shows in TLS, all PEM: a server takes (key, chain), members' port asks for client certificates under `ca_pem`."""

    key_pem: bytes
    certificate_pem: bytes
    ca_pem: bytes

    def __repr__(self) -> str:
        return "Credentials(...)"

    @property
    def chain_pem(self) -> bytes:
        """Return the certificate followed by its CA."""
        return self.certificate_pem + self.ca_pem


class CertificateAuthority:
    """The hub's CA. Its key stays in the key ring; its certificate `ca.crt.pem` is for everybody."""

    def __init__(self, keyring: KeyRing, folder: Path, hub: str, clock: Clock, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """Open the CA of `hub`, making key and certificate the first time; one that does not fit its key or hub stops the start."""
        if SYSTEM_NAME.fullmatch(hub) is None:
            raise ConfigError("hub must be 1 to 40 of a-z, 0-9 and hyphen, beginning with a letter", zh="枢纽简称有误", next_action="mend hub")
        self.hub = hub
        self._keyring, self._folder, self._clock, self._random_bytes = keyring, folder, clock, random_bytes
        folder.mkdir(parents=True, exist_ok=True)
        self._key = _private_key(keyring, "ca.pem")
        self.certificate = _read(folder / "ca.crt.pem") or self._self_signed()
        self._check_own()
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM)
        own = _read(folder / "hub-server.crt.pem")
        self._own_hosts = frozenset(hosts_of(own.extensions)) if own else frozenset()

    @classmethod
    def open(cls, keyring: KeyRing, folder: Path, hub: str, clock: Clock) -> "CertificateAuthority":
        """Return the CA of `hub`, made the first time."""
        return cls(keyring, folder, hub, clock)

    @property
    def hub_uri(self) -> str:
        """Return the SAN URI of the hub itself: a provider must see it in the certificate of whoever asks for data."""
        return f"shuniu://{self.hub}/hub"

    def issue_client(self, csr_der: bytes, department: str, system: str, lifetime: timedelta = CLIENT_LIFETIME) -> Issued:
        """Certify the CSR's key for a department's system; the CSR's subject is ignored, the hosts it asks for are added when they are hosts."""
        identity = Identity(self.hub, department, system)
        if parse_uri(identity.uri) != identity:
            raise InvalidInputError("no certificate can name this department or system", field="system", zh="部门或系统名称有误")
        key, hosts = read_csr(csr_der)
        self._refuse_own_hosts(hosts)
        subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, department), x509.NameAttribute(NameOID.COMMON_NAME, system)])
        return _issued(self._leaf(subject, key, identity.uri, hosts, lifetime))

    def issue_server(self, names: tuple[str, ...]) -> Credentials:
        """Return the hub's own TLS credentials for `names`; the certificate is renewed when names changed or a third of its life is left."""
        wrong = [name for name in names if not is_host(name)]
        if wrong or not names:
            raise ConfigError(f"server_names must be host names: {wrong}", zh="服务器名称有误", next_action="mend server_names")
        hosts = tuple(dict.fromkeys(canonical(name) for name in names))
        key = _private_key(self._keyring, "hub-server.pem")
        path = self._folder / "hub-server.crt.pem"
        certificate = _read(path)
        if certificate is None or not self._serves(certificate, key, hosts):
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Shuniu {self.hub}")])
            certificate = self._leaf(subject, key.public_key(), self.hub_uri, hosts, SERVER_LIFETIME)
            _write(path, certificate)
        self._own_hosts = frozenset(hosts)
        return Credentials(_pem(key), certificate.public_bytes(serialization.Encoding.PEM), self.pem)

    def _serves(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey, hosts: tuple[str, ...]) -> bool:
        life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
        return (
            certificate.public_key() == key.public_key()
            and _uris(certificate) == [self.hub_uri]
            and set(hosts_of(certificate.extensions)) == set(hosts)
            and certificate.not_valid_before_utc <= self._clock.now()
            and certificate.not_valid_after_utc - self._clock.now() >= life / 3
            and self._issued_by_me(certificate)
        )

    def _issued_by_me(self, certificate: x509.Certificate) -> bool:
        try:
            certificate.verify_directly_issued_by(self.certificate)
        except Exception:  # noqa: BLE001 - whatever the reason, it is not ours
            return False
        return True

    def _refuse_own_hosts(self, hosts: tuple[str, ...]) -> None:
        """Refuse the hub's own public names: who had a server certificate for them could pass for the hub. Loopback is nobody's."""
        for host in hosts:
            if host in self._own_hosts and not _is_loopback(host):
                raise InvalidInputError(
                    f"the CSR asks for {host}, which is the hub's own name", field="csr", zh="证书请求中含有枢纽自身的主机名",
                    next_action="ask for the host names of your own system only", reason="CSR_HOST_RESERVED",
                )  # fmt: skip

    def _leaf(self, subject: x509.Name, key: Key, uri: str, hosts: tuple[str, ...], lifetime: timedelta) -> x509.Certificate:
        now = self._clock.now().replace(microsecond=0)
        end = min(now + lifetime, self.certificate.not_valid_after_utc)
        if now >= end:
            raise ConfigError("the CA's certificate has expired", zh="根证书已过期", next_action="make a new CA and enrol all systems again")
        names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(uri), *(_general_name(host) for host in hosts)]
        return (
            self._builder(subject, key, now - BACKDATED, end)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(certifies=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(self._key, hashes.SHA256())
        )

    def _self_signed(self) -> x509.Certificate:
        now = self._clock.now().replace(microsecond=0)
        certificate = (
            self._builder(self._subject, self._key.public_key(), now - BACKDATED, now + CA_LIFETIME)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(certifies=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        _write(self._folder / "ca.crt.pem", certificate)
        return certificate

    @property
    def _subject(self) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Shuniu CA {self.hub}")])

    def _builder(self, subject: x509.Name, key: Key, start: datetime, end: datetime) -> x509.CertificateBuilder:
        """Begin a certificate with a serial of 128 random bits (RFC 5280 section 4.1.2.2: positive, at most 20 octets)."""
        serial = int.from_bytes(self._random_bytes(16), "big") or 1
        builder = x509.CertificateBuilder(self._subject, subject, key, serial, start, end)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False).add_extension(authority, critical=False)

    def _check_own(self) -> None:
        if self.certificate.public_key() != self._key.public_key() or self.certificate.subject != self._subject:
            raise ConfigError(
                f"ca.crt.pem does not belong to the key ca.pem or to the hub {self.hub}", zh="根证书与密钥或枢纽不符",
                next_action="restore the certificate and the key that belong together",
            )  # fmt: skip


def parse_identity(certificate: x509.Certificate) -> Identity:
    """Return whom the certificate names: its SAN holds exactly one URI, shuniu://<hub>/dept/<uscc>/system/<name>, nothing looser."""
    try:
        uris = _uris(certificate)
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise _nobody() from error
    identity = parse_uri(uris[0]) if len(uris) == 1 else None
    if identity is None:
        raise _nobody()
    return identity


def parse_uri(uri: str) -> Identity | None:
    """Return the identity that a URI spells out, None for anything else."""
    match = _IDENTITY.fullmatch(uri)
    return Identity(*match.groups()) if match and is_uscc(match[2]) else None


def _nobody() -> NotSignedInError:
    return NotSignedInError(
        "the certificate names no department's system", zh="证书未标明部门系统身份", next_action="enrol with `shuniu join`", reason="NO_IDENTITY"
    )


def serial_of(certificate: x509.Certificate) -> str:
    """Return the serial number as 32 hexadecimal digits."""
    return f"{certificate.serial_number:032x}"


def fingerprint_of(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of the DER certificate, hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def _issued(certificate: x509.Certificate) -> Issued:
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    return Issued(pem, serial_of(certificate), fingerprint_of(certificate), certificate.not_valid_before_utc, certificate.not_valid_after_utc)


def _usage(*, certifies: bool) -> x509.KeyUsage:
    """Return the key usage: a CA signs certificates and revocation lists, all others sign handshakes only (RFC 5280 section 4.2.1.3)."""
    return x509.KeyUsage(
        digital_signature=not certifies, content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        key_cert_sign=certifies, crl_sign=certifies, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _uris(certificate: x509.Certificate) -> list[str]:
    san = san_of(certificate.extensions)
    return list(san.get_values_for_type(x509.UniformResourceIdentifier)) if san else []


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _private_key(keyring: KeyRing, file_name: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(keyring.file(file_name, lambda: _pem(ec.generate_private_key(ec.SECP256R1()))), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ConfigError(f"key {file_name} is no EC key", zh="密钥类型不符", next_action="restore the right key file")
    return key


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _read(path: Path) -> x509.Certificate | None:
    if not path.exists():
        return None
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError as error:
        raise ConfigError(
            f"{path.name} is no certificate", zh="证书文件损坏", next_action=f"restore {path}, or remove it to have it made anew"
        ) from error


def _write(path: Path, certificate: x509.Certificate) -> None:
    """Put the whole file in place at once: a reader never sees half a certificate."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    temporary.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    temporary.replace(path)
