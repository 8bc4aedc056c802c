"""`shuniu service-change`: what becomes of running services when their entry gives less, or nothing."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.desk import by_get
from shuniu.cli.daily.rows import Group, Row

_DATE: Final = {"effect_date": "生效日期，写作 年-月-日 first day on which it holds, YYYY-MM-DD"}
SERVICE_CHANGE: Final = Group(
    command="service-change",
    line="服务变更、终止 Changes of running services: consult, file, a date (Decree 809 art. 27).",
    collection="serviceChanges",
    find=by_get("BrokerageService/GetServiceChange"),
    rows=(
        Row(
            "list",
            "BrokerageService/ListServiceChanges",
            "列出服务变更 List the changes that this department proposed or is consulted on.",
            columns=("name", "state", "kind", "entry", "version", "reply_by", "effect_time"),
        ),
        Row("show", "BrokerageService/GetServiceChange", "查看服务变更 Show a change with its replies."),
        Row(
            "affected",
            "BrokerageService/ListAffectedGrants",
            "受影响的授权 List the live grants that a publication or a withdrawal would take something from.",
            needs=("entry",),
            columns=("grant", "consumer", "ended", "dropped_fields", "masks", "dropped_purposes"),
        ),
        Row("propose", "BrokerageService/ProposeServiceChange", "提出终止 Begin the end of one running grant.", needs=("grant", "reason", "officer")),
        Row(
            "reply",
            "BrokerageService/ReplyToServiceChange",
            "答复意见 Agree or object, as a consumer.",
            needs=("officer",),
            options={"agrees": "--agrees/--objects"},
        ),
        Row(
            "file",
            "BrokerageService/FileServiceChange",
            "报备 File it with the authority, with its date.",
            needs=("effect_date", "reason", "officer"),
            helps=_DATE,
        ),
        Row(
            "admit",
            "BrokerageService/AdmitServiceChange",
            "同意报备 Take note of it, as the authority.",
            needs=("reason", "officer"),
            helps=_DATE,
            ends=True,
        ),
        Row("return", "BrokerageService/ReturnServiceChange", "退回 Send it back, as the authority.", needs=("reason", "officer")),
        Row("call-off", "BrokerageService/CallOffServiceChange", "取消 Give it up: the grants go on.", needs=("reason", "officer")),
    ),
)
service_change: Final = group_of(SERVICE_CHANGE)
