"""The command: which checks are made, and how their findings are told."""

from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Final

import click

from cli.doctor import certificates, machine, storage
from cli.doctor.finding import Check, Finding, examined, ill, well
from cli.options import FOLDER, PLACE
from cli.output import ExitCode, plain, print_json
from hub.clock import SystemClock
from hub.config import Config, load
from hub.errors import ConfigError

USUAL: Final = Path("shuniu.toml")


@click.command()
@click.option("--config", type=PLACE, help="枢纽配置 examine a hub.  [default: shuniu.toml, where there is one]")
@click.option("--identity", type=FOLDER, metavar="DIR", help="身份目录 examine a department's identity.")
@click.option("--json", "as_json", is_flag=True, help="供程序读取 one line of JSON for programs.")
@click.pass_context
def doctor(ctx: click.Context, *, config: Path | None, identity: Path | None, as_json: bool) -> None:
    """自检 Look at certificates, clock, database, ports and keys; each failure comes with the command that mends it."""
    if config is None and identity is None and USUAL.is_file():
        config = USUAL
    findings = []
    for finding in _findings(config, identity):
        findings.append(finding)
        if not as_json:
            _show(finding)
    ok = all(finding.ok for finding in findings)
    if as_json:
        print_json({"ok": ok, "checks": [asdict(finding) for finding in findings]})
    else:
        failed = sum(not finding.ok for finding in findings)
        click.echo("一切正常 all is well" if ok else f"{failed} 项有问题 {failed} to mend")
    ctx.exit(ExitCode.OK if ok else ExitCode.NO)


def _findings(config_file: Path | None, identity: Path | None) -> Iterator[Finding]:
    now = SystemClock().now()
    checks: dict[str, Check] = {"python": machine.python, "clock": partial(machine.clock, now)}
    if config_file is not None:
        try:
            config = load(config_file)
        except ConfigError as error:
            yield ill("configuration", error.message, error.zh, error.next_action)
        else:
            yield well("configuration", f"{config_file} is read", f"配置 {config_file} 可读")
            checks |= _of_hub(config, config_file)
    if identity is not None:
        checks |= {"identity": partial(certificates.identity, identity, now), "hub": partial(certificates.reached, identity)}
    if identity is None or config_file is not None:
        checks |= {"sm2": machine.sm2}
    for name, check in checks.items():
        yield from examined(name, check)


def _of_hub(config: Config, config_file: Path) -> dict[str, Check]:
    if not config.data.is_dir():
        return {"data": partial(_no_data, config, config_file)}
    return {
        "keys": partial(certificates.keys, config.data / "keys"),
        "certificates": partial(certificates.hub_certificates, config.data, SystemClock().now()),
        "database": partial(storage.database, config, config_file, SystemClock().now()),
        "disk": partial(storage.disk, config),
        "ports": partial(machine.ports, config),
        "font": partial(machine.font, config.font),
    }


def _no_data(config: Config, config_file: Path) -> Iterator[Finding]:
    mend = f"correct `data` in {config_file}, or restore the folder: cp -a BACKUP {config.data}"
    yield ill("data", f"there is no data folder {config.data}", "数据目录不存在", mend)


def _show(finding: Finding) -> None:
    click.secho("✓ " if finding.ok else "✗ ", fg="green" if finding.ok else "red", nl=False)
    click.echo(f"{finding.name}: {plain(finding.zh)} {plain(finding.en)}")
    if finding.mend:
        click.echo(f"    修复 mend: {plain(finding.mend)}")
