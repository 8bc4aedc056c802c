"""The procedures of a seal, of its use and of a signer's certificate: states, steps, who takes them, and what may follow what."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum, unique
from typing import Final

from hub.procedure import Party, Procedure
from seals.reasons import NOT_THE_OWNER, NOT_YOUR_STEP
from shuniu.words import Word

_OWNER: Final = frozenset({Party.OWNER})
_AUTHORITY: Final = frozenset({Party.AUTHORITY})
EXPIRED: Final = Word("expired", "expired", "已过期")
"""A seal's state once its dates are over, whatever it was; derived, so no row of a table has it."""


@unique
class SealState(StrEnum):
    """Where a seal stands in the register; expired is derived from its dates."""

    APPLIED = "applied"
    MADE = "made"
    ACTIVE = "active"
    REVOKED = "revoked"
    REFUSED = "refused"


@unique
class SealStep(StrEnum):
    """What can be done with a seal."""

    MAKE = "make"
    REFUSE = "refuse"
    ACTIVATE = "activate"
    REVOKE = "revoke"


# an application ends by being made or refused; it cannot be taken back
NEXT: Final[Mapping[tuple[SealState, SealStep], SealState]] = {
    (SealState.APPLIED, SealStep.MAKE): SealState.MADE,
    (SealState.APPLIED, SealStep.REFUSE): SealState.REFUSED,
    (SealState.MADE, SealStep.ACTIVATE): SealState.ACTIVE,
    (SealState.MADE, SealStep.REVOKE): SealState.REVOKED,
    (SealState.ACTIVE, SealStep.REVOKE): SealState.REVOKED,
}
SEAL_PROCEDURE: Final = Procedure(
    thing=Word("seal", "seal", "电子印章"),
    next=NEXT,
    who={
        SealStep.MAKE: _AUTHORITY,
        SealStep.REFUSE: _AUTHORITY,
        SealStep.ACTIVATE: _OWNER,
        SealStep.REVOKE: _OWNER | _AUTHORITY,
    },
    states={
        SealState.APPLIED: Word("applied", "applied for", "已申请"),
        SealState.MADE: Word("made", "made", "已制作"),
        SealState.ACTIVE: Word("active", "active", "已启用"),
        SealState.REVOKED: Word("revoked", "revoked", "已注销"),
        SealState.REFUSED: Word("refused", "refused", "已驳回"),
    },
    steps={
        SealStep.MAKE: Word("make", "make", "制作"),
        SealStep.REFUSE: Word("refuse", "refuse", "驳回"),
        SealStep.ACTIVATE: Word("activate", "activate", "启用"),
        SealStep.REVOKE: Word("revoke", "revoke", "注销"),
    },
    wrong_party=NOT_YOUR_STEP,
)


@unique
class StampState(StrEnum):
    """Where one use of a seal stands."""

    PREPARED = "prepared"
    STAMPED = "stamped"


@unique
class StampStep(StrEnum):
    """What can be done with a prepared use."""

    COMPLETE = "complete"


STAMP_NEXT: Final[Mapping[tuple[StampState, StampStep], StampState]] = {
    (StampState.PREPARED, StampStep.COMPLETE): StampState.STAMPED,
}
STAMP_PROCEDURE: Final = Procedure(
    thing=Word("stamp", "stamp", "签章"),
    next=STAMP_NEXT,
    who={StampStep.COMPLETE: _OWNER},
    states={
        StampState.PREPARED: Word("prepared", "prepared", "待签名"),
        StampState.STAMPED: Word("stamped", "stamped", "已完成"),
    },
    steps={StampStep.COMPLETE: Word("complete", "complete", "完成")},
    wrong_party=NOT_THE_OWNER,
)


@unique
class SignerState(StrEnum):
    """What a signer's certificate is worth at a moment; derived from its dates and its revocation, stored nowhere."""

    VALID = "valid"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


@unique
class SignerStep(StrEnum):
    """What can be done with a signer's certificate; it begins and ends by itself."""

    REVOKE = "revoke"


SIGNER_NEXT: Final[Mapping[tuple[SignerState, SignerStep], SignerState]] = {
    (SignerState.VALID, SignerStep.REVOKE): SignerState.REVOKED,
    (SignerState.NOT_YET_VALID, SignerStep.REVOKE): SignerState.REVOKED,
    (SignerState.EXPIRED, SignerStep.REVOKE): SignerState.REVOKED,
}
SIGNER_PROCEDURE: Final = Procedure(
    thing=Word("certificate", "signer certificate", "签章者证书"),
    next=SIGNER_NEXT,
    who={SignerStep.REVOKE: _OWNER | _AUTHORITY},
    states={
        SignerState.VALID: Word("valid", "valid", "有效"),
        SignerState.NOT_YET_VALID: Word("not_yet_valid", "not yet valid", "尚未生效"),
        SignerState.EXPIRED: EXPIRED,
        SignerState.REVOKED: Word("revoked", "revoked", "已吊销"),
    },
    steps={SignerStep.REVOKE: Word("revoke", "revoke", "吊销")},
    wrong_party=NOT_YOUR_STEP,
)


def to_second(at: datetime) -> datetime:
    """Return the whole second that `at` lies in: GeneralizedTime of GB/T 38540 has no fractions."""
    return at.replace(microsecond=0)
