"""The hub's own machine: revoke a certificate with all that grew from it, or a system whole, and see what else lives."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from certs.model import Certificate, Revocation, RevocationCause, system_name
from cli.reasons import SERIAL_OR_SYSTEM
from cli.serving import config_option, console, existing_hub, json_option
from hub.access import OPERATOR, Role
from hub.clock import SystemClock
from hub.unit_of_work import Step
from shuniu.cli.output import print_json
from shuniu.zone import in_beijing


@click.command()
@config_option
@click.option(
    "--serial", metavar="HEX", help="证书序列号；由其续期而来的证书一并吊销 a certificate's serial number; all that was renewed from it falls too."
)
@click.option(
    "--system", metavar="DEPARTMENT/SYSTEM", help="整个业务系统：全部证书、注册令牌、登录链接 a whole system: certificates, tokens, login links."
)
@click.option(
    "--cause",
    type=click.Choice([cause.value for cause in RevocationCause]),
    default=RevocationCause.LOSS.value,
    show_default=True,
    help="superseded：已续期，仅吊销该证书 superseded: its bearer has a newer one; that certificate alone falls.",
)
@click.option("--reason", required=True, help="吊销理由，记入日志 the reason; written to the log.")
@json_option
def revoke(*, config: Path, serial: str | None, system: str | None, cause: str, reason: str, as_json: bool) -> None:
    """吊销证书 Revoke certificates: a running hub refuses them within a second, on open connections too."""
    if (serial is None) == (system is None):
        raise SERIAL_OR_SYSTEM()
    operator = replace(OPERATOR, roles=frozenset({Role.AUTHORITY}))
    with console(existing_hub(config)) as certs:
        if serial is not None:
            done = certs.revoke(Step(caller=operator, name=serial, reason=reason), RevocationCause(cause))
        else:
            department, _, name = str(system).partition("/")
            done = certs.revoke_system(Step(caller=operator, name=system_name(department, name), reason=reason))
    if as_json:
        print_json(_facts(done, reason))
        return
    click.echo("\n".join(_lines(done)))


def _facts(done: Revocation, reason: str) -> dict[str, Any]:
    first = done.certificates[0] if done.certificates else None
    return {
        "serial": first.serial if first else "",
        "revoke_time": _text(first.revoke_time if first else SystemClock().now()),
        "reason": reason,
        "revoked": [one.serial for one in done.certificates],
        "tokens": done.token_count,
        "logins": done.login_count,
        "living": [
            {"system": system.system, "serial": one.serial, "not_after": _text(one.not_after), "roles": sorted(system.roles_of(one))}
            for system in done.living
            for one in system.certificates
        ],
        "living_tokens": [{"system": one.system, "roles": sorted(one.roles), "expire_time": _text(one.expire_time)} for one in done.tokens],
    }


def _lines(done: Revocation) -> Iterator[str]:
    for one in done.certificates:
        yield f"已吊销 revoked: {one.serial} ({_moment(one.revoke_time)})"
    yield f"作废注册令牌 tokens taken: {done.token_count}，终止登录 logins ended: {done.login_count}"
    if not done.living and not done.tokens:
        yield "该部门已无有效证书和令牌 nothing else of the department lives"
        return
    yield "该部门仍有效 what else lives of the department:"
    for system in done.living:
        yield from (f"  {system.system}: {_told(one)}, {' '.join(sorted(system.roles_of(one)))}" for one in system.certificates)
    yield from (f"  {one.system}: 注册令牌 token, {' '.join(sorted(one.roles))}, 至 until {_moment(one.expire_time)}" for one in done.tokens)


def _told(certificate: Certificate) -> str:
    return f"{certificate.serial}, 签发 issued {_moment(certificate.create_time)}, 至 until {_moment(certificate.not_after)}"


def _text(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""


def _moment(at: datetime | None) -> str:
    return in_beijing(at) if at else ""
