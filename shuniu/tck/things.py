"""What the kit writes into entries, requests and objections: plausible, complete, about nobody, and new in each run."""

from __future__ import annotations

from typing import Any, Final

from shuniu.tck.sequence import AUTHORITY, CONSUMER, PROVIDER, Call, Step

RESOURCE: Final = "tck_resident"
KEY: Final = "640104199003070129"
"""An ID number of the right form that the kit's own provider has a record for."""
COLUMNS: Final = ("id_number", "name", "address")
ROW: Final = {"id_number": KEY, "name": "王小明", "address": "银川市金凤区"}
KNOWN, SAME = "is_known", "same_name"
"""The predicates of its entry."""
WORKER, LEAD, STRANGER = "TCK-W1", "TCK-L1", "TCK-S1"
"""Officers that `shuniu tck --prepare` registers: one who files requests, the head, and one with another duty."""
PURPOSE: Final = "640000-TCK-0001"
BASIS: Final = "《社会救助暂行办法》第十一条"
ASSESSED: Final = {
    "secrecy": "SECRECY_NONE",
    "secrecy_report": "保密风险评估报告",
    "secrecy_date": "2026-01-05",
    "impact_report": "个人信息保护影响评估报告",
    "impact_date": "2026-01-05",
}


def entry_content(**other: Any) -> dict[str, Any]:
    """Return the content of an entry whose number is the sequence's."""
    return {
        "resource_code": "307019999/{n}",
        "title": "一致性测试信息{run}-{n}",
        "abstract": "一致性测试所用目录条目",
        "class_path": ["人口", "户籍"],
        "region": "640000",
        "level": "LEVEL_PROVINCE",
        "provider": "{parties.provider}",
        "share_type": "SHARE_TYPE_CONDITIONAL",
        "share_condition": "限办理社会救助使用",
        "modes": ["SHARE_MODE_QUERY", "SHARE_MODE_CHECK", "SHARE_MODE_STREAM"],
        "open_type": "OPEN_TYPE_CLOSED",
        "update_period": "UPDATE_PERIOD_DAILY",
        "fields": [
            {"name": "id_number", "label": "公民身份号码", "type": "FIELD_TYPE_STRING", "sensitivity": 1, "key": True, "personal": True},
            {"name": "name", "label": "姓名", "type": "FIELD_TYPE_STRING", "sensitivity": 1, "personal": True},
            {"name": "address", "label": "住址", "type": "FIELD_TYPE_STRING", "sensitivity": 1, "personal": True, "nullable": True},
        ],
        "serving_system": "{systems.provider}",
        "serving_resource": RESOURCE,
        "subject_domain": "cn-id",
        "assessment": ASSESSED,
        "data_format": "DATA_FORMAT_DATABASE",
        "data_class": "公民个人信息/身份信息",
        "data_grade": "DATA_GRADE_GENERAL",
        "predicates": [
            {"name": KNOWN, "text": "有登记记录", "text_en": "there is a record", "absent_is_no": True},
            {"name": SAME, "text": "姓名一致", "text_en": "the name is the same", "terms": [{"field": "name", "comparison": "COMPARISON_SAME"}]},
        ],
        **other,
    }


def terms(**other: Any) -> dict[str, Any]:
    """Return what a request asks for."""
    return {"fields": list(COLUMNS), "purposes": [PURPOSE], "period_days": 30, "daily_calls": 1_000, "mode": "query", **other}


def request_content(entry: str = "{entry.name}", **other: Any) -> dict[str, Any]:
    """Return the content of a data request for the run's own entry."""
    content = {"entry": entry, "legal_basis": BASIS, "scenario": "低保核对", "scope": "全区", "asked": terms(), "officer": "{by}"}
    return {**content, **other}


def step_on(who: str, rpc: str, keep: str = "it", **fields: Any) -> Call:
    """Return a step on what was kept as `it`."""
    return Call(who, rpc, {"name": "{it.name}", "etag": "{it.etag}", **fields}, keep=keep)


DRAFT_ENTRY: Final[tuple[Step, ...]] = (Call(PROVIDER, "CreateEntry", {"entry": entry_content()}, keep="it"),)
SUBMITTED_ENTRY: Final[tuple[Step, ...]] = (*DRAFT_ENTRY, step_on(PROVIDER, "SubmitEntry", reason="首次编目", officer="{by}"))
PUBLISHED_ENTRY: Final[tuple[Step, ...]] = (*SUBMITTED_ENTRY, step_on(AUTHORITY, "PublishEntry", officer="{by}"))

DRAFT_REQUEST: Final[tuple[Step, ...]] = (Call(CONSUMER, "CreateDataRequest", {"data_request": request_content()}, keep="it"),)
SUBMITTED_REQUEST: Final[tuple[Step, ...]] = (*DRAFT_REQUEST, step_on(CONSUMER, "SubmitDataRequest", officer="{by}"))
APPROVED_REQUEST: Final[tuple[Step, ...]] = (*SUBMITTED_REQUEST, step_on(PROVIDER, "ApproveDataRequest", officer="{by}"))
GRANT: Final[tuple[Step, ...]] = (
    *APPROVED_REQUEST,
    Call(CONSUMER, "GetGrant", {"name": "{it.grant}"}, keep="grant"),
)


def query(grant: str = "{grant.name}", **other: Any) -> dict[str, Any]:
    """Return a query that is right unless told otherwise."""
    asked = {"grant": grant, "purpose": PURPOSE, "case_number": "LB-TCK-{n}", "officer": "{by}", "subject_key": KEY}
    return {**asked, **other}
