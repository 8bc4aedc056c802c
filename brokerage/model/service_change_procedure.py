"""The procedure of a change of a running service: consult, file, a date (Decree 809 art. 27)."""

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Final

from hub.procedure import Party, Procedure
from shuniu.words import Word


@unique
class ServiceChangeKind(StrEnum):
    """What a change does to running grants."""

    TIGHTEN = "tighten"
    END = "end"


@unique
class ServiceChangeState(StrEnum):
    """Where a change stands."""

    CONSULTING = "consulting"
    FILED = "filed"
    ADMITTED = "admitted"
    IN_EFFECT = "in_effect"
    CALLED_OFF = "called_off"


@unique
class ServiceChangeStep(StrEnum):
    """What can be done to a change."""

    REPLY = "reply"
    FILE = "file"
    ADMIT = "admit"
    RETURN = "return"
    CALL_OFF = "call_off"
    TAKE_EFFECT = "take_effect"


_S, _P = ServiceChangeState, ServiceChangeStep
NEXT: Final[Mapping[tuple[ServiceChangeState, ServiceChangeStep], ServiceChangeState]] = {
    (_S.CONSULTING, _P.REPLY): _S.CONSULTING,
    (_S.CONSULTING, _P.FILE): _S.FILED,
    (_S.FILED, _P.ADMIT): _S.ADMITTED,
    (_S.FILED, _P.RETURN): _S.CONSULTING,
    (_S.CONSULTING, _P.CALL_OFF): _S.CALLED_OFF,
    (_S.FILED, _P.CALL_OFF): _S.CALLED_OFF,
    (_S.ADMITTED, _P.CALL_OFF): _S.CALLED_OFF,
    (_S.ADMITTED, _P.TAKE_EFFECT): _S.IN_EFFECT,
}

SERVICE_CHANGE_PROCEDURE: Final = Procedure(
    thing=Word("service_change", "change of a running service", "服务变更"),
    next=NEXT,
    who={
        _P.REPLY: frozenset({Party.CONSUMER}),
        _P.FILE: frozenset({Party.PROVIDER}),
        _P.ADMIT: frozenset({Party.AUTHORITY}),
        _P.RETURN: frozenset({Party.AUTHORITY}),
        _P.CALL_OFF: frozenset({Party.PROVIDER}),
        _P.TAKE_EFFECT: frozenset({Party.HUB}),
    },
    states={
        _S.CONSULTING: Word("consulting", "with the consumers", "征求意见中"),
        _S.FILED: Word("filed", "filed with the authority", "已报备"),
        _S.ADMITTED: Word("admitted", "waiting for its date", "待生效"),
        _S.IN_EFFECT: Word("in_effect", "in effect", "已生效"),
        _S.CALLED_OFF: Word("called_off", "called off", "已取消"),
    },
    steps={
        _P.REPLY: Word("reply", "reply to it", "答复意见"),
        _P.FILE: Word("file", "file it with the authority", "报备"),
        _P.ADMIT: Word("admit", "take note of it", "同意报备"),
        _P.RETURN: Word("return", "send it back to the consultation", "退回"),
        _P.CALL_OFF: Word("call_off", "call it off", "取消"),
        _P.TAKE_EFFECT: Word("take_effect", "put it into effect", "生效"),
    },
)
