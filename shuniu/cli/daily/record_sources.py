"""`shuniu record-source`: which department is the source of a term, by the authority's word."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.desk import by_get
from shuniu.cli.daily.rows import Group, Row

RECORD_SOURCE: Final = Group(
    command="record-source",
    line="数源 Departments that are the source of a term.",
    collection="recordSources",
    find=by_get("CatalogService/GetRecordSource"),
    rows=(
        Row(
            "list",
            "CatalogService/ListRecordSources",
            "列出数源 List the sources; with --term the history of one term.",
            columns=("name", "state", "term", "department_title", "department", "origin", "create_time", "end_time"),
        ),
        Row("show", "CatalogService/GetRecordSource", "查看数源 Show a source."),
        Row(
            "assign",
            "CatalogService/AssignRecordSource",
            "确定数源部门 Name the source of a term, as the authority.",
            takes=("term", "department", "basis", "officer"),
            needs=("term", "department", "basis", "officer"),
            helps={"term": "数源术语 the term, as entries say it", "basis": "确定依据 on what it rests"},
        ),
        Row("end", "CatalogService/EndRecordSource", "终止 End a naming, as the authority.", needs=("reason", "officer"), ends=True),
    ),
)

record_source = group_of(RECORD_SOURCE)
