"""`shuniu license`: what an office does with licenses, from the key that signs them to the day one is revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.desk import by_list
from shuniu.cli.daily.rows import Group, Row
from shuniu.v1.license_pb2 import GetLicenseRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.protobuf.message import Message

    from shuniu.cli.daily.desk import Desk


def _by_look(desk: Desk, name: str, given: Mapping[str, Any]) -> Message:
    """Read a license for its etag: a look at somebody's license, on the log by the officer of the step and for the step's own reason."""
    found: Message = desk.call("LicenseService/GetLicense", GetLicenseRequest(name=name, searcher=given["officer"], reason=given["reason"]))
    return found


KEY: Final = Group(
    command="key",
    line="签发密钥 Issuing keys: make one, register it, admit, retire, revoke.",
    collection="issuingKeys",
    find=by_list("LicenseService/ListIssuingKeys"),
    rows=(
        Row(
            "list",
            "LicenseService/ListIssuingKeys",
            "列出签发密钥 List this department's keys; the authority's list has those of all departments.",
            columns=("name", "state", "department", "license_types", "not_after"),
        ),
        Row(
            "admit",
            "LicenseService/AdmitIssuingKey",
            "启用 Put a key on the trust list. Authority only; make sure first that the department itself registered it.",
            needs=("officer",),
        ),
        Row(
            "retire",
            "LicenseService/RetireIssuingKey",
            "停用 Let a key sign no more; what it signed stays valid.",
            needs=("reason", "officer"),
            helps={"retire_time": "此前签发的仍有效，默认现在 what it signed until then stays valid; now without it"},
            ends=True,
        ),
        Row(
            "revoke",
            "LicenseService/RevokeIssuingKey",
            "吊销 Revoke a key that may be in other hands: all its codes are invalid from then on.",
            needs=("reason", "officer"),
            ends=True,
        ),
    ),
    more=(("new", "shuniu.cli.daily.license_keys:new"), ("register", "shuniu.cli.daily.license_keys:register")),
)
key: Final = group_of(KEY)
LICENSE: Final = Group(
    command="license",
    line="电子证照 Electronic licenses: types, issue one or a ledger, suspend, resume, revoke, draw the code.",
    collection="licenses",
    find=_by_look,
    rows=(
        Row(
            "list",
            "LicenseService/ListLicenses",
            "列出证照 List this department's licenses, newest first. There is no search by holder: that is a look at a person.",
            options={"license_type": "--type"},
            columns=("name", "number", "state", "license_type", "issue_date", "valid_to"),
        ),
        Row(
            "show",
            "LicenseService/GetLicense",
            "查看证照 Show one license whole. The look is on the log: who, and why.",
            needs=("searcher", "reason"),
            options={"searcher": "--officer"},
        ),
        Row("suspend", "LicenseService/SuspendLicense", "暂停 Make it not valid for now.", needs=("reason", "officer"), ends=True),
        Row("resume", "LicenseService/ResumeLicense", "恢复 Put it in force again.", needs=("reason", "officer")),
        Row(
            "revoke",
            "LicenseService/RevokeLicense",
            "吊销、撤销或注销 Make it not valid for good; whoever verifies it reads the reason.",
            needs=("reason", "officer"),
            ends=True,
        ),
        Row(
            "supersede",
            "LicenseService/SupersedeLicense",
            "以新代旧 Let a newer license take its place; whoever verifies the old one is told which, and why.",
            needs=("successor", "reason", "officer"),
            helps={"successor": "替代它的新证照 the one that takes its place, issued already"},
            ends=True,
        ),
    ),
    more=(
        ("types", "shuniu.cli.daily.license_types:types"),
        ("issue", "shuniu.cli.daily.issuing:issue"),
        ("attach-stamp", "shuniu.cli.daily.license_codes:attach_stamp"),
        ("qr", "shuniu.cli.daily.license_codes:qr"),
        ("key", "shuniu.cli.daily.licenses:key"),
    ),
)
license: Final = group_of(LICENSE)  # noqa: A001 - the command's name
