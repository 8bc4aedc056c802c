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

import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from hub.errors import InvalidInputError
from licenses import cose
from licenses.cose import Sign, Sign1, Unsigned, field, open_map, refuse
from licenses.identifier import LicenseIdentifier, is_uscc
from licenses.status_list import StatusReference

PREFIX: Final = "EL1:"
CONTENT_TYPE: Final = "application/vnd.shuniu.el1+cwt"
MAX_CHARACTERS: Final = 4296  # what the largest QR symbol holds in alphanumeric mode (ISO/IEC 18004, 40-L)
MAX_INFLATED: Final = 4096
PRIVATE: Final = -65537
_ISS, _EXP, _IAT, _CTI, _STATUS = 1, 4, 6, 7, 65535
_REQUIRED: Final = frozenset({_ISS, _IAT, _CTI, _STATUS, PRIVATE})
_LAST_SECOND: Final = 253_402_300_799  # 9999-12-31T23:59:59Z
_MAX_INDEX: Final = 1 << 32
_MAX_SHOWN: Final = 64
_MAX_VALUE: Final = 120
_MAX_FIELDS: Final = 8
_BAD: Final = "CLAIMS"
_ZLIB_HEADER: Final = b"\x78\xda"
_ALPHABET: Final = re.compile(r"[0-9A-Z $%*+\-./:]*")
_CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"  # RFC 9285 section 4.2
_PAIRS: Final = tuple(_CHARACTERS[low] + _CHARACTERS[high] for high in range(45) for low in range(45))
_VALUES: Final = bytes(max(0, _CHARACTERS.find(chr(code))) for code in range(256))
_URI: Final = re.compile(r"https?://[!-~]{1,200}")
_FIELD_NAME: Final = re.compile(r"KZ_[A-Z0-9_]{1,32}")
_CITIZEN_ID: Final = re.compile(r"(?=(\d{6}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]))")
_PERSON: Final = "111"
_MAX_ORGANISATION: Final = 30


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class DecodedCode:
    """A code that was read strictly; its signature has not been checked yet."""

    claims: CodeClaims
    message: Sign1


def holder_short(name: str, holder_kind: str) -> str:
    """Return the form of a holder's name that may stand on a code: 张*明 for a person (111), a name cut at 30 characters otherwise."""
    if holder_kind != _PERSON:
        return name if len(name) <= _MAX_ORGANISATION else name[: _MAX_ORGANISATION - 1] + "…"
    if len(name) <= 2:  # noqa: PLR2004 - 张明 becomes 张*
        return name[:1] + "*" * (len(name) - 1) if len(name) > 1 else "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def prepare(claims: CodeClaims, kid: bytes) -> Unsigned:
    """Return the code's CWT ready to be signed; claims that could not be read back are refused here, before anybody signs them."""
    for text in (claims.name, claims.number, claims.holder_short, *(value for _, value in claims.public)):
        _shown(text, _MAX_VALUE)
        if any(_is_citizen_id(found) for found in _CITIZEN_ID.findall(text)):
            raise InvalidInputError("a code carries no citizen's ID number", zh="证照码不得包含公民身份号码", reason="PERSONAL_DATA_ON_CODE")
    payload = cose.encode(_claims_map(claims))
    _claims_of(cose.strict_cbor(payload))
    if len(payload) > cose.CODE_LIMITS.string:
        refuse("TOO_LARGE", "the claims are larger than a code may hold")
    return Unsigned(cose.header(kid, CONTENT_TYPE), payload)


def text_of(signed: bytes) -> str:
    """Return the text of a signed code, as the QR picture holds it."""
    return PREFIX + base45_of(zlib.compress(signed, 9))


def encode(claims: CodeClaims, kid: bytes, sign: Sign) -> str:
    """Make, sign and write a code in one go; `sign` may reach out to where the key is."""
    unsigned = prepare(claims, kid)
    return text_of(unsigned.assemble(sign(unsigned.to_be_signed)))


def decode(text: str) -> DecodedCode:
    """Read a code strictly; each way in which a text can be wrong has a reason code of its own."""
    if not text.startswith(PREFIX):
        raise InvalidInputError(
            "this is not a license code",
            zh="这不是电子证照码",
            reason="NOT_A_LICENSE_CODE",
            next_action="scan the QR code printed on the license",
        )
    message = cose.decode(_unfold(text), CONTENT_TYPE)
    return DecodedCode(_claims_of(cose.strict_cbor(message.payload)), message)


def base45_of(data: bytes) -> str:
    """Write bytes in base45 (RFC 9285 section 4): two bytes are three characters, five times as fast as the library that the tests compare with."""
    text = "".join([_PAIRS[number % 2025] + _CHARACTERS[number // 2025] for (number,) in struct.iter_unpack(">H", data[: len(data) & ~1])])
    return text + _PAIRS[data[-1]] if len(data) % 2 else text


def bytes_of(text: str) -> bytes:
    """Read base45 whose characters are known to be in the alphabet; groups that no bytes give are refused (RFC 9285 section 6)."""
    values = text.encode("ascii").translate(_VALUES)
    whole, rest = divmod(len(values), 3)
    numbers = [low + 45 * middle + 2025 * high for low, middle, high in zip(values[::3], values[1::3], values[2::3], strict=False)]
    last = values[-2] + 45 * values[-1] if rest == 2 else 0  # noqa: PLR2004 - two characters left are one byte
    if rest == 1 or last > 0xFF or max(numbers, default=0) > 0xFFFF:  # noqa: PLR2004
        refuse("CODE_BASE45", "the code is not valid base45", "证照码编码错误")
    return struct.pack(f">{whole}H", *numbers) + (bytes((last,)) if rest else b"")


def _unfold(text: str) -> bytes:
    if len(text) > MAX_CHARACTERS:
        refuse("CODE_TOO_LONG", "the code is longer than any QR code", "证照码过长")
    if not _ALPHABET.fullmatch(text, len(PREFIX)):
        refuse("CODE_ALPHABET", "the code holds characters that a license code never has", "证照码含有非法字符")
    packed = bytes_of(text[len(PREFIX) :])
    plain = cose.inflate(packed, MAX_INFLATED)
    if packed[:2] != _ZLIB_HEADER or _has_idle_bits(packed):
        refuse("CODE_COMPRESSION", "the code is not compressed the one way that is allowed", "证照码压缩方式错误")
    return plain


def _has_idle_bits(packed: bytes) -> bool:
    """Tell whether bits behind the last deflate code are set (RFC 1951 ignores them): clearing the topmost set bit then changes nothing."""
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
    claims = open_map(value, _REQUIRED, frozenset({_EXP}), _BAD)
    private = open_map(claims[PRIVATE], frozenset({1, 2, 3, 4, 5}), frozenset({6}), _BAD)
    identifier = _identifier_of(field(claims, _CTI, bytes, _BAD))
    issuer = field(claims, _ISS, str, _BAD)
    if not is_uscc(issuer):
        refuse("CLAIMS_ISSUER", "the issuer is not a unified social credit code", "颁发机构代码错误")
    if private[1] != identifier.type_code or (identifier.issuer != issuer and is_uscc(identifier.issuer)):
        refuse("CLAIMS_DISAGREE", "the code and the identifier in it name different types or issuers", "证照码内容自相矛盾")
    issued_at, expires_at = field(claims, _IAT, int, _BAD), field(claims, _EXP, int, _BAD) if _EXP in claims else None
    if not 0 <= issued_at <= _LAST_SECOND or (expires_at is not None and not issued_at < expires_at <= _LAST_SECOND):
        refuse("CLAIMS_TIME", "the times in the code do not fit together", "证照码时间错误")
    return CodeClaims(
        issuer=issuer,
        identifier=identifier,
        issued_at=issued_at,
        expires_at=expires_at,
        status=_status_of(claims[_STATUS]),
        number=_shown(private[2]),
        name=_shown(private[3]),
        holder_short=_shown(private[4]),
        issue_date=_date_of(field(private, 5, int, _BAD)),
        public=_public_of(private[6]) if 6 in private else (),  # noqa: PLR2004 - key 6, see above
    )


def _identifier_of(data: bytes) -> LicenseIdentifier:
    if not data.isascii():
        refuse("IDENTIFIER_SHAPE", "not a license identifier", "不是电子证照标识")
    return LicenseIdentifier.parse(data.decode("ascii"))


def _status_of(value: Any) -> StatusReference:
    status = open_map(open_map(value, frozenset({"status_list"}), frozenset(), _BAD)["status_list"], frozenset({"idx", "uri"}), frozenset(), _BAD)
    reference = StatusReference(field(status, "uri", str, _BAD), field(status, "idx", int, _BAD))
    if not _URI.fullmatch(reference.uri) or not 0 <= reference.index < _MAX_INDEX:
        refuse("CLAIMS_STATUS", "the place of the status is not well formed")
    return reference


def _shown(value: Any, longest: int = _MAX_SHOWN) -> str:
    if type(value) is not str or not 1 <= len(value) <= longest or not value.isprintable():  # no line ends, no direction marks
        refuse("CLAIMS_TEXT", "a text in the code is empty, too long or not printable", "证照码文字内容错误")
    return value


def _date_of(value: int) -> date:
    try:
        return date(value // 10_000, value // 100 % 100, value % 100)
    except (ValueError, OverflowError):
        refuse("CLAIMS_DATE", "the issue date is not a date", "发证日期错误")


def _public_of(value: Any) -> tuple[tuple[str, str], ...]:
    if type(value) is not dict or not 1 <= len(value) <= _MAX_FIELDS:
        refuse(_BAD, "the public fields are not a map of a few texts")
    if not all(type(name) is str and _FIELD_NAME.fullmatch(name) for name in value):
        refuse(_BAD, "a public field is not named KZ_...")
    return tuple(sorted((name, _shown(text, _MAX_VALUE)) for name, text in value.items()))


def _is_citizen_id(text: str) -> bool:
    """Tell whether 18 characters are a citizen's ID number by its check character (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(character) * pow(2, 17 - place, 11) for place, character in enumerate(text[:17]))
    return "10X98765432"[total % 11] == text[17].upper()


def public_map(fields: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return public business fields in the order in which a code keeps them."""
    return tuple(sorted(fields.items()))
