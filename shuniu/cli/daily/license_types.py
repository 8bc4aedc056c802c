"""`shuniu license types`: which licenses there are, and what one of them says; and the header of a ledger for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from shuniu.cli.daily.commands import DEADLINE
from shuniu.cli.daily.desk import Desk, connected
from shuniu.cli.daily.printing import as_json as plain_json
from shuniu.cli.daily.printing import show, show_table
from shuniu.cli.department import identity_option, json_option
from shuniu.cli.output import print_json
from shuniu.cli.reasons import NO_SUCH_LICENSE_TYPE
from shuniu.v1.license_pb2 import LicenseType, ListLicenseTypesRequest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from shuniu.client import Client


@click.command()
@click.argument("code", required=False, metavar="[CODE]")
@identity_option
@json_option
def types(*, code: str | None, identity: Path, as_json: bool) -> None:
    """证照类型 List the license types; with a CODE, show what that one says, field by field."""
    with connected(identity, DEADLINE) as hub:
        known = types_of(hub)
        if code is not None:
            show(Desk(hub), type_in(known, code), json=as_json)
        elif as_json:
            print_json([plain_json(one) for one in known.values()])
        else:
            show_table(Desk(hub), list(known.values()), ("code", "title", "title_en", "validity", "holder_code_types"), "")


def types_of(hub: Client) -> Mapping[str, LicenseType]:
    """Return the hub's license types by code."""
    return {one.code: one for one in hub.licenses.ListLicenseTypes(ListLicenseTypesRequest()).license_types}


def type_in(known: Mapping[str, LicenseType], code: str) -> LicenseType:
    """Return the type of that code, or of that Chinese name where only one bears it."""
    found = [one for one in known.values() if code.strip() in {one.code, one.title}]
    if len(found) != 1:
        raise NO_SUCH_LICENSE_TYPE(code=code)
    return found[0]
