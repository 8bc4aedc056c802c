"""`shuniu browsing`: days on which the records of many were read under one case number."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.rows import Group, Row

BROWSING: Final = Group(
    command="browsing",
    line="翻阅线索 Findings of browsing: the records of many, read under one case number in a day.",
    collection="browsingFindings",
    rows=(
        Row(
            "list",
            "CaseService/ListBrowsingFindings",
            "列出翻阅线索 List the findings that concern the department; the authority and auditors: all.",
            columns=("name", "day", "consumer", "provider", "entry", "case_number", "record_count", "most"),
        ),
    ),
)

browsing: Final = group_of(BROWSING)
