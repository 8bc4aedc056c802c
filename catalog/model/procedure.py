"""The procedure that a version of an entry goes through, from draft to withdrawal: states, steps, whose step it is."""

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Final

from catalog.reasons import ENTRY_OF_OTHER_PARTY
from hub.procedure import Party, Procedure
from shuniu.words import Word


@unique
class EntryState(StrEnum):
    """Where a version of an entry stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


@unique
class EntryStep(StrEnum):
    """What can be done to a version of an entry."""

    UPDATE = "update"
    SUBMIT = "submit"
    RETURN = "return"
    PUBLISH = "publish"
    REVISE = "revise"
    SUPERSEDE = "supersede"
    WITHDRAW = "withdraw"


NEXT: Final[Mapping[tuple[EntryState, EntryStep], EntryState]] = {
    (EntryState.DRAFT, EntryStep.UPDATE): EntryState.DRAFT,
    (EntryState.DRAFT, EntryStep.SUBMIT): EntryState.SUBMITTED,
    (EntryState.SUBMITTED, EntryStep.RETURN): EntryState.DRAFT,
    (EntryState.SUBMITTED, EntryStep.PUBLISH): EntryState.PUBLISHED,
    (EntryState.PUBLISHED, EntryStep.REVISE): EntryState.PUBLISHED,  # a new draft version is made; this one stays in force
    (EntryState.PUBLISHED, EntryStep.SUPERSEDE): EntryState.SUPERSEDED,  # when a newer version is published
    (EntryState.PUBLISHED, EntryStep.WITHDRAW): EntryState.WITHDRAWN,
}
IN_PREPARATION: Final = frozenset({EntryState.DRAFT, EntryState.SUBMITTED})
"""States of a version that is still being worked on; an entry has at most one such version."""

_EITHER: Final = frozenset({Party.PROVIDER, Party.AUTHORITY})
"""The authority compiles entries for departments that have no system yet (目录编制)."""

ENTRY_PROCEDURE: Final = Procedure(
    thing=Word("entry", "directory entry", "目录条目"),
    next=NEXT,
    who={
        EntryStep.UPDATE: _EITHER,
        EntryStep.SUBMIT: _EITHER,
        EntryStep.RETURN: frozenset({Party.AUTHORITY}),
        EntryStep.PUBLISH: frozenset({Party.AUTHORITY}),
        EntryStep.REVISE: frozenset({Party.PROVIDER}),
        EntryStep.SUPERSEDE: frozenset({Party.HUB}),
        EntryStep.WITHDRAW: _EITHER,
    },
    states={
        EntryState.DRAFT: Word("draft", "a draft", "草稿"),
        EntryState.SUBMITTED: Word("submitted", "submitted", "已提交"),
        EntryState.PUBLISHED: Word("published", "published", "已发布"),
        EntryState.SUPERSEDED: Word("superseded", "superseded", "已被取代"),
        EntryState.WITHDRAWN: Word("withdrawn", "withdrawn", "已撤销"),
    },
    steps={
        EntryStep.UPDATE: Word("update", "change", "修改"),
        EntryStep.SUBMIT: Word("submit", "submit", "提交"),
        EntryStep.RETURN: Word("return", "send back", "退回"),
        EntryStep.PUBLISH: Word("publish", "publish", "发布"),
        EntryStep.REVISE: Word("revise", "revise", "修订"),
        EntryStep.SUPERSEDE: Word("supersede", "supersede", "取代"),
        EntryStep.WITHDRAW: Word("withdraw", "withdraw", "撤销"),
    },
    wrong_party=ENTRY_OF_OTHER_PARTY,
)
