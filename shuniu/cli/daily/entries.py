"""`shuniu entry` and `shuniu release`: the directory, from draft to withdrawal, and its signed states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.desk import Desk
from shuniu.cli.daily.rows import Group, Row
from shuniu.v1.catalog_pb2 import ENTRY_STATE_DRAFT, ENTRY_STATE_PUBLISHED, ENTRY_STATE_SUBMITTED, GetEntryRequest, ListEntryVersionsRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.protobuf.message import Message

_IN_PREPARATION: Final = frozenset({ENTRY_STATE_DRAFT, ENTRY_STATE_SUBMITTED})


def newest_in_preparation(desk: Desk, name: str, given: Mapping[str, Any]) -> Message:
    """Return the version that is being worked on, or the one in force, whose refusal says why the step is not possible."""
    del given
    versions = desk.call("CatalogService/ListEntryVersions", ListEntryVersionsRequest(name=name)).entries
    found: Message = next((one for one in versions if one.state in _IN_PREPARATION), versions[0])
    return found


def in_force(desk: Desk, name: str, given: Mapping[str, Any]) -> Message:
    """Return the published version, or the newest, whose refusal says why the step is not possible."""
    del given
    found: Message = desk.call("CatalogService/GetEntry", GetEntryRequest(name=name))
    if found.state != ENTRY_STATE_PUBLISHED:  # type: ignore[attr-defined]
        found = newest_in_preparation(desk, name, {})
    return found


_COLUMNS: Final = ("name", "version", "state", "clock", "title", "provider", "share_type", "change_reason")
ENTRY: Final = Group(
    command="entry",
    line="目录条目 Entries of the directory: search, draft, submit, review, publish, withdraw.",
    collection="entries",
    find=newest_in_preparation,
    more=(("export", "shuniu.cli.daily.entry_export:export"),),
    rows=(
        Row(
            "list",
            "CatalogService/ListEntries",
            "按状态列出 List versions by state: `--state 待审核` is what waits for the authority, `--state 草稿` a department's own drafts.",
            columns=_COLUMNS,
        ),
        Row(
            "search",
            "CatalogService/SearchEntries",
            "检索目录 Find published entries by words.",
            columns=("entry.name", "entry.title", "entry.provider", "entry.share_type", "matched_fields"),
        ),
        Row(
            "show",
            "CatalogService/GetEntry",
            "查看条目 Show the published version of an entry, or another: --version N.",
            helps={"version": "版本 a version"},
        ),
        Row(
            "versions",
            "CatalogService/ListEntryVersions",
            "列出版本 List the versions of an entry.",
            columns=_COLUMNS,
            takes=("name",),
            needs=("name",),
        ),
        Row(
            "new",
            "CatalogService/CreateEntry",
            "新建草稿 Make a draft of a file, which `shuniu provide --describe` drafts from a table.",
            inside="entry",
            takes=("validate_only",),
            options={"validate_only": "--dry-run"},
            helps={"validate_only": "只检查，不保存 check it and keep nothing"},
            file=True,
        ),
        Row("update", "CatalogService/UpdateEntry", "修改草稿 Replace a draft by a file.", inside="entry", takes=(), file=True),
        Row("submit", "CatalogService/SubmitEntry", "提交审核 Submit drafts to the authority.", needs=("reason", "officer")),
        Row("publish", "CatalogService/PublishEntry", "审核发布 Publish what was submitted. Authority only.", needs=("officer",)),
        Row("return", "CatalogService/ReturnEntry", "退回修改 Send back what must change. Authority only.", needs=("reason", "officer")),
        Row("revise", "CatalogService/ReviseEntry", "修订 Start a new version of a published entry.", needs=("reason",), find=in_force),
        Row(
            "withdraw",
            "CatalogService/WithdrawEntry",
            "撤销条目 Take an entry out of the directory.",
            needs=("reason", "officer"),
            find=in_force,
            ends=True,
        ),
        Row(
            "check",
            "CatalogService/CheckEntries",
            "核对条目 Compare an entry with what its system serves; without one all that this system serves.",
            takes=("name", "version"),
            options={"name": "--entry"},
            helps={"name": "条目 an entry's name"},
            columns=("entry", "version", "findings", "describe_time"),
        ),
        Row(
            "health",
            "CatalogService/GetEntryHealth",
            "服务状况 How the service behind an entry stands: up, down or degraded, and why; how quickly it answers, how fresh its rows are.",
        ),
        Row(
            "services",
            "CatalogService/ListEntryHealth",
            "各条目服务状况 How the services behind entries stand: `--state 中断` are those that are down.",
            columns=("entry", "state", "state_since", "latency_ms", "lag_seconds", "row_count", "field", "reason"),
        ),
    ),
)
RELEASE: Final = Group(
    command="release",
    line="目录发布版 Signed states of the whole directory: make one, show one.",
    collection="releases",
    rows=(
        Row("new", "CatalogService/CreateRelease", "发布目录 Make and sign a release. Authority only.", takes=()),
        Row("show", "CatalogService/GetRelease", "查看发布版 Show a release, the newest without --number."),
    ),
)
entry: Final = group_of(ENTRY)
release: Final = group_of(RELEASE)
