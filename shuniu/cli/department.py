"""A department's machine: join a hub, renew the certificate, open the auditor's pages."""

from __future__ import annotations

import os
import sys
from datetime import timezone
from pathlib import Path
from typing import Any

import click

from shuniu import connect, expires_at
from shuniu.cli.options import ADDRESS, CA_FILE, FILE, FOLDER, PLACE, identity_of, officer_of
from shuniu.cli.output import print_json
from shuniu.enrolment import accept_invitation
from shuniu.enrolment import join as enrol
from shuniu.enrolment import renew as renew_certificate
from shuniu.errors import IdentityError
from shuniu.folder import read_system
from shuniu.joining.invitation import LONGEST, read_invitation
from shuniu.v1.identity_pb2 import CreateLoginLinkRequest
from shuniu.zone import in_beijing

identity_option = identity_of()
json_option = click.option("--json", "as_json", is_flag=True, help="供程序读取 one line of JSON for programs.")


def members_address(identity: Path) -> str:
    """Return the hub's members' address as the identity folder knows it."""
    address = str(read_system(identity).get("members", ""))
    if not address:
        raise IdentityError(
            "system.json does not say where the hub is",
            message_zh="身份目录未记录枢纽地址",
            next_action='add "members": "host:port" to system.json',
            next_action_zh='请在 system.json 中增加 "members": "主机:端口"',
        )
    return address


@click.command()
@click.argument("invitation", default="", envvar="SHUNIU_INVITATION")
@click.option("--invitation-file", type=FILE, metavar="FILE", help="存有邀请的文件 a file that holds the invitation.")
@click.option("--hub", type=ADDRESS, help="枢纽公开端口 the hub's public port.")
@click.option("--members", type=ADDRESS, help="枢纽部门端口 the hub's members' port.")
@click.option("--ca", type=CA_FILE, help="枢纽 CA 证书 the hub's CA certificate, obtained over a channel you trust.")
@click.option("--token", envvar="SHUNIU_TOKEN", help="注册令牌 the one-time token; - reads it from standard input.")
@click.option("--out", type=PLACE, metavar="DIR", help="身份目录 the folder to create.  [default with an invitation: the system's name]")
@click.option(
    "--host", "hosts", multiple=True, help="本系统提供数据所用的主机名，可重复 a host name under which this system will serve data; may be repeated."
)
@json_option
def join(*, invitation: str, invitation_file: Path | None, out: Path | None, hosts: tuple[str, ...], as_json: bool, **apart: Any) -> None:
    """加入枢纽 Generate a key on this machine and get a certificate for it. The key never leaves the folder.

    INVITATION 为主管部门给出的一行邀请（shuniu://...）；- 表示从标准输入读取。
    INVITATION is the line shuniu://... that the authority gave; - reads it from standard input, where process lists and histories do not see it.
    Without one: --hub, --members, --ca and --token.
    """
    line = _line(invitation, invitation_file)
    place = _join_invited(line, out, hosts, apart) if line else _join_apart(out, hosts, apart)
    known, until = read_system(place), expires_at(place)
    if as_json:
        print_json({**known, "identity": str(place), "not_after": until.isoformat()})
        return
    click.secho(f"已加入 joined: {known['department']} / {known['system']} @ {known['hub']}", fg="green")
    click.echo(f"  证书有效期至 certificate until: {in_beijing(until)}\n  身份目录 identity: {place} (key.pem: 0600)")
    click.echo(f"下一步 next:\n  shuniu system whoami --identity {place}")


def _line(invitation: str, file: Path | None) -> str:
    if invitation and file is not None and invitation != os.environ.get("SHUNIU_INVITATION"):
        raise click.UsageError("邀请给出了两次: the invitation is given twice, as an argument and as a file")
    if file is not None:
        with file.open(encoding="utf-8", errors="replace") as opened:
            return opened.read(2 * LONGEST)
    return sys.stdin.read(2 * LONGEST) if invitation == "-" else invitation


def _join_invited(line: str, out: Path | None, hosts: tuple[str, ...], apart: dict[str, Any]) -> Path:
    if given := [f"--{name}" for name in ("hub", "members", "token") if apart[name]]:
        raise click.UsageError(f"邀请中已有 {', '.join(given)}: the invitation says this already")
    place = out or Path(read_invitation(line).system)
    accept_invitation(line, place, hosts, ca_pem=apart["ca"] or b"")
    return place


def _join_apart(out: Path | None, hosts: tuple[str, ...], apart: dict[str, Any]) -> Path:
    if missing := [f"--{name}" for name in ("hub", "members", "ca", "token") if not apart[name]] + ([] if out else ["--out"]):
        raise click.UsageError(f"缺少邀请，或缺少选项 {', '.join(missing)}: give an invitation, or these options")
    # arguments show in the list of processes and in the shell's history; standard input does not
    secret = sys.stdin.readline() if apart["token"] == "-" else apart["token"]  # noqa: S105 - a dash is no secret
    enrol(apart["hub"], apart["ca"], secret.strip(), Path(str(out)), hosts, members_address=apart["members"])
    return Path(str(out))


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--force", is_flag=True, help="即使剩余有效期超过三分之一也续期 renew although more than a third of the certificate's life is left.")
@json_option
def renew(*, folder: Path, force: bool, as_json: bool) -> None:
    """续期证书 Get a new certificate for the key in FOLDER, once less than a third of its life is left; a running `shuniu provide` picks it up."""
    renewed = renew_certificate(folder, force=force)
    until = expires_at(folder)
    if as_json:
        print_json({"identity": str(folder), "not_after": until.isoformat(), "renewed": renewed})
    elif renewed:
        click.secho(f"已续期，有效期至 renewed until: {in_beijing(until)}", fg="green")
    else:
        click.echo(
            f"无需续期，证书有效期至 {in_beijing(until)}，剩余超过三分之一 nothing to do: more than a third of its life is left (--force renews)"
        )


@click.command("login-link")
@identity_option
@officer_of("经办人编号 the officer's number; every search is logged with it.")
@json_option
def login_link(*, identity: Path, officer: str, as_json: bool) -> None:
    """登录链接 Create a link that opens the auditor's pages once, for one officer. Give it to nobody else."""
    with connect(members_address(identity), identity) as hub:
        link = hub.identity.CreateLoginLink(CreateLoginLinkRequest(officer=officer))
    if as_json:
        print_json({"url": link.url, "expire_time": link.expire_time.ToJsonString()})
        return
    click.echo(link.url)
    click.echo(f"一次有效，有效期至 works once, valid until: {in_beijing(link.expire_time.ToDatetime(timezone.utc))}", err=True)
