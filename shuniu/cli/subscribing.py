"""`shuniu subscribe`: changes as lines of JSON, each kept before it is acknowledged, gone on with after whatever interruption."""

from __future__ import annotations

import json
import os
import sys
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final

import click

from shuniu.cli.daily.commands import DEADLINE
from shuniu.cli.daily.desk import connected
from shuniu.cli.department import identity_option
from shuniu.cli.options import PLACE, officer_of
from shuniu.records import Python, from_record
from shuniu.v1.subscribe_pb2 import CHANGE_OP_DELETE, Change, ChangeBatch

_TAIL: Final = 64 * 1024


@click.command()
@identity_option
@click.option("--grant", required=True, metavar="GRANT", help="共享授权，方式为订阅 grants/{grant}, of mode subscribe.")
@click.option("--purpose", required=True, metavar="CODE", help="办理事项编码 the code of the service item.")
@click.option("--case-number", required=True, metavar="NUMBER", help="办件编号 the case or matter that the subscription belongs to.")
@officer_of("经办人 the officer who handles it.")
@click.option(
    "--fields",
    default="",
    metavar="A,B",
    help="信息项，须含查询键，以逗号分隔；缺省为全部已授权的 fields with the key among them; all that are granted if not said.",
)
@click.option("--out", type=PLACE, metavar="FILE", help="追加写入的文件；缺省为标准输出 the file to append to; standard output if not said.")
@click.option(
    "--receipts", type=PLACE, metavar="DIR", help="保存到存证回执目录 keep the receipt of each portion in a folder of receipts, as DIR/INDEX.json."
)
@click.option("--once", is_flag=True, help="取齐现有变更后结束 end when all that is there was delivered.")
@click.option("--from-beginning", is_flag=True, help="从头开始，此前的确认作废 begin anew; what was acknowledged is set back.")
def subscribe(*, identity: Path, out: Path | None, receipts: Path | None, once: bool, fields: str, **asked: Any) -> None:
    """订阅变更 Follow the changes of an entry (Subscribe): a line of JSON for each, {"token", "op", "key", "record"}.

    A line is on disk before its change is acknowledged, and the same command goes on behind what was acknowledged: no change is missing, some may
    come again. The file holds personal data and has mode 0600.
    """
    wanted = tuple(name.strip() for name in fields.split(",") if name.strip())
    with connected(identity, DEADLINE, receipts) as client, _opened(out) as file:
        subscription = client.subscribe(**asked, fields=wanted)
        for batch in subscription.messages():
            if batch.changes:
                _write(file, batch)
                subscription.ack(batch.changes[-1].token)
            elif once:
                break


@contextmanager
def _opened(out: Path | None) -> Iterator[IO[bytes]]:
    """Open what is written to; of a line that an interruption cut short nothing is left."""
    if out is None:
        yield sys.stdout.buffer
        return
    descriptor = os.open(out, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        file.truncate(_whole_lines(file))
        yield file


def _whole_lines(file: IO[bytes]) -> int:
    """Return up to where a file has whole lines."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(end - _TAIL, 0)
        file.seek(start)
        place = file.read(end - start).rfind(b"\n")
        if place >= 0:
            return start + place + 1
        end = start
    return 0


def _write(file: IO[bytes], batch: ChangeBatch) -> None:
    """Write the lines of a batch, and return when they are durable; a pipe or a terminal has what was flushed."""
    file.write(b"".join(lines_of(batch.changes)))
    file.flush()
    if file is not sys.stdout.buffer:
        os.fsync(file.fileno())


def lines_of(changes: Sequence[Change]) -> Iterator[bytes]:
    """Yield a line of JSON for each change, as they are written into a file."""
    for one in changes:
        is_gone = one.op == CHANGE_OP_DELETE
        told: dict[str, Any] = {
            "token": b64encode(one.token).decode(),
            "op": "delete" if is_gone else "upsert",
            "key": one.key,
            "record": None if is_gone else {name: _facts_of(value) for name, value in from_record(one.record).items()},
        }
        if one.corrected:
            told["corrected"] = list(one.corrected)
        yield json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _facts_of(value: Python) -> Any:
    """Return a value as JSON has it: dates and times in ISO 8601, decimals as text, bytes in base64."""
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
