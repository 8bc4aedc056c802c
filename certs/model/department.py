"""Departments and how the authority registers them."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from certs.reasons import REGION_WRONG
from hub.access import Caller, Role
from hub.wording import Title
from shuniu.identifiers.uscc import parse_uscc

_REGION: Final = re.compile(r"[0-9]{6}")  # GB/T 2260


class DepartmentTitle(Title):
    """部门名称: what the department is called in full."""

    field, cap = "department.title", 100


class ShortTitle(Title):
    """简称: what the department is called for short; may be left out."""

    field, cap, optional = "department.short_title", 20, True


@dataclass(frozen=True, slots=True)
class Registration:
    """What the authority says of a department that it registers."""

    uscc: str
    title: str
    short_title: str
    region: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "uscc", parse_uscc(self.uscc))
        object.__setattr__(self, "title", DepartmentTitle(self.title))
        object.__setattr__(self, "short_title", ShortTitle(self.short_title))
        if _REGION.fullmatch(self.region) is None:
            raise REGION_WRONG(field="department.region")

    def department(self, at: datetime) -> "Department":
        """Return the department as it is registered at a moment."""
        return Department(self.uscc, self.title, self.short_title, self.region, at)


@dataclass(frozen=True, slots=True)
class Department:
    """A government body; `uscc` is its key, GB 32100-2015."""

    uscc: str
    title: str
    short_title: str
    region: str
    create_time: datetime

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"departments/{self.uscc}"

    def is_open_to(self, caller: Caller) -> bool:
        """Tell whether the caller may look into its systems: where they serve, their certificates, why one was revoked."""
        return caller.department == self.uscc or Role.AUTHORITY in caller.roles
