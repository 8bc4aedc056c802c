"""Certificates as they are handed out: to a system, and to the hub's own doors."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A certificate just issued: the PEM to hand out and what to keep of it."""

    pem: bytes
    serial: str
    fingerprint: str
    not_before: datetime
    not_after: datetime
    hosts: tuple[str, ...] = ()

    @classmethod
    def of(cls, certificate: x509.Certificate, hosts: tuple[str, ...] = ()) -> "IssuedCertificate":
        """Return what is kept of a certificate, and the hosts that it names."""
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        return cls(pem, serial_of(certificate), fingerprint_of(certificate), certificate.not_valid_before_utc, certificate.not_valid_after_utc, hosts)


@dataclass(frozen=True, slots=True)
class ServerCredentials:
    """What the hub shows in TLS, all PEM: a server takes (key, chain), members' port asks for client certificates under `ca_pem`."""

    key_pem: bytes
    certificate_pem: bytes
    ca_pem: bytes
    not_after: datetime

    def __repr__(self) -> str:
        return "ServerCredentials(...)"

    @property
    def chain_pem(self) -> bytes:
        """Return the certificate followed by its CA."""
        return self.certificate_pem + self.ca_pem


def serial_of(certificate: x509.Certificate) -> str:
    """Return the serial number as 32 hexadecimal digits."""
    return f"{certificate.serial_number:032x}"


def fingerprint_of(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of the DER certificate, hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()
