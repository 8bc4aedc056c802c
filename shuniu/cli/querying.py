"""`shuniu query-many`: the records of many keys of one case, keys one a line, answers as lines of JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

import click
from google.protobuf import json_format

from shuniu.cli.daily.desk import connected
from shuniu.cli.department import identity_option
from shuniu.cli.options import PLACE, officer_of
from shuniu.cli.output import ExitCode, print_json
from shuniu.cli.reasons import KEYS_NOT_UTF8
from shuniu.folder import replace_file
from shuniu.query_many import DEADLINE, KeyAnswer
from shuniu.v1.exchange_pb2 import QueryResponse

_LONGEST: Final = 4_096
"""Bytes of a line that are read as one key, far more than a key has; the hub refuses what is none."""


@click.command("query-many")
@click.argument("file", type=click.File("rb"), default="-", metavar="[FILE]")
@click.option("--grant", required=True, metavar="NAME", help="共享授权 grants/{grant}.")
@click.option("--purpose", required=True, metavar="CODE", help="办理事项编码 one of the grant's purposes.")
@click.option("--case-number", required=True, metavar="TEXT", help="办件编号 the case that all keys belong to.")
@officer_of("经办人 the officer who handles the case.")
@click.option("--field", "fields", multiple=True, metavar="NAME", help="信息项，可重复；缺省为全部已授权的信息项 repeatable; all that are granted.")
@click.option(
    "--keep", type=PLACE, metavar="DIR", help="保存结果与回执 keep each answer with receipt and salt as DIR/N.json; personal data, mode 0600."
)
@click.option("--receipts", type=PLACE, metavar="DIR", help="保存到存证回执目录 keep them in a folder of receipts, as DIR/INDEX.json.")
@click.option(
    "--deadline", type=click.FloatRange(min=0.001), default=DEADLINE, show_default=True, help="全部标识的调用期限（秒）seconds for all keys."
)
@identity_option
@click.pass_context
def query_many(
    ctx: click.Context, /, *, file: BinaryIO, keep: Path | None, receipts: Path | None, deadline: float, identity: Path, **asked: Any
) -> None:
    """批量查询 Get the records of up to 1,000 keys of one case (QueryMany), each on the log like a query of its own.

    FILE 每行一个数据主体标识，缺省为标准输入。FILE has one key a line; standard input where none is named. A key never stands on the command line,
    where process lists and histories see it. Each answer is a line of JSON, in the order in which they come: `place` counts the keys from 1.
    """
    if keep is not None:
        keep.mkdir(mode=0o700, parents=True, exist_ok=True)
    refused = False
    with connected(identity, deadline, receipts) as client:
        for one in client.query_many(**asked, keys=_keys(file), timeout=deadline):
            print_json(_facts(one))
            refused = refused or one.error is not None
            if keep is not None and one.answer is not None:
                replace_file(keep, f"{one.place}.json", one.answer.keep().encode())
    if refused:
        ctx.exit(ExitCode.NO)


def _keys(file: BinaryIO) -> Iterator[str]:
    while line := file.readline(_LONGEST):
        try:
            key = line.decode("utf-8-sig").strip()  # Windows' editors put a mark in front
        except UnicodeDecodeError as error:
            raise KEYS_NOT_UTF8() from error
        if key:
            yield key


def _facts(one: KeyAnswer) -> dict[str, Any]:
    """Return what is printed of a key; the key itself is not repeated, its records may hold it."""
    if one.error is not None:
        error = one.error
        told = {"code": error.code.name, "reason": error.reason, "message": error.message, "message_zh": error.message_zh}
        return {"place": one.place, "refusal": {**told, "next_action": error.next_action, "retry_after": error.retry_after, **error.facts}}
    receipt = one.get().receipt
    answer = json_format.MessageToDict(QueryResponse.FromString(one.get().data), preserving_proto_field_name=True)
    return {"place": one.place, "answer": answer, "receipt": {"origin": receipt.origin, "index": receipt.index, "leaf_hash": receipt.leaf_hash.hex()}}
