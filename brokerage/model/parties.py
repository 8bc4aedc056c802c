"""Whose step it is: consumer, provider, authority or the hub itself."""

from collections.abc import Mapping

from hub.access import Caller, Role
from hub.errors import NotAllowedError

CONSUMER = "consumer"
PROVIDER = "provider"
AUTHORITY = "authority"
OBJECTOR = "objector"
SOURCE = "source"
RECIPIENT = "recipient"

_ZH = {
    CONSUMER: "使用部门",
    PROVIDER: "提供部门",
    AUTHORITY: "数据共享主管部门",
    OBJECTOR: "异议提出部门",
    SOURCE: "数据来源部门",
    RECIPIENT: "接收部门",
}


def admit(by: Caller, step: str, allowed: frozenset[str], departments: Mapping[str, str]) -> None:
    """Refuse a caller who has none of the allowed parts; `departments` tells which department (USCC) has which part."""
    if any(by.department and departments.get(part) == by.department for part in allowed) or (AUTHORITY in allowed and Role.AUTHORITY in by.roles):
        return
    who = " or ".join(sorted(allowed))
    raise NotAllowedError(
        f"only the {who} may {step}",
        zh=f"只有{'或'.join(_ZH[part] for part in sorted(allowed))}可以执行该操作",
        next_action=f"ask the {who}",
        reason="WRONG_PARTY",
        step=step,
    )


def sees(caller: Caller, *departments: str) -> bool:
    """Tell whether the caller may know of a case of these departments: they themselves and the authority."""
    return caller.department in departments or Role.AUTHORITY in caller.roles
