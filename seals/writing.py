"""Writing seals and signatures in two steps, because the signing key stays with its owner: bytes out, signature in.

`seal_info_to_sign` -> the seal maker signs -> `assemble_seal`; `to_be_signed` -> the signer signs -> `assemble_signature`.
Whatever is written is read back by the strict reader that foreign bytes go through, so nothing is signed that we would refuse.
"""

from collections.abc import Sequence
from datetime import datetime

from seals.reasons import SIGNER_LIST
from shuniu.seals.reading import read_seal, read_seal_info, read_signature, read_to_be_signed
from shuniu.seals.structures import SM2_WITH_SM3, VERSION, CertDigest, ExtData, Header, Picture, SealInfo, SealProperty
from shuniu.sm2 import der


def seal_info_to_sign(info: SealInfo) -> bytes:
    """Return DER(SES_SealInfo), which the seal maker signs (GB/T 38540-2020 6.2); no extensions, no extDatas field."""
    parts = [
        _header(info.header),
        der.write_text(der.IA5, info.es_id),
        _property(info.property),
        _picture(info.picture),
    ]
    if info.extensions:
        parts.append(_extensions(info.extensions))
    written = der.write_sequence(*parts)
    read_seal_info(written)
    return written


def assemble_seal(info_der: bytes, maker_cert: bytes, signature: bytes) -> bytes:
    """Return DER(SESeal): the signed bytes unchanged, the maker's certificate, the algorithm, the signature."""
    seal = der.write_sequence(info_der, der.write(der.OCTET_STRING, maker_cert), der.write_oid(SM2_WITH_SM3), der.write_bits(signature))
    return read_seal(seal).raw


def to_be_signed(seal_der: bytes, time: datetime, data_hash: bytes, property_info: str, extensions: Sequence[ExtData] = ()) -> bytes:
    """Return DER(TBS_Sign), which the signer signs (GB/T 38540-2020 7.2); `property_info` names what is protected, ASCII only."""
    parts = [
        der.write_integer(VERSION),
        read_seal(seal_der).raw,
        der.write_time(time),
        der.write_bits(data_hash),
        der.write_text(der.IA5, property_info),
    ]
    if extensions:
        parts.append(der.write(0xA0, _extensions(extensions)))
    return read_to_be_signed(der.write_sequence(*parts)).raw


def assemble_signature(tbs_der: bytes, signer_cert: bytes, signature: bytes) -> bytes:
    """Return DER(SES_Signature) without a time stamp."""
    return read_signature(
        der.write_sequence(tbs_der, der.write(der.OCTET_STRING, signer_cert), der.write_oid(SM2_WITH_SM3), der.write_bits(signature))
    ).raw


def _header(header: Header) -> bytes:
    return der.write_sequence(der.write_text(der.IA5, header.id), der.write_integer(header.version), der.write_text(der.IA5, header.vendor))


def _property(prop: SealProperty) -> bytes:
    if bool(prop.certificates) == bool(prop.digests):
        raise SIGNER_LIST()
    listed = der.strings(der.OCTET_STRING, prop.certificates) if prop.certificates else der.write_sequence(*map(_digest, prop.digests))
    return der.write_sequence(
        der.write_integer(prop.type),
        der.write_text(der.UTF8, prop.name),
        der.write_integer(1 if prop.certificates else 2),
        listed,
        der.write_time(prop.created),
        der.write_time(prop.valid_from),
        der.write_time(prop.valid_until),
    )


def _digest(digest: CertDigest) -> bytes:
    return der.write_sequence(der.write_text(der.PRINTABLE, digest.type), der.write(der.OCTET_STRING, digest.value))


def _picture(picture: Picture) -> bytes:
    return der.write_sequence(
        der.write_text(der.IA5, picture.type),
        der.write(der.OCTET_STRING, picture.data),
        der.write_integer(picture.width),
        der.write_integer(picture.height),
    )


def _extensions(extensions: Sequence[ExtData]) -> bytes:
    return der.write_sequence(
        *(
            der.write_sequence(der.write_oid(item.oid), der.write_boolean(item.critical), der.write(der.OCTET_STRING, item.value))
            for item in extensions
        )
    )
