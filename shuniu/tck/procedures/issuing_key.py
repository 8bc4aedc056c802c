"""Issuing keys 签发密钥: registered by a department with a proof, admitted by the authority, retired or revoked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shuniu.tck.rules import Move, Rules
from shuniu.tck.sequence import AUTHORITY, PROVIDER, Call, Kind, Sequence, Step, refusal
from shuniu.tck.things import step_on
from shuniu.words import Word

LICENSES: Final = "a key signs licenses once the authority admitted it (docs/procedures.md, 签发密钥)"
_KEY: Final = {"public_key": "{key.public}", "license_types": ["{key.type}"], "proof": "{key.proof}", "officer": "{by}"}
PENDING: Final[tuple[Step, ...]] = (Call(PROVIDER, "RegisterIssuingKey", _KEY, keep="it"),)
ACTIVE: Final[tuple[Step, ...]] = (*PENDING, step_on(AUTHORITY, "AdmitIssuingKey", officer="{by}"))
_WHY: Final = {"reason": "密钥更换", "officer": "{by}"}

RULES: Final = Rules(
    id="issuing-key",
    thing=Word("issuing_key", "issuing key", "签发密钥"),
    prefix="ISSUING_KEY_STATE_",
    moves={
        "admit": Move("admit", Word("admit", "admit", "启用"), "AdmitIssuingKey", (AUTHORITY,), LICENSES, {"officer": "{by}"}, ("officer",)),
        "retire": Move("retire", Word("retire", "retire", "停用"), "RetireIssuingKey", (PROVIDER, AUTHORITY), LICENSES, _WHY, ("reason", "officer")),
        "revoke": Move("revoke", Word("revoke", "revoke", "吊销"), "RevokeIssuingKey", (PROVIDER, AUTHORITY), LICENSES, _WHY, ("reason", "officer")),
    },
    ways={
        "pending": PENDING,
        "active": ACTIVE,
        "retired": (*ACTIVE, step_on(PROVIDER, "RetireIssuingKey", **_WHY)),
        "revoked": (*ACTIVE, step_on(PROVIDER, "RevokeIssuingKey", **_WHY)),
    },
    words={"pending": "pending", "active": "active", "retired": "retired", "revoked": "revoked"},
    next={
        ("pending", "admit"): "active",
        ("pending", "revoke"): "revoked",
        ("active", "revoke"): "revoked",
        ("active", "retire"): "retired",
        ("retired", "revoke"): "revoked",
    },
)


def sequences() -> Iterator[Sequence]:
    """Yield what the table says, and what it does not."""
    yield from RULES.sequences()
    yield Sequence(
        "issuing-key/without-proof",
        Word("proof", "a key whose private half nobody proved to hold is not registered", "未证明持有私钥的密钥不予登记"),
        LICENSES,
        Kind.INCOMPLETE,
        (Call(PROVIDER, "RegisterIssuingKey", {**_KEY, "proof": b"0" * 64}, refusal("INVALID_ARGUMENT")),),
    )
