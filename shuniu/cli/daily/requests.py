"""`shuniu request`, `shuniu grant`, `shuniu decision`: one department asks another for data, the other answers, what was granted, and why."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.desk import by_get
from shuniu.cli.daily.rows import Group, Row

_TERMS: Final = ("fields", "masks", "purposes", "systems", "period_days", "daily_calls", "mode", "rows")
_HELPS: Final = {
    "masks": "更严的脱敏规则，如 name=keep:1,0 a stricter masking rule",
    "purposes": "事项编码，可重复 code of a service item; may be repeated",
    "fields": "信息项，可重复 a field's name; may be repeated",
    "systems": "可调用的本部门系统，可重复，默认全部 a system of the consumer that may call; all without any",
    "period_days": "使用期限（日历日，1 至 1095） calendar days from approval",
    "daily_calls": "每日调用次数 calls a day",
    "mode": "共享方式，如 query how the data moves",
    "rows": (
        "行范围条件，可重复，须同时满足：field=value、field^=开头、field in a,b、field>=a、field<=b "
        "a condition on records; may be repeated, all must hold"
    ),
}
REQUEST: Final = Group(
    command="request",
    line="数据共享申请 Data requests: file one, answer one.",
    collection="dataRequests",
    find=by_get("BrokerageService/GetDataRequest"),
    rows=(
        Row(
            "list",
            "BrokerageService/ListDataRequests",
            "列出申请 List the requests that this department filed or has to answer.",
            columns=("name", "state", "entry", "consumer", "provider", "clock", "create_time"),
        ),
        Row("show", "BrokerageService/GetDataRequest", "查看申请 Show a request with its time limit."),
        Row(
            "new",
            "BrokerageService/CreateDataRequest",
            "新建申请 File a request as a draft.",
            inside="data_request",
            takes=(
                *(f"data_request.{name}" for name in ("entry", "legal_basis", "scenario", "scope", "officer")),
                *(f"data_request.asked.{name}" for name in _TERMS),
                "data_request.return_flow",
                "data_request.follows",
                "data_request.follow_kind",
                "validate_only",
            ),
            needs=(
                *(f"data_request.{name}" for name in ("entry", "legal_basis", "scenario", "scope", "officer")),
                *(f"data_request.asked.{name}" for name in ("fields", "purposes", "period_days", "daily_calls", "mode")),
            ),
            options={"validate_only": "--dry-run"},
            helps={
                "validate_only": "只检查，不保存 check it and keep nothing",
                "data_request.return_flow": "数据回流：取回本区域的数据，即时授权 records of the own region, granted at once (Decree 809 art. 24)",
                "data_request.follows": "变更或者续期的授权 the grant that it amends or renews",
                "data_request.follow_kind": "变更还是续期 whether it amends the grant or renews it",
                **{f"data_request.asked.{name}": text for name, text in _HELPS.items()},
            },
            file=True,
        ),
        Row("submit", "BrokerageService/SubmitDataRequest", "提交申请 Submit a draft; the provider's time runs from then on."),
        Row("ask", "BrokerageService/AskForMore", "要求补正 Ask once for all that is missing.", needs=("gaps", "officer")),
        Row("supplement", "BrokerageService/SupplementDataRequest", "补正 Give what was missing.", needs=("supplement",)),
        Row(
            "approve",
            "BrokerageService/ApproveDataRequest",
            "批准 Approve as asked; with terms, offer less.",
            takes=(*(f"terms.{name}" for name in _TERMS), "reason", "disposal_terms", "officer"),
            needs=("officer",),
            helps={
                "disposal_terms": "授权终结后如何处置数据 what is to be done with the data once the grant ends",
                **{f"terms.{name}": text for name, text in _HELPS.items()},
            },
        ),
        Row("accept", "BrokerageService/AcceptOffer", "接受 Accept an offer of less."),
        Row("refuse", "BrokerageService/RefuseDataRequest", "拒绝 Refuse, with the reasons.", needs=("reason", "officer"), ends=True),
        Row(
            "extend",
            "BrokerageService/RequestExtension",
            "申请延期 Ask the authority for more time, once; without --working-days for as many as the rule allows.",
            needs=("reason", "officer"),
        ),
        Row("allow-extension", "BrokerageService/AllowExtension", "同意延期 Allow more time, as the authority.", needs=("reason", "officer")),
        Row("refuse-extension", "BrokerageService/RefuseExtension", "不同意延期 Refuse more time, as the authority.", needs=("reason", "officer")),
        Row("withdraw", "BrokerageService/WithdrawDataRequest", "撤回 Take a request back.", needs=("reason",), ends=True),
    ),
)
GRANT: Final = Group(
    command="grant",
    line="共享授权 Grants: what may be used, by whom, until when.",
    collection="grants",
    find=by_get("BrokerageService/GetGrant"),
    rows=(
        Row(
            "list",
            "BrokerageService/ListGrants",
            "列出授权 List the grants that this department has or gave.",
            columns=("name", "state", "entry", "consumer", "provider", "expire_time"),
        ),
        Row("show", "BrokerageService/GetGrant", "查看授权 Show a grant."),
        Row("file", "CaseService/GetCaseFile", "案卷 Everything that belongs to it: request, uses, objections, corrections, each step's record."),
        Row(
            "inspect",
            "CaseService/InspectGrant",
            "检查使用情况 What its consumer did with it, as provider, authority or auditor; the look is on the log and the consumer is told.",
            needs=("reason", "officer"),
        ),
        Row(
            "suspend",
            "BrokerageService/SuspendGrant",
            "暂停 Stop its use for now; for misuse, with a term to mend it.",
            needs=("reason", "officer"),
            helps={"mend_days": "整改期限（1 至 60 个工作日），仅限违规使用 working days to mend a misuse"},
            ends=True,
        ),
        Row("resume", "BrokerageService/ResumeGrant", "恢复 Let it be used again.", needs=("reason", "officer")),
        Row("revoke", "BrokerageService/RevokeGrant", "终止 End it for good.", needs=("reason", "officer"), ends=True),
        Row("report-mending", "BrokerageService/ReportMending", "报告整改 Say what was mended, as the consumer.", needs=("statement", "officer")),
        Row(
            "refuse-mending",
            "BrokerageService/RefuseMending",
            "退回整改报告 Say what is still wrong, and give another term.",
            needs=("reason", "mend_days", "officer"),
            helps={"mend_days": "新的整改期限（1 至 60 个工作日） working days of the new term"},
        ),
        Row(
            "explain",
            "BrokerageService/ExplainDelivery",
            "说明提供情况 Say why the data is not used yet and by when it can be, as the provider.",
            needs=("statement", "expected_date", "officer"),
            helps={"expected_date": "预计提供日期 YYYY-MM-DD"},
        ),
        Row(
            "dispose",
            "BrokerageService/RecordDisposal",
            "提交处置回执 Say what became of the data of a grant that has ended, as the consumer.",
            needs=("disposal_method", "statement", "dispose_date", "officer"),
            options={"disposal_method": "--method"},
            helps={"dispose_date": "处置日期 YYYY-MM-DD", "legal_basis": "依法留存的法律依据 the law that demands to keep it"},
        ),
        Row("accept-disposal", "BrokerageService/AcceptDisposal", "确认处置 Accept a disposal receipt, as the provider.", needs=("officer",)),
        Row(
            "return-disposal",
            "BrokerageService/ReturnDisposal",
            "退回回执 Send a disposal receipt back, as the provider.",
            needs=("reason", "officer"),
        ),
    ),
)
DECISION: Final = Group(
    command="decision",
    line="决定 Decisions: why a call was answered or refused.",
    collection="decisions",
    rows=(Row("show", "CaseService/GetDecision", "查看决定 Show which rules were asked, which one did not hold, and what to do next."),),
)
request: Final = group_of(REQUEST)
grant: Final = group_of(GRANT)
decision: Final = group_of(DECISION)
