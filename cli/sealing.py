"""`shuniu seal` on the hub's machine: beside what a department's machine has, the trust in other makers of seals from the console."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from audit.log import AuditLog
from cli.serving import config_option, existing_hub, json_option
from hub.access import OPERATOR, Role
from hub.clock import SystemClock
from hub.ids import Ids
from hub.key_set import PSEUDONYM
from hub.keys import KeyRing
from hub.practice import clock_of
from hub.unit_of_work import Kit, Step
from migrations.opening import open_beside
from seals.actions import SealActions
from seals.office import SealOffice
from seals.wire import trust_to
from shuniu.cli import seals
from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.seals import SEAL
from shuniu.cli.options import FILE, identity_of, is_said
from shuniu.cli.verifying import read_file

_identity = identity_of("主管部门身份目录，经接口办理 the authority's identity folder, to do it through the hub's port.", required=False)
_OPERATOR = replace(OPERATOR, roles=frozenset({Role.AUTHORITY}))


@click.group(help=seals.trust.help)
def trust() -> None:
    """Hold the commands about trust."""


seal: Final = group_of(replace(SEAL, more=tuple((name, "cli.sealing:trust" if name == "trust" else place) for name, place in SEAL.more)))
"""What a department's machine has, all of it, with the trust from the console in the place of theirs."""


@trust.command("add")
@click.argument("certificate", type=FILE, metavar="CERTIFICATE-FILE")
@config_option
@_identity
@seals.title_option
@seals.reason_option
@seals.officer_option
@json_option
@click.pass_context
def add(ctx: click.Context, /, *, config: Path, identity: Path | None, as_json: bool, **said: Any) -> None:
    """信任 Trust a CA (PEM or DER): from now on chains of seals may end there."""
    if identity is not None and (is_said(ctx, "identity") or not is_said(ctx, "config")):
        ctx.invoke(seals.add, identity=identity, as_json=as_json, **said)
        return
    step = Step(caller=_OPERATOR, officer=said["officer"], reason=said["reason"])
    with _console(config) as actions:
        added = actions.add_seal_trust(step, said["title"], read_file(said["certificate"]))
    seals.tell([trust_to(added)], as_json=as_json)


@trust.command("list")
@config_option
@_identity
@json_option
@click.pass_context
def list_(ctx: click.Context, /, *, config: Path, identity: Path | None, as_json: bool) -> None:
    """查看 List the CAs of other makers that are trusted."""
    if identity is not None and (is_said(ctx, "identity") or not is_said(ctx, "config")):
        ctx.invoke(seals.list_, identity=identity, as_json=as_json)
        return
    with _console(config) as actions:
        found = actions.list_seal_trusts()
    seals.tell(map(trust_to, found), as_json=as_json)


@trust.command("remove")
@click.argument("name", metavar="sealTrusts/ID")
@config_option
@_identity
@seals.reason_option
@seals.officer_option
@json_option
@click.pass_context
def remove(ctx: click.Context, /, *, config: Path, identity: Path | None, as_json: bool, **said: Any) -> None:
    """移除 Remove a trust: no report rests on it from now on."""
    if identity is not None and (is_said(ctx, "identity") or not is_said(ctx, "config")):
        ctx.invoke(seals.remove, identity=identity, as_json=as_json, **said)
        return
    with _console(config) as actions:
        removed = actions.remove_seal_trust(Step(caller=_OPERATOR, **said))
    seals.tell([trust_to(removed)], as_json=as_json)


@contextmanager
def _console(path: Path) -> Iterator[SealActions]:
    """Give the actions about seals on the hub's own database; a running hub reads the trusts at each verification."""
    config = existing_hub(path)
    keys, clock, db = KeyRing(config.keys), clock_of(config, SystemClock()), open_beside(config)
    try:
        kit = Kit(db, AuditLog(config.origin, keys.secret(PSEUDONYM)), clock, Ids())
        yield SealActions(kit, SealOffice.open(keys, config.data / "certs", config.hub, clock))
    finally:
        db.close()
