"""What is told of the authority's first people officer: who it is, and the one-time link."""

from typing import Any

import click

from certs.appointing import Appointment
from cli.process import holder
from hub.config import Config
from hub.reach import for_browsers
from shuniu.zone import in_beijing


def ask_for_officer() -> str:
    """Ask for the one without whom nobody could be registered."""
    return str(click.prompt("主管部门首位人员管理岗的工号，可留空 number of the authority's first people officer, may be left empty", default=""))


def facts_of(config: Config, done: Appointment) -> dict[str, Any]:
    """Return what programs are told."""
    until = done.expire_time.isoformat(timespec="seconds")
    return {"officer": done.officer.name, "duties": sorted(done.officer.duties), "url": link_of(config, done.secret), "expire_time": until}


def lines_of(config: Config, done: Appointment) -> list[str]:
    """Return what a person is told."""
    return [
        f"主管部门人员管理岗 the authority's people officer: {done.officer.number} {done.officer.display_name}",
        f"  登录链接（一次有效，须保密）one-time link, as secret as a password: {link_of(config, done.secret)}",
        f"  有效期至 valid until: {in_beijing(done.expire_time)}",
    ]


def link_of(config: Config, secret: str) -> str:
    """Return the address of a one-time link: under the address of the pages that the world knows, else where a running hub serves them."""
    address = config.web_url or str((holder(config.data) or {}).get("web") or f"http://{config.web}")
    return f"{for_browsers(address)}/login/{secret}"
