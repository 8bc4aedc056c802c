"""`shuniu proposal`: steps that one officer proposed and another confirms."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.desk import by_get
from shuniu.cli.daily.rows import Group, Row

PROPOSAL: Final = Group(
    command="proposal",
    line="待确认事项 Steps that wait for a second person: confirm, decline, take back.",
    collection="proposals",
    find=by_get("WorkService/GetProposal"),
    rows=(
        Row(
            "list",
            "WorkService/ListProposals",
            "列出待确认事项 List the department's proposals, newest first.",
            columns=("name", "state", "method", "resource", "proposer", "expire_time"),
        ),
        Row("show", "WorkService/GetProposal", "查看待确认事项 Show a proposal, and what was proposed."),
        Row(
            "confirm",
            "WorkService/Confirm",
            "确认 Confirm a proposal: the step is taken. By a system whose mandate lists Confirm, for another officer than the proposer.",
            needs=("officer",),
            ends=True,
        ),
        Row("decline", "WorkService/Decline", "退回 Decline a proposal; nothing is done.", needs=("officer", "reason")),
        Row("take-back", "WorkService/TakeBack", "撤回 Take a proposal back; nothing is done.", needs=("officer", "reason")),
    ),
)
proposal: Final = group_of(PROPOSAL)
