"""A small certificate authority for the SDK's tests, built with `cryptography` alone: what the hub would issue, and what it would not."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HUB_URI = "shuniu://test/hub"
DEPARTMENT_URI = "shuniu://test/dept/116400000100831619/system/civil"


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass
class Authority:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def new(cls, name: str = "test CA") -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(name), _name(name), key.public_key(), timedelta(days=30))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        return cls(key, builder.sign(key, hashes.SHA256()))

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(
        self, public_key: object, uris: list[str], hosts: tuple[str, ...] = ("localhost", "127.0.0.1"), life: timedelta = timedelta(days=9)
    ) -> bytes:
        assert isinstance(public_key, ec.EllipticCurvePublicKey)
        builder = _builder(_name("leaf"), self.certificate.subject, public_key, life)
        names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(uri) for uri in uris]
        names += [x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host) for host in hosts]
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = builder.add_extension(usage, critical=False)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def pair(self, *uris: str, life: timedelta = timedelta(days=9)) -> tuple[bytes, bytes]:
        """Return (certificate, key), PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        return self.issue(key.public_key(), list(uris), life=life), pem_of(key)

    def folder(self, place: Path, uri: str = DEPARTMENT_URI) -> Path:
        place.mkdir()
        certificate, key = self.pair(uri)
        for name, data in (("cert.pem", certificate), ("key.pem", key), ("ca.pem", self.pem)):
            (place / name).touch(mode=0o600)
            (place / name).write_bytes(data)
        return place


def pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _builder(subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, life: timedelta) -> x509.CertificateBuilder:
    begin = datetime.now(timezone.utc) - timedelta(minutes=5)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public_key)
    return builder.serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(begin + life)
