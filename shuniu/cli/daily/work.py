"""`shuniu work`: what waits for the department, what it was told, and both as they come."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.rows import Group, Row

WORK: Final = Group(
    command="work",
    line="待办事项 What waits for the department, what it was told, and both as they come.",
    collection="work",
    rows=(
        Row(
            "list",
            "WorkService/ListWork",
            "列出待办 List what waits for the department, by due time. With --escalated: what is over at all of them (authority only).",
            columns=("name", "step", "title", "due_time", "days_left", "resource"),
        ),
        Row(
            "notices",
            "WorkService/ListNotices",
            "列出通知 List what the department was told, newest first.",
            columns=("name", "kind", "title", "time", "resource"),
        ),
        Row(
            "acknowledge",
            "WorkService/AcknowledgeWork",
            "确认收到 Take note that this system has everything up to a token of the stream.",
            needs=("token",),
        ),
    ),
    more=(("watch", "shuniu.cli.daily.work_watch:watch"),),
)
work: Final = group_of(WORK)
