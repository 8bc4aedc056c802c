"""The command: which checks run, and how their results are shown."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Final

import click

from cli.doctor import certificates, keys, machine, sign_in, storage
from cli.doctor.result import Check, CheckResult, ill, result_of, results_of, show, well
from hub.clock import SystemClock
from hub.config import Config, load
from hub.errors import ConfigError
from hub.practice import clock_of
from shuniu.cli.options import PLACE, identity_of
from shuniu.cli.output import ExitCode, print_json

USUAL: Final = Path("shuniu.toml")


@click.command()
@click.option("--config", type=PLACE, help="枢纽配置 check a hub.  [default: shuniu.toml, if it exists]")
@identity_of("身份目录 check a department's identity.", required=False)
@click.option("--json", "as_json", is_flag=True, help="供程序读取 one line of JSON for programs.")
@click.pass_context
def doctor(ctx: click.Context, *, config: Path | None, identity: Path | None, as_json: bool) -> None:
    """自检 Check certificates, clock, database, ports and keys; each failure comes with the way to mend it.

    退出码 exit codes: 0 全部正常 all is well; 1 有问题 something is wrong; 3 除无响应外未发现问题 nothing is, but what was asked does not answer.
    """
    if config is None and identity is None and USUAL.is_file():
        config = USUAL
    results = []
    # shown as they come: a check may wait for a network
    for result in _results(config, identity):
        results.append(result)
        if not as_json:
            show(result)
    failed = [result for result in results if not result.ok]
    ok = not failed
    if as_json:
        print_json({"ok": ok, "checks": [asdict(result) for result in results]})
    else:
        click.echo("全部正常 all checks passed" if ok else f"{len(failed)} 项有问题 {len(failed)} failed")
    # nothing was found wrong where nothing answered
    ctx.exit(ExitCode.OK if ok else ExitCode.UNKNOWN if all(result.unanswered for result in failed) else ExitCode.NO)


def _results(config_file: Path | None, identity: Path | None) -> Iterator[CheckResult]:
    now = SystemClock().now()
    checks: dict[str, Check] = {"python": machine.python, "clock": partial(machine.clock, now)}
    if config_file is not None:
        try:
            config = load(config_file)
        except ConfigError as error:
            yield result_of("configuration", error)
        else:
            yield well("configuration", f"{config_file} is correct", f"配置文件 {config_file} 正确")
            checks |= _of_hub(config, config_file)
    if identity is not None:
        checks |= {"identity": partial(certificates.identity, identity, now), "hub": partial(certificates.hub_answer, identity)}
    # a department's machine needs no SM2 to query and to serve
    if identity is None or config_file is not None:
        checks |= {"sm2": machine.sm2}
    for name, check in checks.items():
        yield from results_of(name, check)
    if config_file is None and identity is None:
        yield _nothing_named()


def _nothing_named() -> CheckResult:
    """Return the result of a folder without a hub and without an identity: the machine alone was looked at, and that is not well or ill."""
    en = f"there is no {USUAL} in this folder, and no identity was named: only the machine was looked at"
    zh = f"本目录没有 {USUAL}，也未指明身份目录：只检查了本机"
    mend = "shuniu doctor --config FILE  # a hub; --identity DIR  # a department's system"
    mend_zh = "shuniu doctor --config FILE  # 枢纽；--identity DIR  # 部门业务系统"
    return replace(ill("hub or department", en, zh, mend, mend_zh), unanswered=True)


def _of_hub(config: Config, config_file: Path) -> dict[str, Check]:
    if not config.data.is_dir():
        return {"data": partial(_no_data, config, config_file)}
    return {
        "keys": partial(keys.files, config.keys, config_file),
        "certificates": partial(certificates.hub_certificates, config.data, SystemClock().now()),
        "database": partial(storage.database, config, config_file, clock_of(config, SystemClock()).now()),
        "disk": partial(storage.disk, config),
        "ports": partial(machine.ports, config),
        "sign-in": partial(sign_in.provider, config, SystemClock().now()),
        "clocks": partial(machine.clocks, config),
        "license types": partial(machine.license_types, config),
        "files": partial(machine.descriptors, config),
        "font": partial(machine.font, config.font),
        "synonyms": partial(machine.synonyms, config.synonyms),
    }


def _no_data(config: Config, config_file: Path) -> Iterator[CheckResult]:
    restore = f"cp -a BACKUP {config.data}"
    mend, mend_zh = f"correct `data` in {config_file}, or restore the folder: {restore}", f"请修正 {config_file} 中的 `data`，或恢复该目录：{restore}"
    yield ill("data", f"the data folder {config.data} does not exist", f"数据目录 {config.data} 不存在", mend, mend_zh)
