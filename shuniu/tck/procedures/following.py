"""Amendment and renewal of grants 变更与续期: wider use needs the provider's consent, and a renewal leaves no gap (Decree 809 art. 25)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shuniu.tck.procedures.grant import ACTIVE
from shuniu.tck.sequence import AUTHORITY, CONSUMER, OTHER, PROVIDER, Call, Expect, Kind, Sequence, Step, refusal, says
from shuniu.tck.things import query, request_content, step_on, terms
from shuniu.words import Word

WIDER: Final = "Decree 809 art. 25 (政务数据共享条例第二十五条)"
_AMENDMENT, _RENEWAL = "FOLLOW_KIND_AMENDMENT", "FOLLOW_KIND_RENEWAL"
_OLD: Final[tuple[Step, ...]] = (*ACTIVE, Call(CONSUMER, "GetGrant", {"name": "{it.name}"}, keep="former"))


def _ask(kind: str, expect: Expect | None = None, who: str = CONSUMER, **other: Any) -> Call:
    said = request_content("{former.entry}", follows="{former.name}", follow_kind=kind, asked=terms(daily_calls=2_000), **other)
    return Call(who, "CreateDataRequest", {"data_request": said}, expect or says(follow_kind=kind), "" if expect else "it", alone=True)


def _asked(kind: str) -> tuple[Step, ...]:
    return (*_OLD, _ask(kind), step_on(CONSUMER, "SubmitDataRequest", officer="{by}"))


def _approved(kind: str) -> tuple[Step, ...]:
    return (*_asked(kind), step_on(PROVIDER, "ApproveDataRequest", officer="{by}"))


def _one(name: str, en: str, zh: str, kind: Kind, *steps: Step) -> Sequence:
    return Sequence(f"following/{name}", Word(name, en, zh), WIDER, kind, steps)


def _read(**said: Any) -> Call:
    return Call(CONSUMER, "GetGrant", {"name": "{former.name}"}, says(**said))


def sequences() -> Iterator[Sequence]:
    """Yield what becomes of a grant that another follows."""
    new = Call(CONSUMER, "GetGrant", {"name": "{it.grant}"}, says(state="GRANT_STATE_ACTIVE", follows="{former.name}", terms__daily_calls=2_000))
    superseded = _read(state="GRANT_STATE_SUPERSEDED", followed_by="{it.grant}")
    yield _one(
        "amended",
        "an amendment takes the place of the grant at once",
        "变更后的授权当即替代原授权",
        Kind.HAPPY,
        *_approved(_AMENDMENT),
        new,
        superseded,
    )
    stays = _read(state="GRANT_STATE_ACTIVE")
    yield _one(
        "not-before-consent",
        "the grant stays as it is until the provider consents",
        "提供部门同意前原授权不变",
        Kind.HAPPY,
        *_asked(_AMENDMENT),
        stays,
    )
    refused = step_on(PROVIDER, "RefuseDataRequest", reason="超出必要范围", officer="{by}")
    yield _one("refused", "a refused amendment changes nothing", "不同意变更的，原授权不变", Kind.REFUSED, *_asked(_AMENDMENT), refused, stays)
    dead = Call(CONSUMER, "Query", query("{former.name}"), refusal("PERMISSION_DENIED", "FAILED_PRECONDITION", reason="GRANT_SUPERSEDED"))
    yield _one("old-grant", "a query under the old grant names the new one", "以原授权调取的，告知新授权", Kind.ENDED, *_approved(_AMENDMENT), dead)
    renewed = Call(CONSUMER, "GetGrant", {"name": "{it.grant}"}, says(follows="{former.name}", start_time="{former.expire_time}"))
    yield _one("renewed", "a renewal begins when the grant ends", "续期自原授权期满时起", Kind.HAPPY, *_approved(_RENEWAL), stays, renewed)
    again = _ask(_RENEWAL, refusal("FAILED_PRECONDITION", reason="FOLLOWED_ALREADY"))
    yield _one("twice", "one grant follows another", "一项授权只由一项授权接续", Kind.REPLAYED, *_approved(_RENEWAL), again)
    revoked = step_on(AUTHORITY, "RevokeGrant", reason="依据废止", officer="{by}")
    late = _ask(_AMENDMENT, refusal("FAILED_PRECONDITION"))
    yield _one("after-the-end", "what has ended is not amended", "已终结的授权不得变更", Kind.ENDED, *_OLD, revoked, late)
    others = _ask(_AMENDMENT, refusal("NOT_FOUND", "PERMISSION_DENIED"), OTHER)
    yield _one("by-others", "nobody amends another's grant", "不得变更他人的授权", Kind.WRONG_PARTY, *_OLD, others)
    no_kind = _ask("FOLLOW_KIND_UNSPECIFIED", refusal("INVALID_ARGUMENT"))
    yield _one("no-kind", "what follows says how", "未说明变更或者续期", Kind.INCOMPLETE, *_OLD, no_kind)
