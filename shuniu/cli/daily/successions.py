"""`shuniu succession`: departments that are renamed, merged, split or closed on a day."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.desk import by_get
from shuniu.cli.daily.rows import Group, Row

SUCCESSION: Final = Group(
    command="succession",
    line="机构承继 Departments that are renamed, merged, split or closed on a day.",
    collection="successions",
    find=by_get("IdentityService/GetSuccession"),
    rows=(
        Row(
            "list",
            "IdentityService/ListSuccessions",
            "列出机构承继 List the successions that you may know of, newest first.",
            columns=("name", "kind", "state", "effective_date", "predecessors", "successors"),
        ),
        Row("show", "IdentityService/GetSuccession", "查看机构承继 Show a succession, and which systems of successors are missing."),
        Row(
            "plan",
            "IdentityService/CreateSuccession",
            "拟定机构承继 Lay down that departments are renamed, merged, split or closed on a day. Authority only.",
            inside="succession",
            takes=(
                *(f"succession.{name}" for name in ("kind", "predecessors", "successors", "effective_date", "basis", "title", "short_title")),
                "officer",
            ),
            needs=("succession.kind", "succession.predecessors", "succession.effective_date", "succession.basis", "officer"),
            helps={
                "succession.predecessors": "原机构代码，可重复 code (USCC) of a department that passes over or ends; may be repeated",
                "succession.successors": "承继机构代码，可重复 code (USCC) of a department that takes over; may be repeated",
                "succession.effective_date": "生效日期 the day, YYYY-MM-DD",
            },
            file=True,
        ),
        Row(
            "confirm",
            "IdentityService/ConfirmSuccession",
            "确认机构承继 Confirm it; on its day the hub carries it out. Authority only.",
            needs=("officer",),
            ends=True,
        ),
        Row(
            "call-off",
            "IdentityService/CallOffSuccession",
            "取消机构承继 Call it off before its day. Authority only.",
            needs=("reason", "officer"),
        ),
    ),
)
succession: Final = group_of(SUCCESSION)
