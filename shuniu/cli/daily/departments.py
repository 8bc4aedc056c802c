"""`shuniu department` and `shuniu system`: who takes part, what each serves, who was invited."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.desk import by_get
from shuniu.cli.daily.rows import Group, Row

_REASON: Final = ("reason", "officer")
DEPARTMENT: Final = Group(
    command="department",
    line="部门 Departments: list, register, change, disable.",
    collection="departments",
    find=by_get("IdentityService/GetDepartment"),
    rows=(
        Row(
            "list",
            "IdentityService/ListDepartments",
            "列出部门 List the departments.",
            columns=("uscc", "short_title", "title", "region", "level", "state"),
        ),
        Row("show", "IdentityService/GetDepartment", "查看部门 Show a department, named by its code (USCC)."),
        Row(
            "add",
            "IdentityService/CreateDepartment",
            "登记部门 Register a department. Authority only.",
            inside="department",
            takes=tuple(f"department.{name}" for name in ("uscc", "title", "short_title", "region", "level")),
            needs=("department.uscc", "department.title", "department.region"),
            file=True,
        ),
        Row(
            "update",
            "IdentityService/UpdateDepartment",
            "变更部门 Change its title, short title, region or level. Authority only.",
            inside="department",
            mask=True,
            takes=(*(f"department.{name}" for name in ("title", "short_title", "region", "level")), *_REASON),
            needs=_REASON,
        ),
        Row(
            "disable",
            "IdentityService/DisableDepartment",
            "停用部门 Refuse all its systems, as callers and as providers. Authority only.",
            needs=_REASON,
            ends=True,
        ),
        Row("enable", "IdentityService/EnableDepartment", "启用部门 Serve its systems again. Authority only.", needs=_REASON),
    ),
)
SYSTEM: Final = Group(
    command="system",
    line="业务系统 Systems of departments: list, invite, announce an endpoint, revoke.",
    collection="departments",
    inner="systems",
    rows=(
        Row("whoami", "IdentityService/WhoAmI", "本系统身份 Say who the hub takes this identity for.", takes=()),
        Row(
            "list",
            "IdentityService/ListSystems",
            "列出业务系统 List the systems of a department, this one's without --department.",
            columns=("name", "roles", "endpoint", "hosts"),
        ),
        Row(
            "invite",
            "IdentityService/CreateEnrollmentToken",
            "签发邀请 Make a one-time invitation for one system of a department. Authority only; give the line to nobody else.",
            needs=("department", "system"),
            helps={"ttl": "有效秒数，0 为 24 小时 seconds for which it works; 0 means 24 hours"},
        ),
        Row(
            "endpoint",
            "IdentityService/SetEndpoint",
            "登记服务地址 Say at which host:port this system serves; without one it serves no more.",
            helps={"endpoint": "主机:端口 host:port"},
        ),
        Row(
            "revoke",
            "IdentityService/RevokeSystem",
            "吊销业务系统 Revoke all certificates, tokens and sessions of a system, named USCC/NAME.",
            needs=("reason",),
            ends=True,
        ),
        Row(
            "revoke-certificate",
            "IdentityService/RevokeCertificate",
            "吊销证书 Revoke one certificate, and what was renewed from it where it is lost.",
            needs=("serial", "reason"),
            ends=True,
        ),
    ),
)
department: Final = group_of(DEPARTMENT)
system: Final = group_of(SYSTEM)
