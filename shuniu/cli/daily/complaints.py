"""`shuniu complaint`: what citizens complain of in the sharing of data, filed by officers without a citizen's name."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.desk import by_get
from shuniu.cli.daily.rows import Group, Row

_FILED: Final = ("about_department", "entry", "statement", "channel", "contact_reference", "case_number", "officer")
COMPLAINT: Final = Group(
    command="complaint",
    line="共享投诉 Complaints of citizens, filed by officers.",
    collection="complaints",
    find=by_get("BrokerageService/GetComplaint"),
    rows=(
        Row(
            "list",
            "BrokerageService/ListComplaints",
            "列出投诉 List the complaints that this department filed or has to answer.",
            columns=("name", "state", "contact_reference", "channel", "filer", "assignee", "clock", "create_time"),
        ),
        Row("show", "BrokerageService/GetComplaint", "查看投诉 Show a complaint; it says where no rule gives a time for the answer."),
        Row(
            "new",
            "BrokerageService/FileComplaint",
            "提交投诉 File a complaint for a citizen.",
            inside="complaint",
            takes=tuple(f"complaint.{name}" for name in _FILED),
            needs=tuple(f"complaint.{name}" for name in ("statement", "channel", "contact_reference", "officer")),
            helps={
                "complaint.statement": "投诉内容，不得出现证件号码 what is complained of, without an ID number",
                "complaint.contact_reference": "本部门档案编号 number of the file in which this department keeps who complained",
            },
            file=True,
        ),
        Row(
            "accept",
            "BrokerageService/AcceptComplaint",
            "受理 Accept it, as the authority; without --department it answers itself.",
            needs=("reason", "officer"),
        ),
        Row("return", "BrokerageService/ReturnComplaint", "不予受理 Return it, with where to go instead.", needs=("reason", "officer"), ends=True),
        Row("answer", "BrokerageService/AnswerComplaint", "答复 Answer it.", needs=("answer", "officer")),
        Row("close", "BrokerageService/CloseComplaint", "办结 Close it once the citizen was told.", needs=("officer",), ends=True),
    ),
)

complaint = group_of(COMPLAINT)
