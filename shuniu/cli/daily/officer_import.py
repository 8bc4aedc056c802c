"""`shuniu officer import FILE`: the department's list of officers, checked here, then by the hub, then taken as a whole."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Final

import click

from shuniu.cli.daily.commands import DEADLINE
from shuniu.cli.daily.desk import connected
from shuniu.cli.daily.ledger import lines_of
from shuniu.cli.department import identity_option, json_option
from shuniu.cli.options import FILE, officer_of
from shuniu.cli.output import print_json
from shuniu.cli.reasons import OFFICER_LIST_FAULTS
from shuniu.cli.verifying import read_file
from shuniu.lists.officers import read, template
from shuniu.v1.officer_pb2 import Duty, ImportOfficersRequest, ImportOfficersResponse, OfficerLine

_SHOWN: Final = 100


def _write_template(ctx: click.Context, _option: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's own form
    """Write the header of a list, whatever else the command line says."""
    if value:
        click.echo(template(), nl=False)
        ctx.exit()


@click.command("import")
@click.argument("file", type=FILE)
@click.option(
    "--template",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_write_template,
    help="输出名单表头 write the header of a list, and import nothing.",
)
@click.option("--complete", is_flag=True, help="完整名单：不在其中的经办人离岗 the list is complete: whoever is not on it is dismissed.")
@click.option("--dry-run", is_flag=True, help="只检查，不导入 check and count alone.")
@officer_of("经办人 the officer who imports.", required=False)
@identity_option
@json_option
def import_officers(*, file: Path, complete: bool, dry_run: bool, officer: str, identity: Path, as_json: bool) -> None:
    """导入经办人名单 Import the department's officers from CSV or Excel: all of it or nothing, every fault told by row and column.

    From the first list on, calls of the department's systems that name an unknown officer are refused.
    """
    rows, faults = read(read_file(file), file)
    if faults:
        for line in list(lines_of(faults))[:_SHOWN]:
            click.echo(line, err=True)
        raise OFFICER_LIST_FAULTS(file=file, count=len(faults))
    lines = [OfficerLine(number=one.number, display_name=one.display_name, duties=map(Duty.Value, one.duties)) for one in rows]
    request = ImportOfficersRequest(lines=lines, complete=complete, validate_only=dry_run, officer=officer, request_id=str(uuid.uuid4()))
    with connected(identity, DEADLINE) as client:
        done: ImportOfficersResponse = client.officers.ImportOfficers(request)
    if as_json:
        print_json({"created": done.created, "updated": done.updated, "unchanged": done.unchanged, "dismissed": done.dismissed})
        return
    word = "将 would be" if dry_run else "已 were"
    click.echo(
        f"{word}: 登记 registered {done.created}, 变更 changed {done.updated}, 未变 unchanged {done.unchanged}, 离岗 dismissed {done.dismissed}"
    )
