"""变更与续期: which grant a request may follow, and how. Pure: time comes in as `at`."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from brokerage.model.reasons import FOLLOW_INCOMPLETE, FOLLOWED_ALREADY, FOLLOWS_ANOTHER_ENTRY, FOLLOWS_NO_LIVE_GRANT
from hub.faults import Faults
from shuniu.words import Word

if TYPE_CHECKING:
    from brokerage.model.grant import Grant


@unique
class FollowKind(StrEnum):
    """How a data request follows a grant that its consumer has."""

    AMENDMENT = "amendment"
    RENEWAL = "renewal"


FOLLOW_WORDS: Final[Mapping[FollowKind, Word]] = {
    FollowKind.AMENDMENT: Word("amendment", "amend it", "变更"),
    FollowKind.RENEWAL: Word("renewal", "renew it", "续期"),
}


def check_both(faults: Faults, follows: str, kind: FollowKind | None) -> None:
    """Refuse a grant to follow without the way to follow it, and the other way round."""
    if bool(follows) != (kind is not None):
        missing = "follow_kind" if follows else "follows"
        faults.add(FOLLOW_INCOMPLETE(field=f"data_request.{missing}"))


def check_followable(grant: "Grant", kind: FollowKind, entry: str, follower: "Grant | None", at: datetime) -> None:
    """Refuse to follow a grant of another entry, one that does not go on, and one that is followed already; `follower` is the grant that does."""
    if grant.entry != entry:
        raise FOLLOWS_ANOTHER_ENTRY(field="data_request.follows", entry=grant.entry)
    if follower is not None and follower.takes_over:
        raise FOLLOWED_ALREADY(grant=grant.name, follower=follower.name, step="follow", state=grant.state_at(at).value)
    grant.check_goes_on(kind, at)


def refuse_to_follow(grant: "Grant", state: Word, kind: FollowKind, possible: Word) -> None:
    """Refuse to follow a grant in a state from which that way leads nowhere."""
    raise FOLLOWS_NO_LIVE_GRANT(grant=grant.name, state=state, step=FOLLOW_WORDS[kind], possible=possible)
