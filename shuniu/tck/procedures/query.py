"""Queries under a grant 授权下的查询: who, when, why, which fields (Decree 809 art. 25)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shuniu.tck.procedures.grant import ACTIVE, EXPIRED
from shuniu.tck.sequence import AUTHORITY, CONSUMER, OTHER, PROVIDER, Call, Expect, Kind, Later, Need, Sequence, Step, refusal, says
from shuniu.tck.things import COLUMNS, query, step_on
from shuniu.words import Word

USE: Final = "Decree 809 art. 25 (政务数据共享条例第二十五条)"
_NEEDS: Final = frozenset({Need.WRITING, Need.SERVING})
_WHY: Final = {"reason": "核查使用情况", "officer": "{by}"}


def _ask(expect: Expect, who: str = CONSUMER, **other: Any) -> Call:
    return Call(who, "Query", query("{it.name}", **other), expect)


_FOUND: Final = _ask(says(records__length=1))


def _one(name: str, en: str, zh: str, kind: Kind, *steps: Step) -> Sequence:
    late = any(isinstance(step, Later) for step in steps)
    return Sequence(f"query/{name}", Word(name, en, zh), USE, kind, steps, _NEEDS | ({Need.CLOCK} if late else set()))


def sequences() -> Iterator[Sequence]:
    """Yield a query in each state of a grant, and one with each thing that it may not be."""
    suspend, resume = (step_on(PROVIDER, rpc, **_WHY) for rpc in ("SuspendGrant", "ResumeGrant"))
    revoke = step_on(AUTHORITY, "RevokeGrant", **_WHY)
    yield _one("active", "a query under a live grant is answered", "有效授权下的查询得到结果", Kind.HAPPY, *ACTIVE, _FOUND)
    stopped = _ask(refusal("PERMISSION_DENIED", "FAILED_PRECONDITION", reason="GRANT_SUSPENDED"))
    yield _one("suspended", "a query under a suspended grant is refused", "授权暂停后查询被拒绝", Kind.REFUSED, *ACTIVE, suspend, stopped)
    yield _one("resumed", "a query under a resumed grant is answered again", "授权恢复后查询得到结果", Kind.HAPPY, *ACTIVE, suspend, resume, _FOUND)
    ended = _ask(refusal("PERMISSION_DENIED", "FAILED_PRECONDITION", reason="GRANT_REVOKED"))
    yield _one("revoked", "a query under a revoked grant is refused", "授权终止后查询被拒绝", Kind.ENDED, *ACTIVE, revoke, ended)
    over = _ask(refusal("PERMISSION_DENIED", "FAILED_PRECONDITION", reason="GRANT_EXPIRED"))
    yield _one("expired", "a query under an expired grant is refused", "授权到期后查询被拒绝", Kind.LATE, *EXPIRED, over)
    for who in (OTHER, PROVIDER, AUTHORITY):
        other = _ask(refusal("PERMISSION_DENIED", "NOT_FOUND", "FAILED_PRECONDITION"), who)
        yield _one(
            f"by-{who}", f"nobody queries under the grant of another: {who}", f"不得使用他人的授权查询：{who}", Kind.WRONG_PARTY, *ACTIVE, other
        )
    for name, en, zh, kind, status, reason, fields in (
        (
            "other-purpose",
            "for another service item",
            "超出授权事项",
            Kind.REFUSED,
            "PERMISSION_DENIED",
            "PURPOSE_NOT_GRANTED",
            {"purpose": "640000-TCK-9999"},
        ),
        (
            "other-field",
            "for a field that is not granted",
            "超出授权字段",
            Kind.REFUSED,
            "PERMISSION_DENIED",
            "FIELD_NOT_GRANTED",
            {"fields": ["salary"]},
        ),
        ("no-case", "without a case number", "未填写办件编号", Kind.INCOMPLETE, "INVALID_ARGUMENT", "", {"case_number": ""}),
        ("no-officer", "without an officer", "未填写经办人", Kind.INCOMPLETE, "INVALID_ARGUMENT", "", {"officer": ""}),
        (
            "bad-key",
            "for a number whose check character is wrong",
            "身份号码校验码错误",
            Kind.INCOMPLETE,
            "INVALID_ARGUMENT",
            "",
            {"subject_key": "640104199003070120"},
        ),
    ):
        call = _ask(refusal(status, reason=reason), **fields)
        yield _one(name, f"a query {en} is refused", f"{zh}的查询被拒绝", kind, *ACTIVE, call)
    nobody = _ask(says(records__length=0), subject_key="640104199003070006")
    yield _one("nobody", "a query for somebody of whom nothing is known finds nothing", "查无此人时结果为空", Kind.HAPPY, *ACTIVE, nobody)
    for column in COLUMNS[1:]:
        call = _ask(says(records__length=1), fields=[column])
        yield _one(f"only-{column}", f"a query for {column} alone is answered", f"只查询字段 {column}", Kind.HAPPY, *ACTIVE, call)
