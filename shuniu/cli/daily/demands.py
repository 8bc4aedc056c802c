"""`shuniu demand`: a wish for data that no entry offers yet, from filing to the entry that fulfils it."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.desk import by_get
from shuniu.cli.daily.rows import Group, Row

_FILED: Final = ("title", "description", "legal_basis", "scenario", "wished_fields", "officer")
DEMAND: Final = Group(
    command="demand",
    line="数据需求 Demands: wishes for data that no entry offers yet.",
    collection="demands",
    find=by_get("BrokerageService/GetDemand"),
    rows=(
        Row(
            "list",
            "BrokerageService/ListDemands",
            "列出需求 The board: list the demands of all departments.",
            columns=("name", "state", "title", "filer", "assignee", "follower_count", "create_time"),
        ),
        Row("show", "BrokerageService/GetDemand", "查看需求 Show a demand."),
        Row(
            "new",
            "BrokerageService/FileDemand",
            "提出需求 File a demand.",
            inside="demand",
            takes=tuple(f"demand.{name}" for name in _FILED),
            needs=tuple(f"demand.{name}" for name in _FILED if name != "wished_fields"),
            file=True,
        ),
        Row("assign", "BrokerageService/AssignDemand", "分派 Assign it, as the authority.", needs=("department", "reason", "officer")),
        Row("accept", "BrokerageService/AcceptDemand", "受理 Accept it, as the assigned department.", needs=("officer",)),
        Row("decline", "BrokerageService/DeclineDemand", "退回 Decline it, with the reason.", needs=("reason", "officer")),
        Row(
            "merge",
            "BrokerageService/MergeDemand",
            "合并 Merge it into another demand or a published entry.",
            needs=("into", "reason", "officer"),
            helps={"into": "并入的需求或条目的名称 demands/ID or entries/ID"},
            ends=True,
        ),
        Row("fulfil", "BrokerageService/FulfilDemand", "满足 Name the published entry that fulfils it.", needs=("entry", "officer"), ends=True),
        Row("withdraw", "BrokerageService/WithdrawDemand", "撤回 Withdraw it, as who filed it.", needs=("reason", "officer"), ends=True),
    ),
)

demand = group_of(DEMAND)
