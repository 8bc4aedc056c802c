"""The two procedures, a seal's life and a seal's use: states, steps, and what may follow what."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

from hub.access import Caller, Role
from hub.errors import IllegalStateError, InvalidInputError, NotFoundError

_S = TypeVar("_S", bound=StrEnum)


class SealKind(StrEnum):
    """What a seal is for."""

    LEGAL_NAME = "legal_name"
    CONTRACT = "contract"
    FINANCE = "finance"
    INVOICE = "invoice"
    BUSINESS = "business"


class SealState(StrEnum):
    """Where a seal stands in the register; expired is derived from its dates."""

    APPLIED = "applied"
    MADE = "made"
    ACTIVE = "active"
    REVOKED = "revoked"
    REFUSED = "refused"


class SealStep(StrEnum):
    """What can happen to a seal."""

    MAKE = "make"
    REFUSE = "refuse"
    ACTIVATE = "activate"
    REVOKE = "revoke"


NEXT: Final[Mapping[tuple[SealState, SealStep], SealState]] = {
    (SealState.APPLIED, SealStep.MAKE): SealState.MADE,
    (SealState.APPLIED, SealStep.REFUSE): SealState.REFUSED,
    (SealState.MADE, SealStep.ACTIVATE): SealState.ACTIVE,
    (SealState.MADE, SealStep.REVOKE): SealState.REVOKED,
    (SealState.ACTIVE, SealStep.REVOKE): SealState.REVOKED,
}


class StampState(StrEnum):
    """Where one use of a seal stands."""

    PREPARED = "prepared"
    STAMPED = "stamped"


class StampStep(StrEnum):
    """What can happen to a prepared use."""

    COMPLETE = "complete"


STAMP_NEXT: Final[Mapping[tuple[StampState, StampStep], StampState]] = {
    (StampState.PREPARED, StampStep.COMPLETE): StampState.STAMPED,
}


def check_text(field: str, value: str, longest: int) -> None:
    """See that a text is there, is not too long and has no control characters."""
    if not value.strip() or len(value) > longest or not value.isprintable():
        raise InvalidInputError(f"{field} must have 1 to {longest} printable characters", field=field, zh=f"{field} 应为 1 至 {longest} 个可显示字符")


def to_second(at: datetime) -> datetime:
    """Return the whole second that `at` lies in: GeneralizedTime of GB/T 38540 has no fractions."""
    return at.replace(microsecond=0)


def check_owner_or_authority(owner: str, by: Caller, what: str, zh: str) -> None:
    """Let the owner and the authority pass; for everybody else the thing does not exist."""
    if by.department != owner and Role.AUTHORITY not in by.roles:
        raise NotFoundError(f"there is no such {what}", zh=f"{zh}不存在", next_action="list your department's seals")


def after_step(found: _S | None, state: _S, step: StrEnum, what: str) -> _S:
    """Return the state found in a procedure's table; raise IllegalStateError, naming state and step, where there is none."""
    if found is None:
        raise IllegalStateError(
            f"the {what} is in state {state}, from which the step {step} leads nowhere",
            zh=f"当前状态不允许此操作: {state}",
            next_action="read it again",
            state=state.value,
            step=step.value,
        )
    return found
