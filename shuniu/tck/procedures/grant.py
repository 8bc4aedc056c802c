"""Grants 共享授权: a running service is not stopped or ended without a reason (Decree 809 art. 27)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from shuniu.tck.rules import ETAG, Move, Rules
from shuniu.tck.sequence import AUTHORITY, CONSUMER, OTHER, PROVIDER, Call, Kind, Later, Sequence, Step, refusal, says
from shuniu.tck.things import GRANT, SUBMITTED_REQUEST, request_content, step_on, terms
from shuniu.words import Word

SERVE: Final = "Decree 809 art. 27 (政务数据共享条例第二十七条)"
_WHY: Final = {"reason": "核查使用情况", "officer": "{by}"}
_SUSPEND: Final = step_on(PROVIDER, "SuspendGrant", **_WHY)


def _as_it(way: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the calls that make a grant, of which the grant is kept as `it`, and nothing of the request."""
    last = way[-1]
    return (*way[:-1], replace(last, keep="it", alone=True)) if isinstance(last, Call) else way


ACTIVE: Final = _as_it(GRANT)
_SHORT: Final = Call(CONSUMER, "CreateDataRequest", {"data_request": request_content(asked=terms(period_days=1))}, keep="it")
EXPIRED: Final[tuple[Step, ...]] = (
    _SHORT,
    *GRANT[1:-1],
    replace(ACTIVE[-1], keep="it") if isinstance(ACTIVE[-1], Call) else ACTIVE[-1],
    Later(48),
    Call(CONSUMER, "GetGrant", {"name": "{it.name}"}, says(state="GRANT_STATE_EXPIRED"), "it"),
)


def _move(name: str, en: str, zh: str, rpc: str) -> Move:
    return Move(name, Word(name, en, zh), rpc, (PROVIDER, AUTHORITY), SERVE, _WHY, ("reason", "officer"))


RULES: Final = Rules(
    id="grant",
    thing=Word("grant", "grant", "共享授权"),
    prefix="GRANT_STATE_",
    moves={
        "suspend": _move("suspend", "suspend", "暂停", "SuspendGrant"),
        "resume": _move("resume", "resume", "恢复", "ResumeGrant"),
        "revoke": replace(_move("revoke", "revoke", "终止", "RevokeGrant"), who=(AUTHORITY, CONSUMER, PROVIDER)),
    },
    ways={
        "active": ACTIVE,
        "suspended": (*ACTIVE, _SUSPEND),
        "revoked": (*ACTIVE, step_on(AUTHORITY, "RevokeGrant", **_WHY)),
        "expired": EXPIRED,
    },
    words={"active": "active", "suspended": "suspended", "revoked": "revoked", "expired": "expired"},
    next={
        ("active", "suspend"): "suspended",
        ("suspended", "resume"): "active",
        ("active", "revoke"): "revoked",
        ("suspended", "revoke"): "revoked",
    },
)


def sequences() -> Iterator[Sequence]:
    """Yield what the table says, and what it does not."""
    yield from RULES.sequences()
    by_authority = {"name": "{it.name}", "etag": "{it.etag}", "reason": "违规使用", "officer": "{by}"}
    yield Sequence(
        "grant/ended-by-the-authority",
        Word("ended", "the authority ends a grant and both parties see it", "主管部门终止授权，双方均可见"),
        SERVE,
        Kind.ENDED,
        (
            *ACTIVE,
            Call(AUTHORITY, "RevokeGrant", by_authority, says(state="GRANT_STATE_REVOKED", reason="违规使用"), "it"),
            Call(CONSUMER, "GetGrant", {"name": "{it.name}"}, says(state="GRANT_STATE_REVOKED", reason="违规使用")),
        ),
    )
    yield Sequence(
        "grant/not-ended-out-of-hand",
        Word("consult", "a provider ends no running service without consulting its consumer", "提供部门不得未经协商终止正在提供的服务"),
        SERVE,
        Kind.REFUSED,
        (*ACTIVE, Call(PROVIDER, "RevokeGrant", by_authority, refusal("FAILED_PRECONDITION", reason="CONSULT_FIRST"))),
    )
    yield Sequence(
        "grant/unseen-by-others",
        Word("unseen", "a grant is seen by its parties and the authority alone", "授权只对当事部门和主管部门可见"),
        SERVE,
        Kind.WRONG_PARTY,
        (*ACTIVE, Call(OTHER, "GetGrant", {"name": "{it.name}"}, refusal("NOT_FOUND"))),
    )
    yield Sequence(
        "grant/suspended-twice-at-once",
        Word("race", "of two who read the same grant, the second is told to read again", "两人依据同一版本办理，后者须重新查看"),
        ETAG,
        Kind.REPLAYED,
        (*ACTIVE, _SUSPEND, Call(AUTHORITY, "RevokeGrant", {**by_authority, "etag": "{old.etag}"}, refusal("ABORTED", reason="STALE_ETAG"))),
    )
    yield Sequence(
        "grant/of-an-offer",
        Word("offer", "the grant of an accepted offer holds what was offered", "确认部分批准后，授权以批准内容为准"),
        "Decree 809 art. 21 (政务数据共享条例第二十一条)",
        Kind.HAPPY,
        (
            *SUBMITTED_REQUEST,
            step_on(PROVIDER, "ApproveDataRequest", terms=terms(fields=["id_number", "name"]), reason="住址非必需", officer="{by}"),
            step_on(CONSUMER, "AcceptOffer"),
            Call(PROVIDER, "GetGrant", {"name": "{it.grant}"}, says(state="GRANT_STATE_ACTIVE", terms__fields=["id_number", "name"])),
        ),
    )
