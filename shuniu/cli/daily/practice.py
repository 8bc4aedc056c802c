"""`shuniu practice`: the clock of a hub for practice."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.rows import Group, Row

PRACTICE: Final = Group(
    command="practice",
    line="演练 The clock of a hub for practice, which `shuniu serve --practice` runs.",
    collection="",
    rows=(
        Row(
            "move-clock",
            "PracticeService/MoveClock",
            "调整时钟 Move the hub's clock on; without --hours, tell how it stands.",
            takes=("hours",),
            helps={"hours": "向前调整的小时数 hours; never back, 9600 in all"},
        ),
    ),
)
practice: Final = group_of(PRACTICE)
