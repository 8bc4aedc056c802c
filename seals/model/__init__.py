"""Seals in the register, the certificates of those who may use them, and every use: what they are and what may follow what."""

from seals.model.certificate import SERIAL, SignerCase, SignerCertificate
from seals.model.kind import KINDS, KindRow, SealKind
from seals.model.procedure import (
    EXPIRED,
    NEXT,
    SEAL_PROCEDURE,
    SIGNER_NEXT,
    SIGNER_PROCEDURE,
    STAMP_NEXT,
    STAMP_PROCEDURE,
    SealState,
    SealStep,
    SignerState,
    SignerStep,
    StampState,
    StampStep,
    to_second,
)
from seals.model.seal import LONGEST_LIFE, MOST_SIGNERS, Seal, SealApplication, is_es_id
from seals.model.stamp import TIME_TO_SIGN, SealUse, Stamp, check_digest
from seals.model.texts import SealedProperty, SealReason, SealTitle, TrustTitle
from seals.model.trust import MOST_TRUSTS, SealTrust, TrustWish
from seals.model.waiting import SEAL_TURNS, seal_waits, told_of_seal

__all__ = [
    "EXPIRED",
    "KINDS",
    "LONGEST_LIFE",
    "MOST_SIGNERS",
    "MOST_TRUSTS",
    "NEXT",
    "SEAL_PROCEDURE",
    "SEAL_TURNS",
    "SERIAL",
    "SIGNER_NEXT",
    "SIGNER_PROCEDURE",
    "STAMP_NEXT",
    "STAMP_PROCEDURE",
    "TIME_TO_SIGN",
    "KindRow",
    "Seal",
    "SealApplication",
    "SealKind",
    "SealReason",
    "SealState",
    "SealStep",
    "SealTitle",
    "SealTrust",
    "SealUse",
    "SealedProperty",
    "SignerCase",
    "SignerCertificate",
    "SignerState",
    "SignerStep",
    "Stamp",
    "StampState",
    "StampStep",
    "TrustTitle",
    "TrustWish",
    "check_digest",
    "is_es_id",
    "seal_waits",
    "to_second",
    "told_of_seal",
]
