"""A receiver knows what the hub signed just now from everything else, with the SDK alone."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shuniu import ShuniuError, verify_webhook
from shuniu.codes.es256 import raw_of
from shuniu.webhook import ID, SIGNATURE, TIME, WebhookMessage, signed_bytes

KEY = ec.generate_private_key(ec.SECP256R1())
AT = datetime(2026, 11, 27, 9, 0, tzinfo=timezone.utc)
DELIVERY, BODY = "01m8" + "0" * 22, json.dumps({"event": "posted", "name": "work/1", "department": "民政厅"}).encode()


def pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def headers(body: bytes = BODY, delivery: str = DELIVERY, time: str = "2026-11-27T09:00:00Z") -> dict[str, str]:
    signature = raw_of(KEY.sign(signed_bytes(delivery, time, body), ec.ECDSA(hashes.SHA256())))
    return {ID.lower(): delivery, TIME.upper(): time, SIGNATURE: b64encode(signature).decode()}


def test_what_the_hub_signed_is_taken_whatever_the_case_of_the_headers():
    assert verify_webhook(headers(), BODY, pem(KEY), AT) == WebhookMessage(DELIVERY, AT, json.loads(BODY))
    assert verify_webhook(headers(), BODY, pem(KEY).encode(), AT + timedelta(minutes=5)).id == DELIVERY


@pytest.mark.parametrize(
    ("said", "body", "key", "at", "reason"),
    [
        (headers(), BODY + b" ", pem(KEY), AT, "DELIVERY_FOREIGN"),
        (headers(), BODY, pem(ec.generate_private_key(ec.SECP256R1())), AT, "DELIVERY_FOREIGN"),
        ({**headers(), ID: DELIVERY[:-1] + "1"}, BODY, pem(KEY), AT, "DELIVERY_FOREIGN"),
        ({**headers(), SIGNATURE: ""}, BODY, pem(KEY), AT, "DELIVERY_FOREIGN"),
        ({**headers(), SIGNATURE: "é"}, BODY, pem(KEY), AT, "DELIVERY_FOREIGN"),
        (headers(time="yesterday"), BODY, pem(KEY), AT, "DELIVERY_FOREIGN"),
        (headers(delivery="../1"), BODY, pem(KEY), AT, "DELIVERY_FOREIGN"),
        (headers(), BODY, pem(KEY), AT + timedelta(minutes=6), "DELIVERY_OLD"),
        (headers(), BODY, pem(KEY), AT - timedelta(minutes=6), "DELIVERY_OLD"),
        ({}, b"", pem(KEY), AT, "DELIVERY_FOREIGN"),
        (headers(), BODY, "no key", AT, "KEY"),
    ],
)
def test_everything_else_is_refused(said, body, key, at, reason):
    with pytest.raises(ShuniuError) as error:
        verify_webhook(said, body, key, at)
    assert reason in getattr(error.value, "reason", "")
