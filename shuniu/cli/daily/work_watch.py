"""`shuniu work watch`: work and notices as they come, each acknowledged once it is printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from shuniu.cli.daily.commands import DEADLINE
from shuniu.cli.daily.desk import Desk, connected
from shuniu.cli.daily.printing import show
from shuniu.cli.department import identity_option, json_option
from shuniu.work_watching import watch as each


@click.command()
@click.option("--resume-token", default="", metavar="TOKEN", help="从该标识之后继续；缺省从已确认之处继续 resume behind this token.")
@identity_option
@json_option
def watch(*, resume_token: str, identity: Path, as_json: bool) -> None:
    """接收待办和通知 Show work and notices as they come (WatchWork), each acknowledged once it is printed; ends with Ctrl-C."""
    with connected(identity, DEADLINE) as client:
        desk = Desk(client)

        def shown(event: Any) -> None:
            show(desk, event, json=as_json)

        each(client.work, shown, resume_token)
