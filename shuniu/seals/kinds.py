"""What a file is that was given as a seal or a stamp and is neither: most are sound and of another kind, and whoever chose one is told which."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from shuniu.catalogue import InvalidInputError, Reason
from shuniu.seals import reasons
from shuniu.sm2 import der
from shuniu.sm2.der import IA5, INTEGER, OID, SEQUENCE, Node

_CAP: Final = 1 << 20
_LOOK: Final = 4096
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/=_\s-]{64,}", re.ASCII)
_EXPLICIT_0: Final = 0xA0
_FEW: Final = 16
_SIGNED_DATA: Final = frozenset({"1.2.156.10197.6.1.4.2.2", "1.2.840.113549.1.7.2"})  # GB/T 35275 and PKCS#7 (RFC 5652 5.1)
_BEGINNINGS: Final = (
    (b"%PDF-", reasons.IS_PDF),
    (b"PK\x03\x04", reasons.IS_PACKAGE),
    (b"\x89PNG", reasons.IS_PICTURE),
    (b"\xff\xd8\xff", reasons.IS_PICTURE),
    (b"-----BEGIN ", reasons.IS_TEXT),
)
SEAL: Final = "SESeal"
STAMP: Final = "SES_Signature"


def other_kind(data: bytes, what: str) -> InvalidInputError | None:
    """Return the error that says what the bytes are instead of `what` (`SEAL`, `STAMP`), None where they are of no kind known here."""
    found = _reason(data)
    return None if found is None or found is _OWN[what] else found(what=what)


def kind_of(data: bytes) -> str:
    """Return `SEAL` or `STAMP` where the bytes begin as one of them, else an empty text. Nothing is checked."""
    found = _reason(data)
    return next((what for what, reason in _OWN.items() if reason is found), "")


_OWN: Final[dict[str, Reason[InvalidInputError]]] = {SEAL: reasons.IS_SEAL, STAMP: reasons.IS_STAMP}


def _reason(data: bytes) -> Reason[InvalidInputError] | None:
    if not data.strip():
        return reasons.IS_EMPTY
    for beginning, reason in _BEGINNINGS:
        if data.startswith(beginning):
            return reason
    if _BASE64.fullmatch(data[:_LOOK]):
        return reasons.IS_TEXT
    first = _parts(_whole(data))
    return next((reason for fits, reason in _SHAPES if first and fits(first)), None)


def _whole(data: bytes) -> Node | None:
    try:
        return der.parse(data, "", at_most=_CAP)
    except InvalidInputError:
        return None


def _parts(node: Node | None) -> list[Node]:
    """Return the parts of a SEQUENCE, none where it is not one."""
    if node is None or node.tag != SEQUENCE:
        return []
    try:
        return node.children("", at_least=1, at_most=_FEW)
    except InvalidInputError:
        return []


def _tags(node: Node) -> list[int]:
    return [part.tag for part in _parts(node)]


def _is_signed_data(parts: list[Node]) -> bool:
    return parts[0].tag == OID and len(parts[0].content) < _FEW and parts[0].oid("contentType") in _SIGNED_DATA


def _is_header(node: Node) -> bool:
    """Tell whether this is an SES_Header: the letters ES, a version, a vendor."""
    return _tags(node) == [IA5, INTEGER, IA5]


def _is_info(node: Node) -> bool:
    parts = _parts(node)
    return bool(parts) and _is_header(parts[0])


def _is_tbs(node: Node) -> bool:
    parts = _parts(node)
    return len(parts) > 1 and parts[0].tag == INTEGER and bool(_parts(parts[1])) and _is_info(_parts(parts[1])[0])


_SHAPES: Final[tuple[tuple[Callable[[list[Node]], bool], Reason[InvalidInputError]], ...]] = (
    (_is_signed_data, reasons.IS_SIGNED_DATA),
    (lambda parts: [part.tag for part in parts] == [INTEGER, INTEGER], reasons.IS_BARE_SIGNATURE),
    (lambda parts: _is_info(parts[0]), reasons.IS_SEAL),
    (lambda parts: _is_tbs(parts[0]), reasons.IS_STAMP),
    (lambda parts: _is_header(parts[0]), reasons.IS_UNSIGNED),
    (lambda parts: len(parts) > 1 and parts[0].tag == INTEGER and _is_info((_parts(parts[1]) or parts)[0]), reasons.IS_UNSIGNED),
    (lambda parts: (_tags(parts[0]) or [0])[0] == _EXPLICIT_0, reasons.IS_CERTIFICATE),
)
