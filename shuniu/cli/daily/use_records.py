"""`shuniu use`: what was done with the data of a grant, recorded by its consumer."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.rows import Group, Row

_SAID: Final = ("grant", "begin_date", "end_date", "scenario", "process", "effect", "storage", "destruction", "officer")
USE: Final = Group(
    command="use",
    line="使用记录 Records of use: what was done with the data of a grant.",
    collection="useRecords",
    rows=(
        Row(
            "list",
            "BrokerageService/ListUseRecords",
            "列出使用记录 List the records of a grant's use, as its consumer.",
            needs=("grant",),
            columns=("name", "begin_date", "end_date", "scenario", "officer", "corrects", "corrected_by", "create_time"),
        ),
        Row(
            "record",
            "BrokerageService/RecordUse",
            "填写使用记录 Record a use, as the consumer; a later record corrects an earlier one.",
            inside="use_record",
            takes=tuple(f"use_record.{name}" for name in (*_SAID, "corrects")),
            needs=tuple(f"use_record.{name}" for name in _SAID),
            options={"use_record.begin_date": "--from", "use_record.end_date": "--to"},
            helps={
                "use_record.begin_date": "起始日期 first day, YYYY-MM-DD",
                "use_record.end_date": "截止日期 last day, YYYY-MM-DD",
                "use_record.corrects": "所更正的使用记录的名称 useRecords/ID of the same grant that it corrects",
            },
            file=True,
        ),
    ),
)

use: Final = group_of(USE)
