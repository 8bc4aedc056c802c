"""The values of GB/T 38540-2020: names follow the standard; what was signed is kept as the bytes that came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

VERSION: Final = 4
SM2_WITH_SM3: Final = "1.2.156.10197.1.501"
SM3: Final = "1.2.156.10197.1.401"


@dataclass(frozen=True)
class Header:
    """SES_Header: the letters ES, the version of the structure, the vendor of the seal system."""

    vendor: str
    id: str = "ES"
    version: int = VERSION


@dataclass(frozen=True)
class ExtData:
    """One extension that a vendor adds: an object identifier, whether it must be understood, its bytes."""

    oid: str
    critical: bool
    value: bytes


@dataclass(frozen=True)
class CertDigest:
    """CertDigestObj: the digest of a signer's certificate; `type` names the digest (object identifier or name)."""

    type: str
    value: bytes


@dataclass(frozen=True)
class SealProperty:
    """SES_ESPropertyInfo: kind and name of the seal, who may sign with it, from when until when.

    Either `certificates` (certListType 1, DER) or `digests` (certListType 2) is filled, never both.
    """

    type: int
    name: str
    created: datetime
    valid_from: datetime
    valid_until: datetime
    certificates: tuple[bytes, ...] = ()
    digests: tuple[CertDigest, ...] = ()


@dataclass(frozen=True)
class Picture:
    """SES_ESPictrueInfo [sic]: the image and the size in millimetres at which it is shown."""

    type: str
    data: bytes
    width: int
    height: int


@dataclass(frozen=True)
class SealInfo:
    """SES_SealInfo: everything that the seal maker vouches for."""

    header: Header
    es_id: str
    property: SealProperty
    picture: Picture
    extensions: tuple[ExtData, ...] = ()


@dataclass(frozen=True)
class SesSeal:
    """SESeal: a seal as its maker signed it; `info_raw` are the signed bytes, `raw` the whole seal."""

    raw: bytes
    info_raw: bytes
    info: SealInfo
    maker_cert: bytes
    algorithm: str
    signature: bytes


@dataclass(frozen=True)
class TbsSign:
    """TBS_Sign: the statement that this seal was set on a document with this digest at this time; `raw` is what was signed."""

    raw: bytes
    seal: SesSeal
    time: datetime
    data_hash: bytes
    property_info: str
    extensions: tuple[ExtData, ...] = ()


@dataclass(frozen=True)
class SesSignature:
    """SES_Signature: the statement with its signer's certificate, signature and, where present, a time stamp over the signature."""

    raw: bytes
    tbs: TbsSign
    signer_cert: bytes
    algorithm: str
    signature: bytes
    timestamp: bytes | None = None
