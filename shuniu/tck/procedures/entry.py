"""Directory entries 目录条目: from draft to withdrawal (Decree 809 art. 13 to 17)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shuniu.tck.rules import Move, Rules
from shuniu.tck.sequence import AUTHORITY, CONSUMER, PROVIDER, Call, Kind, Sequence, refusal, says
from shuniu.tck.things import ASSESSED, DRAFT_ENTRY, PUBLISHED_ENTRY, SUBMITTED_ENTRY, entry_content, step_on
from shuniu.words import Word

OUTSIDE: Final = "Decree 809 art. 3 (政务数据共享条例第三条)"
COMPILE: Final = "Decree 809 art. 13 (政务数据共享条例第十三条)"
REVIEW: Final = "Decree 809 art. 16, 17 (政务数据共享条例第十六条、第十七条)"
CHANGE: Final = "Decree 809 art. 17 (政务数据共享条例第十七条)"
NOT_SHARED: Final = "Decree 809 art. 15 (政务数据共享条例第十五条)"

RULES: Final = Rules(
    id="entry",
    thing=Word("entry", "directory entry", "目录条目"),
    prefix="ENTRY_STATE_",
    moves={
        "submit": Move(
            "submit",
            Word("submit", "submit", "提交"),
            "SubmitEntry",
            (PROVIDER, AUTHORITY),
            COMPILE,
            {"reason": "首次编目", "officer": "{by}"},
            ("reason", "officer"),
        ),
        "return": Move(
            "return",
            Word("return", "return", "退回"),
            "ReturnEntry",
            (AUTHORITY,),
            REVIEW,
            {"reason": "缺少摘要", "officer": "{by}"},
            ("reason", "officer"),
        ),
        "publish": Move("publish", Word("publish", "publish", "发布"), "PublishEntry", (AUTHORITY,), REVIEW, {"officer": "{by}"}, ("officer",)),
        "withdraw": Move(
            "withdraw",
            Word("withdraw", "withdraw", "撤销"),
            "WithdrawEntry",
            (PROVIDER, AUTHORITY),
            CHANGE,
            {"reason": "职能调整", "officer": "{by}"},
            ("reason", "officer"),
        ),
    },
    ways={
        "draft": DRAFT_ENTRY,
        "submitted": SUBMITTED_ENTRY,
        "published": PUBLISHED_ENTRY,
        "withdrawn": (*PUBLISHED_ENTRY, step_on(PROVIDER, "WithdrawEntry", reason="职能调整", officer="{by}")),
    },
    words={"draft": "a draft", "submitted": "submitted", "published": "published", "withdrawn": "withdrawn"},
    next={
        ("draft", "submit"): "submitted",
        ("submitted", "return"): "draft",
        ("submitted", "publish"): "published",
        ("published", "withdraw"): "withdrawn",
    },
)


def sequences() -> Iterator[Sequence]:
    """Yield what the table says, and what it does not."""
    yield from RULES.sequences()
    revise = Call(
        PROVIDER, "ReviseEntry", {"name": "{it.name}", "etag": "{it.etag}", "reason": "增加字段"}, says(state="ENTRY_STATE_DRAFT", version=2), "it"
    )
    yield Sequence(
        "entry/revised-and-published",
        Word("revised", "a published entry is revised and its second version published", "已发布条目修订后发布第二版"),
        CHANGE,
        Kind.HAPPY,
        (
            *PUBLISHED_ENTRY,
            revise,
            Call(CONSUMER, "GetEntry", {"name": "{it.name}"}, says(state="ENTRY_STATE_PUBLISHED", version=1)),
            step_on(PROVIDER, "SubmitEntry", reason="增加字段", officer="{by}"),
            Call(
                AUTHORITY,
                "PublishEntry",
                {"name": "{it.name}", "etag": "{it.etag}", "officer": "{by}"},
                says(state="ENTRY_STATE_PUBLISHED", version=2),
            ),
        ),
    )
    yield Sequence(
        "entry/secret-stays-out",
        Word("secret", "data that is secret is not listed", "涉密数据不得编目"),
        OUTSIDE,
        Kind.REFUSED,
        tuple(
            Call(
                PROVIDER,
                "CreateEntry",
                {"entry": entry_content(assessment={**ASSESSED, "secrecy": secrecy})},
                refusal("INVALID_ARGUMENT", reason="SECRET_STAYS_OUT"),
            )
            for secrecy in ("SECRECY_WORK", "SECRECY_STATE")
        ),
    )
    yield Sequence(
        "entry/not-shared-without-law",
        Word("refused", "an entry that is not shared cites a law", "不予共享的条目须有法律依据"),
        NOT_SHARED,
        Kind.INCOMPLETE,
        (
            Call(
                PROVIDER,
                "CreateEntry",
                {"entry": entry_content(share_type="SHARE_TYPE_REFUSED", share_condition="", refusal_reason="不宜共享")},
                refusal("INVALID_ARGUMENT"),
            ),
        ),
    )
    yield Sequence(
        "entry/of-another-department",
        Word("other", "a department compiles its own entries alone", "部门只能编制本部门的目录"),
        COMPILE,
        Kind.WRONG_PARTY,
        (Call(CONSUMER, "CreateEntry", {"entry": entry_content()}, refusal("PERMISSION_DENIED")),),
    )
    yield Sequence(
        "entry/draft-unseen",
        Word("unseen", "a draft is not seen by other departments", "草稿对其他部门不可见"),
        COMPILE,
        Kind.WRONG_PARTY,
        (*DRAFT_ENTRY, Call(CONSUMER, "GetEntry", {"name": "{it.name}"}, refusal("NOT_FOUND"))),
    )
    yield Sequence(
        "entry/validate-only",
        Word("validate", "a check leaves nothing behind", "仅校验时不产生数据"),
        "validate_only changes nothing (AIP-163)",
        Kind.HAPPY,
        (
            Call(PROVIDER, "CreateEntry", {"entry": entry_content(), "validate_only": True}, says(state="ENTRY_STATE_DRAFT"), "it"),
            Call(PROVIDER, "GetEntry", {"name": "{it.name}"}, refusal("NOT_FOUND")),
        ),
    )
