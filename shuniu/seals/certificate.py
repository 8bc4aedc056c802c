"""Reading a certificate: strict DER, capped, with the signed bytes kept as they came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shuniu.catalogue import InvalidInputError
from shuniu.seals import reasons
from shuniu.seals.names import CertificateSubject, comparable, read_subject
from shuniu.seals.structures import SM2_WITH_SM3
from shuniu.sm2 import PublicKey, der
from shuniu.sm2.der import Node
from shuniu.sm2.reasons import PARTS_MISSING

SIZE_CAP: Final = 16 << 10
_EXTENSIONS_CAP: Final = 32
_VERSION_3: Final = 2
_BASIC_CONSTRAINTS: Final = "2.5.29.19"
_KEY_USAGE: Final = "2.5.29.15"
_EXTENDED_KEY_USAGE: Final = "2.5.29.37"
# Of a subjectAltName and of certificatePolicies nothing enters a decision here: the first gives the subject further names (RFC 5280 4.2.1.6),
# the second restricts no path as long as nobody demands a policy (6.1.1 (c) and (e): any-policy, not explicit). policyConstraints and
# nameConstraints, which would make them count, are not among these.
_UNDERSTOOD: Final = frozenset({_BASIC_CONSTRAINTS, _KEY_USAGE, _EXTENDED_KEY_USAGE, "2.5.29.17", "2.5.29.32"})
_PURPOSES_CAP: Final = 32
_BYTE: Final = 8
_USAGES: Final = (  # RFC 5280 4.2.1.3, bit 0 first
    "digital_signature",
    "non_repudiation",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True)
class Sm2Certificate:
    """A certificate as it was read; `raw`, `tbs`, `spki`, `subject_raw` and `issuer_raw` are slices of the input.

    `key_usage` is None where the certificate has none; `path_length` where it sets none; `purposes` are the object identifiers of its
    extKeyUsage, empty where it has none; `unknown_critical` lists extensions that RFC 5280 4.2 forbids to ignore and that are not understood here.
    """

    raw: bytes
    tbs: bytes
    algorithm: str
    signature: bytes
    serial: int
    issuer_raw: bytes
    subject_raw: bytes
    issuer: CertificateSubject
    subject: CertificateSubject
    not_before: datetime
    not_after: datetime
    spki: bytes
    ca: bool
    path_length: int | None
    key_usage: frozenset[str] | None
    unknown_critical: tuple[str, ...]
    purposes: frozenset[str] = frozenset()

    @property
    def public_key(self) -> PublicKey:
        """The SM2 key; `InvalidInputError` where the certificate holds another kind."""
        return PublicKey.from_foreign_spki(self.spki)

    def covers(self, moment: datetime) -> bool:
        """Tell whether the moment lies within the certificate's dates, both ends included."""
        return self.not_before <= moment <= self.not_after

    def signed_by(self, issuer: Sm2Certificate) -> bool:
        """Tell whether the issuer's SM2 key made this certificate's signature, and the names fit."""
        if self.algorithm != SM2_WITH_SM3 or comparable(self.issuer_raw) != comparable(issuer.subject_raw):
            return False
        try:
            return issuer.public_key.verify(self.signature, self.tbs)
        except InvalidInputError:
            return False


def read_certificate(data: bytes) -> Sm2Certificate:
    """Read a DER certificate of X.509 version 3 (RFC 5280 4.1)."""
    outer = der.parse(data, "Certificate", at_most=SIZE_CAP).sequence("Certificate", at_least=3, at_most=3)
    # seven fields up to the key, six in version 1, which has no version field; two unique identifiers and the extensions may follow
    fields = outer[0].sequence("tbsCertificate", at_least=6, at_most=10)
    if fields[0].tag == der.INTEGER:
        raise reasons.VERSION_1()
    if len(fields) < 7:  # noqa: PLR2004 - up to the key
        raise PARTS_MISSING(what="tbsCertificate", count=len(fields), least=7)
    version = fields[0].expect(0xA0, "version").children("version", at_least=1, at_most=1)[0].integer("version")
    if version != _VERSION_3 or outer[1].raw != fields[2].raw:  # RFC 5280 4.1.1.2: both algorithm fields are the same
        raise reasons.NOT_VERSION_3()
    extensions = _extensions(fields[7:])
    not_before, not_after = fields[4].sequence("validity", at_least=2, at_most=2)
    ca, path_length = _basic_constraints(extensions.get(_BASIC_CONSTRAINTS, (False, b""))[1])
    return Sm2Certificate(
        raw=data,
        tbs=outer[0].raw,
        algorithm=_algorithm(outer[1]),
        signature=outer[2].bits("signatureValue"),
        serial=fields[1].integer("serialNumber"),
        issuer_raw=fields[3].raw,
        subject_raw=fields[5].raw,
        issuer=read_subject(fields[3], "issuer"),
        subject=read_subject(fields[5], "subject"),
        not_before=not_before.certificate_time("notBefore"),
        not_after=not_after.certificate_time("notAfter"),
        spki=fields[6].expect(der.SEQUENCE, "subjectPublicKeyInfo").raw,
        ca=ca,
        path_length=path_length,
        key_usage=_key_usage(extensions[_KEY_USAGE][1]) if _KEY_USAGE in extensions else None,
        unknown_critical=tuple(oid for oid, (critical, _) in extensions.items() if critical and oid not in _UNDERSTOOD),
        purposes=_purposes(extensions[_EXTENDED_KEY_USAGE][1]) if _EXTENDED_KEY_USAGE in extensions else frozenset(),
    )


def _algorithm(node: Node) -> str:
    """Return the algorithm; parameters are absent or NULL, as some CAs write them."""
    parts = node.sequence("signatureAlgorithm", at_least=1, at_most=2)
    if parts[1:] and parts[1].raw != b"\x05\x00":
        raise reasons.ALGORITHM_PARAMETERS()
    return parts[0].oid("signatureAlgorithm")


def _extensions(optional: list[Node]) -> dict[str, tuple[bool, bytes]]:
    found: dict[str, tuple[bool, bytes]] = {}
    for node in optional:
        if node.tag != 0xA3:  # noqa: PLR2004 - [1] and [2], unique identifiers, are of no use to anybody
            continue
        wrapped = node.children("extensions", at_least=1, at_most=1)[0]
        for item in wrapped.sequence("extensions", at_least=1, at_most=_EXTENSIONS_CAP):
            parts = item.sequence("Extension", at_least=2, at_most=3)
            oid = parts[0].oid("extnID")
            if oid in found:
                raise reasons.EXTENSION_TWICE()  # RFC 5280 4.2
            found[oid] = (parts[1].boolean("critical") if parts[2:] else False, parts[-1].octets("extnValue"))
    return found


def _basic_constraints(value: bytes) -> tuple[bool, int | None]:
    if not value:
        return False, None
    parts = der.parse(value, "basicConstraints", at_most=_BYTE * 4).sequence("basicConstraints", at_least=0, at_most=2)
    # a path length without cA is malformed: RFC 5280 4.2.1.9 has it for CAs alone
    ca = bool(parts) and parts[0].boolean("cA")
    return ca, parts[1].integer("pathLenConstraint") if parts[1:] else None


def _purposes(value: bytes) -> frozenset[str]:
    """Return the purposes of an extKeyUsage (RFC 5280 4.2.1.12)."""
    what = "extKeyUsage"
    return frozenset(part.oid(what) for part in der.parse(value, what, at_most=SIZE_CAP).sequence(what, at_least=1, at_most=_PURPOSES_CAP))


def _key_usage(value: bytes) -> frozenset[str]:
    body = der.parse(value, "keyUsage", at_most=_BYTE).expect(der.BIT_STRING, "keyUsage").content
    if not 2 <= len(body) <= 3 or body[0] >= _BYTE:  # noqa: PLR2004 - a count of unused bits, then nine bits at most
        raise reasons.KEY_USAGE_BITS()
    bits = "".join(f"{octet:08b}" for octet in body[1:])
    # nine names for up to sixteen bits: what is left over is padding
    return frozenset(name for name, bit in zip(_USAGES, bits) if bit == "1")
