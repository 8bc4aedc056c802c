"""The hub's own machine: make a hub, run it, hand out tokens."""

import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click
from cryptography import x509

from audit.log import AuditLog
from certs.actions import CertActions
from certs.appointing import Appointment
from certs.ca import CertificateAuthority
from certs.inviting import Inviter
from certs.model import EnrollmentToken, Invitation, OfficerNumber, Registration
from certs.places import ProviderPlaces
from cli.first_officer import ask_for_officer, facts_of, lines_of
from cli.process import FolderLock, holder
from cli.reasons import CONFIGURATION_EXISTS, NO_HUB
from cli.running import MACHINE, Run, run_hub, say_nothing
from cli.settings import settings_text, with_addresses
from hub.access import Role
from hub.clock import Clock
from hub.config import RECORDED, REGISTERED, Config, from_mapping, load
from hub.ids import Ids
from hub.key_set import PSEUDONYM
from hub.keys import KeyRing
from hub.practice import check_here, clock_of
from hub.reach import obstacle_of_url, origin_of
from hub.reasons.operation import NOT_FOR_PRACTICE, PRACTICE_NOT_SAID
from hub.unit_of_work import Kit
from migrations.opening import found_database, open_beside, refuse_used
from server import Hub
from shuniu.cli.options import ADDRESS, LEVELS, PLACE
from shuniu.cli.output import print_event, print_json
from shuniu.cli.progress import progress
from shuniu.identifiers.uscc import parse_uscc
from shuniu.zone import in_beijing

_NOBODY_YET: Final = "在此之前没有人可登记经办人 until then nobody registers officers"
CA_FILE: Final = Path("certs") / "ca.crt.pem"
config_option = click.option("--config", type=PLACE, default=Path("shuniu.toml"), show_default=True, help="配置文件 the hub's configuration.")
json_option = click.option("--json", "as_json", is_flag=True, help="供程序读取 one line of JSON for programs.")


@click.command()
@config_option
@click.option("--authority", required=True, metavar="USCC", help="主管部门统一社会信用代码 the authority's USCC.")
@click.option("--title", required=True, help="主管部门全称 the authority's full name.")
@click.option("--region", help="行政区划代码 a code of GB/T 2260.  [default: 640000]")
@click.option("--hub", help="枢纽简称 the hub's short name.  [default: ningxia]")
@click.option("--data", help="数据目录 the data folder, relative to the configuration.  [default: var]")
@click.option("--database", help="数据库地址 the database URL.  [default: SQLite in the data folder]")
@click.option("--members", type=ADDRESS, help="部门端口 the members' port.  [default: 127.0.0.1:7443]")
@click.option("--public", type=ADDRESS, help="公开端口 the public port.  [default: 127.0.0.1:7444]")
@click.option("--web", type=ADDRESS, help="网页地址 the address of the web pages.  [default: 127.0.0.1:7480]")
@click.option("--web-url", help="网页对外地址，写入每个证照 how the world reaches the web pages; it stands in every license.")
@click.option("--log-origin", help="访问日志名称，启用后不再更改 the log's name, never changed.  [default: host and path of --web-url, then /log]")
@click.option(
    "--officers",
    type=click.Choice([REGISTERED, RECORDED]),
    help="新部门的经办人 whom calls of new departments may name: registered officers; recorded: anybody at first.  [default: registered]",
)
@click.option("--people-officer", "officer", metavar="NUMBER", help="主管部门首位人员管理岗 the authority's first officer: she gets a one-time link.")
@click.option("--people-officer-name", "officer_name", metavar="NAME", help="其姓名或称谓 what colleagues call this officer.  [default: the number]")
@click.option("--local", is_flag=True, help="仅供本机试用 a hub for a trial on this machine: nobody else reaches its pages.")
@click.option("--practice", is_flag=True, help="演练枢纽，仅供本机 a hub for practice, on this machine alone; see `shuniu tck`.")
@click.option(
    "--server-name", "server_names", multiple=True, help="枢纽域名或 IP，可重复 a host name or IP address in the hub's certificate; may be repeated."
)
@json_option
def init(*, config: Path, authority: str, title: str, officer: str, officer_name: str, as_json: bool, **settings: Any) -> None:
    """初始化枢纽 Create a hub: configuration, keys, CA, database, and a token for the authority's first system."""
    usual = {"officers": RECORDED, "local": True} if settings["practice"] else {"officers": REGISTERED}
    given = {**usual, **{key: value for key, value in settings.items() if value}}
    if not as_json and is_terminal():
        given |= {} if given.keys() & {"web_url", "local"} else _ask_for_addresses(given)
        officer = officer or (ask_for_officer() if given["officers"] == REGISTERED else "")
    if officer:
        OfficerNumber(officer, "--people-officer")  # one that nobody can have stops here
    with progress("正在建立密钥、证书和数据库，需要几秒 making keys, certificates and the database; this takes some seconds"):
        token = initialise(config, authority, title, **given)
    hub_config = load(config)
    appointment = _appoint(hub_config, officer, officer_name)
    facts = {
        "config": str(config),
        "data": str(hub_config.data),
        "hub": hub_config.hub,
        "authority": hub_config.authority,
        "ca": str(hub_config.data / CA_FILE),
        "web_url": hub_config.web_url or f"http://{hub_config.web}",
        "log_origin": hub_config.origin,
    }
    invitation = _first_invitation(hub_config, token)
    steps = [
        f"shuniu serve {'--practice ' if hub_config.practice else ''}--config {config}",
        join_command(hub_config, token, "authority", invitation),
    ]
    if appointment is None and hub_config.registers_officers:
        steps.append(f"shuniu appoint --config {config} NUMBER  # {_NOBODY_YET}")
    if as_json:
        officers = {"people_officer": facts_of(hub_config, appointment)} if appointment else {}
        print_json({**facts, **officers, "token": token, "invitation": invitation, "next": steps})
        return
    click.secho(f"枢纽已建立 hub created: {hub_config.hub}, {hub_config.authority_title}", fg="green")
    for label, value in (
        ("配置 configuration", config),
        ("数据 data (内含密钥，请备份 contains the keys, back it up)", hub_config.data),
        ("CA", facts["ca"]),
        ("网页 web pages (写入每个证照 stands in every license)", facts["web_url"]),
        ("日志名称 log origin (启用后不再更改 never changed)", facts["log_origin"]),
    ):
        click.echo(f"  {label}: {value}")
    click.echo(f"  主管部门注册令牌 the authority's token (一次有效，24 小时 one use, 24 hours): {token}")
    for line in lines_of(hub_config, appointment) if appointment else ():
        click.echo(f"  {line}")
    click.echo("下一步 next:\n  " + "\n  ".join(steps))


def is_terminal() -> bool:
    """Tell whether somebody can be asked."""
    return sys.stdin.isatty()


def _ask_for_addresses(given: Mapping[str, Any]) -> dict[str, str]:
    """Ask at a terminal for the two addresses that are never changed."""
    url = click.prompt("网页对外地址，写入每个证照 how the world reaches the web pages, for example https://share.example.gov.cn")
    if "log_origin" in given or obstacle_of_url(url):
        return {"web_url": url}  # one that nobody reaches is refused with its reason
    origin = click.prompt("访问日志名称，启用后不再更改 the log's name, never changed", default=origin_of(url))
    return {"web_url": url, "log_origin": origin}


def _appoint(config: Config, officer: str, name: str) -> Appointment | None:
    if not officer:
        return None
    with console(config) as certs:
        return certs.appoint(config.authority, officer, name or "")


def initialise(path: Path, authority: str, title: str, clock: Clock = MACHINE, **settings: Any) -> str:
    """Make a hub whose configuration stands at `path`; return the secret of the authority's first token. What exists is never overwritten."""
    uscc = parse_uscc(authority)
    settings = with_addresses(settings)
    text = settings_text({"hub": Config().hub, "region": Config().region, **settings, "authority": uscc, "authority_title": title})
    # read back before anything is made: a wrong value stops here
    config = from_mapping(tomllib.loads(text), path.parent)
    check_here(config)
    registration = Registration(uscc, title, "", config.region)
    if path.exists():
        raise CONFIGURATION_EXISTS(path=path)
    refuse_used(config)  # before a folder, a lock or a key is made
    with FolderLock(config.data):
        refuse_used(config)  # another `init` on the same folder may have been quicker; on another folder it holds the database
        found_database(config, clock)  # holds the database while it makes the keys: of several `init` at once one makes them
        hub = Hub(replace(config, web="127.0.0.1:0"), clock)  # puts all of it together once: makes certificates and tests the machine
        try:
            token = hub.certs.bootstrap_authority(registration)
        finally:
            hub.close()
        # last of all: where a configuration stands, a hub was made
        _write_new(path, text)
    return token


@click.command()
@config_option
@click.option("--ready", type=PLACE, metavar="FILE", help="就绪后写入地址的文件 a file for the addresses, written once all ports are open.")
@click.option("--practice", is_flag=True, help="运行演练枢纽 run a hub for practice, which `shuniu init --practice` made.")
@click.option("--parent", type=int, hidden=True)
@click.option("--log-level", type=LEVELS, default="info", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="供程序读取 a line of JSON with the addresses when all ports are open, and one at the end.")
def serve(*, config: Path, ready: Path | None, practice: bool, parent: int | None, log_level: str, as_json: bool) -> None:
    """运行枢纽 Run the hub until SIGTERM or Ctrl-C."""
    settings = existing_hub(config)
    if settings.practice != practice:
        raise (PRACTICE_NOT_SAID if settings.practice else NOT_FOR_PRACTICE)(path=config)
    check_here(settings)
    say = print_event if as_json else say_nothing
    run_hub(settings, Run(ready, parent, say, clock=clock_of(settings, MACHINE)), log_level)


@click.command()
@config_option
@click.option("--department", required=True, metavar="USCC", help="部门统一社会信用代码 the department's USCC; it must be registered.")
@click.option("--system", required=True, metavar="NAME", help="业务系统简称 the system's short name: a-z, 0-9, hyphen.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([role.value for role in Role]),
    help="角色，可重复 a role; may be repeated.  [default: member]",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    help="证书可写入的主机名，可重复 a host that the certificate may name; may be repeated.  [default: those that it asks for]",
)
@json_option
def token(*, config: Path, department: str, system: str, roles: tuple[str, ...], hosts: tuple[str, ...], as_json: bool) -> None:
    """签发注册令牌 Issue a one-time enrolment token, and the line that invites a department's system. Shown once, not stored."""
    settings = existing_hub(config)
    with console(settings) as certs:
        secret, made = certs.issue_token_locally(Invitation(department, system, frozenset(map(Role, roles)), hosts=hosts))
    until, invitation = made.expire_time, _invitation(settings, made, secret)
    command = join_command(settings, secret, system, invitation)
    if as_json:
        print_json({"token": secret, "expire_time": until.isoformat(timespec="seconds"), "invitation": invitation, "next": [command]})
        return
    click.echo(f"注册令牌 token: {secret}\n一次有效，有效期至 works once, valid until: {in_beijing(until)}")
    if invitation:
        click.echo(f"邀请（须保密）invitation (as secret as the token):\n  {invitation}")
    click.echo(f"下一步 next:\n  {command}")


@contextmanager
def console(config: Config, machine: Clock = MACHINE) -> Iterator[CertActions]:
    """Give the actions of the operator's console on the hub's own database; a running hub hears of changes through the feed."""
    keys, db, clock = KeyRing(config.keys), open_beside(config), clock_of(config, machine)
    try:
        log = AuditLog(config.origin, keys.secret(PSEUDONYM))
        ca = CertificateAuthority.open(keys, config.data / "certs", config.hub, machine)
        yield CertActions(Kit(db, log, clock, Ids()), ca, ProviderPlaces.of(config), registers=config.registers_officers)
    finally:
        db.close()


def existing_hub(path: Path) -> Config:
    """Return the configuration of a hub that was made; a mistyped data folder must not become a second, empty hub with new keys."""
    config = load(path)
    if not (config.data / CA_FILE).exists():
        raise NO_HUB(data=config.data)
    return config


def _invitation(config: Config, token: EnrollmentToken, secret: str) -> str:
    """Return the line that invites, empty while nobody knows a port that is taken only by a running hub."""
    ca = x509.load_pem_x509_certificate((config.data / CA_FILE).read_bytes())
    bound = {name: str(address) for name, address in (holder(config.data) or {}).items()}
    return Inviter(config.hub, ca, lambda: config.addresses_for_others(bound)).line(token, secret)


def _first_invitation(config: Config, secret: str) -> str:
    """Return the line for the authority's first system, whose token `init` has just made."""
    return _invitation(config, Invitation(config.authority, "authority").token("", MACHINE.now()), secret)


def join_command(config: Config, secret: str, out: str, invitation: str) -> str:
    """Return the command with which a department joins."""
    if invitation:
        return f"shuniu join '{invitation}' --out {out}"
    ca = config.data / CA_FILE
    return f"shuniu join --hub {config.called_at(config.public)} --members {config.called_at(config.members)} --ca {ca} --token {secret} --out {out}"


def _write_new(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    except FileExistsError as error:
        raise CONFIGURATION_EXISTS(path=path) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
