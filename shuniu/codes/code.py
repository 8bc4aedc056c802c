"""The static code of a license: what a QR picture carries, readable and verifiable without a network.

`EL1:` + base45(zlib(COSE_Sign1(CWT))), ES256. The protected header holds 1 (algorithm), 4 (key id) and 16 (`application/vnd.shuniu.el1+cwt`);
the unprotected header is empty. The claims are (RFC 8392 and, for 65535, the Token Status List):

    1 iss      USCC of the issuing department       4 exp      Unix time; absent: valid without end (长期)
    6 iat      Unix time of signing                 7 cti      the license's identifier, ASCII
    65535      {"status_list": {"idx", "uri"}}      -65537     our own map, a private-use key (RFC 8392 section 9.1)

and the map of -65537 is

    1 type code          2 number (ZZBH)         3 name of the license (ZZMC)
    4 holder, short      5 issue date YYYYMMDD   6 optional: public business fields {KZ_*: text}

Only the public minimum goes in: no ID number, no birth date, no picture, and of a natural person's name only its edges.
A second encoding of the same signed bytes is refused where it can be told: other zlib headers, bits behind the last code.
"""

from __future__ import annotations

import base64
import re
import struct
import unicodedata
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from shuniu.codes import cose
from shuniu.codes.cbor import USUAL, strict_cbor
from shuniu.codes.cbor import encode as cbor
from shuniu.codes.cose import Sign, Sign1, Unsigned, field, open_map
from shuniu.codes.identifier import LicenseIdentifier
from shuniu.codes.reasons import (
    CLAIMS,
    CLAIMS_DATE,
    CLAIMS_DISAGREE,
    CLAIMS_ISSUER,
    CLAIMS_STATUS,
    CLAIMS_TEXT,
    CLAIMS_TIME,
    CLAIMS_TOO_LARGE,
    CODE_ALPHABET,
    CODE_BASE45,
    CODE_COMPRESSION,
    CODE_TOO_LONG,
    IDENTIFIER_SHAPE,
    NOT_A_LICENSE_CODE,
    PERSONAL_DATA_ON_CODE,
    PUBLIC_FIELDS_WRONG,
)
from shuniu.codes.status_list import StatusReference
from shuniu.identifiers.citizen_id import is_citizen_id
from shuniu.identifiers.uscc import is_uscc

PREFIX: Final = "EL1:"
CONTENT_TYPE: Final = "application/vnd.shuniu.el1+cwt"
MAX_CHARACTERS: Final = 4296  # what the largest QR symbol holds in alphanumeric mode (ISO/IEC 18004, 40-L)
MAX_INFLATED: Final = 4096  # as many bytes as `shuniu.codes.cbor` reads
PRIVATE: Final = -65537
_ISS, _EXP, _IAT, _CTI, _STATUS = 1, 4, 6, 7, 65535
_REQUIRED: Final = frozenset({_ISS, _IAT, _CTI, _STATUS, PRIVATE})
_LAST_SECOND: Final = 253_402_300_799  # 9999-12-31T23:59:59Z
_MAX_INDEX: Final = 1 << 32
_MAX_SHOWN: Final = 64
_MAX_VALUE: Final = 120
_MAX_FIELDS: Final = 8
_ZLIB_HEADER: Final = b"\x78\xda"  # RFC 1950: deflate, window of 32 KiB, level 9, as `zlib.compress(data, 9)` writes it
_ALPHABET: Final = re.compile(r"[0-9A-Z $%*+\-./:]*")
_CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"  # RFC 9285 section 4.2
# both low digits of every number below 45 * 45, the least first: one look-up in the place of two divisions
_PAIRS: Final = tuple(_CHARACTERS[low] + _CHARACTERS[high] for high in range(45) for low in range(45))
# a strange character counts as 0 here: the alphabet is checked before
_VALUES: Final = bytes(max(0, _CHARACTERS.find(chr(code))) for code in range(256))
_URI: Final = re.compile(r"https?://[!-~]{1,200}")
_FIELD_NAME: Final = re.compile(r"KZ_[A-Z0-9_]{1,32}")
_EIGHTEEN: Final = re.compile("(?=([0-9]{17}[0-9Xx]))")
"""Every eighteen characters in a row, overlapping: digits beside a number do not hide it."""


@dataclass(frozen=True)
class CodeClaims:
    """What a static code says; times are Unix seconds, `expires_at` None means 长期."""

    issuer: str
    identifier: LicenseIdentifier
    issued_at: int
    expires_at: int | None
    status: StatusReference
    number: str
    name: str
    holder_short: str
    issue_date: date
    public: tuple[tuple[str, str], ...] = ()

    @property
    def type_code(self) -> str:
        """The license type, which is part of the identifier."""
        return self.identifier.type_code


@dataclass(frozen=True)
class DecodedCode:
    """A code that was read strictly; its signature has not been checked yet."""

    claims: CodeClaims
    message: Sign1


def prepare(claims: CodeClaims, kid: bytes) -> Unsigned:
    """Return the code's CWT ready to be signed; claims that could not be read back are refused here, before anybody signs them."""
    for text in (claims.name, claims.number, claims.holder_short, *(value for _, value in claims.public)):
        _printable(text, _MAX_VALUE)
        if any(is_citizen_id(number) for number in _EIGHTEEN.findall(unicodedata.normalize("NFKC", text))):
            raise PERSONAL_DATA_ON_CODE()
    payload = cbor(_claims_map(claims))
    # the reader's own rules, so that nothing is signed that no verifier would accept
    _claims_of(strict_cbor(payload))
    if len(payload) > USUAL.string:
        raise CLAIMS_TOO_LARGE()
    return Unsigned(cose.header(kid, CONTENT_TYPE), payload)


def text_of(signed: bytes) -> str:
    """Return the text of a signed code, as the QR picture holds it."""
    return PREFIX + base45_of(zlib.compress(signed, 9))


def link_of(signed: bytes, pages: str) -> str:
    """Return a signed code as a link to the page that judges it, under `pages`, such as https://hub.example: what any telephone's camera opens.

    All but the # is in capitals, which a QR picture holds in fewer modules. Who answers at the address is not signed, so no reader believes it.
    """
    return f"{pages.upper()}/V#{base32_of(zlib.compress(signed, 9))}"


def encode(claims: CodeClaims, kid: bytes, sign: Sign) -> str:
    """Make, sign and write a code in one go; `sign` may reach out to where the key is."""
    unsigned = prepare(claims, kid)
    return text_of(unsigned.assemble(sign(unsigned.to_be_signed)))


def decode(text: str) -> DecodedCode:
    """Read a code strictly; each way in which a text can be wrong has a reason code of its own."""
    if not text.startswith(PREFIX):
        raise NOT_A_LICENSE_CODE()
    return open_packed(packed_in(text))


def open_packed(packed: bytes) -> DecodedCode:
    """Read the compressed bytes of a code strictly, whichever text they came in."""
    message = cose.decode(_unpacked(packed), CONTENT_TYPE)
    return DecodedCode(_claims_of(strict_cbor(message.payload)), message)


def packed_in(text: str) -> bytes:
    """Return the compressed bytes in a text that begins with `PREFIX`."""
    if len(text) > MAX_CHARACTERS:
        raise CODE_TOO_LONG()
    if not _ALPHABET.fullmatch(text, len(PREFIX)):
        raise CODE_ALPHABET()
    return bytes_of(text[len(PREFIX) :])


def base32_of(data: bytes) -> str:
    """Write bytes in base32 (RFC 4648 section 6) without padding: one case, no blanks, nothing that an address would have to escape."""
    return base64.b32encode(data).decode("ascii").rstrip("=")


def base45_of(data: bytes) -> str:
    """Write bytes in base45 (RFC 9285 section 4): two bytes are three characters, five times as fast as the library that the tests compare with."""
    text = "".join([_PAIRS[number % 2025] + _CHARACTERS[number // 2025] for (number,) in struct.iter_unpack(">H", data[: len(data) & ~1])])
    return text + _PAIRS[data[-1]] if len(data) % 2 else text


def bytes_of(text: str) -> bytes:
    """Read base45 whose characters are known to be in the alphabet; groups that no bytes give are refused (RFC 9285 section 6)."""
    values = text.encode("ascii").translate(_VALUES)
    whole, rest = divmod(len(values), 3)
    numbers = [low + 45 * middle + 2025 * high for low, middle, high in zip(values[::3], values[1::3], values[2::3])]
    last = values[-2] + 45 * values[-1] if rest == 2 else 0  # noqa: PLR2004 - two characters left are one byte
    if rest == 1 or last > 0xFF or max(numbers, default=0) > 0xFFFF:  # noqa: PLR2004
        raise CODE_BASE45()
    return struct.pack(f">{whole}H", *numbers) + (bytes((last,)) if rest else b"")


def _unpacked(packed: bytes) -> bytes:
    plain = cose.inflate(packed, MAX_INFLATED)
    if packed[:2] != _ZLIB_HEADER or _has_idle_bits(packed):
        raise CODE_COMPRESSION()
    return plain


def _has_idle_bits(packed: bytes) -> bool:
    """Tell whether bits behind the last deflate code are set (RFC 1951 ignores them): clearing the topmost set bit then changes nothing."""
    # the last byte before the checksum, which has four (Adler-32, RFC 1950)
    last = packed[-5]
    if not last:
        return False
    cleared = packed[:-5] + bytes((last ^ 1 << last.bit_length() - 1,)) + packed[-4:]
    try:
        return zlib.decompressobj().decompress(cleared, MAX_INFLATED) == zlib.decompress(packed)
    except zlib.error:
        return False


def _claims_map(claims: CodeClaims) -> dict[int, Any]:
    private: dict[int, Any] = {
        1: claims.type_code,
        2: claims.number,
        3: claims.name,
        4: claims.holder_short,
        5: int(claims.issue_date.strftime("%Y%m%d")),
    }
    if claims.public:
        private[6] = dict(claims.public)
    status = {"status_list": {"idx": claims.status.index, "uri": claims.status.uri}}
    expiry = {} if claims.expires_at is None else {_EXP: claims.expires_at}
    return {_ISS: claims.issuer, _IAT: claims.issued_at, _CTI: str(claims.identifier).encode(), _STATUS: status, PRIVATE: private} | expiry


def _claims_of(value: Any) -> CodeClaims:
    claims = open_map(value, _REQUIRED, frozenset({_EXP}), CLAIMS)
    private = open_map(claims[PRIVATE], frozenset({1, 2, 3, 4, 5}), frozenset({6}), CLAIMS)
    identifier = _identifier_of(field(claims, _CTI, bytes, CLAIMS))
    issuer = field(claims, _ISS, str, CLAIMS)
    if not is_uscc(issuer):
        raise CLAIMS_ISSUER()
    # an identifier may name its issuer by another code than a USCC, which says nothing about `iss`
    if private[1] != identifier.type_code or (identifier.issuer != issuer and is_uscc(identifier.issuer)):
        raise CLAIMS_DISAGREE()
    issued_at, expires_at = field(claims, _IAT, int, CLAIMS), field(claims, _EXP, int, CLAIMS) if _EXP in claims else None
    if not 0 <= issued_at <= _LAST_SECOND or (expires_at is not None and not issued_at < expires_at <= _LAST_SECOND):
        raise CLAIMS_TIME()
    return CodeClaims(
        issuer=issuer,
        identifier=identifier,
        issued_at=issued_at,
        expires_at=expires_at,
        status=_status_of(claims[_STATUS]),
        number=_printable(private[2]),
        name=_printable(private[3]),
        holder_short=_printable(private[4]),
        issue_date=_date_of(field(private, 5, int, CLAIMS)),
        public=_public_of(private[6]) if 6 in private else (),  # noqa: PLR2004 - key 6, see above
    )


def _identifier_of(data: bytes) -> LicenseIdentifier:
    if not data.isascii():
        raise IDENTIFIER_SHAPE()
    return LicenseIdentifier.parse(data.decode("ascii"))


def _status_of(value: Any) -> StatusReference:
    status = open_map(open_map(value, frozenset({"status_list"}), frozenset(), CLAIMS)["status_list"], frozenset({"idx", "uri"}), frozenset(), CLAIMS)
    reference = StatusReference(field(status, "uri", str, CLAIMS), field(status, "idx", int, CLAIMS))
    if not _URI.fullmatch(reference.uri) or not 0 <= reference.index < _MAX_INDEX:
        raise CLAIMS_STATUS()
    return reference


def _printable(value: Any, longest: int = _MAX_SHOWN) -> str:
    if type(value) is not str or not 1 <= len(value) <= longest or not value.isprintable():  # no line ends, no direction marks
        raise CLAIMS_TEXT()
    return value


def _date_of(value: int) -> date:
    try:
        return date(value // 10_000, value // 100 % 100, value % 100)
    except (ValueError, OverflowError):
        raise CLAIMS_DATE() from None


def _public_of(value: Any) -> tuple[tuple[str, str], ...]:
    if type(value) is not dict or not 1 <= len(value) <= _MAX_FIELDS:
        raise PUBLIC_FIELDS_WRONG(most=_MAX_FIELDS)
    if not all(type(name) is str and _FIELD_NAME.fullmatch(name) for name in value):
        raise PUBLIC_FIELDS_WRONG(most=_MAX_FIELDS)
    return tuple(sorted((name, _printable(text, _MAX_VALUE)) for name, text in value.items()))


def public_map(fields: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return public business fields in the order in which a code keeps them."""
    return tuple(sorted(fields.items()))
