"""`shuniu receipt`: an answer that was kept with its receipt, held against the log record that the receipt names; nothing is asked of the hub."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click
from google.protobuf import json_format

from shuniu.catalogue import CatalogueError, IllegalStateError
from shuniu.cli.options import FILE
from shuniu.cli.output import ExitCode, print_json
from shuniu.cli.reasons import FILE_TOO_LARGE, NOT_A_RECORD
from shuniu.receipts import KeptAnswer
from shuniu.receipts.verdict import check_record
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
    try:
        check_record(mine, found)
    except IllegalStateError as error:
        return ExitCode.UNKNOWN, f"? {error.zh} {error.message}"
    except CatalogueError as error:
        return ExitCode.NO, f"✗ {error.zh} {error.message}"
    return ExitCode.OK, f"✓ 第 {index} 条记录所指正是该查询结果 record {index} speaks of just this answer"


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
