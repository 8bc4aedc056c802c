"""Calls that are sent again 重复请求: the same request is answered as the first time, another one under its number is refused (AIP-155)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shuniu.tck.procedures.objection import content
from shuniu.tck.sequence import AUTHORITY, CONSUMER, PROVIDER, Call, Expect, Kind, Sequence, refusal, says
from shuniu.tck.things import BASIS, SUBMITTED_REQUEST, entry_content, request_content
from shuniu.words import Word

AGAIN: Final = "a request_id stands for one request (AIP-155)"
CHECK_ONLY: Final = "validate_only changes nothing (AIP-163)"
_ID: Final = "tck-{run}-{n}"


def _pair(name: str, zh: str, who: str, rpc: str, first: dict[str, Any], other: dict[str, Any]) -> Iterator[Sequence]:
    made = Call(who, rpc, {**first, "request_id": _ID}, keep="made")
    same = Call(who, rpc, {**first, "request_id": _ID}, Expect(says={"name": "{made.name}"}))
    title = Word(name, f"{rpc} sent again makes nothing new", f"重复的{zh}不产生新的事项")
    yield Sequence(f"replay/{name}-same", title, AGAIN, Kind.REPLAYED, (made, same))
    differs = Call(who, rpc, {**other, "request_id": _ID}, refusal("INVALID_ARGUMENT"))
    title = Word(name, f"{rpc} with other content under the same request_id is refused", f"同一请求编号的另一{zh}被拒绝")
    yield Sequence(f"replay/{name}-other", title, AGAIN, Kind.REPLAYED, (made, differs))


def sequences() -> Iterator[Sequence]:
    """Yield what happens to calls that are sent again, and to those that only ask."""
    yield from _pair(
        "request",
        "申请",
        CONSUMER,
        "CreateDataRequest",
        {"data_request": request_content()},
        {"data_request": request_content(scenario="临时救助核对")},
    )
    yield from _pair("entry", "条目", PROVIDER, "CreateEntry", {"entry": entry_content()}, {"entry": entry_content(abstract="另一摘要")})
    yield from _pair("objection", "异议", CONSUMER, "FileObjection", {"objection": content()}, {"objection": content(statement="姓名与户口簿不符")})
    named = {"term": "居住证签发{n}", "department": "{parties.provider}", "basis": BASIS, "officer": "{by}"}
    yield from _pair("record-source", "数源", AUTHORITY, "AssignRecordSource", named, {**named, "department": "{parties.other}"})
    change = {
        "entry": "{entry.name}",
        "change": "登记机关变更",
        "legal_basis": "《居住证暂行条例》{n}",
        "change_date": "{entry.publish_time.day}",
        "officer": "{by}",
    }
    reported, other = {"directory_update": change}, {"directory_update": {**change, "change": "登记期限变更"}}
    yield from _pair("directory-update", "目录更新", PROVIDER, "ReportDirectoryUpdate", reported, other)
    yield Sequence(
        "replay/request-checked-only",
        Word("check", "a request that is only checked has no name", "仅校验的申请没有编号"),
        CHECK_ONLY,
        Kind.HAPPY,
        (Call(CONSUMER, "CreateDataRequest", {"data_request": request_content(), "validate_only": True}, says(name="")),),
    )
    yield Sequence(
        "replay/request-checked-and-wrong",
        Word("check", "a request that is only checked is refused where it is wrong", "仅校验时同样指出错误"),
        CHECK_ONLY,
        Kind.INCOMPLETE,
        (
            Call(
                CONSUMER,
                "CreateDataRequest",
                {"data_request": request_content(legal_basis=""), "validate_only": True},
                refusal("INVALID_ARGUMENT"),
            ),
        ),
    )
    submit = {"name": "{it.name}", "etag": "{old.etag}", "officer": "{by}"}
    yield Sequence(
        "replay/submit-twice",
        Word("twice", "a request that was submitted is not submitted again with the etag of the draft", "不得以草稿的版本标记再次提交"),
        "who decides on what has changed decides anew (AIP-154)",
        Kind.REPLAYED,
        (*SUBMITTED_REQUEST, Call(CONSUMER, "SubmitDataRequest", submit, refusal("ABORTED", "FAILED_PRECONDITION"))),
    )
    yield Sequence(
        "replay/no-etag",
        Word("etag", "a step without an etag is refused", "未附版本标记的办理被拒绝"),
        "who decides on what has changed decides anew (AIP-154)",
        Kind.INCOMPLETE,
        (*SUBMITTED_REQUEST, Call(PROVIDER, "ApproveDataRequest", {"name": "{it.name}", "officer": "{by}"}, refusal("INVALID_ARGUMENT"))),
    )
    yield Sequence(
        "replay/unknown-name",
        Word("unknown", "what is not there is not found", "不存在的事项查不到"),
        "a name that names nothing is not found (AIP-193)",
        Kind.REFUSED,
        (Call(CONSUMER, "GetDataRequest", {"name": "dataRequests/01arz3ndektsv4rrffq69g5fav"}, refusal("NOT_FOUND")),),
        frozenset(),
    )
