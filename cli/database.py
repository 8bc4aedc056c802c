"""`shuniu database`: what concerns the hub's database as a thing of its own, on the hub's machine."""

from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from cli.doctor.result import CheckResult, ill, show, well
from hub.config import load
from hub.db import for_operator, inspect_database, place_of
from hub.db.damage import Examined, PageFinding, PageVerdict
from migrations.opening import refuse_missing
from shuniu.cli.options import PLACE
from shuniu.cli.output import ExitCode, print_json

_WORDS: Final = {
    Examined.FILE: ("file", "数据库文件"),
    Examined.FOREIGN_KEYS: ("foreign keys", "外键"),
    Examined.TABLE: ("table", "表"),
    Examined.INDEX: ("index", "索引"),
    Examined.CHECKSUMS: ("page checksums", "页校验和"),
}
_RESTORE: Final = (
    "stop the hub, make a copy of the database as it is, restore it from the newest backup that passes this check",
    "请停止枢纽，先复制当前数据库留存，再恢复能通过本检查的最新备份",
)
_REINDEX: Final = (
    "stop the hub, then in psql: REINDEX INDEX {name}; and run this check again",
    "请停止枢纽，在 psql 中执行：REINDEX INDEX {name}; 然后重新检查",
)
_AMCHECK: Final = "CREATE EXTENSION IF NOT EXISTS amcheck; GRANT EXECUTE ON FUNCTION bt_index_check(regclass, boolean)"
_UNCHECKED: Final = {
    Examined.CHECKSUMS: (
        "page checksums are off: a changed byte inside a value is not noticed by reading; with the server stopped: pg_checksums --enable",
        "未启用页校验和：读取无法发现值内部的字节变化；可在停止服务器后执行 pg_checksums --enable",
    ),
    Examined.INDEX: (
        f"indexes were not checked; as superuser in this database: {_AMCHECK} TO the hub's user",
        f"索引未检查；请以超级用户在该库中执行：{_AMCHECK} TO 枢纽用户",
    ),
}


@click.group()
def database() -> None:
    """数据库 Look after the hub's database."""


@database.command()
@click.option("--config", type=PLACE, default=Path("shuniu.toml"), show_default=True, help="配置文件 the hub's configuration.")
@click.option("--json", "as_json", is_flag=True, help="供程序读取 one line of JSON for programs.")
@click.pass_context
def check(ctx: click.Context, *, config: Path, as_json: bool) -> None:
    """检查损坏 Read the whole database and tell what is damaged, on a copy or beside a running hub; nothing is written.

    退出码 exit codes: 0 完好 sound; 1 已损坏 damaged; 2 配置有误 wrong configuration; 3 数据库无响应 the database does not answer.
    """
    settings = load(config)
    refuse_missing(settings)
    results = []
    with for_operator(settings.database_url):
        for finding in inspect_database(settings.database_url):
            result = _result(finding)
            results.append(result)
            if not as_json:
                show(result)
    ok = all(result.ok for result in results)
    place = place_of(settings.database_url)
    if as_json:
        print_json({"ok": ok, "database": place, "checks": [asdict(result) for result in results]})
    else:
        failed = sum(not result.ok for result in results)
        click.echo(f"{place}: " + ("未发现损坏 no damage found" if ok else f"{failed} 处损坏 {failed} damaged"))
    ctx.exit(ExitCode.OK if ok else ExitCode.NO)


def _result(finding: PageFinding) -> CheckResult:
    """Return a finding as the doctor shows one: what was not checked says so, and is no damage."""
    en, zh = _WORDS[finding.examined]
    name = f"{en} {finding.name}".strip()
    if finding.verdict is PageVerdict.SOUND:
        size = f", {finding.size} bytes read" if finding.size else ""
        size_zh = f"，读取{finding.size}字节" if finding.size else ""
        return well(name, f"sound{size}", f"{zh}完好{size_zh}")
    if finding.verdict is PageVerdict.UNCHECKED:
        other = f"not checked: {finding.detail}", f"未检查：{finding.detail}"
        return well(name, *(other if finding.name else _UNCHECKED.get(finding.examined, other)))
    mend, mend_zh = _REINDEX if finding.examined is Examined.INDEX else _RESTORE
    return ill(name, f"damaged: {finding.detail}", f"{zh}已损坏：{finding.detail}", mend.format(name=finding.name), mend_zh.format(name=finding.name))
