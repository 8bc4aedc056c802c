"""Reading foreign seals and signatures: every field checked, every size capped, every failure an `InvalidInputError`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from shuniu.catalogue import InvalidInputError
from shuniu.seals import reasons
from shuniu.seals.kinds import SEAL, STAMP, other_kind
from shuniu.seals.reasons import VERSION_NOT_SUPPORTED
from shuniu.seals.structures import VERSION, CertDigest, ExtData, Header, Picture, SealInfo, SealProperty, SesSeal, SesSignature, TbsSign
from shuniu.sm2 import der
from shuniu.sm2.der import IA5, PRINTABLE, UTF8, Node
from shuniu.sm2.reasons import TOO_LARGE

SIZE_CAP: Final = 1 << 20  # bytes of a whole seal or signature
PICTURE_CAP: Final = 512 << 10
_CERT_CAP: Final = 16 << 10
_CERTS_CAP: Final = 64
_EXTENSIONS_CAP: Final = 32
_TEXT_CAP: Final = 1024
_WORD_CAP: Final = 64
_MILLIMETRES_CAP: Final = 1000
_TYPE_CAP: Final = 1 << 31
_BY_CERTIFICATE, _BY_DIGEST = 1, 2  # certListType
_EXPLICIT_0: Final = 0xA0  # context-specific, constructed, number 0
_Read = TypeVar("_Read", SesSeal, SesSignature)


def read_seal(data: bytes) -> SesSeal:
    """Read a DER SESeal (GB/T 38540-2020 6.1) of version 4; data of another kind are refused by what they are."""
    return _named(data, SEAL, lambda whole: _seal(der.parse(whole, SEAL, at_most=SIZE_CAP)))


def read_seal_info(data: bytes) -> SealInfo:
    """Read a DER SES_SealInfo, the part of a seal that its maker signs."""
    return _info(der.parse(data, "SES_SealInfo", at_most=SIZE_CAP))


def read_to_be_signed(data: bytes) -> TbsSign:
    """Read a DER TBS_Sign, the part of a signature that its signer signs."""
    return _tbs(der.parse(data, "TBS_Sign", at_most=SIZE_CAP))


def read_signature(data: bytes) -> SesSignature:
    """Read a DER SES_Signature (GB/T 38540-2020 7.1) of version 4; data of another kind are refused by what they are."""
    return _named(data, STAMP, _stamp)


def _named(data: bytes, what: str, read: Callable[[bytes], _Read]) -> _Read:
    """Read; where that fails, say what the bytes are rather than at which of them it failed."""
    try:
        return read(data)
    except InvalidInputError as malformed:
        if malformed.reason == VERSION_NOT_SUPPORTED.reason or len(data) > SIZE_CAP:
            raise
        if other := other_kind(data, what):
            raise other from malformed
        raise


def _stamp(data: bytes) -> SesSignature:
    outer = der.parse(data, STAMP, at_most=SIZE_CAP).sequence(STAMP, at_least=1, at_most=5)
    tbs = _tbs(outer[0])  # first of all, because it tells the version
    if len(outer) < 4:  # noqa: PLR2004 - toSign, cert, signatureAlgID, signature
        raise reasons.SIGNATURE_PARTS()
    stamp = _explicit(outer[4:], "timeStamp")
    return SesSignature(
        raw=data,
        tbs=tbs,
        signer_cert=_certificate(outer[1], "SES_Signature.cert"),
        algorithm=outer[2].oid("signatureAlgID"),
        signature=outer[3].bits("signature"),
        timestamp=None if stamp is None else stamp.bits("timeStamp"),
    )


def _tbs(node: Node) -> TbsSign:
    # loose bounds first: another version is refused by its number, not by the count of its parts
    parts = node.sequence("TBS_Sign", at_least=1, at_most=8)
    _check_version(parts[0].integer("TBS_Sign.version"))
    if not 5 <= len(parts) <= 6:  # noqa: PLR2004 - version, eseal, timeInfo, dataHash, propertyInfo[, extDatas]
        raise reasons.STRUCTURE_PARTS(what="TBS_Sign", count=len(parts), expected="5-6")
    return TbsSign(
        raw=node.raw,
        seal=_seal(parts[1]),
        time=parts[2].generalized_time("timeInfo"),
        data_hash=parts[3].bits("dataHash"),
        property_info=parts[4].text(IA5, "propertyInfo", at_most=_TEXT_CAP),
        extensions=_extensions(_explicit(parts[5:], "extDatas")),
    )


def _explicit(rest: list[Node], what: str) -> Node | None:
    """Return what stands inside [0] EXPLICIT, or None where the field is left out."""
    return rest[0].expect(_EXPLICIT_0, what).children(what, at_least=1, at_most=1)[0] if rest else None


def _seal(node: Node) -> SesSeal:
    outer = node.sequence("SESeal", at_least=1, at_most=5)
    info = _info(outer[0])  # first of all, because it tells the version
    if len(outer) != 4:  # noqa: PLR2004 - eSealInfo, cert, signAlgID, signedValue
        raise reasons.STRUCTURE_PARTS(what="SESeal", count=len(outer), expected="4")
    return SesSeal(
        raw=node.raw,
        info_raw=outer[0].raw,
        info=info,
        maker_cert=_certificate(outer[1], "SESeal.cert"),
        algorithm=outer[2].oid("signAlgID"),
        signature=outer[3].bits("signedValue"),
    )


def _info(node: Node) -> SealInfo:
    parts = node.sequence("SES_SealInfo", at_least=1, at_most=8)
    # the version stands here; until it is known, the count of parts above is left loose
    mark, version, vendor = parts[0].sequence("SES_Header", at_least=3, at_most=3)
    _check_version(version.integer("SES_Header.version"))
    if not 4 <= len(parts) <= 5:  # noqa: PLR2004 - header, esID, property, picture[, extDatas]
        raise reasons.STRUCTURE_PARTS(what="SES_SealInfo", count=len(parts), expected="4-5")
    if mark.text(IA5, "SES_Header.ID", at_most=_WORD_CAP) != "ES":
        raise reasons.HEADER_MARK()
    return SealInfo(
        header=Header(vendor=vendor.text(IA5, "SES_Header.Vid", at_most=_WORD_CAP)),
        es_id=parts[1].text(IA5, "esID", at_most=_WORD_CAP),
        property=_property(parts[2]),
        picture=_picture(parts[3]),
        extensions=_extensions(parts[4] if parts[4:] else None),
    )


def _property(node: Node) -> SealProperty:
    kind, name, list_type, cert_list, created, start, end = node.sequence("SES_ESPropertyInfo", at_least=7, at_most=7)
    listed = cert_list.sequence("certList", at_least=1, at_most=_CERTS_CAP)
    stated = list_type.integer("certListType")
    if stated not in {_BY_CERTIFICATE, _BY_DIGEST}:
        raise reasons.LIST_TYPE(stated=stated)
    certificates = tuple(_certificate(item, "certList") for item in listed) if stated == _BY_CERTIFICATE else ()
    digests = tuple(_digest(item) for item in listed) if stated == _BY_DIGEST else ()
    return SealProperty(
        type=_within(kind.integer("type"), 0, _TYPE_CAP, "type"),
        name=name.text(UTF8, "name", at_most=_TEXT_CAP),
        created=created.generalized_time("createDate"),
        valid_from=start.generalized_time("validStart"),
        valid_until=end.generalized_time("validEnd"),
        certificates=certificates,
        digests=digests,
    )


def _picture(node: Node) -> Picture:
    kind, data, width, height = node.sequence("SES_ESPictrueInfo", at_least=4, at_most=4)
    image = data.octets("picture.data")
    if len(image) > PICTURE_CAP:
        raise TOO_LARGE(what="picture.data", size=len(image), most=PICTURE_CAP)
    return Picture(
        type=kind.text(IA5, "picture.type", at_most=_WORD_CAP),
        data=image,
        width=_within(width.integer("picture.width"), 1, _MILLIMETRES_CAP, "picture.width"),
        height=_within(height.integer("picture.height"), 1, _MILLIMETRES_CAP, "picture.height"),
    )


def _digest(node: Node) -> CertDigest:
    kind, value = node.sequence("CertDigestObj", at_least=2, at_most=2)
    return CertDigest(kind.text(PRINTABLE, "CertDigestObj.type", at_most=_WORD_CAP), value.octets("CertDigestObj.value"))


def _extensions(node: Node | None) -> tuple[ExtData, ...]:
    if node is None:
        return ()
    return tuple(_extension(item) for item in node.sequence("ExtensionDatas", at_least=0, at_most=_EXTENSIONS_CAP))


def _extension(node: Node) -> ExtData:
    """Read one ExtData; `critical` may be left out as in X.509, which vendors do."""
    parts = node.sequence("ExtData", at_least=2, at_most=3)
    critical = parts[1].boolean("critical") if len(parts) == 3 else False  # noqa: PLR2004
    return ExtData(parts[0].oid("extnID"), critical, parts[-1].octets("extnValue"))


def _certificate(node: Node, what: str) -> bytes:
    data = node.octets(what)
    if not 0 < len(data) <= _CERT_CAP:
        raise reasons.CERTIFICATE_SIZE(what=what, most=_CERT_CAP)
    return data


def _within(value: int, low: int, high: int, what: str) -> int:
    if not low <= value <= high:
        raise reasons.NUMBER_OUT_OF_RANGE(what=what, stated=value, least=low, most=high)
    return value


def _check_version(version: int) -> None:
    if version != VERSION:
        raise reasons.VERSION_NOT_SUPPORTED(version=version, supported=VERSION)
