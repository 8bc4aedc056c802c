"""`shuniu question`: questions that wait for a provider that is away."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.desk import by_get
from shuniu.cli.daily.rows import Group, Row

QUESTION: Final = Group(
    command="question",
    line="待答查询 Questions that wait for a provider that is away: look, ask again, withdraw.",
    collection="waitingQuestions",
    find=by_get("ExchangeService/GetWaitingQuestion"),
    rows=(
        Row(
            "list",
            "ExchangeService/ListWaitingQuestions",
            "列出待答查询 List the department's waiting questions, newest first; with --state those in one state.",
            columns=("name", "state", "mode", "entry", "system", "expire_time", "wake_time"),
        ),
        Row("show", "ExchangeService/GetWaitingQuestion", "查看待答查询 Show a waiting question; what it asks, to the system that asked it."),
        Row(
            "withdraw",
            "ExchangeService/WithdrawQuestion",
            "撤回待答查询 Withdraw a waiting question; what it asks is erased.",
            needs=("reason", "officer"),
            ends=True,
        ),
    ),
    more=(("ask", "shuniu.cli.daily.question_asking:ask"),),
)

question: Final = group_of(QUESTION)
