"""`shuniu keys`: the hub's keys, on the hub's machine. They are made by `init`, and here where a new release brings one."""

from pathlib import Path

import click

from hub.clock import SystemClock
from hub.config import load
from hub.practice import clock_of
from migrations.opening import add_keys
from shuniu.cli.options import PLACE
from shuniu.cli.output import print_json


@click.group()
def keys() -> None:
    """密钥 Look after the hub's keys."""


@keys.command()
@click.option("--config", type=PLACE, default=Path("shuniu.toml"), show_default=True, help="配置文件 the hub's configuration.")
@click.option("--json", "as_json", is_flag=True, help="供程序读取 one line of JSON for programs.")
def add(*, config: Path, as_json: bool) -> None:
    """生成新版本所需的密钥 Make the keys that a new release brings, and hub-server.pem where it is not there. The hub must not run.

    数据库已记录过的密钥绝不重新生成：请从备份恢复。A key that the database knows is never made again: restore it from the backup.
    """
    settings = load(config)
    made = add_keys(settings, clock_of(settings, SystemClock()))
    folder, serve = settings.keys, f"shuniu serve --config {config}"
    if as_json:
        print_json({"made": [key.file for key in made], "folder": str(folder), "next": [serve]})
        return
    for key in made:
        click.echo(f"已生成 made: {folder / key.file}\n  {key.use.zh}\n  {key.use.en}")
    if not made:
        click.echo("密钥齐全，未生成任何密钥 every key is there; none was made")
        return
    click.echo(f"下一步 next:\n  备份密钥目录 back up {folder}\n  {serve}")
