"""`shuniu directory-update`: law or duties changed, and an entry is to follow in time."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.desk import by_get
from shuniu.cli.daily.rows import Group, Row

_SAID: Final = ("entry", "change", "legal_basis", "change_date", "officer")
DIRECTORY_UPDATE: Final = Group(
    command="directory-update",
    line="目录更新 Entries that are to follow a change of law or duties.",
    collection="directoryUpdates",
    find=by_get("CatalogService/GetDirectoryUpdate"),
    rows=(
        Row(
            "list",
            "CatalogService/ListDirectoryUpdates",
            "列出目录更新事项 List the updates that this department's entries owe; the authority's: all.",
            columns=("name", "state", "entry", "provider", "change_date", "clock", "create_time"),
        ),
        Row("show", "CatalogService/GetDirectoryUpdate", "查看 Show an update and until when it is due."),
        Row(
            "report",
            "CatalogService/ReportDirectoryUpdate",
            "报告变化 Report a change of law or duties that an entry is to follow, as its provider or as the authority.",
            inside="directory_update",
            takes=tuple(f"directory_update.{name}" for name in _SAID),
            needs=tuple(f"directory_update.{name}" for name in _SAID),
            helps={
                "directory_update.change": "变化内容及条目需作的更新 what changed, and what the entry is to say of it",
                "directory_update.change_date": "变化之日 the day on which it changed, YYYY-MM-DD",
            },
            file=True,
        ),
        Row(
            "request-extension",
            "CatalogService/RequestUpdateExtension",
            "申请延期 Ask the authority for more time, once; without --working-days for as much as the rule allows.",
            needs=("reason", "officer"),
        ),
        Row("allow-extension", "CatalogService/AllowUpdateExtension", "同意延期 Allow it, as the authority.", needs=("reason", "officer")),
        Row("refuse-extension", "CatalogService/RefuseUpdateExtension", "不同意延期 Refuse it, as the authority.", needs=("reason", "officer")),
        Row(
            "withdraw",
            "CatalogService/WithdrawDirectoryUpdate",
            "撤回 Take back what was reported by mistake.",
            needs=("reason", "officer"),
            ends=True,
        ),
    ),
)

directory_update = group_of(DIRECTORY_UPDATE)
