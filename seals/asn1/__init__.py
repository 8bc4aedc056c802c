"""The structures of GB/T 38540-2020 (version 4): strict reading that keeps the raw signed bytes, and writing in two steps.

`der` reads and writes DER, `structures` are the values, `reading` turns foreign bytes into them or raises
`InvalidInputError`, `writing` hands out the bytes to be signed and puts the signature in. Version 1 (GM/T 0031-2014) and
version 5 (GM/T 0031-2025) are recognised and refused by their number.
"""

from seals.asn1.reading import PICTURE_CAP, SIZE_CAP, read_seal, read_signature
from seals.asn1.structures import (
    SM2_WITH_SM3,
    CertDigest,
    ExtData,
    Header,
    Picture,
    SealInfo,
    SealProperty,
    SesSeal,
    SesSignature,
    TbsSign,
)
from seals.asn1.writing import assemble_seal, assemble_signature, seal_info_to_sign, to_be_signed

__all__ = [
    "PICTURE_CAP",
    "SIZE_CAP",
    "SM2_WITH_SM3",
    "CertDigest",
    "ExtData",
    "Header",
    "Picture",
    "SealInfo",
    "SealProperty",
    "SesSeal",
    "SesSignature",
    "TbsSign",
    "assemble_seal",
    "assemble_signature",
    "read_seal",
    "read_signature",
    "seal_info_to_sign",
    "to_be_signed",
]
