"""Amendment and renewal of a grant 授权变更与续期: a new request follows a grant, and the service has no gap (Decree 809 art. 25, 27)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from shuniu.tck.sequence import CONSUMER, OK, OTHER, PROVIDER, Call, Expect, Kind, Later, Need, Sequence, Step, refusal, says
from shuniu.tck.things import GRANT, PUBLISHED_ENTRY, query, request_content, step_on, terms
from shuniu.words import Word

AMEND: Final = "Decree 809 art. 25 (政务数据共享条例第二十五条)"
RENEW: Final = "Decree 809 art. 27 (政务数据共享条例第二十七条)"
AMENDMENT, RENEWAL = "amendment", "renewal"
_ARTICLES: Final = {AMENDMENT: AMEND, RENEWAL: RENEW}
_WORDS: Final = {AMENDMENT: "变更", RENEWAL: "续期"}
_BY: Final = {"officer": "{by}"}
_NAME: Final = {"name": "{grant.name}"}
_WHY: Final = {**_NAME, "etag": "{grant.etag}", "reason": "核查使用情况", **_BY}
_LESS: Final = ["id_number", "name"]
_SUSPENDED: Final = Call(PROVIDER, "SuspendGrant", _WHY, keep="grant")
_REVOKED: Final = Call(CONSUMER, "RevokeGrant", _WHY, keep="grant")
_TOMORROW: Final = Later(48)


def _draft(kind: str, expect: Expect = OK, who: str = CONSUMER, **other: Any) -> Call:
    """Return the call that drafts a request which follows what was kept as `grant`."""
    follows = {"entry": "{grant.entry}", "follows": "{grant.name}", "follow_kind": f"FOLLOW_KIND_{kind.upper()}", **other}
    content = request_content(**follows)
    return Call(who, "CreateDataRequest", {"data_request": content}, expect, "it", alone=True)


def _approved(kind: str, **other: Any) -> tuple[Step, ...]:
    """Return the calls that have such a request approved; its grant is kept as `new`."""
    decided = (step_on(CONSUMER, "SubmitDataRequest", **_BY), step_on(PROVIDER, "ApproveDataRequest", **_BY))
    return (_draft(kind, **other), *decided, Call(CONSUMER, "GetGrant", {"name": "{it.grant}"}, says(follows="{grant.name}"), "new"))


_SHORT: Final[tuple[Step, ...]] = (
    Call(CONSUMER, "CreateDataRequest", {"data_request": request_content(asked=terms(period_days=1))}, keep="it"),
    *GRANT[1:],
)
AMENDED: Final[tuple[Step, ...]] = (*GRANT, *_approved(AMENDMENT, asked=terms(fields=_LESS)))
RENEWED: Final[tuple[Step, ...]] = (*GRANT, *_approved(RENEWAL))


def _one(about: str, name: str, en: str, zh: str, kind: Kind, *steps: Step) -> Sequence:
    asks = any(isinstance(step, Call) and step.rpc == "Query" and step.expect.status == ("OK",) for step in steps)
    late = any(isinstance(step, Later) for step in steps)
    needs = {Need.WRITING} | ({Need.SERVING} if asks else set()) | ({Need.CLOCK} if late else set())
    return Sequence(f"{about}/{name}", Word(name, en, zh), _ARTICLES[about], kind, steps, frozenset(needs))


def _ask(expect: Expect, grant: str = "new") -> Call:
    return Call(CONSUMER, "Query", query(f"{{{grant}.name}}"), expect)


def sequences() -> Iterator[Sequence]:
    """Yield how a grant is followed by another, and by what it is not."""
    yield from _amended()
    yield from _renewed()
    for kind in (AMENDMENT, RENEWAL):
        yield from _not_followed(kind)


def _amended() -> Iterator[Sequence]:
    former = Call(PROVIDER, "GetGrant", _NAME, says(state="GRANT_STATE_SUPERSEDED", followed_by="{new.name}"))
    title = "once it is approved, the amended grant takes the place of the former", "变更批准后，新的授权即时取代原授权"
    yield _one(AMENDMENT, "approved", *title, Kind.HAPPY, *AMENDED, former)
    now = says(state="GRANT_STATE_ACTIVE", terms__fields=_LESS)
    title = "an amended grant holds what was approved last", "变更后的授权以最后批准的内容为准"
    yield _one(AMENDMENT, "holds-the-new-terms", *title, Kind.HAPPY, *AMENDED, Call(CONSUMER, "GetGrant", {"name": "{new.name}"}, now))
    yield _one(AMENDMENT, "answered", "a query under the amended grant is answered", "变更后的授权可以查询", Kind.HAPPY, *AMENDED, _ask(OK))
    old = _ask(refusal("PERMISSION_DENIED", "FAILED_PRECONDITION", reason="GRANT_SUPERSEDED"), "grant")
    yield _one(AMENDMENT, "former-refused", "a query under the former grant is refused", "变更后不得使用原授权", Kind.ENDED, *AMENDED, old)
    refuse = (*GRANT, _draft(AMENDMENT), step_on(CONSUMER, "SubmitDataRequest", **_BY))
    refuse = (*refuse, step_on(PROVIDER, "RefuseDataRequest", reason="超出职责范围", **_BY))
    stays = Call(CONSUMER, "GetGrant", _NAME, says(state="GRANT_STATE_ACTIVE", followed_by=""))
    yield _one(
        AMENDMENT, "refused", "a grant whose amendment is refused goes on as it was", "变更未获批准的，原授权不变", Kind.REFUSED, *refuse, stays
    )
    waits = (*GRANT, _draft(AMENDMENT), step_on(CONSUMER, "SubmitDataRequest", **_BY), stays)
    yield _one(AMENDMENT, "undecided", "a grant goes on until its amendment is decided", "变更决定前原授权继续有效", Kind.HAPPY, *waits)
    title = "a grant that is suspended is not amended", "授权暂停期间不得变更"
    refused = _draft(AMENDMENT, refusal("FAILED_PRECONDITION", reason="FOLLOWS_NO_LIVE_GRANT"))
    yield _one(AMENDMENT, "suspended", *title, Kind.OUT_OF_ORDER, *GRANT, _SUSPENDED, refused)


def _renewed() -> Iterator[Sequence]:
    begins = says(start_time="{grant.expire_time}", delivery_clock__filled=False)
    title = "a renewed grant begins the moment the former ends", "续期的授权自原授权到期时起生效"
    yield _one(RENEWAL, "without-a-gap", *title, Kind.HAPPY, *RENEWED, Call(PROVIDER, "GetGrant", {"name": "{new.name}"}, begins))
    former = Call(CONSUMER, "GetGrant", _NAME, says(state="GRANT_STATE_ACTIVE", followed_by="{new.name}"))
    yield _one(RENEWAL, "former-runs-on", "a grant runs on until its renewal begins", "续期生效前原授权继续有效", Kind.HAPPY, *RENEWED, former)
    early = _ask(refusal("PERMISSION_DENIED", "FAILED_PRECONDITION", reason="GRANT_NOT_BEGUN"))
    yield _one(RENEWAL, "not-begun", "a query before a renewal begins is refused", "续期生效前不得使用新的授权", Kind.OUT_OF_ORDER, *RENEWED, early)
    yield _one(RENEWAL, "suspended", "a grant that is suspended is renewed, and stays suspended", "暂停的授权可以续期，仍为暂停", Kind.HAPPY,
        *GRANT, _SUSPENDED, *_approved(RENEWAL), Call(CONSUMER, "GetGrant", _NAME, says(state="GRANT_STATE_SUSPENDED")),
    )  # fmt: skip
    late = (*_SHORT, *_approved(RENEWAL), _TOMORROW)
    yield _one(RENEWAL, "answered", "once the former has ended, the renewed grant is used", "原授权到期后使用续期的授权", Kind.LATE, *late, _ask(OK))
    over = _ask(refusal("PERMISSION_DENIED", "FAILED_PRECONDITION", reason="GRANT_EXPIRED"), "grant")
    yield _one(RENEWAL, "former-expired", "a renewal makes its former grant no longer", "续期不延长原授权", Kind.LATE, *late, over)
    ended = (*_SHORT, _TOMORROW, _draft(RENEWAL, refusal("FAILED_PRECONDITION", reason="FOLLOWS_NO_LIVE_GRANT")))
    yield _one(RENEWAL, "expired", "a grant whose period is over is not renewed", "授权到期后不得续期", Kind.LATE, *ended)


def _not_followed(kind: str) -> Iterator[Sequence]:
    """Yield what amends or renews nothing, whichever of the two is asked for."""
    en, zh = kind, _WORDS[kind]

    def one(name: str, what: str, chinese: str, why: Kind, *steps: Step) -> Sequence:
        return _one(kind, name, f"{en}: {what}", f"{zh}：{chinese}", why, *steps)

    revoked = _draft(kind, refusal("FAILED_PRECONDITION", reason="FOLLOWS_NO_LIVE_GRANT"))
    yield one("revoked", "a grant that was ended is not followed", "已终止的授权不得接续", Kind.OUT_OF_ORDER, *GRANT, _REVOKED, revoked)
    twice = _draft(kind, refusal("FAILED_PRECONDITION", reason="FOLLOWED_ALREADY"))
    yield one("followed-already", "a grant is followed once", "授权只接续一次", Kind.REPLAYED, *RENEWED, twice)
    foreign = _draft(kind, refusal("NOT_FOUND"), OTHER)
    yield one("of-another", "nobody follows the grant of another", "不得接续其他部门的授权", Kind.WRONG_PARTY, *GRANT, foreign)
    other = _draft(kind, refusal("INVALID_ARGUMENT", reason="FOLLOWS_ANOTHER_ENTRY"), entry="{it.name}")
    yield one(
        "of-another-entry", "a request follows a grant of its own entry", "只能接续同一目录的授权", Kind.REFUSED, *GRANT, *PUBLISHED_ENTRY, other
    )
    for name, gone in (("without-its-kind", {"follow_kind": "FOLLOW_KIND_UNSPECIFIED"}), ("without-a-grant", {"follows": ""})):
        half = _draft(kind, refusal("INVALID_ARGUMENT", reason="FOLLOW_INCOMPLETE"), **gone)
        yield one(name, "a request names the grant that it follows, and how", "申请应同时载明所接续的授权和方式", Kind.INCOMPLETE, *GRANT, half)
    approve = Call(PROVIDER, "ApproveDataRequest", {"name": "{it.name}", "etag": "{it.etag}", **_BY})
    race = (*GRANT, _draft(kind), step_on(CONSUMER, "SubmitDataRequest", **_BY), _REVOKED)
    gone_by_then = replace(approve, expect=refusal("FAILED_PRECONDITION", reason="FOLLOWS_NO_LIVE_GRANT"))
    yield one(
        "ended-meanwhile", "a grant that ended before the decision is not followed", "决定前已终止的授权不得接续", Kind.ENDED, *race, gone_by_then
    )
