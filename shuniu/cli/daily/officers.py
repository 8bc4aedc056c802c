"""`shuniu officer` and `shuniu mandate`: who acts for the department, and what its systems may do without a second person."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.desk import by_get, by_list
from shuniu.cli.daily.rows import Group, Row

_REASON: Final = ("reason", "officer")
OFFICER: Final = Group(
    command="officer",
    line="经办人 Officers: register, import a list, change, dismiss, deputies.",
    collection="departments",
    inner="officers",
    find=by_get("OfficerService/GetOfficer"),
    rows=(
        Row(
            "list",
            "OfficerService/ListOfficers",
            "列出经办人 List the officers of a department, this one's without --department.",
            columns=("number", "display_name", "duties", "state", "deputy", "deputy_until"),
        ),
        Row("show", "OfficerService/GetOfficer", "查看经办人 Show an officer, named USCC/NUMBER."),
        Row(
            "add",
            "OfficerService/CreateOfficer",
            "登记经办人 Register an officer. Of another department the authority registers people officers.",
            needs=("number", "display_name", "duties", "officer"),
            options={"duties": "--duty"},
        ),
        Row(
            "update",
            "OfficerService/UpdateOfficer",
            "变更经办人 Change the display name or the duties of an officer, named USCC/NUMBER.",
            mask=True,
            takes=("display_name", "duties", *_REASON),
            needs=_REASON,
            options={"duties": "--duty"},
        ),
        Row(
            "dismiss",
            "OfficerService/DismissOfficer",
            "离岗 Dismiss an officer, named USCC/NUMBER: calls that name the number are refused from now on.",
            needs=_REASON,
            ends=True,
        ),
        Row(
            "invite",
            "OfficerService/InviteOfficer",
            "邀请登录 Make a one-time link by which an officer, named USCC/NUMBER, signs in; give it to nobody else.",
            needs=("officer",),
        ),
        Row(
            "deputy",
            "OfficerService/NameDeputy",
            "指定代理人 Name the deputy of a lead, named USCC/NUMBER, until a date; without --deputy none.",
            needs=_REASON,
        ),
        Row("registration", "OfficerService/GetOfficerRegistration", "登记状态 Show how a department's officers are known."),
        Row(
            "register-from",
            "OfficerService/SetOfficerRegistration",
            "只认登记人员 Set from when on calls of a department that name an unknown officer are refused. Authority only.",
            needs=("department", *_REASON),
            ends=True,
        ),
    ),
    more=(("import", "shuniu.cli.daily.officer_import:import_officers"),),
)
MANDATE: Final = Group(
    command="mandate",
    line="系统授权 What a system may do without a second person.",
    collection="mandates",
    find=by_list("OfficerService/ListMandates"),
    rows=(
        Row(
            "list",
            "OfficerService/ListMandates",
            "列出系统授权 List mandates of a department, this one's without --department.",
            columns=("name", "system", "steps", "lead", "expire_time", "revoke_time"),
        ),
        Row(
            "add",
            "OfficerService/CreateMandate",
            "登记系统授权 Register a mandate. A lead who signed in to the pages does; from a system it is refused.",
            needs=("system", "steps", "expire_time", "reason"),
            options={"steps": "--step"},
        ),
        Row("revoke", "OfficerService/RevokeMandate", "终止系统授权 End a mandate.", needs=_REASON, ends=True),
    ),
)
officer: Final = group_of(OFFICER)
mandate: Final = group_of(MANDATE)
