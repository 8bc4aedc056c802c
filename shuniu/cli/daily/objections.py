"""`shuniu objection` and `shuniu notice`: what is wrong is filed, checked, corrected; who received it is told."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.desk import by_get
from shuniu.cli.daily.rows import Group, Row

_FILED: Final = ("target", "resource", "subject_key", "field", "statement", "evidence_digest", "case_number", "officer")
OBJECTION: Final = Group(
    command="objection",
    line='数据异议 Objections: "this record, entry, decision or license is wrong".',
    collection="objections",
    find=by_get("BrokerageService/GetObjection"),
    rows=(
        Row(
            "list",
            "BrokerageService/ListObjections",
            "列出异议 List the objections that this department filed or has to check.",
            columns=("name", "state", "target", "resource", "objector", "source", "clock", "create_time"),
        ),
        Row("show", "BrokerageService/GetObjection", "查看异议 Show an objection with its time limit."),
        Row(
            "new",
            "BrokerageService/FileObjection",
            "提出异议 File an objection.",
            inside="objection",
            takes=tuple(f"objection.{name}" for name in _FILED),
            needs=tuple(f"objection.{name}" for name in ("target", "resource", "statement", "officer")),
            helps={
                "objection.resource": "条目、申请或证照的名称 name of the entry, request or license",
                "objection.subject_key": "记录的查询键，@FILE 从文件读取 key of the record; @FILE reads it from a file, - from standard input",
                "objection.evidence_digest": "证据的 SHA-256（32 字节的文件） a file with the SHA-256 of the evidence, 32 bytes",
            },
            file=True,
        ),
        Row("verify", "BrokerageService/VerifyObjection", "受理校核 Take it up; the check begins.", needs=("officer",)),
        Row(
            "correct",
            "BrokerageService/CorrectObjection",
            "更正 Say what was corrected; receivers are told.",
            needs=("outcome", "officer"),
            helps={"successor": "更正证照时：替代它的新证照 of a license: the one that takes its place, issued already"},
            ends=True,
        ),
        Row("dismiss", "BrokerageService/DismissObjection", "驳回 Dismiss it, with the reason.", needs=("outcome", "officer"), ends=True),
        Row("confirm", "BrokerageService/ConfirmObjection", "确认结果 Confirm the outcome as the objector."),
        Row("withdraw", "BrokerageService/WithdrawObjection", "撤回 Take it back as the objector.", needs=("reason", "officer"), ends=True),
        Row("appeal", "BrokerageService/AppealObjection", "申请复核 Take the outcome to the authority.", needs=("statement", "officer")),
        Row(
            "uphold",
            "BrokerageService/UpholdObjection",
            "维持处理结果 Let the outcome stand. Authority only.",
            needs=("reason", "officer"),
            ends=True,
        ),
        Row(
            "overturn",
            "BrokerageService/OverturnObjection",
            "撤销处理结果 Have the source correct, in a time of its own. Authority only.",
            needs=("reason", "officer"),
        ),
    ),
)
NOTICE: Final = Group(
    command="notice",
    line="更正通知 Correction notices: a record that this department received has been corrected.",
    collection="correctionNotices",
    find=by_get("BrokerageService/GetCorrectionNotice"),
    rows=(
        Row(
            "list",
            "BrokerageService/ListCorrectionNotices",
            "列出通知 List the notices to this department; with --objection, as its source or the authority, those to everybody.",
            columns=("name", "objection", "recipient", "entry", "case_numbers", "outcome", "create_time", "acknowledge_time"),
        ),
        Row("show", "BrokerageService/GetCorrectionNotice", "查看通知 Show a notice: whether it was acknowledged, by whom."),
        Row("acknowledge", "BrokerageService/AcknowledgeCorrectionNotice", "签收 Acknowledge notices.", needs=("officer",)),
    ),
)
objection: Final = group_of(OBJECTION)
notice: Final = group_of(NOTICE)
