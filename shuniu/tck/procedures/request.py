"""Data requests 数据共享申请: from draft to decision, more time among it (Decree 809 art. 15, 20, 21)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from shuniu.tck.rules import Move, Rules
from shuniu.tck.sequence import AUTHORITY, CONSUMER, OTHER, PROVIDER, Call, Kind, Later, Need, Sequence, Step, refusal, says
from shuniu.tck.things import (
    APPROVED_REQUEST,
    DRAFT_REQUEST,
    PUBLISHED_ENTRY,
    SUBMITTED_REQUEST,
    entry_content,
    request_content,
    step_on,
    terms,
)
from shuniu.words import Word

ASK: Final = "Decree 809 art. 20 (政务数据共享条例第二十条)"
ANSWER: Final = "Decree 809 art. 21 (政务数据共享条例第二十一条)"
NOT_SHARED: Final = "Decree 809 art. 15 (政务数据共享条例第十五条)"
WITHIN: Final = Later(25 * 24)
"""Ten working days and the longest holidays that China has."""
LESS: Final[Mapping[str, Any]] = {"terms": terms(fields=["id_number", "name"]), "reason": "住址非必需", "officer": "{by}"}
WISH: Final[Mapping[str, Any]] = {"working_days": 5, "reason": "需逐户核验", "officer": "{by}"}

_REQUESTED: Final[tuple[Step, ...]] = (*SUBMITTED_REQUEST, step_on(PROVIDER, "RequestExtension", **WISH))
_MORE: Final = step_on(PROVIDER, "AskForMore", gaps=["缺少使用依据全文"], officer="{by}")


def _move(name: str, en: str, zh: str, rpc: str, who: str, article: str, demands: tuple[str, ...] = (), **fields: Any) -> Move:
    return Move(name, Word(name, en, zh), rpc, (who,), article, fields, demands)


RULES: Final = Rules(
    id="request",
    thing=Word("request", "data request", "数据共享申请"),
    prefix="DATA_REQUEST_STATE_",
    moves={
        "submit": _move("submit", "submit", "提交", "SubmitDataRequest", CONSUMER, ASK, officer="{by}"),
        "ask_for_more": _move(
            "ask_for_more", "ask for more", "要求补正", "AskForMore", PROVIDER, ANSWER, ("gaps", "officer"), gaps=["缺少使用依据全文"], officer="{by}"
        ),
        "supplement": _move(
            "supplement", "supplement", "补正", "SupplementDataRequest", CONSUMER, ANSWER, ("supplement",), supplement="依据全文见附件"
        ),
        "approve": _move("approve", "approve", "批准", "ApproveDataRequest", PROVIDER, ANSWER, ("officer",), officer="{by}"),
        "offer": _move("offer", "offer less", "部分批准", "ApproveDataRequest", PROVIDER, ANSWER, ("reason", "officer"), **LESS),
        "accept": _move("accept", "accept", "确认", "AcceptOffer", CONSUMER, ANSWER),
        "refuse": _move(
            "refuse", "refuse", "拒绝", "RefuseDataRequest", PROVIDER, ANSWER, ("reason", "officer"), reason="超出职责范围", officer="{by}"
        ),
        "request_extension": _move(
            "request_extension", "ask for more time", "申请延期", "RequestExtension", PROVIDER, ANSWER, ("reason", "officer"), **WISH
        ),
        "allow_extension": _move(
            "allow_extension",
            "allow more time",
            "同意延期",
            "AllowExtension",
            AUTHORITY,
            ANSWER,
            ("reason", "officer"),
            reason="情况属实",
            officer="{by}",
        ),
        "refuse_extension": _move(
            "refuse_extension",
            "refuse more time",
            "不同意延期",
            "RefuseExtension",
            AUTHORITY,
            ANSWER,
            ("reason", "officer"),
            reason="理由不足",
            officer="{by}",
        ),
        "withdraw": _move("withdraw", "withdraw", "撤回", "WithdrawDataRequest", CONSUMER, ASK, ("reason",), reason="不再需要"),
    },
    ways={
        "draft": DRAFT_REQUEST,
        "submitted": SUBMITTED_REQUEST,
        "incomplete": (*SUBMITTED_REQUEST, _MORE),
        "offered": (*SUBMITTED_REQUEST, step_on(PROVIDER, "ApproveDataRequest", **LESS)),
        "approved": APPROVED_REQUEST,
        "refused": (*SUBMITTED_REQUEST, step_on(PROVIDER, "RefuseDataRequest", reason="超出职责范围", officer="{by}")),
        "withdrawn": (*SUBMITTED_REQUEST, step_on(CONSUMER, "WithdrawDataRequest", reason="不再需要")),
        "overdue": (
            *SUBMITTED_REQUEST,
            WITHIN,
            Call(CONSUMER, "GetDataRequest", {"name": "{it.name}"}, says(state="DATA_REQUEST_STATE_OVERDUE"), "it"),
        ),
    },
    starts={
        ("submitted", "allow_extension"): _REQUESTED,
        ("submitted", "refuse_extension"): _REQUESTED,
        ("incomplete", "allow_extension"): (*_REQUESTED, _MORE),
        ("incomplete", "refuse_extension"): (*_REQUESTED, _MORE),
        ("overdue", "allow_extension"): (*_REQUESTED, WITHIN, Call(AUTHORITY, "GetDataRequest", {"name": "{it.name}"}, keep="it")),
        ("overdue", "refuse_extension"): (*_REQUESTED, WITHIN, Call(AUTHORITY, "GetDataRequest", {"name": "{it.name}"}, keep="it")),
    },
    words={
        "draft": "a draft",
        "submitted": "submitted",
        "incomplete": "incomplete",
        "offered": "offered",
        "approved": "approved",
        "refused": "refused",
        "withdrawn": "withdrawn",
        "overdue": "overdue",
    },
    next={
        ("draft", "submit"): "submitted",
        ("submitted", "ask_for_more"): "incomplete",
        ("incomplete", "supplement"): "submitted",
        ("submitted", "approve"): "approved",
        ("overdue", "approve"): "approved",
        ("submitted", "offer"): "offered",
        ("overdue", "offer"): "offered",
        ("offered", "accept"): "approved",
        ("submitted", "refuse"): "refused",
        ("overdue", "refuse"): "refused",
        ("submitted", "request_extension"): "submitted",
        ("submitted", "allow_extension"): "submitted",
        ("incomplete", "allow_extension"): "incomplete",
        ("overdue", "allow_extension"): "submitted",
        ("submitted", "refuse_extension"): "submitted",
        ("incomplete", "refuse_extension"): "incomplete",
        ("overdue", "refuse_extension"): "overdue",
        ("draft", "withdraw"): "withdrawn",
        ("submitted", "withdraw"): "withdrawn",
        ("incomplete", "withdraw"): "withdrawn",
        ("offered", "withdraw"): "withdrawn",
        ("overdue", "withdraw"): "withdrawn",
    },
)


def _published(**said: Any) -> tuple[Step, ...]:
    """Return the calls that publish an entry of another kind than the run's own."""
    return (Call(PROVIDER, "CreateEntry", {"entry": entry_content(**said)}, keep="it"), *PUBLISHED_ENTRY[1:])


def _asked_and_submitted(article_says: Call) -> tuple[Step, ...]:
    return (Call(CONSUMER, "CreateDataRequest", {"data_request": request_content("{it.name}")}, keep="it"), article_says)


def sequences() -> Iterator[Sequence]:
    """Yield what the table says, and what it does not."""
    yield from RULES.sequences()
    yield from _by_the_entry()
    yield from _bounds()
    yield from _more_time()


def _by_the_entry() -> Iterator[Sequence]:
    submit = {"name": "{it.name}", "etag": "{it.etag}", "officer": "{by}"}
    yield Sequence(
        "request/unconditional-at-once",
        Word("at_once", "an unconditional entry is granted by the hub at once", "无条件共享由枢纽即时批准"),
        ANSWER,
        Kind.HAPPY,
        (
            *_published(share_type="SHARE_TYPE_UNCONDITIONAL", share_condition=""),
            *_asked_and_submitted(Call(CONSUMER, "SubmitDataRequest", submit, says(state="DATA_REQUEST_STATE_APPROVED"))),
        ),
    )
    refused = entry_content(
        share_type="SHARE_TYPE_REFUSED", share_condition="", refusal_reason="法律规定不得共享", refusal_basis="《中华人民共和国统计法》第九条"
    )
    refused.pop("modes")
    yield Sequence(
        "request/not-shared-at-once",
        Word("not_shared", "an entry that is not shared is refused by the hub with the entry's ground", "不予共享由枢纽以目录载明的依据即时拒绝"),
        NOT_SHARED,
        Kind.REFUSED,
        (
            Call(PROVIDER, "CreateEntry", {"entry": {**refused, "modes": ["SHARE_MODE_QUERY"]}}, keep="it"),
            *PUBLISHED_ENTRY[1:],
            *_asked_and_submitted(Call(CONSUMER, "SubmitDataRequest", submit, says(state="DATA_REQUEST_STATE_REFUSED"))),
        ),
    )


def _bounds() -> Iterator[Sequence]:
    for name, en, zh, who, other, expect in (
        (
            "unknown-field",
            "a field that the entry does not have",
            "申请目录中没有的字段",
            CONSUMER,
            {"asked": terms(fields=["id_number", "salary"])},
            "NOT_IN_ENTRY",
        ),
        ("no-purpose", "no service item", "未填写事项", CONSUMER, {"asked": terms(purposes=[])}, ""),
        ("no-basis", "no legal basis", "未填写使用依据", CONSUMER, {"legal_basis": ""}, ""),
        ("too-long", "four years", "使用期限超过上限", CONSUMER, {"asked": terms(period_days=1_461)}, ""),
        ("own-data", "its own data", "申请本部门数据", PROVIDER, {}, "OWN_DATA"),
    ):
        title = Word(name, f"a request for {en} is refused", f"{zh}的申请不予受理")
        call = Call(who, "CreateDataRequest", {"data_request": request_content(**other)}, refusal("INVALID_ARGUMENT", reason=expect))
        yield Sequence(f"request/{name}", title, ASK, Kind.INCOMPLETE, (call,))
    wider = {"terms": terms(fields=["id_number", "name", "address"], period_days=60), "reason": "多给", "officer": "{by}"}
    yield Sequence(
        "request/wider-than-asked",
        Word("wider", "nobody is given more than was asked", "批准内容不得超出申请"),
        ANSWER,
        Kind.REFUSED,
        (
            *SUBMITTED_REQUEST,
            Call(
                PROVIDER,
                "ApproveDataRequest",
                {"name": "{it.name}", "etag": "{it.etag}", **wider},
                refusal("INVALID_ARGUMENT", reason="WIDER_THAN_ASKED"),
            ),
        ),
    )
    yield Sequence(
        "request/unseen-by-others",
        Word("unseen", "a request is seen by its parties and the authority alone", "申请只对当事部门和主管部门可见"),
        ASK,
        Kind.WRONG_PARTY,
        (*SUBMITTED_REQUEST, Call(OTHER, "GetDataRequest", {"name": "{it.name}"}, refusal("NOT_FOUND"))),
    )
    yield Sequence(
        "request/gaps-twice",
        Word("twice", "all gaps are named at once: nobody asks twice", "补正应一次性告知，不得再次要求"),
        ANSWER,
        Kind.INCOMPLETE,
        (
            *SUBMITTED_REQUEST,
            _MORE,
            step_on(CONSUMER, "SupplementDataRequest", supplement="依据全文见附件"),
            Call(
                PROVIDER,
                "AskForMore",
                {"name": "{it.name}", "etag": "{it.etag}", "gaps": ["又缺一项"], "officer": "{by}"},
                refusal("FAILED_PRECONDITION", reason="ASKED_ALREADY"),
            ),
        ),
    )
    yield Sequence(
        "request/clock-stands",
        Word("stands", "the answer clock stands still while a supplement is waited for", "补正期间答复时限中止"),
        ANSWER,
        Kind.LATE,
        (
            *SUBMITTED_REQUEST,
            _MORE,
            WITHIN,
            Call(CONSUMER, "GetDataRequest", {"name": "{it.name}"}, says(state="DATA_REQUEST_STATE_INCOMPLETE", clock__stopped=True), "it"),
            step_on(CONSUMER, "SupplementDataRequest", supplement="依据全文见附件"),
            Call(PROVIDER, "GetDataRequest", {"name": "{it.name}"}, says(state="DATA_REQUEST_STATE_SUBMITTED")),
        ),
        frozenset({Need.WRITING, Need.CLOCK}),
    )


def _more_time() -> Iterator[Sequence]:
    decide = {"name": "{it.name}", "etag": "{it.etag}", "reason": "情况属实", "officer": "{by}"}
    yield Sequence(
        "request/extension-counts",
        Word("counts", "what the authority allowed is counted", "主管部门同意的延期计入时限"),
        ANSWER,
        Kind.HAPPY,
        (*_REQUESTED, Call(AUTHORITY, "AllowExtension", decide, says(clock__extension_days=5, extension__state="EXTENSION_STATE_ALLOWED"))),
    )
    yield Sequence(
        "request/extension-unasked",
        Word("unasked", "nobody allows what nobody asked for", "未申请的延期不得批准"),
        ANSWER,
        Kind.OUT_OF_ORDER,
        (*SUBMITTED_REQUEST, Call(AUTHORITY, "AllowExtension", decide, refusal("FAILED_PRECONDITION", reason="NO_EXTENSION_ASKED"))),
    )
    yield Sequence(
        "request/extension-twice",
        Word("twice", "more time is asked for once", "延期只能申请一次"),
        ANSWER,
        Kind.REPLAYED,
        (
            *_REQUESTED,
            step_on(AUTHORITY, "RefuseExtension", reason="理由不足", officer="{by}"),
            Call(
                PROVIDER,
                "RequestExtension",
                {"name": "{it.name}", "etag": "{it.etag}", **WISH},
                refusal("FAILED_PRECONDITION", reason="EXTENSION_TWICE"),
            ),
        ),
    )
    yield Sequence(
        "request/extension-decided-twice",
        Word("decided", "more time is decided on once", "延期只决定一次"),
        ANSWER,
        Kind.REPLAYED,
        (
            *_REQUESTED,
            step_on(AUTHORITY, "AllowExtension", reason="情况属实", officer="{by}"),
            Call(AUTHORITY, "AllowExtension", decide, refusal("FAILED_PRECONDITION", reason="EXTENSION_DECIDED")),
        ),
    )
