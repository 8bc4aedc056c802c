"""`shuniu receipt`: an answer that was kept with its receipt, held against the log record that the receipt names; nothing is asked of the hub."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path
from typing import Final

import click
from google.protobuf import json_format

from shuniu.cli.options import FILE
from shuniu.cli.output import ExitCode, print_json
from shuniu.cli.reasons import FILE_TOO_LARGE, NOT_A_RECORD
from shuniu.digest import FORM_DETAIL, SALTED
from shuniu.receipts import KeptAnswer
from shuniu.v1.audit_pb2 import AuditRecord

_OUTCOMES: Final = {ExitCode.OK: "matches", ExitCode.NO: "differs", ExitCode.UNKNOWN: "undetermined"}
LARGEST: Final = 8 << 20  # bytes: the largest answer, as base64, with room to spare


@click.command()
@click.argument("kept", type=FILE, metavar="KEPT")
@click.argument("record", metavar="RECORD|-")
@click.option("--json", "as_json", is_flag=True, help="供程序读取 one line of JSON for programs.")
@click.pass_context
def receipt(ctx: click.Context, *, kept: Path, record: str, as_json: bool) -> None:
    """核对存证回执 Compare a kept answer with the log record that its receipt names.

    KEPT was written by `shuniu call --keep KEPT`; RECORD is what `shuniu call AuditService/GetAuditRecord` printed, - for standard input.
    Exit codes: 0 the record speaks of just this answer, 1 it does not, 2 wrong input, 3 undetermined: the answer was kept without its salt,
    or the record was erased.
    """
    mine = KeptAnswer.from_json(_read(kept))
    found = _record_in(sys.stdin.buffer.read(LARGEST).decode("utf-8-sig", "replace") if record == "-" else _read(Path(record)))
    verdict, text = judge(mine, found)
    if as_json:
        print_json({"outcome": _OUTCOMES[verdict], "index": mine.receipt.index, "message": text})
        ctx.exit(verdict)
    click.secho(text, fg="green" if verdict is ExitCode.OK else "red" if verdict is ExitCode.NO else "yellow", bold=True)
    ctx.exit(verdict)


def judge(mine: KeptAnswer, found: AuditRecord) -> tuple[ExitCode, str]:
    """Return whether the record is the receipt's and its digest that of the answer, and the words for it."""
    index = mine.receipt.index
    # RFC 6962 section 2.1: the leaf's own hash, so that the record's word for it is not needed
    if found.index != index or found.leaf_hash != mine.receipt.leaf_hash or sha256(b"\x00" + found.leaf).digest() != found.leaf_hash:
        return ExitCode.NO, f"✗ 不是回执所指的记录 this is not record {index}, which the receipt names"
    if found.erased:
        return ExitCode.UNKNOWN, (
            f"? 第 {index} 条记录的内容已由第 {found.erasure_index} 条记录依法删除，回执仍证明其存在"
            f" record {index} was erased by record {found.erasure_index}: the receipt still proves that it stands there, not what it said"
        )
    if (found.kind, found.status) != ("outcome", "ok"):
        return ExitCode.NO, f"✗ 第 {index} 条记录未表明已提供数据 record {index} does not say that anything was released"
    if mine.receipt.covers(mine.answer, found.digest):
        return ExitCode.OK, f"✓ 第 {index} 条记录所指正是该查询结果 record {index} speaks of just this answer"
    if found.detail.get(FORM_DETAIL) == SALTED and not mine.receipt.salt:
        return ExitCode.UNKNOWN, "? 保存时未留盐值，无法核对 the answer was kept without its salt: nothing can be told"
    return ExitCode.NO, f"✗ 第 {index} 条记录所指不是该查询结果 record {index} speaks of another answer"


def _record_in(text: str) -> AuditRecord:
    try:
        return json_format.Parse(text, AuditRecord(), ignore_unknown_fields=True)
    except (json_format.ParseError, RecursionError) as error:
        raise NOT_A_RECORD() from error


def _read(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise FILE_TOO_LARGE(path=path)
    return data.decode("utf-8-sig", "replace")
