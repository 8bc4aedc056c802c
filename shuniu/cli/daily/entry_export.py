"""`shuniu entry export`: the published directory as a file, in the format that the file's name says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from shuniu.cli.daily.desk import connected
from shuniu.cli.department import identity_option, json_option
from shuniu.cli.options import PLACE
from shuniu.cli.output import print_json
from shuniu.v1 import catalog_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEADLINE: Final = 300.0
"""Seconds: a directory of a hundred thousand entries is written once and then carried."""
_FORMATS: Final = {
    ".ttl": catalog_pb2.EXPORT_FORMAT_TURTLE,
    ".jsonld": catalog_pb2.EXPORT_FORMAT_JSON_LD,
    ".csv": catalog_pb2.EXPORT_FORMAT_CSV,
}


@click.command()
@click.argument("file", type=PLACE, metavar="FILE.ttl|FILE.jsonld|FILE.csv")
@identity_option
@json_option
def export(*, file: Path, identity: Path, as_json: bool) -> None:
    """导出目录 Write the published directory to a file: DCAT-AP as Turtle or JSON-LD, or a table of its fields as CSV, by the file's ending."""
    kind = _FORMATS.get(file.suffix.lower())
    if kind is None:
        raise click.BadParameter(f"文件名应以 {'、'.join(_FORMATS)} 结尾: the file ends in one of {', '.join(_FORMATS)}", param_hint="FILE")
    with connected(identity, _DEADLINE) as hub:
        size = _write(file, (piece.chunk for piece in hub.catalog.ExportDirectory(catalog_pb2.ExportDirectoryRequest(format=kind))))
    if as_json:
        print_json({"file": str(file), "bytes": size})
    else:
        click.echo(f"{file}: {size:,} 字节 bytes")


def _write(file: Path, pieces: Iterator[bytes]) -> int:
    """Write the pieces, and let the file appear whole or not at all."""
    unfinished = file.with_name(f"{file.name}.part")
    size = 0
    try:
        with unfinished.open("wb") as out:
            for piece in pieces:
                size += out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return size
