"""`shuniu dispute`: two departments disagree about a decision; they consult, the authority coordinates, the government decides."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.desk import by_get
from shuniu.cli.daily.rows import Group, Row

_OPENED: Final = ("resource", "statement", "officer")
DISPUTE: Final = Group(
    command="dispute",
    line="共享争议 Disputes about a decision between two departments.",
    collection="disputes",
    find=by_get("BrokerageService/GetDispute"),
    rows=(
        Row(
            "list",
            "BrokerageService/ListDisputes",
            "列出争议 List the disputes of which this department is a party.",
            columns=("name", "state", "resource", "claimant", "respondent", "meanwhile", "clock", "create_time"),
        ),
        Row("show", "BrokerageService/GetDispute", "查看争议 Show a dispute, with what holds meanwhile."),
        Row(
            "open",
            "BrokerageService/OpenDispute",
            "提出争议 Open a dispute about a request, grant, objection or demand.",
            inside="dispute",
            takes=tuple(f"dispute.{name}" for name in _OPENED),
            needs=tuple(f"dispute.{name}" for name in _OPENED),
            helps={"dispute.resource": "所涉事项的名称 dataRequests/ID, grants/ID, objections/ID or demands/ID"},
            file=True,
        ),
        Row("answer", "BrokerageService/AnswerDispute", "答复 State the respondent's position.", needs=("answer", "officer")),
        Row("propose", "BrokerageService/ProposeSettlement", "提出方案 Propose terms to the other department.", needs=("settlement", "officer")),
        Row("agree", "BrokerageService/AgreeSettlement", "同意方案 Agree to the terms that the other proposed.", needs=("officer",), ends=True),
        Row(
            "escalate",
            "BrokerageService/EscalateDispute",
            "提请上一层级 Take it to the authority, after its decision to the government.",
            needs=("reason", "officer"),
        ),
        Row(
            "pass",
            "BrokerageService/PassDispute",
            "移送共同上级 Pass it on to the common superior, as the authority.",
            needs=("coordinator", "reason", "officer"),
        ),
        Row(
            "decide",
            "BrokerageService/DecideDispute",
            "协调处理 Decide it, as who coordinates it.",
            needs=("outcome", "consequence", "officer"),
            ends=True,
        ),
        Row(
            "government",
            "BrokerageService/RecordGovernmentDecision",
            "登记政府决定 Record what the government decided, as the authority.",
            needs=("document_number", "outcome", "consequence", "officer"),
            ends=True,
        ),
        Row("withdraw", "BrokerageService/WithdrawDispute", "撤回 Withdraw it, as the claimant.", needs=("reason", "officer"), ends=True),
    ),
)

dispute = group_of(DISPUTE)
