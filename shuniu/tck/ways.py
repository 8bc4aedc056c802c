"""What holds of every way in which data moves under a grant: in each state of the grant, for each party, and with each thing that is not as granted.

A way is data: its rpc, the mode of its grants, what is sent and what comes. Decree 809 art. 22 names the ways, art. 25 what binds them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from shuniu.tck.sequence import AUTHORITY, CONSUMER, OFFICE, OTHER, PROVIDER, Call, Expect, Kind, Later, Need, Sequence, Step, refusal, says
from shuniu.tck.things import APPROVED_REQUEST, LEAD, PURPOSE, WORKER, request_content, step_on, terms
from shuniu.words import Word

USE: Final = "Decree 809 art. 25 (政务数据共享条例第二十五条)"
_WHY: Final = {"reason": "核查使用情况", "officer": "{by}"}
_SUSPEND, _RESUME = (step_on(PROVIDER, rpc, **_WHY) for rpc in ("SuspendGrant", "ResumeGrant"))
_REVOKE: Final = step_on(AUTHORITY, "RevokeGrant", **_WHY)
_NOT_LIVE: Final = ("PERMISSION_DENIED", "FAILED_PRECONDITION")
_STATES: Final = (
    ("suspended", "a suspended grant", "授权暂停", Kind.REFUSED, (_SUSPEND,), "GRANT_SUSPENDED"),
    ("revoked", "a revoked grant", "授权终止", Kind.ENDED, (_REVOKE,), "GRANT_REVOKED"),
)


def use(**other: Any) -> dict[str, Any]:
    """Return what every call for data says: under which grant, for what, in which case, by whom."""
    return {"grant": "{it.name}", "purpose": PURPOSE, "case_number": "LB-TCK-{n}", "officer": "{by}", **other}


def granted(mode: str, **other: Any) -> tuple[Step, ...]:
    """Return the calls that make a grant of a mode, which is kept as `it`."""
    asked = Call(CONSUMER, "CreateDataRequest", {"data_request": request_content(asked=terms(mode=mode, **other))}, keep="it", alone=True)
    return (asked, *APPROVED_REQUEST[1:], Call(CONSUMER, "GetGrant", {"name": "{it.grant}"}, keep="it", alone=True))


def _office_grant(mode: str) -> tuple[Step, ...]:
    """Return the calls that make a grant of OFFICE, whose head consents to what its clerk asks for."""
    asked = request_content(asked=terms(mode=mode), officer=WORKER)
    return (
        Call(OFFICE, "CreateDataRequest", {"data_request": asked}, keep="it", alone=True),
        step_on(OFFICE, "SubmitDataRequest", officer=WORKER),
        Call(OFFICE, "GetProposal", {"name": "{it.pending_proposal}"}, keep="proposal"),
        Call(OFFICE, "Confirm", {"name": "{proposal.name}", "etag": "{proposal.etag}", "officer": LEAD}),
        Call(OFFICE, "GetDataRequest", {"name": "{it.name}"}, keep="it"),
        step_on(PROVIDER, "ApproveDataRequest", officer="{by}"),
        Call(OFFICE, "GetGrant", {"name": "{it.grant}"}, keep="it", alone=True),
    )


@dataclass(frozen=True)
class Way:
    """One way in which data moves."""

    id: str
    rpc: str
    mode: str
    word: Word
    """What a call of it is called, with its article: "a check"."""
    request: Callable[..., Mapping[str, Any]]
    """What is sent; keyword arguments change what `use` says."""
    answer: Expect
    takes_fields: bool = True
    needs: frozenset[Need] = frozenset({Need.WRITING, Need.SERVING})

    def call(self, expect: Expect | None = None, who: str = CONSUMER, **other: Any) -> Call:
        """Return the call, right unless told otherwise."""
        return Call(who, self.rpc, self.request(**other), expect or self.answer)

    def sequence(self, name: str, en: str, zh: str, kind: Kind, *steps: Step) -> Sequence:
        """Return a sequence under its name."""
        late = any(isinstance(step, Later) for step in steps)
        return Sequence(f"{self.id}/{name}", Word(name, en, zh), USE, kind, steps, self.needs | ({Need.CLOCK} if late else set()))

    def sequences(self) -> Iterator[Sequence]:
        """Yield what holds of every way."""
        yield from self._by_state()
        yield from self._by_party()
        yield from self._by_content()

    def _by_state(self) -> Iterator[Sequence]:
        en, zh, live = self.word.en, self.word.zh, granted(self.mode)
        yield self.sequence("active", f"{en} under a live grant is answered", f"有效授权下的{zh}得到结果", Kind.HAPPY, *live, self.call())
        resumed = (*live, _SUSPEND, _RESUME, self.call())
        yield self.sequence("resumed", f"{en} under a resumed grant is answered again", f"授权恢复后{zh}得到结果", Kind.HAPPY, *resumed)
        for name, of, of_zh, kind, steps, reason in _STATES:
            call = self.call(refusal(*_NOT_LIVE, reason=reason))
            yield self.sequence(name, f"{en} under {of} is refused", f"{of_zh}后{zh}被拒绝", kind, *live, *steps, call)
        over = (Later(48), Call(CONSUMER, "GetGrant", {"name": "{it.name}"}, says(state="GRANT_STATE_EXPIRED"), "it"))
        call = self.call(refusal(*_NOT_LIVE, reason="GRANT_EXPIRED"))
        short = granted(self.mode, period_days=1)
        yield self.sequence("expired", f"{en} under an expired grant is refused", f"授权到期后{zh}被拒绝", Kind.LATE, *short, *over, call)

    def _by_party(self) -> Iterator[Sequence]:
        en, zh = self.word.en, self.word.zh
        for who in (OTHER, PROVIDER, AUTHORITY):
            call = self.call(refusal("PERMISSION_DENIED", "NOT_FOUND", "FAILED_PRECONDITION"), who)
            title = f"{en} under the grant of another is refused: {who}", f"不得使用他人的授权{zh}：{who}"
            yield self.sequence(f"by-{who}", *title, Kind.WRONG_PARTY, *granted(self.mode), call)

        nobody = self.call(refusal("PERMISSION_DENIED", reason="OFFICER_UNKNOWN"), OFFICE, officer="TCK-NOBODY")
        title = f"{en} by an officer whom the department never registered is refused", f"未登记的经办人{zh}被拒绝"
        steps = (*_office_grant(self.mode), self.call(None, OFFICE, officer=WORKER), nobody)
        found = self.sequence("by-unknown-officer", *title, Kind.WRONG_DUTY, *steps)
        yield replace(found, needs=found.needs | {Need.MANDATE})

    def _by_content(self) -> Iterator[Sequence]:
        en, zh, live = self.word.en, self.word.zh, granted(self.mode)
        other = granted("check" if self.mode == "query" else "query")
        call = self.call(refusal("PERMISSION_DENIED", reason="MODE_NOT_GRANTED"))
        yield self.sequence("other-mode", f"{en} under a grant of another mode is refused", f"授权方式不符的{zh}被拒绝", Kind.REFUSED, *other, call)
        wrong: list[tuple[str, str, str, Kind, str, dict[str, Any]]] = [
            ("other-purpose", "for another service item", "超出授权事项", Kind.REFUSED, "PURPOSE_NOT_GRANTED", {"purpose": "640000-TCK-9999"}),
            ("no-purpose", "without a service item", "未填写办理事项", Kind.INCOMPLETE, "MISSING_PURPOSE", {"purpose": ""}),
            ("no-case", "without a case number", "未填写办件编号", Kind.INCOMPLETE, "MISSING_CASE_NUMBER", {"case_number": ""}),
            ("no-officer", "without an officer", "未填写经办人", Kind.INCOMPLETE, "MISSING_OFFICER", {"officer": ""}),
            ("no-grant", "under no grant", "未指明授权", Kind.INCOMPLETE, "", {"grant": "grants/none"}),
        ]
        if self.takes_fields:
            fields = {"fields": ["salary"]}
            wrong.append(("other-field", "for a field that is not granted", "超出授权字段", Kind.REFUSED, "FIELD_NOT_GRANTED", fields))
        for name, of, of_zh, kind, reason, changed in wrong:
            call = self.call(refusal("PERMISSION_DENIED", "INVALID_ARGUMENT", "FAILED_PRECONDITION", "NOT_FOUND", reason=reason), **changed)
            yield self.sequence(name, f"{en} {of} is refused", f"{of_zh}的{zh}被拒绝", kind, *live, call)
