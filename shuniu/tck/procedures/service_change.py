"""Changes of running services 服务变更: the consumer is consulted, the authority takes note, it holds on a date (Decree 809 art. 27)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shuniu.tck.procedures.grant import ACTIVE
from shuniu.tck.rules import Move, Rules
from shuniu.tck.sequence import AUTHORITY, CONSUMER, OTHER, PROVIDER, Call, Kind, Sequence, Step, refusal, says
from shuniu.tck.things import step_on
from shuniu.words import Word

SERVE: Final = "Decree 809 art. 27 (政务数据共享条例第二十七条)"
_BY: Final = {"officer": "{by}"}
_REPLY: Final[dict[str, Any]] = {"agrees": True, **_BY}
_FILE: Final = {"reason": "已征求使用部门意见", **_BY}  # without a date: tomorrow
_WHY: Final = {"reason": "请附替代方案", **_BY}
_PROPOSED: Final = Call(
    PROVIDER,
    "ProposeServiceChange",
    {"grant": "{grant.name}", "reason": "业务系统下线", **_BY},
    says(state="SERVICE_CHANGE_STATE_CONSULTING"),
    "it",
    alone=True,
)
CONSULTING: Final[tuple[Step, ...]] = (*ACTIVE[:-1], Call(CONSUMER, "GetGrant", {"name": "{it.grant}"}, keep="grant"), _PROPOSED)
REPLIED: Final[tuple[Step, ...]] = (*CONSULTING, step_on(CONSUMER, "ReplyToServiceChange", **_REPLY))
FILED: Final[tuple[Step, ...]] = (*REPLIED, step_on(PROVIDER, "FileServiceChange", **_FILE))
ADMITTED: Final[tuple[Step, ...]] = (*FILED, step_on(AUTHORITY, "AdmitServiceChange", **_FILE))


def _move(name: str, zh: str, rpc: str, who: str, fields: dict[str, Any], *demands: str) -> Move:
    return Move(name, Word(name, name.replace("_", " "), zh), rpc, (who,), SERVE, fields, demands)


RULES: Final = Rules(
    id="service-change",
    thing=Word("service_change", "change of a running service", "服务变更"),
    prefix="SERVICE_CHANGE_STATE_",
    moves={
        "reply": _move("reply", "答复意见", "ReplyToServiceChange", CONSUMER, _REPLY, "officer"),
        "file": _move("file", "报备", "FileServiceChange", PROVIDER, _FILE, "reason", "officer"),
        "admit": _move("admit", "同意报备", "AdmitServiceChange", AUTHORITY, _FILE, "reason", "officer"),
        "return": _move("return", "退回", "ReturnServiceChange", AUTHORITY, _WHY, "reason", "officer"),
        "call_off": _move("call_off", "取消", "CallOffServiceChange", PROVIDER, _WHY, "reason", "officer"),
    },
    ways={
        "consulting": CONSULTING,
        "filed": FILED,
        "admitted": ADMITTED,
        "called_off": (*CONSULTING, step_on(PROVIDER, "CallOffServiceChange", **_WHY)),
    },
    starts={("consulting", "file"): REPLIED},
    words={
        "consulting": "with the consumers",
        "filed": "filed with the authority",
        "admitted": "waiting for its date",
        "called_off": "called off",
    },
    next={
        ("consulting", "reply"): "consulting",
        ("consulting", "file"): "filed",
        ("filed", "admit"): "admitted",
        ("filed", "return"): "consulting",
        ("consulting", "call_off"): "called_off",
        ("filed", "call_off"): "called_off",
        ("admitted", "call_off"): "called_off",
    },
)


def sequences() -> Iterator[Sequence]:
    """Yield what the table says, and what it does not."""
    yield from RULES.sequences()
    name = {"name": "{it.name}", "etag": "{it.etag}"}
    yield Sequence(
        "service-change/filed-before-the-reply",
        Word("early", "nothing is filed before the consumer has replied", "使用部门答复前不得报备"),
        SERVE,
        Kind.OUT_OF_ORDER,
        (*CONSULTING, Call(PROVIDER, "FileServiceChange", {**name, **_FILE}, refusal("FAILED_PRECONDITION", reason="CONSULTATION_OPEN"))),
    )
    again = {"grant": "{grant.name}", "reason": "业务系统下线", **_BY}
    yield Sequence(
        "service-change/two-at-once",
        Word("twice", "a second end of the same grant is refused and names the first", "同一授权不得同时提出两次终止"),
        SERVE,
        Kind.REPLAYED,
        (*CONSULTING, Call(PROVIDER, "ProposeServiceChange", again, refusal("FAILED_PRECONDITION", reason="SERVICE_CHANGE_OPEN"))),
    )
    yield Sequence(
        "service-change/disputed",
        Word("dispute", "a consumer that objects opens a dispute, and the provider hears of it", "使用部门不同意的，可提出争议"),
        "Decree 809 art. 28 (政务数据共享条例第二十八条)",
        Kind.DISPUTED,
        (
            *CONSULTING,
            Call(
                CONSUMER,
                "OpenDispute",
                {"dispute": {"resource": "{it.name}", "statement": "低保核对仍需使用", **_BY}},
                says(state="DISPUTE_STATE_CONSULTING", meanwhile="DISPUTE_MEANWHILE_RUNS_ON"),
                "dispute",
            ),
            Call(PROVIDER, "GetDispute", {"name": "{dispute.name}"}, says(state="DISPUTE_STATE_CONSULTING")),
        ),
    )
    yield Sequence(
        "service-change/unseen-by-others",
        Word("unseen", "a change is seen by its parties and the authority alone", "服务变更只对当事部门和主管部门可见"),
        SERVE,
        Kind.WRONG_PARTY,
        (*CONSULTING, Call(OTHER, "GetServiceChange", {"name": "{it.name}"}, refusal("NOT_FOUND"))),
    )
