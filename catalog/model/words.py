"""The closed lists of the directory: states, steps, share types, modes, periods, levels, field types."""

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Final

from hub.errors import IllegalStateError


@unique
class State(StrEnum):
    """Where an entry version stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


@unique
class Step(StrEnum):
    """What can be done to an entry version."""

    UPDATE = "update"
    SUBMIT = "submit"
    RETURN = "return"
    PUBLISH = "publish"
    REVISE = "revise"
    SUPERSEDE = "supersede"
    WITHDRAW = "withdraw"


NEXT: Final[Mapping[tuple[State, Step], State]] = {
    (State.DRAFT, Step.UPDATE): State.DRAFT,
    (State.DRAFT, Step.SUBMIT): State.SUBMITTED,
    (State.SUBMITTED, Step.RETURN): State.DRAFT,
    (State.SUBMITTED, Step.PUBLISH): State.PUBLISHED,
    (State.PUBLISHED, Step.REVISE): State.PUBLISHED,  # a new draft version is made; this one stays in force
    (State.PUBLISHED, Step.SUPERSEDE): State.SUPERSEDED,  # the step of the hub itself when a newer version is published
    (State.PUBLISHED, Step.WITHDRAW): State.WITHDRAWN,
}
OPEN: Final = frozenset({State.DRAFT, State.SUBMITTED})
"""States of a version that is still being worked on; an entry has at most one such version."""


def after(state: State, step: Step) -> State:
    """Return the state to which a step leads; raise IllegalStateError naming both when it leads nowhere."""
    if (state, step) not in NEXT:
        raise IllegalStateError(
            f"an entry that is {state} does not take the step {step}",
            zh=f"目录条目处于 {state} 状态，不能执行 {step}",
            next_action="read the entry again and see its state",
            state=state.value,
            step=step.value,
        )
    return NEXT[state, step]


@unique
class ShareType(StrEnum):
    """共享类型."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    REFUSED = "refused"


@unique
class ShareMode(StrEnum):
    """共享方式: how data of the entry may move."""

    QUERY = "query"
    CHECK = "check"
    STREAM = "stream"
    SUBSCRIBE = "subscribe"
    FILE = "file"


@unique
class UpdatePeriod(StrEnum):
    """更新周期."""

    REALTIME = "realtime"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"
    IRREGULAR = "irregular"


@unique
class Level(StrEnum):
    """行政层级."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"


@unique
class OpenType(StrEnum):
    """开放属性."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    CLOSED = "closed"


@unique
class FieldType(StrEnum):
    """信息项类型."""

    STRING = "string"
    INT64 = "int64"
    DOUBLE = "double"
    BOOL = "bool"
    DECIMAL = "decimal"
    DATE = "date"
    TIMESTAMP = "timestamp"
    BYTES = "bytes"
