"""Seals in the register, the certificates of those who may use them, and every use: what they are and what may follow what."""

from seals.model.certificate import SignerCertificate
from seals.model.procedure import NEXT, STAMP_NEXT, SealKind, SealState, SealStep, StampState, StampStep, check_text, to_second
from seals.model.seal import LONGEST_LIFE, MOST_SIGNERS, Seal, is_es_id
from seals.model.stamp import TIME_TO_SIGN, Stamp, check_digest, check_use_is_named

__all__ = [
    "LONGEST_LIFE",
    "MOST_SIGNERS",
    "NEXT",
    "STAMP_NEXT",
    "TIME_TO_SIGN",
    "Seal",
    "SealKind",
    "SealState",
    "SealStep",
    "SignerCertificate",
    "Stamp",
    "StampState",
    "StampStep",
    "check_digest",
    "check_text",
    "check_use_is_named",
    "is_es_id",
    "to_second",
]
