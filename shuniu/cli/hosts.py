"""`shuniu hosts`: the hosts that a system's certificates may name: look, ask, decide."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from shuniu import connect
from shuniu.cli.department import identity_option, json_option, members_address
from shuniu.cli.output import print_json
from shuniu.v1.identity_pb2 import DecideHostsRequest, ListDepartmentsRequest, ListSystemsRequest, RequestHostsRequest, System

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shuniu.client import Client

_reason = click.option("--reason", required=True, metavar="TEXT", help="理由，记入日志 why; it goes into the log.")
_system = click.option(
    "--system", required=True, metavar="USCC/NAME", help="业务系统：信用代码/简称 the system that asked: its department's USCC and its name."
)


@click.group()
def hosts() -> None:
    """主机名 The hosts that a system's certificates may name: look, ask for more, approve or refuse."""


@hosts.command("list")
@identity_option
@click.option("--department", default="", metavar="USCC", help="部门，限主管部门查看 another department's, for the authority.")
@click.option("--all", "every", is_flag=True, help="所有部门，限主管部门查看 every department's, for the authority.")
@json_option
def list_(*, identity: Path, department: str, every: bool, as_json: bool) -> None:
    """查看 List the hosts of the systems of a department, and those that wait for a decision."""
    with connect(members_address(identity), identity) as hub:
        systems = list(_systems(hub, [department] if not every else list(_departments(hub))))
    if as_json:
        print_json([{"name": one.name, "hosts": list(one.hosts), "requested_hosts": list(one.requested_hosts)} for one in systems])
        return
    for one in systems:
        _show(one, systems)


@hosts.command("request")
@identity_option
@_reason
@click.argument("names", nargs=-1, required=True, metavar="HOST...")
@json_option
def request(*, identity: Path, reason: str, names: tuple[str, ...], as_json: bool) -> None:
    """申请 Ask for hosts of this system; the authority decides, and the next renewal names them."""
    with connect(members_address(identity), identity) as hub:
        after = hub.identity.RequestHosts(RequestHostsRequest(hosts=names, reason=reason))
    _tell(after, as_json=as_json)


@hosts.command("approve")
@identity_option
@_system
@_reason
@click.argument("names", nargs=-1, metavar="[HOST...]")
@json_option
def approve(*, identity: Path, system: str, reason: str, names: tuple[str, ...], as_json: bool) -> None:
    """批准 Approve hosts that a system asked for, all of them unless some are named."""
    with connect(members_address(identity), identity) as hub:
        after = hub.identity.ApproveHosts(DecideHostsRequest(name=_name(system), hosts=names, reason=reason))
    _tell(after, as_json=as_json)


@hosts.command("refuse")
@identity_option
@_system
@_reason
@click.argument("names", nargs=-1, metavar="[HOST...]")
@json_option
def refuse(*, identity: Path, system: str, reason: str, names: tuple[str, ...], as_json: bool) -> None:
    """拒绝 Refuse hosts that a system asked for, all of them unless some are named."""
    with connect(members_address(identity), identity) as hub:
        after = hub.identity.RefuseHosts(DecideHostsRequest(name=_name(system), hosts=names, reason=reason))
    _tell(after, as_json=as_json)


def _name(system: str) -> str:
    department, _, name = system.partition("/")
    return f"departments/{department}/systems/{name}"


def _departments(hub: Client) -> Iterator[str]:
    token = ""
    while True:
        page = hub.identity.ListDepartments(ListDepartmentsRequest(page_token=token))
        yield from (one.uscc for one in page.departments)
        token = page.next_page_token
        if not token:
            return


def _systems(hub: Client, departments: list[str]) -> Iterator[System]:
    for department in departments:
        yield from hub.identity.ListSystems(ListSystemsRequest(department=department)).systems


def _tell(system: System, *, as_json: bool) -> None:
    if as_json:
        print_json({"name": system.name, "hosts": list(system.hosts), "requested_hosts": list(system.requested_hosts)})
    else:
        _show(system, [])


def _show(system: System, others: list[System]) -> None:
    click.echo(system.name)
    click.echo(f"  可写入证书 may be named: {', '.join(system.hosts) or '-'}")
    click.echo(f"  待审批 requested: {', '.join(system.requested_hosts) or '-'}")
    # Two departments may stand behind one gateway: whoever decides should know it.
    for host in system.requested_hosts:
        if holders := [one.name for one in others if one.name != system.name and host in one.hosts]:
            click.echo(f"  {host} 也属于 is also held by: {', '.join(holders)}")
