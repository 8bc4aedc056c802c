"""`shuniu entry export`: the published directory as a file, in the format that the file's name says."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from shuniu.cli.daily.desk import connected
from shuniu.cli.department import identity_option, json_option
from shuniu.cli.options import PLACE
from shuniu.cli.output import print_json
from shuniu.cli.pieces import write_pieces
from shuniu.v1 import catalog_pb2

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
        size = write_pieces(file, (piece.chunk for piece in hub.catalog.ExportDirectory(catalog_pb2.ExportDirectoryRequest(format=kind))))
    if as_json:
        print_json({"file": str(file), "bytes": size})
    else:
        click.echo(f"{file}: {size:,} 字节 bytes")
