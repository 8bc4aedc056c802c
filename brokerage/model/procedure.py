"""One rule for all three machines: a step leads somewhere, or the text names the state and the step that do not fit."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from hub.errors import IllegalStateError

_State = TypeVar("_State", bound=StrEnum)
_Step = TypeVar("_Step", bound=StrEnum)


def after(table: Mapping[tuple[_State, _Step], _State], state: _State, step: _Step, what: str) -> _State:
    """Return where `step` leads from `state`; raise IllegalStateError where the table has no such row."""
    following = table.get((state, step))
    if following is None:
        fitting = ", ".join(sorted(one.value for one, possible in table if possible == step))
        raise IllegalStateError(
            f"{what} is {state.value}; {step.value} is possible only from: {fitting}",
            zh=f"当前状态（{state.value}）不能执行该操作（{step.value}）",
            next_action="read it again; somebody may have taken this step already",
            state=state.value,
            step=step.value,
        )
    return following
