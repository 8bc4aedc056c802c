"""`shuniu file download`: an entry's data file under a grant, as CSV, gone on with after whatever interruption."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from shuniu.cli.daily.commands import DEADLINE
from shuniu.cli.daily.desk import connected
from shuniu.cli.department import identity_option, json_option
from shuniu.cli.options import PLACE, officer_of
from shuniu.cli.output import print_json
from shuniu.cli.progress import progress


@click.command("download")
@identity_option
@click.option("--grant", required=True, metavar="GRANT", help="共享授权，方式为文件 grants/{grant}, of mode file.")
@click.option("--purpose", required=True, metavar="CODE", help="办理事项编码 the code of the service item.")
@click.option("--case-number", required=True, metavar="NUMBER", help="办件编号 the case or matter that the delivery belongs to.")
@officer_of("经办人 the officer who handles it.")
@click.option(
    "--fields",
    default="",
    metavar="A,B",
    help="信息项，以逗号分隔；缺省为全部已授权的 fields, with commas between; all that are granted if not said.",
)
@click.option("--out", required=True, type=PLACE, metavar="FILE", help="写入的文件（CSV，UTF-8）the file to write, CSV in UTF-8.")
@click.option("--receipts", type=PLACE, metavar="DIR", help="保存到存证回执目录 keep the receipt in a folder of receipts, as DIR/INDEX.json.")
@json_option
def download_file(*, identity: Path, fields: str, out: Path, receipts: Path | None, as_json: bool, **asked: Any) -> None:
    """下载数据文件 Get an entry's data file (Download), and print its SHA-256.

    It grows as FILE.part and has its name once it is whole. Whatever interrupts it, the same command goes on behind the last part in it.
    The receipt is written beside it, as FILE.receipt.json, for `shuniu receipt`. The file holds personal data and has mode 0600.
    """
    wanted = tuple(name.strip() for name in fields.split(",") if name.strip())
    with connected(identity, DEADLINE, receipts) as client, progress(f"{out.name}") as tell:
        done = client.download(**asked, fields=wanted).to_file(out, lambda rows, _size: tell(rows, 0))
    kept = out.with_name(f"{out.name}.receipt.json")
    descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(done.delivered.kept(out.name).to_json())
    delivered, receipt = done.delivered, done.delivered.receipt
    if as_json:
        told = {"rows": delivered.rows, "bytes": delivered.size, "sha256": done.sha256, "file": str(out)}
        print_json({**told, "log_origin": receipt.origin, "log_index": receipt.index})
        return
    click.echo(
        f"✓ 已写入 {out}：{delivered.rows:,} 行，{delivered.size:,} 字节；日志记录第 {receipt.index} 条"
        f" {delivered.rows:,} rows in {out}; record {receipt.index} of the log"
    )
    click.echo(f"SHA-256 {done.sha256}")
