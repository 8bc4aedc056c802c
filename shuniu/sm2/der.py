"""DER, strictly: one encoding for one value (X.690 clauses 8 and 10), every step bounded by the bytes at hand.

A `Node` is a slice of the input that remembers where it began, so `raw` is what came over the wire. Nothing is decoded
before it is asked for and nothing recurses: the caller walks the structure it expects, and depth is the caller's own.

It is written by hand although asn1crypto exists, because that library accepts BER and encodes anew, while a signature is verified over
the very bytes that came and foreign bytes are capped before anything is parsed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Final

from shuniu.sm2 import reasons

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
OID: Final = 0x06
UTF8: Final = 0x0C
PRINTABLE: Final = 0x13
IA5: Final = 0x16
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
SEQUENCE: Final = 0x30
SET: Final = 0x31

_LONG_FORM: Final = 0x80
_LENGTH_BYTES_CAP: Final = 4  # lengths up to 4 GiB can be told; what is read is capped far below
_INTEGER_BYTES_CAP: Final = 32
_OID_BYTES_CAP: Final = 64
_HIGH_TAG: Final = 0x1F  # all five bits set announce a tag of several bytes (X.690 8.1.2.4), which no structure here has
_UTC_TIME_SIZE: Final = 13
_CENTURY_PIVOT: Final = 50  # RFC 5280 4.1.2.5.1: 50 to 99 are years of the 20th century
_OID_FIRST_ARCS: Final = 40  # X.690 8.19.4: one number holds the first two arcs, 40 times the first plus the second
_OID_LAST_ROOT: Final = 2
_PRINTABLE_MARKS: Final = frozenset(b" '()+,-./:=?")


@dataclass(frozen=True)
class Node:
    """One tag-length-value; `raw` is the whole of it, `content` its value."""

    tag: int
    raw: bytes
    content: bytes

    def expect(self, tag: int, what: str) -> Node:
        """Return itself when the tag is as expected."""
        if self.tag != tag:
            raise reasons.WRONG_TAG(what=what, tag=f"0x{self.tag:02x}", expected=f"0x{tag:02x}")
        return self

    def children(self, what: str, *, at_least: int, at_most: int) -> list[Node]:
        """Return the parts of a SEQUENCE, SET or explicit tag; the count is bounded before anything is kept."""
        parts: list[Node] = []
        rest = self.content
        while rest:
            if len(parts) == at_most:
                raise reasons.TOO_MANY_PARTS(what=what, most=at_most)
            node = _first(rest, what)
            parts.append(node)
            rest = rest[len(node.raw) :]
        if len(parts) < at_least:
            raise reasons.PARTS_MISSING(what=what, count=len(parts), least=at_least)
        return parts

    def sequence(self, what: str, *, at_least: int, at_most: int) -> list[Node]:
        """Return the parts of a SEQUENCE."""
        return self.expect(SEQUENCE, what).children(what, at_least=at_least, at_most=at_most)

    def integer(self, what: str) -> int:
        """Return an INTEGER in its shortest form."""
        body = self.expect(INTEGER, what).content
        if not body or len(body) > _INTEGER_BYTES_CAP:
            raise reasons.INTEGER_SIZE(what=what, size=len(body), most=_INTEGER_BYTES_CAP)
        # X.690 8.3.2: the first nine bits are neither all ones nor all zeros
        if len(body) > 1 and (body[0], body[1] >> 7) in {(0x00, 0), (0xFF, 1)}:
            raise reasons.INTEGER_NOT_SHORTEST(what=what)
        return int.from_bytes(body, "big", signed=True)

    def boolean(self, what: str) -> bool:
        """Return a BOOLEAN, 00 or FF."""
        body = self.expect(BOOLEAN, what).content
        # X.690 11.1: BER takes any other byte for true, DER only FF
        if body not in {b"\x00", b"\xff"}:
            raise reasons.BOOLEAN_FORM(what=what)
        return body == b"\xff"

    def bits(self, what: str) -> bytes:
        """Return a BIT STRING of whole bytes."""
        body = self.expect(BIT_STRING, what).content
        # X.690 8.6.2: the first byte counts the unused bits of the last one
        if not body or body[0] != 0:
            raise reasons.BITS_NOT_WHOLE_BYTES(what=what)
        return body[1:]

    def octets(self, what: str) -> bytes:
        """Return an OCTET STRING."""
        return self.expect(OCTET_STRING, what).content

    def text(self, tag: int, what: str, *, at_most: int) -> str:
        """Return a UTF8String, IA5String or PrintableString of no more than `at_most` bytes."""
        body = self.expect(tag, what).content
        if len(body) > at_most:
            raise reasons.STRING_TOO_LONG(what=what, most=at_most)
        if tag == PRINTABLE and not all(chr(octet).isalnum() or octet in _PRINTABLE_MARKS for octet in body):
            raise reasons.NOT_PRINTABLE(what=what)
        try:
            return body.decode("utf-8" if tag == UTF8 else "ascii")
        except UnicodeDecodeError as outside:
            raise reasons.STRING_BYTES(what=what) from outside

    def oid(self, what: str) -> str:
        """Return an OBJECT IDENTIFIER in dotted form."""
        body = self.expect(OID, what).content
        if not body or len(body) > _OID_BYTES_CAP or body[-1] & 0x80:
            raise reasons.OID_FORM(what=what)
        arcs, value = [], 0
        for octet in body:
            if value == 0 and octet == 0x80:  # noqa: PLR2004 - a padded arc, X.690 8.19.2
                raise reasons.OID_PADDED(what=what)
            value = (value << 7) | (octet & 0x7F)
            if not octet & 0x80:
                arcs.append(value)
                value = 0
        root = min(arcs[0] // _OID_FIRST_ARCS, _OID_LAST_ROOT)
        return ".".join(str(arc) for arc in (root, arcs[0] - root * _OID_FIRST_ARCS, *arcs[1:]))

    def generalized_time(self, what: str) -> datetime:
        """Return a GeneralizedTime written as YYYYMMDDHHMMSSZ."""
        return _moment(self.expect(GENERALIZED_TIME, what).content, what)

    def certificate_time(self, what: str) -> datetime:
        """Return a UTCTime or GeneralizedTime as RFC 5280 4.1.2.5 writes them."""
        if self.tag != UTC_TIME:
            return self.generalized_time(what)
        if len(self.content) != _UTC_TIME_SIZE or not self.content[:2].isdigit():
            raise reasons.UTC_TIME_FORM(what=what)
        century = b"19" if int(self.content[:2]) >= _CENTURY_PIVOT else b"20"
        return _moment(century + self.content, what)


def parse(data: bytes, what: str, *, at_most: int) -> Node:
    """Read exactly one value that fills `data`."""
    if len(data) > at_most:
        raise reasons.TOO_LARGE(what=what, size=len(data), most=at_most)
    node = _first(data, what)
    if len(node.raw) != len(data):
        raise reasons.BYTES_LEFT_OVER(what=what, extra=len(data) - len(node.raw))
    return node


def _first(data: bytes, what: str) -> Node:
    if len(data) < 2 or data[0] & _HIGH_TAG == _HIGH_TAG:  # noqa: PLR2004 - a tag and a length
        raise reasons.CUT_OFF(what=what)
    length, start = data[1], 2
    if length >= _LONG_FORM:
        size = length - _LONG_FORM
        start += size
        if not 1 <= size <= _LENGTH_BYTES_CAP or len(data) < start:
            raise reasons.LENGTH_FORM(what=what)
        length = int.from_bytes(data[2:start], "big")
        # X.690 10.1: the short form below 128, and no leading zero byte above
        if length < _LONG_FORM or length >> (8 * (size - 1)) == 0:
            raise reasons.LENGTH_NOT_SHORTEST(what=what)
    end = start + length
    if end > len(data):
        raise reasons.BYTES_MISSING(what=what, stated=length, present=len(data) - start)
    return Node(data[0], data[:end], data[start:end])


def _moment(text: bytes, what: str) -> datetime:
    digits = text[:-1]
    # RFC 5280 4.1.2.5.2: seconds, no fraction, Z; strptime alone would take fewer digits
    if len(digits) != 14 or text[-1:] != b"Z" or not digits.isdigit():  # noqa: PLR2004 - YYYYMMDDHHMMSS
        raise reasons.GENERALIZED_TIME_FORM(what=what)
    try:
        return datetime.strptime(digits.decode(), "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
    except ValueError as outside:
        raise reasons.NO_SUCH_TIME(what=what) from outside


def write(tag: int, content: bytes) -> bytes:
    """Return tag, shortest length, content."""
    size = len(content)
    if size < _LONG_FORM:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_FORM + len(length))) + length + content


def write_sequence(*parts: bytes) -> bytes:
    """Return a SEQUENCE of the encoded parts."""
    return write(SEQUENCE, b"".join(parts))


def write_integer(value: int) -> bytes:
    """Return an INTEGER in its shortest form."""
    # one bit more than the number has, for the sign: -128 fits one byte, 128 does not
    return write(INTEGER, value.to_bytes((value + (value < 0)).bit_length() // 8 + 1, "big", signed=True))


def write_boolean(value: bool) -> bytes:  # noqa: FBT001 - it is the value that is written
    """Return a BOOLEAN."""
    return write(BOOLEAN, b"\xff" if value else b"\x00")


def write_bits(value: bytes) -> bytes:
    """Return a BIT STRING of whole bytes."""
    return write(BIT_STRING, b"\x00" + value)


def write_text(tag: int, value: str) -> bytes:
    """Return a string of the given type; what the type cannot hold is refused."""
    try:
        return write(tag, value.encode("utf-8" if tag == UTF8 else "ascii"))
    except UnicodeEncodeError as outside:
        raise reasons.NOT_ASCII() from outside


def write_oid(dotted: str) -> bytes:
    """Return an OBJECT IDENTIFIER."""
    try:
        first, second, *others = (int(arc) for arc in dotted.split("."))
    except ValueError as bad:
        raise reasons.OID_UNREADABLE() from bad
    if min(first, second, *others) < 0 or first > _OID_LAST_ROOT or (first < _OID_LAST_ROOT and second >= _OID_FIRST_ARCS):
        raise reasons.OID_UNREADABLE()
    return write(OID, b"".join(map(_arc, (first * _OID_FIRST_ARCS + second, *others))))


def write_time(moment: datetime) -> bytes:
    """Return a GeneralizedTime in UTC, whole seconds."""
    if moment.tzinfo is None:
        raise reasons.TIME_WITHOUT_ZONE()
    return write(GENERALIZED_TIME, moment.astimezone(timezone.utc).strftime("%Y%m%d%H%M%SZ").encode())


def strings(tag: int, values: Sequence[bytes]) -> bytes:
    """Return a SEQUENCE OF values of one type."""
    return write_sequence(*(write(tag, value) for value in values))


def _arc(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(0x80 | (value & 0x7F))
    return bytes(reversed(out))
