"""`shuniu delivery`: where notice of work is sent, and what could not be delivered."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.rows import Group, Row

DELIVERY: Final = Group(
    command="delivery",
    line="通知推送 Webhooks and mail to which notice of work is sent, and what could not be delivered.",
    collection="deliveryTargets",
    rows=(
        Row(
            "set",
            "WorkService/SetDeliveryTarget",
            "设置通知目标 Have notice of work sent to a webhook or to an address of e-mail.",
            inside="target",
            takes=("target.webhook", "target.email", "target.duties", "officer"),
            needs=("officer",),
            options={"target.duties": "--duty"},
            helps={
                "target.webhook": "接收地址 https://HOST/PATH；消息由枢纽签名 messages are signed by the hub",
                "target.email": "电子邮箱，定时收到汇总邮件 gets a digest",
                "target.duties": "只推送与该岗位有关的事项 only work for officers with this duty",
            },
        ),
        Row(
            "list",
            "WorkService/ListDeliveryTargets",
            "列出通知目标 List the targets, with what waits, what is dead, and what the last attempt met.",
            columns=("name", "webhook", "email", "duties", "waiting_count", "dead_count", "fault"),
        ),
        Row(
            "remove",
            "WorkService/RemoveDeliveryTarget",
            "删除通知目标 Send nothing more there; what waits is dropped.",
            needs=("officer",),
            ends=True,
        ),
    ),
    more=(("dead", "shuniu.cli.daily.deliveries:dead"),),
)
DEAD: Final = Group(
    command="dead",
    line="投递失败的通知 What could not be delivered: list, try once more.",
    collection="deadLetters",
    rows=(
        Row(
            "list",
            "WorkService/ListDeadLetters",
            "列出投递失败的通知 List what could not be delivered, newest first.",
            columns=("name", "target", "about", "attempt_count", "fault", "create_time"),
        ),
        Row("retry", "WorkService/RetryDelivery", "重新投递 Send a dead letter once more.", needs=("officer",)),
    ),
)
delivery: Final = group_of(DELIVERY)
dead: Final = group_of(DEAD)
