"""The names in a certificate: who it speaks for, and when two names are the same (RFC 5280 7.1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from unicodedata import normalize

from shuniu.seals.reasons import NAME_LENGTH
from shuniu.sm2 import der

_COMMON_NAME: Final = "2.5.4.3"
_SERIAL_NUMBER: Final = "2.5.4.5"
_COUNTRY: Final = "2.5.4.6"
_ORGANIZATION: Final = "2.5.4.10"
_ORGANIZATION_IDENTIFIER: Final = "2.5.4.97"
_PARTS_CAP: Final = 32
_NAME_CAP: Final = 64  # X.520 upper bounds
_SUBJECT: Final = frozenset({_COMMON_NAME, _SERIAL_NUMBER, _COUNTRY, _ORGANIZATION, _ORGANIZATION_IDENTIFIER})
# PrintableString and IA5String hold ASCII, and UTF-8 in the certificates of several Chinese CAs; 0x14 is TeletexString, read as Latin-1
# as everybody does, 0x1C UniversalString, 0x1E BMPString
_ENCODINGS: Final = {der.UTF8: "utf-8", der.PRINTABLE: "utf-8", der.IA5: "utf-8", 0x14: "latin-1", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}
_NAMES_KEPT: Final = 64


@dataclass(frozen=True)
class CertificateSubject:
    """A name in a certificate; `organization_id` is the USCC, written as organizationIdentifier (2.5.4.97)."""

    common_name: str
    organization: str = ""
    organization_id: str = ""
    country: str = "CN"

    def __post_init__(self) -> None:
        """Refuse a name without a common name or with parts beyond X.520's 64 characters."""
        if not self.common_name or max(map(len, (self.common_name, self.organization, self.organization_id))) > _NAME_CAP:
            raise NAME_LENGTH(most=_NAME_CAP)


def read_subject(name: der.Node, what: str) -> CertificateSubject:
    """Return the parts of a name that matter here; a USCC may stand in organizationIdentifier or, as some CAs do, serialNumber.

    Attributes of other kinds are not decoded, and those that are used are decoded leniently: how a CA writes a name decides nothing.
    """
    texts: dict[str, str] = {}
    for rdn in _attributes(name, what):
        for kind, value in rdn:
            # of two attributes of one kind, the first counts
            if kind in _SUBJECT and kind not in texts:
                texts[kind] = value.content.decode(_ENCODINGS.get(value.tag, "utf-8"), "replace")
    organization = texts.get(_ORGANIZATION, "")
    return CertificateSubject(
        # foreign certificates may have neither, and a name is no condition for verifying them
        common_name=(texts.get(_COMMON_NAME) or organization or "?")[:_NAME_CAP],
        organization=organization[:_NAME_CAP],
        organization_id=(texts.get(_ORGANIZATION_IDENTIFIER) or texts.get(_SERIAL_NUMBER, ""))[:_NAME_CAP],
        country=texts.get(_COUNTRY, "")[:_NAME_CAP],
    )


@lru_cache(maxsize=_NAMES_KEPT)
def comparable(raw: bytes) -> bytes:
    """Return a name (DER) in the form in which equal names are equal bytes: RFC 5280 7.1.

    Texts are compared whatever their string type, without regard to case, to blanks at the ends and to the number of blanks within (RFC 4518);
    the attributes of one RDN have no order. What is no text of its type is compared as it stands.
    """
    name = der.parse(raw, "Name", at_most=len(raw))
    rdns = (sorted(der.write_sequence(der.write_oid(kind), _prepared(value)) for kind, value in rdn) for rdn in _attributes(name, "Name"))
    return der.write_sequence(*(der.write(der.SET, b"".join(rdn)) for rdn in rdns))


def _attributes(name: der.Node, what: str) -> list[list[tuple[str, der.Node]]]:
    """Return the RDNs of a name, each as its attributes: kind and value."""
    found = []
    for rdn in name.sequence(what, at_least=0, at_most=_PARTS_CAP):
        pairs = (part.sequence(what, at_least=2, at_most=2) for part in rdn.expect(der.SET, what).children(what, at_least=1, at_most=_PARTS_CAP))
        found.append([(kind.oid(what), value) for kind, value in pairs])
    return found


def _prepared(value: der.Node) -> bytes:
    text = _text(value)
    # RFC 4518 2.2 to 2.6: case folded, NFKC, insignificant blanks taken out
    return value.raw if text is None else der.write(der.UTF8, " ".join(normalize("NFKC", text).casefold().split()).encode())


def _text(value: der.Node) -> str | None:
    if value.tag not in _ENCODINGS:
        return None
    try:
        return value.content.decode(_ENCODINGS[value.tag])
    except UnicodeDecodeError:
        return None
