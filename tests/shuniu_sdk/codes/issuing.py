"""A department that issues, a hub that publishes, and a stopped clock, for the license tests; the keys are made anew in each run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timezone
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from shuniu.catalogue import InvalidInputError
from shuniu.codes import code, cose, status_list
from shuniu.codes.identifier import LicenseIdentifier
from shuniu.codes.status_list import LicenseStatus, PublishedStatus, StatusBits, StatusReference
from shuniu.codes.trust_list import TrustedKey, TrustList

NOW = 1_800_000_000
AT = datetime.fromtimestamp(NOW, timezone.utc)
DAY = 24 * 3600
MARKET = "11100000MB0143028R"
POLICE = "11100000000013127D"
TYPE = "11100000MB0143028R001"
OTHER_TYPE = "11100000MB0143028R020"
URI = "https://hub.example/status/1"
INDEX = 77_001

KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
HUB_KEY = ec.generate_private_key(ec.SECP256R1())
KID, OTHER_KID, HUB_KID = (cose.key_id(key.public_key()) for key in (KEY, OTHER_KEY, HUB_KEY))
SIGN = cose.signer_of(KEY)


def claims(**changes: Any) -> code.CodeClaims:
    """A business license as it stands on its code."""
    made = code.CodeClaims(
        issuer=MARKET,
        identifier=LicenseIdentifier.build(TYPE, MARKET, "91640100MA76F8XY7N"),
        issued_at=NOW - 3600,
        expires_at=NOW + 365 * DAY,
        status=StatusReference(URI, INDEX),
        number="91640100MA76F8XY7N",
        name="营业执照",
        holder_short="宁夏枢纽科技有限公司",
        issue_date=date(2026, 11, 1),
        public=(("KZ_LX", "有限责任公司"),),
    )
    return replace(made, **changes)


def trusted(**changes: Any) -> TrustedKey:
    """The market regulation's key as the trust list shows it."""
    types = frozenset({TYPE})
    return replace(TrustedKey(KID, KEY.public_key(), MARKET, "市场监督管理厅", types, NOW - 100 * DAY, NOW + 1000 * DAY), **changes)


def trust(*keys: TrustedKey, **changes: Any) -> TrustList:
    """A trust list of today."""
    return replace(TrustList("hub.example", "trust-list", 1, NOW - DAY, NOW + 7 * DAY, keys or (trusted(),)), **changes)


def statuses(status: LicenseStatus = LicenseStatus.VALID, at: int = NOW - 60, uri: str = URI) -> PublishedStatus:
    """A published list in which our license has this status, gone through its bytes."""
    bits = StatusBits()
    bits.set(INDEX, status)
    return PublishedStatus([status_list.decode(status_list.encode(bits, uri, HUB_KID, at, cose.signer_of(HUB_KEY)), HUB_KEY.public_key())])


def reason_of(attempt: Callable[..., Any], *arguments: Any) -> str:
    """The reason code with which an attempt is refused; an attempt that succeeds fails the test."""
    try:
        attempt(*arguments)
    except InvalidInputError as refusal:
        return refusal.reason
    raise AssertionError("this should have been refused")


def _spoil(mutant: bytearray, dice: Random) -> None:
    place, other, length = dice.randrange(len(mutant)), dice.randrange(len(mutant)), dice.randrange(1, 9)
    kind = dice.randrange(7)
    if kind == 0:
        mutant[place] ^= 1 << dice.randrange(8)
    elif kind == 1:
        mutant[place] = dice.randrange(256)
    elif kind == 2:
        del mutant[place : place + length]
    elif kind == 3:
        mutant[place:place] = mutant[place : place + length]
    elif kind == 4:
        del mutant[place:]
    elif kind == 5:
        mutant += dice.randbytes(length)
    else:
        mutant[place], mutant[other] = mutant[other], mutant[place]


def mutants(data: bytes, count: int, seed: int) -> list[bytes]:
    """Seeded mutants: flipped bits, replaced, removed, doubled and swapped bytes, cuts and tails; never the original."""
    dice = Random(seed)  # noqa: S311 - the same mutants in every run
    made: list[bytes] = []
    while len(made) < count:
        mutant = bytearray(data)
        for _ in range(dice.choice((1, 1, 1, 2, 3, 8))):
            if mutant:
                _spoil(mutant, dice)
        if mutant != data:
            made.append(bytes(mutant))
    return made
