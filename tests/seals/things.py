"""A seal, a signer's certificate and a stamp as the model has them; tests change what they are about."""

from datetime import timedelta
from typing import Any

from seals.model import Seal, SealKind, SignerCertificate, Stamp
from tests.seals.desk import CIVIL, NOON

SERIAL = "a" * 32


def a_seal(**changes: Any) -> Seal:
    seal: dict[str, Any] = {
        "id": "0" * 26,
        "es_id": "64000012345678",
        "kind": SealKind.FINANCE,
        "title": "民政厅",
        "owner": CIVIL.department,
        "signers": (SERIAL,),
        "valid_to": NOON + timedelta(days=9),
        "create_time": NOON,
    }
    return Seal(**{**seal, **changes})


def a_signer(**changes: Any) -> SignerCertificate:
    signer: dict[str, Any] = {
        "serial": SERIAL,
        "owner": CIVIL.department,
        "certificate": b"certificate",
        "not_before": NOON,
        "not_after": NOON + timedelta(days=700),
        "create_time": NOON,
    }
    return SignerCertificate(**{**signer, **changes})


def a_stamp(**changes: Any) -> Stamp:
    stamp: dict[str, Any] = {
        "id": "1" * 26,
        "seal": "0" * 26,
        "signer": SERIAL,
        "owner": CIVIL.department,
        "digest": bytes(32),
        "property_info": "licenses/1",
        "officer": "王芳",
        "purpose": "000111",
        "case_number": "BJ-1",
        "to_be_signed": b"statement",
        "create_time": NOON,
    }
    return Stamp(**{**stamp, **changes})
