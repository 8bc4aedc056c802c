"""The subject of a certificate: who it speaks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from shuniu.seals.reasons import NAME_LENGTH, NAME_PART
from shuniu.sm2 import der
from shuniu.sm2.reasons import STRING_BYTES

_COMMON_NAME: Final = "2.5.4.3"
_SERIAL_NUMBER: Final = "2.5.4.5"
_COUNTRY: Final = "2.5.4.6"
_ORGANIZATION: Final = "2.5.4.10"
_ORGANIZATION_IDENTIFIER: Final = "2.5.4.97"
_PARTS_CAP: Final = 32
_NAME_CAP: Final = 64  # X.520 upper bounds
_TEXT_CAP: Final = 256  # bytes; 64 characters have at most four bytes each
# 0x14 is TeletexString, read as Latin-1 as everybody does; 0x1E is BMPString
_ENCODINGS: Final = {der.UTF8: "utf-8", der.PRINTABLE: "ascii", der.IA5: "ascii", 0x14: "latin-1", 0x1E: "utf-16-be"}


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
    """Return the parts of a name that matter here; a USCC may stand in organizationIdentifier or, as some CAs do, serialNumber."""
    texts: dict[str, str] = {}
    for rdn in name.sequence(what, at_least=0, at_most=_PARTS_CAP):
        for attribute in rdn.expect(der.SET, what).children(what, at_least=1, at_most=_PARTS_CAP):
            kind, value = attribute.sequence(what, at_least=2, at_most=2)
            # of two attributes of one kind, the first counts
            texts.setdefault(kind.oid(what), _text(value, what))
    organization = texts.get(_ORGANIZATION, "")
    return CertificateSubject(
        # foreign certificates may have neither, and a name is no condition for verifying them
        common_name=(texts.get(_COMMON_NAME) or organization or "?")[:_NAME_CAP],
        organization=organization[:_NAME_CAP],
        organization_id=(texts.get(_ORGANIZATION_IDENTIFIER) or texts.get(_SERIAL_NUMBER, ""))[:_NAME_CAP],
        country=texts.get(_COUNTRY, ""),
    )


def _text(value: der.Node, what: str) -> str:
    if value.tag not in _ENCODINGS or len(value.content) > _TEXT_CAP:
        raise NAME_PART(what=what)
    try:
        return value.content.decode(_ENCODINGS[value.tag])
    except UnicodeDecodeError as outside:
        raise STRING_BYTES(what=what) from outside
