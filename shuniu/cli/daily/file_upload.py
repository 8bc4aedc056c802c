"""`shuniu file upload FILE`: a CSV, Excel or Parquet file as the data of an entry, checked whole, told by row and column where it does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from shuniu.cli.daily.commands import DEADLINE
from shuniu.cli.daily.desk import Desk, connected
from shuniu.cli.daily.printing import show
from shuniu.cli.department import identity_option, json_option
from shuniu.cli.options import FILE, officer_of
from shuniu.cli.progress import progress
from shuniu.cli.reasons import DATA_FILE_FAULTS
from shuniu.v1.files_pb2 import DATA_FILE_STATE_REFUSED, DataFile
from shuniu.words import value_words

_ENCODINGS: Final = ("utf-8", "gb18030")


@click.command("upload")
@click.argument("file", type=FILE)
@click.option("--entry", required=True, help="目录条目 entries/ID, which no system serves.")
@click.option("--encoding", type=click.Choice(_ENCODINGS), default="utf-8", show_default=True, help="编码 in which characters a CSV file is written.")
@click.option("--reason", required=True, help="理由 why it is uploaded.")
@officer_of("经办人 the officer who uploads.")
@identity_option
@json_option
def upload_file(*, file: Path, entry: str, encoding: str, reason: str, officer: str, identity: Path, as_json: bool) -> None:
    """上传数据文件 Upload a CSV file, a workbook (.xlsx) or a Parquet file (.parquet) as the data of an entry: all of it or nothing.

    Every fault is told by row and column. Run again after it was cut short, it goes on where it stopped.
    """
    name = entry if entry.startswith("entries/") else f"entries/{entry}"
    with connected(identity, DEADLINE) as client, progress("上传 uploading") as tell:
        done = client.upload_file(file, entry=name, officer=officer, reason=reason, encoding=encoding, on_progress=tell)
        if as_json or done.state != DATA_FILE_STATE_REFUSED:
            show(Desk(client), done, json=as_json)
        else:
            _tell_faults(done)
    if done.state == DATA_FILE_STATE_REFUSED:
        raise DATA_FILE_FAULTS(file=file, count=done.fault_count, name=done.name)


def _tell_faults(done: DataFile) -> None:
    words = value_words("DataFileFault")
    kinds = DataFile.DESCRIPTOR.file.enum_types_by_name["DataFileFault"]
    for one in done.faults:
        name = kinds.values_by_number[one.problem].name
        place = f"{one.row}:{one.column or one.column_number or ''}".rstrip(":")
        click.echo(f"{place}  {words[name][0]} {name.removeprefix('DATA_FILE_FAULT_').lower()}", err=True)
