"""The built-in certificate authority: one EC P-256 root, client certificates by CSR, the hub's own server certificate.

It looks at a CSR for two things: a key that its sender holds, and host names a provider will serve under. Who the sender is comes from elsewhere.
"""

import secrets
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final, cast

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certs.credentials import IssuedCertificate, ServerCredentials
from certs.csr import Key, read_csr
from certs.model import SYSTEM_NAME
from certs.reasons import (
    CA_EXPIRED,
    CA_FOREIGN,
    CERTIFICATE_FILE_DAMAGED,
    CSR_HOST_RESERVED,
    HUB_NAME_WRONG,
    NAME_IN_NO_CERTIFICATE,
    SERVER_NAMES_MISSING,
    SERVER_NAMES_WRONG,
)
from certs.san import SystemIdentity, hosts_of, parse_uri, san_with, uris_of
from certs.signing import CertificateDraft, CertificateIssuer, key_usage
from hub.clock import Clock
from hub.key_set import CA, HUB_SERVER
from hub.signer import Ring
from shuniu.joining.hosts import canonical, is_host, is_loopback

CLIENT_LIFETIME: Final = timedelta(days=90)
SERVER_LIFETIME: Final = timedelta(days=365)
CA_LIFETIME: Final = timedelta(days=3652)
BACKDATED: Final = timedelta(minutes=5)
"""Certificates begin a little early: the machines that check them have clocks of their own."""
_CA_FILE: Final = "ca.crt.pem"
_SERVER_FILE: Final = "hub-server.crt.pem"


class CertificateAuthority:
    """The hub's CA. Its key stays in the ring, which signs for it; its certificate `ca.crt.pem` is for everybody."""

    def __init__(self, ring: Ring, folder: Path, hub: str, clock: Clock, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """Open the CA of `hub`, making its certificate the first time; one that does not fit its key or hub stops the start."""
        if SYSTEM_NAME.fullmatch(hub) is None:
            raise HUB_NAME_WRONG()
        self.hub = hub
        self._ring, self._folder, self._clock, self._random_bytes = ring, folder, clock, random_bytes
        folder.mkdir(parents=True, exist_ok=True)
        self._issuer = CertificateIssuer(_common_name(f"Shuniu CA {hub}"), ring.signer(CA))
        self.certificate = _read(folder / _CA_FILE) or self._self_signed()
        # A folder of certificates restored beside the keys of another hub would issue what nobody can verify.
        if self.certificate.public_key() != self._issuer.public_key or self.certificate.subject != self._issuer.name:
            raise CA_FOREIGN(file=_CA_FILE, hub=hub)
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM)
        # The names of the last start, until `issue_server` sets those of this one: they are reserved from the first request on.
        own = _read(folder / _SERVER_FILE)
        self._own_hosts = frozenset(hosts_of(own.extensions)) if own else frozenset()

    @classmethod
    def open(cls, ring: Ring, folder: Path, hub: str, clock: Clock) -> "CertificateAuthority":
        """Return the CA of `hub`, made the first time."""
        return cls(ring, folder, hub, clock)

    @property
    def hub_uri(self) -> str:
        """Return the SAN URI of the hub itself: a provider must see it in the certificate of whoever asks for data."""
        return f"shuniu://{self.hub}/hub"

    def issue_client(self, csr_der: bytes, department: str, system: str, admit: Callable[[str], object] = bool) -> IssuedCertificate:
        """Certify the CSR's key for a department's system; the CSR's subject is ignored.

        The hosts that it asks for are added, each once `admit` has not refused it by an error.
        """
        identity = SystemIdentity(self.hub, department, system)
        # Written and read back: a name that could be read as another system's URI gets no certificate.
        if parse_uri(identity.uri) != identity:
            raise NAME_IN_NO_CERTIFICATE(field="system")
        key, hosts = read_csr(csr_der)
        self.refuse_own_hosts(hosts)
        for host in hosts:
            admit(host)
        subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, department), x509.NameAttribute(NameOID.COMMON_NAME, system)])
        return IssuedCertificate.of(self._leaf(subject, key, san_with(identity.uri, hosts), CLIENT_LIFETIME), hosts)

    def issue_server(self, names: tuple[str, ...]) -> ServerCredentials:
        """Return the hub's own TLS credentials for `names`; the certificate is renewed when names changed or a third of its life is left."""
        hosts = _server_hosts(names)
        key_pem = self._ring.tls_key(HUB_SERVER)
        key = cast("ec.EllipticCurvePublicKey", serialization.load_pem_private_key(key_pem, None).public_key())
        path = self._folder / _SERVER_FILE
        certificate = _read(path)
        if certificate is None or not self._serves(certificate, key, hosts):
            certificate = self._leaf(_common_name(f"Shuniu {self.hub}"), key, san_with(self.hub_uri, hosts), SERVER_LIFETIME)
            _write(path, certificate)
        self._own_hosts = frozenset(hosts)
        return ServerCredentials(key_pem, certificate.public_bytes(serialization.Encoding.PEM), self.pem, certificate.not_valid_after_utc)

    def is_due(self, own: ServerCredentials) -> bool:
        """Tell whether the hub's own certificate is to be renewed now: a third of its life is left, or it is not yet valid."""
        return not self._is_fresh(x509.load_pem_x509_certificate(own.certificate_pem))

    def _is_fresh(self, certificate: x509.Certificate) -> bool:
        now, begin, end = self._clock.now(), certificate.not_valid_before_utc, certificate.not_valid_after_utc
        # Its own life, which is shorter than SERVER_LIFETIME where the CA's end cut it; one that ends with the CA gains nothing by a renewal.
        return begin <= now and (end - now >= (end - begin) / 3 or end >= self.certificate.not_valid_after_utc)

    def _serves(self, certificate: x509.Certificate, key: Key, hosts: tuple[str, ...]) -> bool:
        return (
            certificate.public_key() == key
            and uris_of(certificate.extensions) == [self.hub_uri]
            and set(hosts_of(certificate.extensions)) == set(hosts)
            and self._is_fresh(certificate)
            and self._issued_by_me(certificate)
        )

    def _issued_by_me(self, certificate: x509.Certificate) -> bool:
        try:
            certificate.verify_directly_issued_by(self.certificate)
        except Exception:  # noqa: BLE001 - whatever the reason, it is not ours
            return False
        return True

    def refuse_own_hosts(self, hosts: Iterable[str]) -> None:
        """Refuse the hub's own public names: who had a server certificate for them could pass for the hub. Loopback is nobody's."""
        for host in hosts:
            if host in self._own_hosts and not is_loopback(host):
                raise CSR_HOST_RESERVED(field="csr", host=host)

    def _leaf(self, subject: x509.Name, key: Key, names: x509.SubjectAlternativeName, lifetime: timedelta) -> x509.Certificate:
        now = self._clock.now().replace(microsecond=0)
        # Behind the CA's end the chain would be refused whatever the leaf says.
        end = min(now + lifetime, self.certificate.not_valid_after_utc)
        if now >= end:
            raise CA_EXPIRED()
        extensions = (
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (key_usage(certifies=False), True),
            # Both uses: with one certificate a system calls the hub and serves its fetches.
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (names, False),
        )
        return self._issuer.certify(
            CertificateDraft(subject=subject, key=key, serial=self._serial(), start=now - BACKDATED, end=end, extensions=extensions)
        )

    def _self_signed(self) -> x509.Certificate:
        now = self._clock.now().replace(microsecond=0)
        # Both critical (RFC 5280 sections 4.2.1.9 and 4.2.1.3). Path length 0: no CA stands below this one.
        extensions = ((x509.BasicConstraints(ca=True, path_length=0), True), (key_usage(certifies=True), True))
        draft = CertificateDraft(
            subject=self._issuer.name,
            key=self._issuer.public_key,
            serial=self._serial(),
            start=now - BACKDATED,
            end=now + CA_LIFETIME,
            extensions=extensions,
        )
        certificate = self._issuer.certify(draft)
        _write(self._folder / _CA_FILE, certificate)
        return certificate

    def _serial(self) -> int:
        """Return a serial number of 128 random bits (RFC 5280 section 4.1.2.2: positive, at most 20 octets)."""
        return int.from_bytes(self._random_bytes(16), "big") or 1


def _common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _server_hosts(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise SERVER_NAMES_MISSING()
    if wrong := [name for name in names if not is_host(name)]:
        raise SERVER_NAMES_WRONG(names=", ".join(wrong))
    return tuple(dict.fromkeys(canonical(name) for name in names))


def _read(path: Path) -> x509.Certificate | None:
    if not path.exists():
        return None
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError as error:
        raise CERTIFICATE_FILE_DAMAGED(file=path.name, path=path) from error


def _write(path: Path, certificate: x509.Certificate) -> None:
    """Put the whole file in place at once: a reader never sees half a certificate."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    temporary.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    temporary.replace(path)
